"""A person's file on his machine: what survives his clients, and what does not."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rchat_tui.client.errors import StorageFailed
from rchat_tui.client.store.memory import MemoryClientStore, MemoryDisk

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator

    from rchat_tui.client.outbox import Entry, Outcome
    from rchat_tui.client.store.ports import SavedLogin, Seen
    from simulate.loop import Process


@dataclass(slots=True)
class Profile:
    """What the processes of one person share."""

    disk: MemoryDisk = field(default_factory=MemoryDisk)
    full: bool = False
    """Whether nothing can be written."""
    slow: float = 0.003
    """Longest commit, in seconds."""
    login: Process | None = None
    """Who is making a new identity."""
    tokens: set[bytes] = field(default_factory=set)
    """The hashes of all tokens that this person ever had, as the server stores them."""

    @property
    def token_hash(self) -> bytes:
        """What the server stores of the token that is used now."""
        return b"" if self.disk.saved is None else hashed(self.disk.saved.token)


def hashed(token: str) -> bytes:
    """Return what a server stores of a token."""
    return hashlib.sha256(token.rpartition(".")[2].encode()).digest()


class ProfileStore(MemoryClientStore):
    """The store of one process on a profile.

    A commit takes time before, and its caller learns of it some time later: who is killed in
    between has written what he does not know of.

    Args:
        profile: The file.
        process: Whose store it is.
        rng: The chance in it.
    """

    def __init__(self, profile: Profile, process: Process, rng: random.Random) -> None:
        super().__init__(profile.disk, sync=self._work)
        self._profile = profile
        self._process = process
        self._rng = rng

    async def _work(self) -> None:
        await asyncio.sleep(self._rng.random() * self._profile.slow)
        if self._profile.full:
            raise StorageFailed("The disk is full.")

    async def _learn(self) -> None:
        await asyncio.sleep(self._rng.random() * self._profile.slow)

    @contextlib.asynccontextmanager
    async def logging_in(self) -> AsyncIterator[None]:
        """Hold the lock, which its holder's death gives back."""
        profile = self._profile
        while profile.login is not None and profile.login.alive:  # noqa: ASYNC110 - a file lock
            await asyncio.sleep(0.02)
        profile.login = self._process
        try:
            yield
        finally:
            profile.login = None

    async def save_login(self, user: str, token: str, *, same: bool = False) -> SavedLogin:
        """Keep a new identity."""
        self._profile.tokens.add(hashed(token))
        saved = await super().save_login(user, token, same=same)
        await self._learn()
        return saved

    async def put(self, entry: Entry) -> Entry:
        """Put an entry behind the others."""
        put = await super().put(entry)
        await self._learn()
        return put

    async def claim(self, lane: str, identity: int) -> Entry | None:
        """Take the next entry of a lane."""
        entry = await super().claim(lane, identity)
        await self._learn()
        return entry

    async def settle(self, entry_id: str, outcome: Outcome) -> Entry:
        """End a claim."""
        entry = await super().settle(entry_id, outcome)
        await self._learn()
        return entry

    async def retry(self, entry_id: str) -> Entry | None:
        """Let an entry wait again."""
        entry = await super().retry(entry_id)
        await self._learn()
        return entry

    async def withdraw(self, entry_id: str) -> Entry | None:
        """Take an entry out."""
        entry = await super().withdraw(entry_id)
        await self._learn()
        return entry

    async def keep(self, seen: Seen) -> None:
        """Put it into the cache."""
        await super().keep(seen)
        await self._learn()
