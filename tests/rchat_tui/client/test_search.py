from __future__ import annotations

import pytest

from rchat_tui.client import (
    ConnectionLost,
    Live,
    MemoryClientStore,
    MessageDeleted,
    Offline,
    SearchRequest,
    ServerError,
)
from rchat_tui.client.store.memory import MemoryDisk
from support.world import Ear, ManualClock, World


async def test_what_was_said_is_found_by_its_members_alone() -> None:
    """A bot that looks something up must find it, page by page, and nobody else's."""
    async with World() as world, world.client("alice") as alice, world.client("bob") as bob:
        await alice.join("general")
        for number in range(3):
            await alice.channel_message("general", f"Kettle {number}")
        first = await alice.search(SearchRequest(["kettle"], limit=2))
        assert [hit.message.content for hit in first.hits] == ["Kettle 2", "Kettle 1"]
        again = SearchRequest(["kettle"], limit=2, cursor=first.next)
        rest = await alice.search(again)
        assert [hit.message.content for hit in rest.hits] == ["Kettle 0"]
        assert rest.next is None
        assert (await bob.search(SearchRequest(["kettle"]))).hits == []
        conversation = first.hits[0].conversation
        with pytest.raises(ServerError) as refusal:
            await bob.search(SearchRequest(["kettle"], conversation=conversation))
        assert refusal.value.code == "no-such-conversation"


async def test_without_a_line_it_finds_what_is_kept() -> None:
    """On a train, what was read at home must be found, as it was when the line went."""
    disk = MemoryDisk()
    async with World() as world:
        async with world.client("alice", store=MemoryClientStore(disk)) as alice:
            await alice.join("general")
            acks = [await alice.channel_message("general", f"Kettle {n}") for n in range(4)]
            async with Ear(alice) as ear:
                await ear.hears(Live)
                where = acks[0].conversation
                await alice.edit(where, acks[1].seq, "a kettle, changed")
                await alice.delete(where, acks[2].seq)
                await ear.hears(MessageDeleted)
        world.refusing = True
        alice = world.client("alice", store=MemoryClientStore(disk), clock=ManualClock())
        alice.start()
        async with Ear(alice) as ear:
            await ear.hears(Offline)
            with pytest.raises(ConnectionLost):
                await alice.search(SearchRequest(["kettle"]))
            first = await alice.search_kept(SearchRequest(["kettle"], limit=2))
            assert [hit.message.content for hit in first.hits] == ["Kettle 3", "a kettle, changed"]
            rest = await alice.search_kept(SearchRequest(["kettle"], limit=2, cursor=first.next))
            assert [hit.message.content for hit in rest.hits] == ["Kettle 0"]
            assert rest.next is None
            with pytest.raises(ServerError) as refusal:
                await alice.search_kept(SearchRequest(["?!"]))
            assert refusal.value.code == "bad-request"
