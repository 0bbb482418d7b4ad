"""What `ChatClient.events` yields: the server's events, the line's, and those of this side.

The server's events are values of `rchat_protocol.models`, re-exported here, so that a consumer
imports everything from one place. `Connecting`, `Online` and `Offline` tell about the connection;
`Remembered` and `NotKept` come once, before the first of them; `Outgoing`, `Delivered` and
`Withdrawn` tell, at any time, what becomes of that which was written with `ChatClient.post`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from rchat_protocol.models import (
    ConversationState,
    Event,
    Expired,
    Invited,
    Live,
    MemberJoined,
    MemberLeft,
    Members,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    MessageReaction,
    Moderated,
    Parted,
    PresenceChanged,
    ReadMarker,
    Skipped,
    TopicChanged,
    TypingChanged,
)

if TYPE_CHECKING:
    from rchat_protocol.models import Message, ServerInfo

__all__ = [
    "ClientEvent",
    "Connecting",
    "ConnectionEvent",
    "ConversationState",
    "Delivered",
    "Event",
    "Expired",
    "Invited",
    "Live",
    "MemberJoined",
    "MemberLeft",
    "Members",
    "MessageDeleted",
    "MessageEdited",
    "MessagePosted",
    "MessageReaction",
    "Moderated",
    "NotKept",
    "Offline",
    "Online",
    "Outgoing",
    "OutgoingState",
    "Parted",
    "PresenceChanged",
    "ReadMarker",
    "Remembered",
    "RememberedConversation",
    "Skipped",
    "TopicChanged",
    "TypingChanged",
    "Withdrawn",
]


class Connecting(Struct, frozen=True):
    """The server is being dialled."""

    url: str


class Online(Struct, frozen=True):
    """Connected and logged in. The `ConversationState` of every conversation follows."""

    user: str
    """The name that you have there."""
    url: str
    server: ServerInfo
    fresh: bool
    """A new identity, not the one of before taken up: private conversations of before are gone."""


class Offline(Struct, frozen=True):
    """There is no connection."""

    reason: str
    """A sentence for a person: what is wrong."""
    retry_in: float | None
    """Seconds until the next try; None when none comes by itself.

    Then it takes a person: another name (`ChatClient.login`), or `ChatClient.retry_now`.
    """
    code: str | None = None
    """`rchat_protocol.errors.ErrorCode`, where a server said no (``name-in-use`` …)."""


ConnectionEvent = Connecting | Online | Offline


OutgoingState = Literal["waiting", "sending", "failed", "unknown"]
"""``waiting``: for the line, or for those before it; it leaves by itself. ``sending``: on its way.
``failed``: the server will not have it; ``unknown``: it may be stored or not, and only a person can
decide whether to send it again. The last two wait for `ChatClient.retry` or `withdraw`."""


class Outgoing(Struct, frozen=True):
    """Something that was written is in the outbox, on disk, or how it stands there has changed.

    It may come for an id that was not heard of before: another process of the same person writes
    into the same outbox.
    """

    conversation: str
    """Where it is to be shown. It comes again with another one where a new conversation took the
    place of that one, as after a server that lost its memory."""
    id: str
    """As that of the message will be."""
    content: str
    at: int
    """When it was written: milliseconds since 1970-01-01 UTC."""
    state: OutgoingState
    reason: str = ""
    """A sentence for a person: why it failed, is unknown, or still waits. Empty where all is well.
    """
    reply: int | None = None
    """Number of the message that it answers."""


class Delivered(Struct, frozen=True):
    """The server stored what was written: it is in the outbox no more.

    The `MessagePosted` of the same id comes before or after this.
    """

    conversation: str
    """Where it went."""
    id: str
    seq: int
    at: int
    """When the server stored it: milliseconds since 1970-01-01 UTC."""
    epoch: str


class Withdrawn(Struct, frozen=True):
    """What was written was thrown away, or taken back to edit it: it is in the outbox no more."""

    conversation: str
    id: str


class RememberedConversation(Struct, frozen=True):
    """A conversation as the disk knows it."""

    state: ConversationState
    """As last known, with nobody in it; ``head`` is the last entry that was received. Of a
    conversation that only the outbox knows any more, head is 0 and the epoch empty."""
    messages: tuple[Message, ...]
    """The newest ones, oldest first: an unbroken run that ends at ``state.head``; at most 100, and
    none where the end is not held."""
    outgoing: tuple[Outgoing, ...]
    """What is in the outbox, in the order in which it was written."""


class Remembered(Struct, frozen=True):
    """What the disk knows from before.

    Once, before the first `Connecting`, where it knows something. `Online` and the server's states
    follow when there is a line, and correct it.
    """

    user: str | None
    """The name of last time; None where there was no login."""
    conversations: tuple[RememberedConversation, ...]
    """In the order in which they were opened."""


class NotKept(Struct, frozen=True):
    """The disk cannot be used: what is written and read is kept in memory alone, until the end.

    Once, before the first `Connecting`.
    """

    reason: str
    """A sentence for a person: what is wrong with which file."""


OutboxEvent = Outgoing | Delivered | Withdrawn

LocalEvent = OutboxEvent | Remembered | NotKept
"""What this side says by itself, about what it keeps."""

ClientEvent = Event | ConnectionEvent | LocalEvent
