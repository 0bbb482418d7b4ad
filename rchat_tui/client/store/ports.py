"""What `ChatClient` needs of a store, and nothing more.

Every method that changes something is one commit: when it has returned it is done, durable, and
seen by all processes that share the store; when it has raised `StorageFailed`, or its process died
before the commit, nothing of it has happened. `MemoryClientStore` and `SqliteClientStore` have it;
so has anything that is to be tested against (`MemoryDisk` survives a `MemoryClientStore.kill`).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager

    from rchat_protocol.models import ConversationState, Message, SearchHit
    from rchat_protocol.searching import Criteria, Place
    from rchat_tui.client.changes import Change
    from rchat_tui.client.outbox import Entry, Outcome


class SavedLogin(Struct, frozen=True):
    """Who one is on the server."""

    user: str
    """The name of the last login."""
    token: str
    """What takes the identity up: what stands behind the dot of the login's answer."""
    identity: int
    """1, 2, 3, …: another one for each identity that the server made."""


class Span(Struct, frozen=True):
    """Messages of one log without a hole: every number from ``first`` to ``last`` is known."""

    epoch: str
    first: int
    last: int
    messages: tuple[Message, ...]
    """Those among the numbers that are messages, oldest first."""


class Seen(Struct, frozen=True):
    """What is to be put into the cache, in one commit."""

    gone: frozenset[str] = frozenset()
    """Conversations to forget, before all else."""
    stale: frozenset[str] = frozenset()
    """Conversations of which all messages are to go that are held, since they may be others now."""
    states: tuple[ConversationState, ...] = ()
    """How conversations stand now, without members; another epoch drops what was held of it."""
    spans: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    """By conversation; one of another epoch than the conversation's is left out."""
    changes: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    """By conversation: what was done to messages, after all else; what is not held is left out. A
    message that was deleted stays so, whatever span it comes in again."""


@dataclasses.dataclass(frozen=True, slots=True)
class CachedPage:
    """A page of history out of the cache."""

    messages: tuple[Message, ...]
    """Without a hole, next to the place that was asked for; oldest first."""
    whole: bool
    """Whether a server would answer with just these: not where fewer are held than asked for."""
    more: bool
    """Whether there are, or may be, more in the direction that was asked for."""
    first: int = dataclasses.field(default=0, compare=False)
    """The numbers that it covers: those among them that are not in ``messages`` are no messages."""
    last: int = dataclasses.field(default=0, compare=False)


Remembrance = tuple[tuple["ConversationState", tuple["Message", ...]], ...]
"""Conversations as last known, and the newest messages of each."""


class ClientStore(Protocol):
    """What one person keeps of one server. One owner: it opens and closes it."""

    @property
    def shared(self) -> bool:
        """Whether other processes may use it too: then `changed` is worth asking."""

    async def open(self) -> str | None:
        """Make it ready; return a sentence for a person where it will keep nothing, or None.

        Raises:
            StorageFailed: It cannot be opened: damaged, unwritable, of a newer version.
        """

    async def aclose(self) -> None:
        """Give all claims back, and close it. Idempotent; never raises `StorageFailed`."""

    # -- who one is --------------------------------------------------------------------------------

    async def login(self) -> SavedLogin | None:
        """Return who one is; None before the first login. May raise `StorageFailed`."""

    def logging_in(self) -> AbstractAsyncContextManager[object]:
        """Return a lock between processes, to be held while a new identity is made.

        It is waited for until its holder gives it back or dies; the caller bounds the time.
        """

    async def save_login(self, user: str, token: str, *, same: bool = False) -> SavedLogin:
        """Keep a new identity, and do to the outbox what follows from that (`outbox.under`).

        ``same``: it is the one of before, and has another token. May raise `StorageFailed`.
        """

    # -- the outbox --------------------------------------------------------------------------------

    async def entries(self) -> tuple[Entry, ...]:
        """Return what is in the outbox, in the order in which it was put.

        Also some that were delivered lately: other processes learn of it so. Claims of processes
        that have died are ended. May raise `StorageFailed`.
        """

    async def changed(self) -> bool:
        """Say whether another process may have changed the outbox since `entries` was asked last.

        Cheap: it is asked once a second. May raise `StorageFailed`.
        """

    async def put(self, entry: Entry) -> Entry:
        """Put an entry behind the others; return it as it stands there.

        One that was written under an identity that is no more is treated as those that waited when
        that ended (`outbox.under`).

        Raises:
            StorageFailed: The disk refuses, or `outbox.ENTRIES` wait already.
        """

    async def claim(self, lane: str, identity: int) -> Entry | None:
        """Take the next entry of a lane to send it, as its only sender; None where none is to be.

        That is so where none waits, another process is sending, or ``identity`` is not the one that
        was saved last. May raise `StorageFailed`.
        """

    async def settle(self, entry_id: str, outcome: Outcome) -> Entry:
        """End a claim, and keep what became of the entry. May raise `StorageFailed`."""

    async def retry(self, entry_id: str) -> Entry | None:
        """Let a failed or unknown entry wait again; None where it is neither (any more).

        May raise `StorageFailed`.
        """

    async def withdraw(self, entry_id: str) -> Entry | None:
        """Take an entry out; None where it may be stored without our knowing, or is not there.

        May raise `StorageFailed`.
        """

    # -- the cache ---------------------------------------------------------------------------------

    async def keep(self, seen: Seen) -> None:
        """Put it into the cache, and let the oldest go where that becomes too large.

        The one commit that need not be durable at once. May raise `StorageFailed`.
        """

    async def remembered(self, limit: int, total: int) -> Remembrance:
        """Return every conversation in the order of their opening, and the end of its log.

        That is the newest messages, at most ``limit``, that are held without a hole up to the
        state's head. Of all together there are at most ``total``: those of the conversations that
        were heard of last. May raise `StorageFailed`.
        """

    async def page(
        self, conversation: str, epoch: str, *, before: int | None, after: int | None, limit: int
    ) -> CachedPage | None:
        """Return a page, as `ChatClient.history` asks for it; None where nothing of it is held.

        Without a place it ends at the newest number held. May raise `StorageFailed`.
        """

    async def search(
        self, criteria: Criteria, *, conversation: str | None, older_than: Place | None, limit: int
    ) -> list[SearchHit]:
        """Return messages that are held and meet the criteria, newest first, at most ``limit``.

        Args:
            criteria: What they have to be.
            conversation: Only there; None: anywhere.
            older_than: Only those of before this place; None: all.
            limit: From 1.

        May raise `StorageFailed`.
        """

    # -- what one keeps beside messages ------------------------------------------------------------

    async def kept(self, area: str) -> dict[str, str]:
        """Return the texts of an area by their keys, in the order in which the keys came.

        May raise `StorageFailed`.
        """

    async def keep_text(self, area: str, key: str, text: str | None) -> None:
        """Keep a text under a key of an area; None: no longer. Of several processes the last wins.

        Raises:
            StorageFailed: The disk refuses, or it is more than is kept (`store.kept`).
        """
