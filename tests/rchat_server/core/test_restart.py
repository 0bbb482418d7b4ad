"""A server that begins on what another one stored: everybody is who he was."""

from __future__ import annotations

import asyncio
import copy
from typing import TYPE_CHECKING

import pytest

from rchat_protocol import limits, models
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.history import history
from rchat_server.core.hub import HubLimits
from rchat_server.core.lobby import LobbyLimits
from rchat_server.core.restore import restored
from rchat_server.core.waiting import COMMIT_BYTES
from rchat_server.storage.memory import MemoryStore
from support.chat import Chat
from support.wire import turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rchat_server.core.ports import Appended, Change
    from rchat_server.core.records import Snapshot


class FailingStore(MemoryStore):
    """A store whose disk is full while it is told so."""

    def __init__(self) -> None:
        super().__init__("epoch")
        self.full = False

    def _refuse(self) -> None:
        if self.full:
            raise ChatError(ErrorCode.STORAGE_UNAVAILABLE, "The disk is full.", retry=1.0)

    async def append(self, conversation: str, changes: Sequence[Change]) -> list[Appended]:
        """Store, or not."""
        self._refuse()
        return await super().append(conversation, changes)

    async def settled(self) -> None:
        """Say that it is stored, or not."""
        self._refuse()


async def test_who_comes_back_in_time_was_never_away() -> None:
    """After a restart nobody sees a leave and a join, nor a name that somebody else took."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    await bob.join("tea")
    await alice.say("tea", "before")
    chat.restart()
    bob = chat.resume(bob)
    events = bob.events()
    await chat.settle()
    assert events.of(models.ConversationState)[0].members == ["alice", "bob"]
    chat.clock.advance(119)
    alice = chat.resume(alice)
    assert await alice.say("tea", "after") == 2
    await chat.settle()
    assert events.seqs == [2]
    assert not events.of(models.MemberJoined) + events.of(models.MemberLeft)


async def test_who_does_not_come_back_is_gone_after_the_grace_time() -> None:
    """No ghosts: the grace time begins anew with the server, and ends."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    await bob.join("tea")
    chat.restart()
    bob = chat.resume(bob)
    events = bob.events()
    chat.clock.advance(121)
    await chat.settle()
    assert [event.user for event in events.of(models.MemberLeft)] == ["alice"]
    # His identity is not: with his token he is a member again.
    await chat.resume(alice).say("tea", "I am back")
    await chat.settle()
    assert [event.user for event in events.of(models.MemberJoined)] == ["alice"]


async def test_who_was_away_is_away_and_forgotten_in_his_time() -> None:
    """A restart must not give thirty more days to everybody, nor bring back who left."""
    chat = Chat(limits=HubLimits(lobby=LobbyLimits(guest_lifetime=1000)))
    alice = chat.login("alice")
    await alice.join("tea")
    chat.hub.lobby.detach(alice.session, at_once=True)
    await chat.settle()
    chat.clock.advance(600)
    chat.restart()
    assert chat.hub.users("tea") == []
    chat.clock.advance(399)
    chat.login("alice")  # the name is free
    chat.clock.advance(2)
    with pytest.raises(ChatError) as unknown:
        chat.resume(alice)
    assert unknown.value.code is ErrorCode.UNKNOWN_TOKEN


