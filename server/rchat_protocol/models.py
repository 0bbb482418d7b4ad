"""What crosses the wire, as frozen values. PROTOCOL.md describes the same for other languages.

Unknown fields are ignored, and a client ignores unknown event types, so that either side may be
the newer one. Times are whole milliseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from rchat_protocol.limits import EVENTS_MAX, HISTORY_LIMIT

Sequence = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""The number of an entry in its conversation's log: 1, 2, 3, … with no gap; 0 is before all."""

ConversationKind = Literal["channel", "private"]


# -- the tutorial's messages -------------------------------------------------------------------


class TutorialMessage(msgspec.Struct, frozen=True):
    """An item of ``messages.incoming``: exactly these three fields, as the tutorial reads them."""

    user: str
    """The sender."""
    content: str
    channel: str | None
    """Null for a private message."""


# -- requests ----------------------------------------------------------------------------------


class SendMessage(msgspec.Struct, frozen=True):
    """Data of ``message``: ``conversation`` goes before ``channel``, that before ``user``."""

    content: str
    user: str | None = None
    """The recipient's name, for a private message."""
    channel: str | None = None
    conversation: str | None = None
    """A conversation's opaque id."""
    id: str | None = None
    """The client's own id of the message: the same id again makes no second message."""
    reply: Sequence | None = None
    """Number of the message that this one answers."""


class EditMessage(msgspec.Struct, frozen=True):
    """Data of ``message.edit``: one's own message is to say something else."""

    conversation: str
    seq: Sequence
    content: str
    id: str | None = None
    """The client's own id of this entry, as of a message."""


class DeleteMessage(msgspec.Struct, frozen=True):
    """Data of ``message.delete``: what one's own message says is to be erased."""

    conversation: str
    seq: Sequence
    id: str | None = None


class React(msgspec.Struct, frozen=True):
    """Data of ``message.react``: put one's reaction to a message, or take it back."""

    conversation: str
    seq: Sequence
    emoji: str
    on: bool = True
    id: str | None = None


class SetTopic(msgspec.Struct, frozen=True):
    """Data of ``channel.topic``: what a channel is about; empty removes it."""

    conversation: str
    topic: str
    id: str | None = None


class Cursor(msgspec.Struct, frozen=True):
    """How far a client has read one conversation's log."""

    epoch: str
    seq: Sequence


class EventsRequest(msgspec.Struct, frozen=True):
    """Data of ``events``; empty data means all defaults."""

    after: dict[str, Cursor] = {}
    """Where the client stands, by conversation id. One that is not named begins at its end."""
    max: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = EVENTS_MAX
    """Most entries to replay for each conversation; what lies before is `Skipped`."""


class HistoryRequest(msgspec.Struct, frozen=True):
    """Data of ``history``: one conversation, at most one of before, after and around."""

    conversation: str | None = None
    channel: str | None = None
    user: str | None = None
    before: Sequence | None = None
    after: Sequence | None = None
    around: Sequence | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=HISTORY_LIMIT)] = 100


class OpenConversation(msgspec.Struct, frozen=True):
    """Data of ``conversation.open``: the private conversation with whoever holds the name now."""

    user: str


class MarkRead(msgspec.Struct, frozen=True):
    """Data of ``conversation.read``: everything up to ``seq`` has been seen."""

    conversation: str
    seq: Sequence


# -- replies -----------------------------------------------------------------------------------


class Empty(msgspec.Struct, frozen=True):
    """``{}``: done. Never no data at all, which leaves the library without the NEXT flag."""


class Ack(msgspec.Struct, frozen=True):
    """The entry is in the log. Sent after the commit, and again for the same id."""

    conversation: str
    epoch: str
    seq: Sequence
    """Its number; of the newest entry where nothing had to be changed, and none was made."""
    id: str
    at: int


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message as it is now."""

    seq: Sequence
    id: str
    user: str
    content: str
    """Empty where it was deleted."""
    at: int
    reply: Sequence | None = None
    """Number of the message that it answers."""
    edited: int | None = None
    """When it was edited last."""
    deleted: bool = False
    reactions: dict[str, list[str]] = {}
    """Names of those who reacted, by emoji; both in the order in which they came."""


class HistoryReply(msgspec.Struct, frozen=True):
    """Messages in the log's order, oldest first."""

    conversation: str
    epoch: str
    messages: list[Message]
    more: bool
    """Whether there are more in the direction that was asked for."""
    first: Sequence = msgspec.field(name="from", default=0)
    """The numbers that this page covers: those among them that are not in ``messages`` are of other
    entries, or no longer kept. ``first`` is above ``last`` where it covers none; 0: not said."""
    last: Sequence = msgspec.field(name="to", default=0)
    head: Sequence = 0
    """The messages are as they were after the entry of this number."""


class ServerLimits(msgspec.Struct, frozen=True):
    """What a client need not find out by being refused."""

    message_bytes: int
    user_name_chars: int
    channel_name_chars: int
    pending_requests: int
    history_limit: int


