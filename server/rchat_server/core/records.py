"""What is stored beside the logs: who is known, what there is, who has read how far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rchat_protocol.models import ConversationKind


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """What is stored of a token of an account: not the token."""

    id: str
    """Names it in a list; opens nothing."""
    hash: bytes = field(repr=False)
    made: int
    """When a password was given for it: milliseconds since 1970-01-01 UTC."""
    used: int
    """When somebody came in with it last."""
    address: str = ""
    """From where."""


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """What makes an identity one for good."""

    password: str = field(repr=False)
    """Its Argon2 hash, with salt and costs."""
    made: int
    """Milliseconds since 1970-01-01 UTC."""
    tokens: tuple[TokenRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class InvitationRecord:
    """An invitation to make an account."""

    hash: bytes = field(repr=False)
    """Of its code."""
    made: int
    until: int
    """When it ends: milliseconds since 1970-01-01 UTC."""
    uses: int
    """How many accounts can still be made with it; 0: none any more."""


@dataclass(frozen=True, slots=True)
class IdentityRecord:
    """What is stored of an identity."""

    id: str
    token_hash: bytes = field(repr=False)
    """Empty where he is known no more: then only his name is kept, for those he talked with."""
    name: str
    present: bool
    """Whether others see him; after a restart the grace time begins anew for those."""
    since: int
    """When that began: milliseconds since 1970-01-01 UTC."""
    account: AccountRecord | None = None


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """What is stored of a conversation, its entries aside."""

    id: str
    kind: ConversationKind
    name: str
    """The channel's name; empty for two people."""
    participants: tuple[str, ...] = ()
    """Identity ids of the people of a private conversation."""
    topic: str = ""
    """Changed by entries of the log alone."""
    rules: str = ""
    """What holds in a channel, as JSON. Changed in the log's order alone."""


@dataclass(frozen=True, slots=True)
class MembershipRecord:
    """What is stored of a member's standing in a conversation."""

    identity: str
    conversation: str
    read: int
    """His read marker."""
    mentions: tuple[int, ...] = ()
    """Numbers of the entries after it that speak to him, ascending."""


class Audit(msgspec.Struct, frozen=True):
    """What operators can read of an act of moderation."""

    at: int
    """Milliseconds since 1970-01-01 UTC."""
    user: str
    """Who did it."""
    act: str
    subject: str = ""
    reason: str = ""


class AuditRow(Audit, frozen=True, kw_only=True):
    """An `Audit` as it is in the record."""

    key: int
    """Its place there: ascending."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a server has to know before it lets anybody in."""

    identities: Sequence[IdentityRecord] = ()
    conversations: Sequence[tuple[ConversationRecord, int]] = ()
    """In the order in which they were made, each with its head."""
    memberships: Sequence[MembershipRecord] = ()
    deeds: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    """By conversation, ascending: numbers of the entries that are no messages, each with that of
    the message that it deletes, or 0. Those of long ago may be left out."""
    invitations: Sequence[InvitationRecord] = ()