async def test_private_conversations_and_markers_are_there_again() -> None:
    """What two people said is theirs after a restart, and counted as before."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.whisper("bob", "one")
    await alice.whisper("bob", "bob: two")
    conversation = chat.hub.private(bob.session, "alice")
    chat.hub.mark_read(bob.session, conversation, 1)
    chat.restart()
    bob = chat.resume(bob)
    events = bob.events()
    await chat.settle()
    (state,) = events.of(models.ConversationState)
    assert (state.conversation, state.name) == (conversation.id, "alice")
    assert (state.head, state.read, state.unread, state.mentions) == (2, 1, 1, 1)
    assert await chat.resume(alice).whisper("bob", "three") == 3


async def test_the_other_person_may_be_forgotten() -> None:
    """Whoever is left reads on, and sees from whom it was; when both are gone, so is all of it."""
    chat = Chat(limits=HubLimits(lobby=LobbyLimits(guest_lifetime=1000)))
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.whisper("bob", "one")
    chat.hub.lobby.detach(alice.session, at_once=True)
    chat.clock.advance(1001)
    chat.restart()
    bob = chat.resume(bob)
    events = bob.events()
    await chat.settle()
    (state,) = events.of(models.ConversationState)
    assert state.name == "alice"
    conversation = chat.hub.conversation(bob.session, state.conversation)
    reply = await history(chat.log, conversation, models.HistoryRequest())
    assert [(message.user, message.content) for message in reply.messages] == [("alice", "one")]
    chat.hub.lobby.detach(bob.session, at_once=True)
    chat.clock.advance(1001)
    chat.restart()
    snapshot = chat.log.load()
    assert (list(snapshot.identities), list(snapshot.conversations)) == ([], [])


async def test_nobody_is_let_in_whom_a_restart_would_forget() -> None:
    """A token that was handed out and not stored is a lie."""
    store = FailingStore()
    chat = Chat(store)
    store.full = True
    alice = chat.login("alice")
    with pytest.raises(ChatError) as refused:
        await chat.hub.lobby.confirm(alice.session)
    assert refused.value.code is ErrorCode.STORAGE_UNAVAILABLE
    store.full = False
    await chat.hub.lobby.confirm(chat.login("alice").session)
    with pytest.raises(ChatError):
        chat.resume(alice)


async def test_what_cannot_be_stored_does_not_happen() -> None:
    """A join that the next restart undoes must not be answered as done. Presence goes on."""
    store = FailingStore()
    chat = Chat(store)
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    await bob.join("tea")
    events = alice.events()
    await chat.settle()
    store.full = True
    with pytest.raises(ChatError):
        await alice.join("cake")
    with pytest.raises(ChatError):
        await chat.hub.leave(bob.session, "tea")
    with pytest.raises(ChatError) as refused:
        await alice.say("tea", "lost")
    assert refused.value.code is ErrorCode.STORAGE_UNAVAILABLE
    assert chat.hub.users("tea") == ["alice", "bob"]
    assert chat.hub.users("cake") == []
    chat.hub.lobby.detach(bob.session, at_once=True)
    bob = chat.resume(bob)
    await chat.settle()
    assert [event.user for event in events.of(models.MemberLeft)] == ["bob"]
    assert [event.user for event in events.of(models.MemberJoined)] == ["bob"]
    store.full = False
    assert await alice.say("tea", "again") == 1


async def test_who_is_written_to_comes_in_with_the_first_message_that_is_stored() -> None:
    """A commit that fails must not let the next message be stored where nobody can hear it."""

    class FailingOnce(FailingStore):
        async def append(self, conversation: str, changes: Sequence[Change]) -> list[Appended]:
            try:
                return await super().append(conversation, changes)
            finally:
                self.full = False

    store = FailingOnce()
    chat = Chat(store)
    alice, bob = chat.login("alice"), chat.login("bob")
    events = bob.events()
    await chat.settle()
    store.full = True
    request = models.SendMessage("x" * limits.MESSAGE_BYTES, user="bob")
    count = COMMIT_BYTES // limits.MESSAGE_BYTES + 2
    posted = [chat.hub.post(alice.session, request) for _ in range(count)]
    await chat.settle()
    for each in posted[:-2]:
        with pytest.raises(ChatError):
            await each.outcome()
    assert [(await each.outcome()).seq for each in posted[-2:]] == [1, 2]
    assert events.seqs == [1, 2]


async def test_a_server_begins_on_whatever_was_stored_last() -> None:
    """What is written behind may end after any word: each has to stand without the next."""

    class Words(MemoryStore):
        def __init__(self) -> None:
            super().__init__("epoch")
            self.moments: list[Snapshot] = []

        def drop_identity(self, identity: str) -> None:
            super().drop_identity(identity)
            self.moments.append(copy.deepcopy(self.load()))

        def forget(self, conversation: str) -> None:
            super().forget(conversation)
            self.moments.append(copy.deepcopy(self.load()))

    store = Words()
    chat = Chat(store, limits=HubLimits(lobby=LobbyLimits(guest_lifetime=1000)))
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.whisper("bob", "one")
    chat.hub.lobby.detach(alice.session, at_once=True)
    chat.clock.advance(1001)
    store.moments.clear()
    chat.hub.lobby.detach(bob.session, at_once=True)
    chat.clock.advance(1001)
    assert len(store.moments) == 3
    for moment in store.moments:
        restored(moment, chat.hub._context)


class SlowStore(MemoryStore):
    """A store that commits when it is told to."""

    def __init__(self) -> None:
        super().__init__("epoch")
        self.turn = asyncio.Semaphore()

    async def append(self, conversation: str, changes: Sequence[Change]) -> list[Appended]:
        """Wait, and store."""
        async with self.turn:
            return await super().append(conversation, changes)


async def test_who_is_back_before_his_join_is_stored_is_seen() -> None:
    """His going still waits in the queue behind the join: a member would stay unseen by all."""
    store = SlowStore()
    chat = Chat(store)
    alice = chat.login("alice")
    await alice.join("tea")
    store.turn = asyncio.Semaphore(0)
    leaving = chat.hub.leave(alice.session, "tea")
    await turns()
    joining = chat.hub.join(alice.session, "tea")
    chat.hub.lobby.detach(alice.session, at_once=True)
    store.turn, first = asyncio.Semaphore(0), store.turn
    first.release()
    await leaving
    await turns()
    chat.resume(alice)
    store.turn.release()
    await joining
    await chat.settle()
    assert chat.hub.users("tea") == ["alice"]
