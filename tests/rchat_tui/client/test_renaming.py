"""`ChatClient.rename` against the real server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rchat_protocol.errors import ErrorCode
from rchat_tui.client import ConversationState, MessagePosted, Online, ServerError
from rchat_tui.client.store.memory import MemoryClientStore, MemoryDisk
from support.world import Ear, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A server, and an end to all that a test has begun."""
    async with World() as world:
        yield world


async def test_who_takes_another_name_stays_who_he_is(world: World) -> None:
    """Otherwise he is in no channel any more, or gets what was said before again."""
    alice, bob = world.client("alice"), world.client("bob")
    async with alice, bob, Ear(alice) as ear, Ear(bob) as others:
        await bob.join("general")
        await alice.join("general")
        private = await bob.open_conversation("alice")
        await bob.channel_message("general", "before")
        await ear.hears(MessagePosted)
        await alice.rename("Mira")
        assert isinstance(alice.status, Online)
        assert (alice.status.user, alice.status.fresh) == ("Mira", False)
        assert await bob.get_users("general") == ["bob", "Mira"]
        ack = await alice.channel_message("general", "after")
        await others.until(lambda: _said(others)[-1:] == [("Mira", "after")])
        await ear.until(lambda: _said(ear) == [("bob", "before"), ("Mira", "after")])
        assert ack.conversation in ear.state.conversations
        await bob.send(private.conversation, "is it you?")
        await ear.until(lambda: _said(ear)[-1:] == [("bob", "is it you?")])
        await alice.rename("mira")
        assert await bob.get_users("general") == ["bob", "mira"]


async def test_a_name_that_is_taken_changes_nothing(world: World) -> None:
    """Otherwise one is thrown out, or nameless, for having asked."""
    alice, bob = world.client("alice"), world.client("bob")
    async with alice, bob, Ear(bob) as others:
        await alice.join("general")
        await bob.join("general")
        await others.hears(ConversationState)
        before = len(others.heard)
        for name in ("bob", "Bob"):
            with pytest.raises(ServerError) as refused:
                await alice.rename(name)
            assert refused.value.code == ErrorCode.NAME_IN_USE
        assert alice.user == "alice"
        await alice.channel_message("general", "still here")
        await others.until(lambda: _said(others) == [("alice", "still here")])
        assert len(others.heard) == before + 1, "nobody saw anything of it"


async def test_with_another_terminal_one_keeps_the_name(world: World) -> None:
    """Otherwise one is two people, or the other terminal is thrown out."""
    disk = MemoryDisk()
    here = world.client("alice", store=MemoryClientStore(disk))
    there = world.client("alice", store=MemoryClientStore(disk))
    async with here, there:
        await there.join("general")
        with pytest.raises(ServerError) as refused:
            await here.rename("mira")
        assert refused.value.code == ErrorCode.ALREADY_LOGGED_IN
        await here.channel_message("general", "as before")
        assert await there.get_users("general") == ["alice"]


def _said(ear: Ear) -> list[tuple[str, str]]:
    return [(event.user, event.content) for event in ear.of(MessagePosted)]
