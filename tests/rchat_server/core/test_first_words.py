"""The first messages to somebody: the log is asked for their ids before they are queued."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rchat_protocol import models
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.storage.memory import MemoryStore
from support.chat import Chat
from support.wire import turns

if TYPE_CHECKING:
    from rchat_server.core.commands import Receipt
    from rchat_server.core.ports import Appended
    from support.chat import Person


class SlowStore(MemoryStore):
    """Looks ids up when it is told to, the newest first."""

    def __init__(self) -> None:
        super().__init__("epoch")
        self.asked: list[asyncio.Future[None]] = []

    async def find(self, author: str, message_id: str) -> Appended | None:
        """Wait."""
        waiting = asyncio.get_running_loop().create_future()
        self.asked.append(waiting)
        await waiting
        return await super().find(author, message_id)

    async def answer(self) -> None:
        """Answer all that was asked, and what is asked thereupon."""
        while self.asked:
            self.asked.pop().set_result(None)
            await turns()


def whisper(author: Person, content: str, message_id: str | None) -> Receipt:
    """Post to bob."""
    request = models.SendMessage(content, user="bob", id=message_id)
    return author.chat.hub.post(author.session, request)


async def test_they_keep_their_order() -> None:
    """What one says on one connection has to be stored in the order in which it was sent."""
    store = SlowStore()
    chat = Chat(store)
    ann, bob = chat.login("ann"), chat.login("bob")
    stream = bob.events()
    said = [whisper(ann, "one", "1"), whisper(ann, "two", "2"), whisper(ann, "three", None)]
    await turns()
    await ann.join("tea")
    request = models.SendMessage("four", channel="tea", id="4")
    said.append(chat.hub.post(ann.session, request))
    await turns()
    await store.answer()
    places = [await each.outcome() for each in said]
    assert [place.seq for place in places] == [1, 2, 3, 1]
    await chat.settle()
    contents = [event.content for event in stream.of(models.MessagePosted)]
    assert contents == ["one", "two", "three"]


async def test_the_same_id_twice_is_one_message() -> None:
    """A message that is sent again while the log is asked for its id must not be stored twice."""
    store = SlowStore()
    chat = Chat(store)
    ann = chat.login("ann")
    chat.login("bob")
    first, again = whisper(ann, "one", "1"), whisper(ann, "one", "1")
    await turns()
    await store.answer()
    assert (await first.outcome()).seq == (await again.outcome()).seq == 1
    other = whisper(ann, "one", "1")
    assert (await other.outcome()).seq == 1


async def test_who_is_forgotten_meanwhile_opens_nothing() -> None:
    """His identity is stored no more: a server could not begin on a conversation of his."""
    store = SlowStore()
    chat = Chat(store)
    ann = chat.login("ann")
    chat.login("bob")
    said = whisper(ann, "one", "1")
    await turns()
    chat.hub.lobby.detach(ann.session, at_once=True)
    chat.hub.lobby._forget(ann.session.identity)
    await store.answer()
    with pytest.raises(ChatError) as refused:
        await said.outcome()
    assert refused.value.code is ErrorCode.NOT_LOGGED_IN
    chat.restart()
    assert list(store.load().conversations) == []


async def test_a_fault_is_answered_too(caplog: pytest.LogCaptureFixture) -> None:
    """Otherwise the sender waits for ever, and so does whoever sends that id again."""
    store = SlowStore()
    chat = Chat(store)
    ann = chat.login("ann")
    chat.login("bob")
    said = whisper(ann, "one", "1")
    await turns()
    store.asked.pop().set_exception(RuntimeError("a fault"))
    with pytest.raises(ChatError) as refused:
        await said.outcome()
    assert refused.value.code is ErrorCode.INTERNAL
    assert "a fault" in caplog.text
    again = whisper(ann, "one", "1")
    await turns()
    await store.answer()
    assert (await again.outcome()).seq == 1
