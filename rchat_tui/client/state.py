"""What a client knows of its conversations: a pure fold over events. No I/O, no clock.

::

    state = ChatState()
    async for event in chat.events():
        state = fold(state, event)

A value that was handed out is never changed afterwards: keep old ones, compare them by identity.
"""

from __future__ import annotations

from functools import singledispatch
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from rchat_protocol import names
from rchat_tui.client.conversation import (
    Conversation,
    about,
    deleted,
    joined,
    left,
    opened,
    passed,
    peopled,
    posted,
    present,
    reached,
    read_to,
    ruled,
)
from rchat_tui.client.events import (
    Connecting,
    ConversationState,
    Delivered,
    Expired,
    Live,
    MemberJoined,
    MemberLeft,
    Members,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    MessageReaction,
    Moderated,
    Offline,
    Online,
    Outgoing,
    Parted,
    PresenceChanged,
    ReadMarker,
    Remembered,
    Skipped,
    TopicChanged,
    Withdrawn,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rchat_protocol.models import ConversationKind
    from rchat_tui.client.events import ClientEvent, ConnectionEvent

__all__ = ["ChatState", "Conversation", "fold"]


def _none() -> Mapping[str, Conversation]:
    return MappingProxyType({})


def _nothing() -> Mapping[str, str]:
    return MappingProxyType({})


class ChatState(Struct, frozen=True):
    """Everything that screens are drawn from, messages aside."""

    user: str | None = None
    """Your name; None before the first login."""
    connection: ConnectionEvent | None = None
    """The last word about the line; None before the first."""
    conversations: Mapping[str, Conversation] = field(default_factory=_none)
    """By id, in the order in which they were opened; read-only."""
    unconfirmed: frozenset[str] = frozenset()
    """Ids that the server has not named since it came back; at `Live` they vanish."""
    outgoing: Mapping[str, str] = field(default_factory=_nothing)
    """What is in the outbox: its id to the conversation that it stands in; read-only."""
    away: str | None = None
    """Your own words, which may be empty, where you are away on all your terminals."""
    lost: frozenset[str] = frozenset()
    """Conversations that you are in no more, and that something in the outbox stands in: with the
    last of it they vanish."""

    def find(self, kind: ConversationKind, name: str) -> Conversation | None:
        """Return the conversation of that kind and name, whatever its letters' case."""
        key = names.key(name)
        for conversation in self.conversations.values():
            if conversation.kind == kind and names.key(conversation.name) == key:
                return conversation
        return None


def fold(state: ChatState, event: ClientEvent) -> ChatState:
    """Return what is known after ``event``. An event that changes nothing returns ``state``."""
    return _fold(event, state)


@singledispatch
def _fold(_event: object, state: ChatState) -> ChatState:
    # An event of a newer version, or one that is about no state.
    return state


# -- the line ------------------------------------------------------------------------------------


@_fold.register(Connecting)
@_fold.register(Offline)
def _connection(event: Connecting | Offline, state: ChatState) -> ChatState:
    return replace(state, connection=event)


@_fold.register
def _online(event: Online, state: ChatState) -> ChatState:
    # Whatever the server does not name again before `Live` was left meanwhile, or is no more.
    return replace(
        state,
        user=event.user,
        connection=event,
        unconfirmed=frozenset(state.conversations),
        away=None if event.fresh else state.away,
    )


@_fold.register
def _live(_event: Live, state: ChatState) -> ChatState:
    if not state.unconfirmed:
        return state
    return _without(replace(state, unconfirmed=frozenset()), state.unconfirmed)


# -- conversations -------------------------------------------------------------------------------


@_fold.register
def _opened(event: ConversationState, state: ChatState) -> ChatState:
    new = opened(event)
    before = state.find(event.kind, event.name)
    replaced = event.conversation if event.conversation in state.conversations else None
    if replaced is None and before is not None:
        replaced = before.id
    conversations: dict[str, Conversation] = {}
    for id_, conversation in state.conversations.items():
        if id_ == replaced:
            conversations[new.id] = new  # in its place: the list on the screen does not jump
        elif before is None or id_ != before.id:
            conversations[id_] = conversation
    conversations[new.id] = new
    return replace(
        state,
        conversations=MappingProxyType(conversations),
        unconfirmed=frozenset(id_ for id_ in state.unconfirmed if id_ in conversations) - {new.id},
        lost=frozenset(id_ for id_ in state.lost if id_ in conversations) - {new.id},
        away=new.away.get(state.user or ""),
    )


@_fold.register
def _posted(event: MessagePosted, state: ChatState) -> ChatState:
    conversation = state.conversations.get(event.conversation)
    return state if conversation is None else _with(state, posted(conversation, event, state.user))


@_fold.register(MessageEdited)
@_fold.register(MessageReaction)
def _reached(event: MessageEdited | MessageReaction, state: ChatState) -> ChatState:
    conversation = state.conversations.get(event.conversation)
    return state if conversation is None else _with(state, reached(conversation, event.seq))


@_fold.register
def _deleted(event: MessageDeleted, state: ChatState) -> ChatState:
    conversation = state.conversations.get(event.conversation)
    return state if conversation is None else _with(state, deleted(conversation, event, state.user))


@_fold.register
def _topic(event: TopicChanged, state: ChatState) -> ChatState:
    conversation = state.conversations.get(event.conversation)
    return state if conversation is None else _with(state, about(conversation, event))


@_fold.register
def _read(event: ReadMarker, state: ChatState) -> ChatState:
    conversation = state.conversations.get(event.conversation)
    return state if conversation is None else _with(state, read_to(conversation, event))


@_fold.register(Skipped)
@_fold.register(Expired)
def _not_replayed(event: Skipped | Expired, state: ChatState) -> ChatState:
    conversation = state.conversations.get(event.conversation)
    return state if conversation is None else _with(state, passed(conversation, event.last))


@_fold.register
def _parted(event: Parted, state: ChatState) -> ChatState:
    return _without(state, {event.conversation})


# -- people --------------------------------------------------------------------------------------


@_fold.register
def _joined(event: MemberJoined, state: ChatState) -> ChatState:
    conversation = state.conversations.get(event.conversation)
    if conversation is None:
        return state
    return _with(state, joined(conversation, event.user, event.away))


@_fold.register
def _left(event: MemberLeft, state: ChatState) -> ChatState:
    conversation = state.conversations.get(event.conversation)
    return state if conversation is None else _with(state, left(conversation, event.user))


@_fold.register
def _members(event: Members, state: ChatState) -> ChatState:
    conversation = state.conversations.get(event.conversation)
    if conversation is None:
        return state
    known = ruled(conversation, event.rules)
    return _with(state, peopled(known, event.members, event.away))


@_fold.register
def _moderated(event: Moderated, state: ChatState) -> ChatState:
    conversation = state.conversations.get(event.conversation)
    return state if conversation is None else _with(state, ruled(conversation, event.rules))


@_fold.register
def _presence(event: PresenceChanged, state: ChatState) -> ChatState:
    if event.user == state.user:
        state = replace(state, away=event.away)
    conversations = {
        id_: present(conversation, event.user, event.away)
        for id_, conversation in state.conversations.items()
    }
    return replace(state, conversations=MappingProxyType(conversations))


# -- what is kept on this side -------------------------------------------------------------------


@_fold.register
def _remembered(event: Remembered, state: ChatState) -> ChatState:
    conversations = {
        known.state.conversation: peopled(opened(known.state)) for known in event.conversations
    }
    outgoing = {
        written.id: written.conversation
        for known in event.conversations
        for written in known.outgoing
    }
    return replace(
        state,
        user=state.user or event.user,
        conversations=MappingProxyType(conversations),
        outgoing=MappingProxyType(outgoing),
    )


@_fold.register
def _outgoing(event: Outgoing, state: ChatState) -> ChatState:
    if state.outgoing.get(event.id) == event.conversation:
        return state
    outgoing = MappingProxyType({**state.outgoing, event.id: event.conversation})
    return _without(replace(state, outgoing=outgoing), state.lost)


@_fold.register(Delivered)
@_fold.register(Withdrawn)
def _no_longer_outgoing(event: Delivered | Withdrawn, state: ChatState) -> ChatState:
    if event.id not in state.outgoing:
        return state
    outgoing = {id_: where for id_, where in state.outgoing.items() if id_ != event.id}
    return _without(replace(state, outgoing=MappingProxyType(outgoing)), state.lost)


def _with(state: ChatState, conversation: Conversation) -> ChatState:
    if state.conversations[conversation.id] is conversation:
        return state
    conversations = {**state.conversations, conversation.id: conversation}
    return replace(state, conversations=MappingProxyType(conversations))


def _without(state: ChatState, gone: frozenset[str] | set[str]) -> ChatState:
    """Take conversations out; those that something in the outbox stands in are lost, and stay."""
    gone = gone & state.conversations.keys()
    if not gone:
        return state
    lost = gone & set(state.outgoing.values())
    conversations = {
        id_: replace(peopled(c), unread=0, mentions=0) if id_ in lost else c
        for id_, c in state.conversations.items()
        if id_ in lost or id_ not in gone
    }
    return replace(
        state,
        conversations=MappingProxyType(conversations),
        unconfirmed=state.unconfirmed - gone,
        lost=(state.lost - gone) | lost,
    )
