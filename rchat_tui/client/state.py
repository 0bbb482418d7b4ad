"""What a client knows of its conversations: a pure fold over events. No I/O, no clock.

::

    state = ChatState()
    async for event in chat.events():
        state = fold(state, event)

A value that was handed out is never changed afterwards: keep old ones, compare them by identity.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import singledispatch
from types import MappingProxyType
from typing import TYPE_CHECKING

from rchat_protocol import names
from rchat_tui.client.events import (
    Connecting,
    ConversationState,
    Expired,
    Live,
    MemberJoined,
    MemberLeft,
    Members,
    MessagePosted,
    Offline,
    Online,
    Parted,
    ReadMarker,
    Skipped,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rchat_protocol.models import ConversationKind
    from rchat_tui.client.events import ClientEvent, ConnectionEvent


@dataclass(frozen=True, slots=True)
class Conversation:
    """One channel, or one other person, as far as this client knows."""

    id: str
    """Opaque. Another one for the same name means: the server lost its memory, or a new person."""
    kind: ConversationKind
    name: str
    """The channel's name or the other person's, without sigil."""
    epoch: str
    """When it changes, forget what was loaded of this conversation, and load again."""
    head: int
    """Number of the newest entry; 0 when there is none."""
    read: int
    """Everything up to this number has been seen."""
    unread: int
    """Messages of others after ``read``."""
    mentions: int
    """Those among them that speak to you; never more than ``unread``."""
    members: tuple[str, ...]
    """Who is here, in alphabetical order."""


def _none() -> Mapping[str, Conversation]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ChatState:
    """Everything that screens are drawn from, messages aside."""

    user: str | None = None
    """Your name; None before the first login."""
    connection: ConnectionEvent | None = None
    """The last word about the line; None before the first."""
    conversations: Mapping[str, Conversation] = field(default_factory=_none)
    """By id, in the order in which they were opened; read-only."""
    unconfirmed: frozenset[str] = frozenset()
    """Ids that the server has not named since it came back; at `Live` they vanish."""

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


@_fold.register(Connecting)
@_fold.register(Offline)
def _connection(event: Connecting | Offline, state: ChatState) -> ChatState:
    return replace(state, connection=event)


@_fold.register
def _online(event: Online, state: ChatState) -> ChatState:
    # Whatever the server does not name again before `Live` was left meanwhile, or is no more.
    return replace(
        state, user=event.user, connection=event, unconfirmed=frozenset(state.conversations)
    )


@_fold.register
def _live(_event: Live, state: ChatState) -> ChatState:
    if not state.unconfirmed:
        return state
    kept = {id_: c for id_, c in state.conversations.items() if id_ not in state.unconfirmed}
    return replace(state, conversations=MappingProxyType(kept), unconfirmed=frozenset())


@_fold.register
def _opened(event: ConversationState, state: ChatState) -> ChatState:
    opened = Conversation(
        id=event.conversation,
        kind=event.kind,
        name=event.name,
        epoch=event.epoch,
        head=event.head,
        read=event.read,
        unread=event.unread,
        mentions=min(event.mentions, event.unread),
        members=_ordered(event.members),
    )
    before = state.find(event.kind, event.name)
    replaced = event.conversation if event.conversation in state.conversations else None
    if replaced is None and before is not None:
        replaced = before.id
    conversations: dict[str, Conversation] = {}
    for id_, conversation in state.conversations.items():
        if id_ == replaced:
            conversations[opened.id] = opened  # in its place: the list on the screen does not jump
        elif before is None or id_ != before.id:
            conversations[id_] = conversation
    conversations[opened.id] = opened
    return replace(
        state,
        conversations=MappingProxyType(conversations),
        unconfirmed=state.unconfirmed - {opened.id, replaced},
    )


@_fold.register
def _posted(event: MessagePosted, state: ChatState) -> ChatState:
    conversation = state.conversations.get(event.conversation)
    if conversation is None or event.seq <= conversation.head:
        # Already counted: what is replayed after a `ConversationState` lies before its head.
        return state
    if state.user is not None and names.key(event.user) == names.key(state.user):
        # Writing says that one has read, here and on the server.
        seen = replace(conversation, head=event.seq, read=event.seq, unread=0, mentions=0)
        return _with(state, seen)
    spoken_to = state.user is not None and names.key(state.user) in names.mentioned(event.content)
    return _with(
        state,
        replace(
            conversation,
            head=event.seq,
            unread=conversation.unread + 1,
            mentions=conversation.mentions + spoken_to,
        ),
    )


@_fold.register
def _read(event: ReadMarker, state: ChatState) -> ChatState:
    conversation = state.conversations.get(event.conversation)
    if conversation is None or event.seq <= conversation.read:
        return state
    # Which of the messages between were somebody else's is not known here; no more can be left
    # than there are entries.
    unread = min(conversation.unread, max(0, conversation.head - event.seq))
    return _with(
        state,
        replace(
            conversation,
            read=event.seq,
            unread=unread,
            mentions=min(conversation.mentions, unread),
        ),
    )


@_fold.register(Skipped)
@_fold.register(Expired)
def _not_replayed(event: Skipped | Expired, state: ChatState) -> ChatState:
    conversation = state.conversations.get(event.conversation)
    if conversation is None or event.last <= conversation.head:
        return state
    return _with(state, replace(conversation, head=event.last))


@_fold.register
def _joined(event: MemberJoined, state: ChatState) -> ChatState:
    conversation = state.conversations.get(event.conversation)
    if conversation is None or event.user in conversation.members:
        return state
    members = _ordered((*conversation.members, event.user))
    return _with(state, replace(conversation, members=members))


@_fold.register
def _left(event: MemberLeft, state: ChatState) -> ChatState:
    conversation = state.conversations.get(event.conversation)
    if conversation is None or event.user not in conversation.members:
        return state
    members = tuple(member for member in conversation.members if member != event.user)
    return _with(state, replace(conversation, members=members))


@_fold.register
def _members(event: Members, state: ChatState) -> ChatState:
    conversation = state.conversations.get(event.conversation)
    if conversation is None:
        return state
    return _with(state, replace(conversation, members=_ordered(event.members)))


@_fold.register
def _parted(event: Parted, state: ChatState) -> ChatState:
    if event.conversation not in state.conversations:
        return state
    kept = {id_: c for id_, c in state.conversations.items() if id_ != event.conversation}
    return replace(
        state,
        conversations=MappingProxyType(kept),
        unconfirmed=state.unconfirmed - {event.conversation},
    )


def _with(state: ChatState, conversation: Conversation) -> ChatState:
    conversations = {**state.conversations, conversation.id: conversation}
    return replace(state, conversations=MappingProxyType(conversations))


def _ordered(members: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(members), key=lambda member: (names.key(member), member)))
