"""What happens: items of ``events``."""

from __future__ import annotations

import msgspec

from rchat_protocol.models.common import ChannelRules, ConversationKind, Sequence


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
    away: dict[str, str] = {}
    """Those of the members who are away, with their words: they may be empty."""
    rules: ChannelRules = ChannelRules()
    """What holds in a channel."""


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


class MemberJoined(msgspec.Struct, frozen=True, tag_field="type", tag="join", omit_defaults=True):
    """Somebody came in. No entry of the log."""

    conversation: str
    user: str
    away: str | None = None
    """His words, where he is away."""


class MemberLeft(msgspec.Struct, frozen=True, tag_field="type", tag="leave", omit_defaults=True):
    """Somebody left. No entry of the log."""

    conversation: str
    user: str
    by: str = ""
    """Who put him out, where he did not go by himself; a `Moderated` said so before."""


class Moderated(
    msgspec.Struct, frozen=True, tag_field="type", tag="moderation", omit_defaults=True
):
    """Something was done to a channel or its people. No entry of the log."""

    conversation: str
    act: str
    """A `ModerationAct`; a newer server may know more of them."""
    user: str
    """Who did it."""
    rules: ChannelRules
    """What holds now."""
    subject: str = ""
    """Whom or what it is about."""
    reason: str = ""
    until: int = 0
    """When it ends by itself: milliseconds since 1970-01-01 UTC; 0: not."""


class Members(msgspec.Struct, frozen=True, tag_field="type", tag="members", omit_defaults=True):
    """Who is here, whole: sent in place of what a slow reader missed of the members."""

    conversation: str
    members: list[str]
    away: dict[str, str] = {}
    """As of a `ConversationState`."""
    rules: ChannelRules = ChannelRules()


class PresenceChanged(msgspec.Struct, frozen=True, tag_field="type", tag="presence"):
    """Somebody is away, or is back: in all conversations that you share. No entry of a log."""

    user: str
    away: str | None
    """His words, which may be empty; null: he is back."""


class TypingChanged(msgspec.Struct, frozen=True, tag_field="type", tag="typing"):
    """Somebody is writing here, or has stopped. It is to be forgotten after six seconds."""

    conversation: str
    user: str
    on: bool


class Invited(msgspec.Struct, frozen=True, tag_field="type", tag="invited"):
    """Somebody would have you in a channel: `join` it, or not."""

    channel: str
    """Its name."""
    user: str
    """Who invites you."""


class Parted(msgspec.Struct, frozen=True, tag_field="type", tag="parted", omit_defaults=True):
    """You left the conversation, here or on another of your terminals, or were put out."""

    conversation: str
    name: str = ""
    """The channel's: who leaves at once may never have been told its state."""
    by: str = ""
    """Who put you out, where you did not go by yourself."""
    reason: str = ""


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
    | Moderated
    | Members
    | PresenceChanged
    | TypingChanged
    | Invited
    | Parted
    | ReadMarker
    | Skipped
    | Expired
    | Live
)
