"""Somebody is forgotten while what he said is on its way to the disk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rchat_protocol import models
from rchat_server.core.history import history
from rchat_server.core.hub import HubLimits
from rchat_server.core.lobby import LobbyLimits
from rchat_server.storage.memory import MemoryStore
from support.chat import Chat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rchat_server.core.ports import Appended, Change


class WaitingStore(MemoryStore):
    """A store whose disk takes its time."""

    def __init__(self) -> None:
        super().__init__("epoch")
        self.goes_on = asyncio.Event()

    async def append(self, conversation: str, changes: Sequence[Change]) -> list[Appended]:
        """Store, when it is told to."""
        await self.goes_on.wait()
        return await super().append(conversation, changes)


async def test_what_was_acknowledged_is_there_when_its_author_is_forgotten_meanwhile() -> None:
    """The conversation was dropped around the message: acknowledged, and in no log that counts."""
    store = WaitingStore()
    chat = Chat(store, limits=HubLimits(lobby=LobbyLimits(absent_guests=0)))
    alice, bob = chat.login("alice"), chat.login("bob")
    whispering = asyncio.create_task(alice.whisper("bob", "one"))
    await asyncio.sleep(0)
    chat.hub.lobby.detach(
        alice.session, at_once=True
    )  # and, with no room for the absent, forgotten
    store.goes_on.set()
    assert await whispering == 1
    await chat.settle()
    ((conversation, head),) = store.load().conversations
    assert head == 1
    events = bob.events()
    await chat.settle()
    assert [state.conversation for state in events.of(models.ConversationState)] == [
        conversation.id
    ]
    found = chat.hub.conversation(bob.session, conversation.id)
    reply = await history(chat.log, found, models.HistoryRequest())
    assert [message.content for message in reply.messages] == ["one"]
