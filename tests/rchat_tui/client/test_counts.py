"""Unread and mentions: what a client counts, and what the server tells another one, are the same.

Two terminals of one person stand beside each other, and a third comes in the end, which counts
nothing itself: it has what the server says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import pytest

from rchat_tui.client import Live, MessagePosted, Parted
from rchat_tui.client.store.memory import MemoryClientStore
from support.world import Ear, ManualClock, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rchat_tui.client import Conversation
    from rchat_tui.client.client import ChatClient


class House(World):
    """A server with bob, and alice at two of her terminals."""

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.bob = self.client("bob")
        await self.bob.connect()
        await self.bob.join("tea")
        self.clock = ManualClock()
        self.desk = self.client("alice", clock=self.clock)
        await self.desk.connect()
        await self.desk.join("tea")
        self.at_desk = await Ear(self.desk).__aenter__()
        await self.at_desk.hears(Live)
        self.sofa, self.at_sofa = await self.another()
        return self

    async def __aexit__(self, *error: object) -> None:
        for ear in (self.at_desk, self.at_sofa):
            await ear.__aexit__(*error)
        await super().__aexit__(*error)

    async def another(self) -> tuple[ChatClient, Ear]:
        """Sit down at another terminal of alice's."""
        store = MemoryClientStore()
        await store.open()
        login = await self.desk._session._store.login()
        assert login is not None
        await store.save_login(login.user, login.token)
        chat = self.client("alice", store=store)
        await chat.connect()
        ear = await Ear(chat).__aenter__()
        await ear.hears(Live)
        return chat, ear

    async def says(self, *contents: str) -> int:
        """Let bob say these in #tea; return the number of the last."""
        for content in contents:
            ack = await self.bob.channel_message("tea", content)
        return ack.seq

    async def agree(self, *, unread: int, mentions: int, read: int | None = None) -> None:
        """Everybody counts the same: both terminals, and the server when it is asked anew."""
        _, third = await self.another()
        head = tea(third).head
        for ear in (self.at_desk, self.at_sofa):
            await ear.until(lambda ear=ear: tea(ear).head == head)  # type: ignore[misc]
            if read is not None:
                await ear.until(lambda ear=ear: tea(ear).read == read)  # type: ignore[misc]
        counted = [
            (tea(ear).unread, tea(ear).mentions) for ear in (self.at_desk, self.at_sofa, third)
        ]
        await third.__aexit__(None, None, None)
        assert counted == [(unread, mentions)] * 3


def tea(ear: Ear) -> Conversation:
    """Return #tea as somebody knows it."""
    conversation = ear.state.find("channel", "tea")
    assert conversation is not None
    return conversation


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """The house."""
    async with House() as house:
        yield house


async def test_what_is_said_counts_everywhere(house: House) -> None:
    """Broken, one terminal shows more unread than the other."""
    await house.says("hello", "alice: look", "@alice, and you?", "bob: I mean me")
    await house.agree(unread=4, mentions=2)


async def test_read_to_the_middle_on_another_terminal(house: House) -> None:
    """Broken, a mention that was read there still calls here."""
    await house.says("alice: one", "two", "three", "@alice four", "five")
    await house.agree(unread=5, mentions=2)
    conversation = tea(house.at_sofa).id
    await house.sofa.mark_read(conversation, 2)
    await house.agree(unread=3, mentions=1, read=2)
    await house.sofa.mark_read(conversation, 4)
    await house.agree(unread=1, mentions=0, read=4)
    await house.desk.mark_read(conversation, 5)
    await house.agree(unread=0, mentions=0, read=5)


async def test_ones_own_words_are_not_unread(house: House) -> None:
    """Broken, what was written on one terminal is unread on the other."""
    await house.says("alice: one", "two")
    await house.sofa.channel_message("tea", "here I am")
    await house.agree(unread=0, mentions=0, read=3)
    await house.says("alice: good")
    await house.agree(unread=1, mentions=1)


async def test_ones_own_words_between_those_of_others(house: House) -> None:
    """Broken, a marker between them counts one's own words as unread."""
    await house.says("one")
    await house.sofa.channel_message("tea", "two")
    await house.says("alice: three", "four")
    await house.agree(unread=2, mentions=1, read=2)


async def test_what_came_while_one_terminal_was_offline(house: House) -> None:
    """Broken, a terminal that comes back counts twice, or not what it missed."""
    await house.says("alice: one", "two")
    await house.agree(unread=2, mentions=1)
    house.lines[1].abort()
    await house.clock.asleep()
    await house.says("three", "alice: four", "five")
    await house.sofa.mark_read(tea(house.at_sofa).id, 3)
    await house.clock.wake()
    await house.at_desk.online(2)
    await house.at_desk.hears(Live, 2)
    await house.agree(unread=2, mentions=1, read=3)


async def test_more_was_missed_than_is_sent(house: House) -> None:
    """Broken, mentions among what was skipped are counted on one terminal alone."""
    await house.says("alice: one")
    house.lines[1].abort()
    await house.clock.asleep()
    await house.says("alice: two", *(f"word {number}" for number in range(1100)), "alice: last")
    await house.clock.wake()
    await house.at_desk.hears(Live, 2)
    await house.agree(unread=1103, mentions=3)


async def test_a_private_word(house: House) -> None:
    """Broken, who is written to for the first time does not see that something is unread."""
    await house.bob.private_message("alice", "psst")
    await house.bob.private_message("alice", "alice: are you there?")
    for ear in (house.at_desk, house.at_sofa):
        await ear.hears(MessagePosted, 2)
    _, third = await house.another()
    counted = []
    for ear in (house.at_desk, house.at_sofa, third):
        conversation = ear.state.find("private", "bob")
        assert conversation is not None
        counted.append((conversation.unread, conversation.mentions))
    await third.__aexit__(None, None, None)
    assert counted == [(2, 1)] * 3


async def test_left_and_joined_again(house: House) -> None:
    """Broken, what was unread before one left is unread again, or what was said meanwhile."""
    await house.says("alice: one")
    await house.sofa.leave("tea")
    await house.at_desk.hears(Parted)
    await house.says("alice: two")
    await house.sofa.join("tea")
    await house.at_desk.until(lambda: house.at_desk.state.find("channel", "tea") is not None)
    await house.at_sofa.until(lambda: house.at_sofa.state.find("channel", "tea") is not None)
    await house.says("alice: three")
    await house.agree(unread=1, mentions=1)


async def test_what_is_done_to_messages_is_no_message(house: House) -> None:
    """Broken, a reaction or an edit is unread on one terminal, or a deleted call still calls."""
    await house.says("alice: one", "two", "alice: three")
    conversation = tea(house.at_sofa).id
    await house.bob.edit(conversation, 2, "alice: two, too")
    await house.bob.react(conversation, 1, "👍")
    await house.bob.set_topic(conversation, "tea, alice")
    await house.agree(unread=3, mentions=2)
    await house.bob.delete(conversation, 3)
    await house.agree(unread=2, mentions=1)
    await house.sofa.mark_read(conversation, 1)
    await house.agree(unread=1, mentions=0, read=1)
    await house.bob.react(conversation, 1, "👍", on=False)
    await house.says("alice: four")
    await house.agree(unread=2, mentions=1)