class ServerInfo(msgspec.Struct, frozen=True):
    """Reply of ``server.info``, which needs no login."""

    name: str
    version: str
    capabilities: list[str]
    """Routes beyond the tutorial's that this server answers."""
    limits: ServerLimits
    mode: str
    """``open``: guests may come in."""


class ErrorBody(msgspec.Struct, frozen=True):
    """The data of an error frame."""

    code: str
    """One of `errors.ErrorCode`; a newer server may know more of them."""
    message: str
    retry: float | bool = False
    """False: final. A number: seconds to wait before the same request may do."""


# -- events ------------------------------------------------------------------------------------


class ConversationState(msgspec.Struct, frozen=True, tag_field="type", tag="state"):
    """Where a conversation stands. The first items of ``events``, and on every join."""

    conversation: str
    kind: ConversationKind
    name: str
    """The channel's name, or the other person's."""
    epoch: str
    """Another epoch than the one you know: forget the numbers you know and load again."""
    head: Sequence
    first: Sequence
    """Number of the first entry that is kept; head + 1 when none is."""
    read: Sequence
    """Your read marker."""
    unread: int
    """Messages after it, but for deleted ones."""
    mentions: int
    members: list[str]
    """Who is here, ordered by name."""
    resumed: bool = False
    """Whether the cursor you came with was taken up; otherwise load the history you want."""
    topic: str = ""
    """What a channel is about."""


class MessagePosted(
    msgspec.Struct, frozen=True, tag_field="type", tag="message", omit_defaults=True
):
    """An entry of a conversation's log: somebody said something.

    One that is replayed says what it says now.
    """

    conversation: str
    seq: Sequence
    id: str
    user: str
    content: str
    """Empty where it was deleted before it was replayed."""
    at: int
    reply: Sequence | None = None
    """Number of the message that it answers."""
    edited: int | None = None
    """When it was edited last, where that was before it was replayed."""
    deleted: bool = False


class MessageEdited(msgspec.Struct, frozen=True, tag_field="type", tag="edit"):
    """An entry: message ``target`` says something else now."""

    conversation: str
    seq: Sequence
    target: Sequence
    user: str
    content: str
    """Empty where the message was deleted before this was replayed."""
    at: int


class MessageDeleted(msgspec.Struct, frozen=True, tag_field="type", tag="delete"):
    """An entry: what message ``target`` said is erased."""

    conversation: str
    seq: Sequence
    target: Sequence
    user: str
    at: int


class MessageReaction(msgspec.Struct, frozen=True, tag_field="type", tag="reaction"):
    """An entry: somebody reacted to message ``target``, or took that back."""

    conversation: str
    seq: Sequence
    target: Sequence
    user: str
    """Whose reaction it is; one that is taken back has the name that it was put under."""
    emoji: str
    on: bool
    at: int


class TopicChanged(msgspec.Struct, frozen=True, tag_field="type", tag="topic"):
    """An entry: a channel is about something else now."""

    conversation: str
    seq: Sequence
    user: str
    topic: str
    """Empty: it has none."""
    at: int


class MemberJoined(msgspec.Struct, frozen=True, tag_field="type", tag="join"):
    """Somebody came in. No entry of the log."""

    conversation: str
    user: str


class MemberLeft(msgspec.Struct, frozen=True, tag_field="type", tag="leave"):
    """Somebody left. No entry of the log."""

    conversation: str
    user: str


class Members(msgspec.Struct, frozen=True, tag_field="type", tag="members"):
    """Who is here, whole: sent in place of the joins and leaves that a slow reader missed."""

    conversation: str
    members: list[str]


class Parted(msgspec.Struct, frozen=True, tag_field="type", tag="parted"):
    """You left the conversation, here or on another of your terminals."""

    conversation: str
    name: str = ""
    """The channel's: who leaves at once may never have been told its state."""


class ReadMarker(msgspec.Struct, frozen=True, tag_field="type", tag="read"):
    """Your read marker moved, here or on another of your terminals."""

    conversation: str
    seq: Sequence
    unread: int | None = None
    """Messages after it, up to the entry that you were told of last: by a state or by itself."""
    mentions: int | None = None


class Skipped(msgspec.Struct, frozen=True, tag_field="type", tag="skipped"):
    """More was missed than ``max``: these entries are not sent; ``history`` has them."""

    conversation: str
    first: Sequence = msgspec.field(name="from")
    last: Sequence = msgspec.field(name="to")


class Expired(msgspec.Struct, frozen=True, tag_field="type", tag="expired"):
    """These entries were missed and are no longer kept."""

    conversation: str
    first: Sequence = msgspec.field(name="from")
    last: Sequence = msgspec.field(name="to")


class Live(msgspec.Struct, frozen=True, tag_field="type", tag="live"):
    """All that was missed has been sent; what follows is live."""


Event = (
    ConversationState
    | MessagePosted
    | MessageEdited
    | MessageDeleted
    | MessageReaction
    | TopicChanged
    | MemberJoined
    | MemberLeft
    | Members
    | Parted
    | ReadMarker
    | Skipped
    | Expired
    | Live
)
