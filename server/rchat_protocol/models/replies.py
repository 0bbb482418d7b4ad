"""What is answered."""

from __future__ import annotations

from typing import Literal

import msgspec

from rchat_protocol.models.common import ChannelRules, Sequence

ServerMode = Literal["open", "accounts", "invite"]
"""Who may come in: everybody; who has an account, which anybody may make; who has one, for which
one has to be invited."""


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


class SearchHit(msgspec.Struct, frozen=True):
    """A message that was found."""

    conversation: str
    message: Message


class SearchReply(msgspec.Struct, frozen=True):
    """What was found, newest first."""

    hits: list[SearchHit]
    next: str | None = None
    """The ``cursor`` of the question for what is older; null: that was all."""
    complete: bool = True
    """False where messages are still being indexed: older ones may be missing."""


class UserInfo(msgspec.Struct, frozen=True):
    """Reply of ``user.info``."""

    user: str
    """In its normal form."""
    since: int
    """When he came, or went: milliseconds since 1970-01-01 UTC."""
    away: str | None
    """His words, which may be empty, where he is away."""
    idle: int | None
    """Seconds since he wrote something; null: not since he, or the server, was started."""
    terminals: int
    """That are connected; 0: his line has dropped, and he may come back."""
    channels: list[str]
    """Those that you are in, too, in order."""
    account: bool = False
    """Whether he has one: his name is nobody else's."""
    present: bool = True
    """Whether others see him; who is not is an account, and what is written to him waits."""


class TokenInfo(msgspec.Struct, frozen=True):
    """Something that opens an account: a machine on which its password was given."""

    id: str
    """Names it; opens nothing."""
    made: int
    """When the password was given: milliseconds since 1970-01-01 UTC."""
    used: int
    """When somebody came in with it last."""
    address: str
    """From where."""
    current: bool
    """Whether it is the one that is used here."""


class TokenList(msgspec.Struct, frozen=True):
    """Reply of ``account.tokens``, the one used last first."""

    tokens: list[TokenInfo]


class BanInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """A ban, or somebody who may not speak."""

    id: str
    """Of a ban."""
    subject: str
    """Whom or what it is about."""
    by: str
    at: int
    until: int = 0
    """When it ends by itself; 0: not."""
    reason: str = ""


class RulesReply(msgspec.Struct, frozen=True):
    """Reply of ``channel.rules``; the lists are for operators, and empty for others."""

    rules: ChannelRules
    bans: list[BanInfo] = []
    mutes: list[BanInfo] = []
    invited: list[str] = []
    """Names of those who may come in because somebody invited them."""


class AuditEntry(msgspec.Struct, frozen=True):
    """Something that was done to a channel or its people."""

    at: int
    user: str
    """Who did it."""
    act: str
    """A `ModerationAct`."""
    subject: str
    reason: str


class AuditReply(msgspec.Struct, frozen=True):
    """Reply of ``channel.audit``, newest first."""

    acts: list[AuditEntry]
    next: int | None = None
    """``before`` of the question for what is older; null: that was all."""


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
    """A `ServerMode`; a newer server may know more of them."""


class ErrorBody(msgspec.Struct, frozen=True):
    """The data of an error frame."""

    code: str
    """One of `errors.ErrorCode`; a newer server may know more of them."""
    message: str
    retry: float | bool = False
    """False: final. A number: seconds to wait before the same request may do."""
