"""Who somebody is, over all of his connections."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rchat_server.core.records import AccountRecord, IdentityRecord, TokenRecord

if TYPE_CHECKING:
    from rchat_server.core.commands import Receipt
    from rchat_server.core.conversation import Conversation
    from rchat_server.core.ports import TimerHandle
    from rchat_server.core.session import Session

_MENTIONS_KEPT = 1000
"""Unread mentions that are counted in one conversation; more are shown as this many."""


@dataclass(slots=True)
class Membership:
    """What one identity's standing in one conversation is."""

    read: int
    """The read marker: number of the last entry that was seen."""
    mentions: list[int] = field(default_factory=list)
    """Numbers of the unread entries that speak to this identity, ascending."""

    def mention(self, seq: int) -> bool:
        """Note that entry ``seq`` speaks to this identity; return whether it counts."""
        if seq <= self.read or len(self.mentions) >= _MENTIONS_KEPT:
            return False
        self.mentions.append(seq)
        return True

    def mark_read(self, seq: int) -> bool:
        """Move the read marker up to ``seq``; return whether it moved. It never goes back."""
        if seq <= self.read:
            return False
        self.read = seq
        if self.mentions:
            self.mentions = [mention for mention in self.mentions if mention > seq]
        return True


@dataclass(slots=True)
class Account:
    """What makes an identity one for good: a password, and so a name that is nobody else's."""

    password: str = field(repr=False)
    """Its Argon2 hash."""
    made: int
    tokens: dict[bytes, TokenRecord] = field(default_factory=dict, repr=False)
    """By hash, the one that was used last at the end."""

    def record(self) -> AccountRecord:
        """Return what is stored of it."""
        return AccountRecord(self.password, self.made, tuple(self.tokens.values()))


@dataclass(slots=True, eq=False)
class Identity:
    """A person, as the server knows him: by a token, not by a name."""

    id: str
    token_hash: bytes = field(repr=False)
    name: str
    """What others see. It may be held by somebody else once this identity is gone."""
    account: Account | None = None
    """None for a guest."""
    memberships: dict[Conversation, Membership] = field(default_factory=dict)
    private: dict[Conversation, None] = field(default_factory=dict)
    """The private conversations that he is one of the people of, in them or not yet."""
    departed: dict[Conversation, None] = field(default_factory=dict)
    """The conversations that were told when he went, until he is back."""
    posted: dict[str, Receipt] = field(default_factory=dict)
    """What he has posted and is not committed yet, by id. The others the log knows."""
    looking_up: int = 0
    """Messages of his that wait until the log has been asked for their ids."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by the first of these: they are queued in the order in which they were posted."""
    sessions: dict[str, Session] = field(default_factory=dict, repr=False)
    """The connections that are logged in as this identity, by session id."""
    present: bool = True
    """Whether others see him: connected, or within the grace time after the line dropped."""
    since: int = 0
    """When he was seen to come, or to go: milliseconds since 1970-01-01 UTC."""
    known: bool = True
    """Whether he can come back: not after he was forgotten."""
    timer: TimerHandle | None = None
    """Ends the grace time; later, the identity."""
    active: int = 0
    """When he wrote last: milliseconds since 1970-01-01 UTC; 0: not since the server began."""
    typed: float = -math.inf
    """When others were told last that he is writing, on the clock that never goes back."""
    typing: Conversation | None = None
    """Where he is, as far as they were told."""
    invited: float = -math.inf
    """When he invited somebody last, on the same clock."""
    away: str | None = None
    """His words, where he is away: for as long as he is seen, and in memory alone."""
    told: float = -math.inf
    """When others were told that last, on the clock that never goes back."""
    telling: TimerHandle | None = None
    """Tells them of what has changed since."""

    def record(self) -> IdentityRecord:
        """Return what is stored of him."""
        token_hash = self.token_hash if self.known else b""
        account = None if self.account is None else self.account.record()
        return IdentityRecord(self.id, token_hash, self.name, self.present, self.since, account)

    def stop_timer(self) -> None:
        """Forget the timer that is running, if any."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
