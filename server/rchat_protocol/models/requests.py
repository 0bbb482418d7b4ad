"""What is asked."""

from __future__ import annotations

from typing import Annotated

import msgspec

from rchat_protocol.limits import (
    AUDIT_LIMIT,
    EVENTS_MAX,
    HISTORY_LIMIT,
    SEARCH_LIMIT,
    SEARCH_WORD_CHARS,
    SEARCH_WORDS,
)
from rchat_protocol.models.common import ChannelAccess, Sequence

Span = Annotated[int, msgspec.Meta(ge=0, le=10 * 366 * 24 * 3600)]
"""Seconds, up to ten years."""


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


class SearchRequest(msgspec.Struct, frozen=True):
    """Data of ``search``: messages that hold all of the words, in what you may read.

    Case and accents make no difference. Where a language puts no spaces between words, what is
    looked for may stand anywhere.
    """

    words: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=SEARCH_WORD_CHARS)]],
        msgspec.Meta(max_length=SEARCH_WORDS),
    ] = []
    """Words, or phrases of several; without any, all that the rest admits is found."""
    prefix: bool = False
    """Whether the last word may go on, as while somebody types it; from two letters on."""
    user: str | None = None
    """Only what was said under this name."""
    conversation: str | None = None
    """Only in this one."""
    before: int | None = None
    """Only what was said before this moment."""
    after: int | None = None
    """Only what was said at this moment, or later."""
    links: bool = False
    """Only messages with a link."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=SEARCH_LIMIT)] = 20
    cursor: Annotated[str, msgspec.Meta(max_length=256)] | None = None
    """``next`` of the answer before, to the same question."""


class OpenConversation(msgspec.Struct, frozen=True):
    """Data of ``conversation.open``: the private conversation with whoever holds the name now."""

    user: str


class EnterChannel(msgspec.Struct, frozen=True):
    """Data of ``channel.enter``: as ``channel.join``, with the channel's password."""

    channel: str
    password: str

    def __repr__(self) -> str:
        """Tell no secret."""
        return f"EnterChannel(channel={self.channel!r})"


class Kick(msgspec.Struct, frozen=True):
    """Data of ``channel.kick``: somebody is a member no longer."""

    conversation: str
    user: str
    reason: str = ""


class Ban(msgspec.Struct, frozen=True):
    """Data of ``channel.ban``: whoever it is about comes in no more. One of user and mask."""

    conversation: str
    user: str | None = None
    mask: str | None = None
    """Of names, with ``*`` and ``?``."""
    address: bool = False
    """Whether it is about the address that the user comes from, which nobody is told."""
    seconds: Span = 0
    """For how long; 0: for good."""
    reason: str = ""


class Unban(msgspec.Struct, frozen=True):
    """Data of ``channel.unban``."""

    conversation: str
    ban: str
    """Its id, or whom or what it is about."""


class Mute(msgspec.Struct, frozen=True):
    """Data of ``channel.mute``: somebody may listen, and not speak."""

    conversation: str
    user: str
    on: bool = True
    """False: he may speak again."""
    seconds: Span = 0
    """For how long; 0: for good."""
    reason: str = ""


class SetOperator(msgspec.Struct, frozen=True):
    """Data of ``channel.operator``: a member may moderate, or no longer."""

    conversation: str
    user: str
    on: bool = True
    owner: bool = False
    """He is to own the channel: then ``on`` says nothing."""


class SetAccess(msgspec.Struct, frozen=True):
    """Data of ``channel.access``: who may come in. Who is in stays."""

    conversation: str
    access: ChannelAccess
    password: str | None = None

    def __repr__(self) -> str:
        """Tell no secret."""
        return f"SetAccess(conversation={self.conversation!r}, access={self.access!r})"


class SetSlow(msgspec.Struct, frozen=True):
    """Data of ``channel.slow``."""

    conversation: str
    seconds: Annotated[int, msgspec.Meta(ge=0, le=3600)]
    """From one message of a person to his next; 0: none."""


class RulesQuery(msgspec.Struct, frozen=True):
    """Data of ``channel.rules``."""

    conversation: str


class AuditRequest(msgspec.Struct, frozen=True):
    """Data of ``channel.audit``, for operators."""

    conversation: str
    before: Sequence | None = None
    """``next`` of the answer before."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=AUDIT_LIMIT)] = 100


class Register(msgspec.Struct, frozen=True):
    """Data of ``account.register``: the guest who asks becomes an account, or a new one is made."""

    password: str
    user: str | None = None
    """The account's name, where nobody is logged in yet."""
    invitation: str | None = None
    """The code of one, where the server asks for it."""

    def __repr__(self) -> str:
        """Tell no secret."""
        return f"Register(user={self.user!r})"


class ChangePassword(msgspec.Struct, frozen=True):
    """Data of ``account.password``."""

    old: str
    new: str

    def __repr__(self) -> str:
        """Tell no secret."""
        return "ChangePassword()"


class RevokeToken(msgspec.Struct, frozen=True):
    """Data of ``account.revoke``: a token is to open nothing any more."""

    id: str | None = None
    """Which one; null: all but the one that is used here."""


class Typing(msgspec.Struct, frozen=True):
    """Data of ``typing``: one is writing, which is to be repeated every three seconds."""

    conversation: str
    on: bool = True
    """False: one has stopped, without sending anything."""


class SetAway(msgspec.Struct, frozen=True):
    """Data of ``away``: others see that one is away."""

    text: str | None = None
    """Why, in a few words, or none; null: one is back."""


class UserQuery(msgspec.Struct, frozen=True):
    """Data of ``user.info``: whoever holds the name now."""

    user: str


class Invite(msgspec.Struct, frozen=True):
    """Data of ``channel.invite``: whoever holds the name now is to hear of the channel."""

    conversation: str
    user: str


class MarkRead(msgspec.Struct, frozen=True):
    """Data of ``conversation.read``: everything up to ``seq`` has been seen."""

    conversation: str
    seq: Sequence
