"""What people let each other know, through a real server."""

from __future__ import annotations

import pytest

from rchat_protocol import models
from rchat_tui.client import Offline, Parted, PresenceChanged, ServerError, TypingChanged
from rchat_tui.client.typists import MOST, Typists
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


async def test_writing_reaches_others_and_no_log() -> None:
    """Otherwise two people write past each other, or the log fills up with keys."""
    async with World() as world:
        alice, bob = world.client("alice"), world.client("bob")
        for chat in (alice, bob):
            await chat.connect()
            await chat.join("tea")
        async with Ear(bob) as ear:
            await ear.until(lambda: ear.state.find("channel", "tea") is not None)
            tea = ear.state.find("channel", "tea")
            assert tea is not None
            await alice.typing(tea.id)
            await alice.typing(tea.id, on=False)
            assert await ear.hears(TypingChanged, 2) == [
                TypingChanged(tea.id, "alice", on=True),
                TypingChanged(tea.id, "alice", on=False),
            ]
            assert (await bob.history(conversation=tea.id)).messages == []
            eve = world.client("eve")
            await eve.connect()
            with pytest.raises(ServerError, match="no such conversation"):
                await eve.typing(tea.id)


def test_who_writes_is_forgotten() -> None:
    """Otherwise somebody whose line dropped writes for ever, or one who has said it still does."""
    typists = Typists()
    typists.hear(TypingChanged("tea", "bob", on=True), 100)
    typists.hear(TypingChanged("tea", "kim", on=True), 103)
    typists.hear(TypingChanged("milk", "kim", on=True), 104)
    assert (sorted(typists.who("tea", 105.9)), typists.wait("tea", 105)) == (["bob", "kim"], 1)
    assert (typists.who("tea", 106), typists.wait("tea", 106)) == (["kim"], 3)
    typists.hear(models.MessagePosted("tea", 1, "i", "kim", "hi", 0), 106)
    assert (typists.who("tea", 106), typists.wait("tea", 106)) == ([], None)
    assert typists.who("milk", 106) == ["kim"]
    for event in (
        TypingChanged("milk", "kim", on=False),
        models.MemberLeft("milk", "kim"),
        Parted("milk"),
        Offline("gone", 1),
    ):
        typists.hear(TypingChanged("milk", "kim", on=True), 107)
        typists.hear(event, 107)
        assert typists.who("milk", 107) == []


def test_no_crowd_of_writers_fills_the_memory() -> None:
    """Otherwise a server that was taken over ends the client."""
    typists = Typists()
    for number in range(MOST + 10):
        typists.hear(TypingChanged("tea", f"p{number}", on=True), 1)
    assert len(typists.who("tea", 1)) == MOST
