from __future__ import annotations

import pytest

from rchat_tui.client import SearchRequest, ServerError
from support.world import World


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
