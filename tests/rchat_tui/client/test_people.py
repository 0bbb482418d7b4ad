"""What people let each other know, through a real server."""

from __future__ import annotations

import pytest

from rchat_tui.client import PresenceChanged, ServerError
from support.world import Ear, World


async def test_being_away_reaches_others_and_survives_the_line() -> None:
    """Otherwise the words stay on one's own screen, or a tunnel brings one back."""
    async with World() as world:
        alice, bob = world.client("alice"), world.client("bob")
        for chat in (alice, bob):
            await chat.connect()
            await chat.join("tea")
        async with Ear(alice) as own, Ear(bob) as ear:
            await ear.until(lambda: ear.state.find("channel", "tea") is not None)
            await alice.set_away("lunch")
            await ear.hears(PresenceChanged)
            await own.until(lambda: own.state.away == "lunch")
            world.cut()
            await own.online(2)
            await ear.online(2)
            for each in (own, ear):
                tea = each.state.find("channel", "tea")
                assert tea is not None
                assert tea.away == {"alice": "lunch"}
            assert own.state.away == "lunch"
            await alice.set_away(None)
            await ear.hears(PresenceChanged, 2)
            tea = ear.state.find("channel", "tea")
            assert tea is not None
            assert tea.away == {}
            with pytest.raises(ServerError, match="one line"):
                await alice.set_away("a\nb")
