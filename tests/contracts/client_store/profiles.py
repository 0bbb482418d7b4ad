"""The stores that a client can keep things in, each as several processes use it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from rchat_protocol.models import Ack, ConversationState, Message
from rchat_tui.client.outbox import Entry
from rchat_tui.client.store.limits import CacheLimits
from rchat_tui.client.store.memory import MemoryClientStore, MemoryDisk
from rchat_tui.client.store.ports import Span
from rchat_tui.client.store.sqlite import SqliteClientStore

if TYPE_CHECKING:
    from pathlib import Path

    from rchat_tui.client.store.ports import ClientStore

LIMITS = CacheLimits(numbers=20, total_bytes=400_000)


class Profile(Protocol):
    """What stands on the disk."""

    async def process(self) -> ClientStore:
        """Open it, as another process."""

    async def kill(self, store: ClientStore) -> None:
        """End a process as kill -9 does."""

    async def aclose(self) -> None:
        """End all."""


class MemoryProfile:
    """A `MemoryDisk`."""

    def __init__(self) -> None:
        self._disk = MemoryDisk()

    async def process(self) -> ClientStore:
        """Open it."""
        store = MemoryClientStore(self._disk, limits=LIMITS)
        assert await store.open() is None
        return store

    async def kill(self, store: ClientStore) -> None:
        """Kill it."""
        assert isinstance(store, MemoryClientStore)
        store.kill()

    async def aclose(self) -> None:
        """Nothing is open."""


class SqliteProfile:
    """A file."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "profiles" / "alice.db"
        self._stores: list[SqliteClientStore] = []

    async def process(self) -> ClientStore:
        """Open it."""
        store = SqliteClientStore(self._path, limits=LIMITS)
        self._stores.append(store)
        assert await store.open() is None
        return store

    async def kill(self, store: ClientStore) -> None:
        """Do what the kernel does with a process's files."""
        assert isinstance(store, SqliteClientStore)
        locks = store._locks
        assert locks is not None
        locks.end_login()
        assert locks._own is not None
        os.close(locks._own)
        locks._own = None
        locks._folder = locks._folder / "nowhere"  # nothing is cleared away by the dead
        assert store._database is not None
        await store._run(store._database.close)
        store._end_thread()

    async def aclose(self) -> None:
        """End the threads."""
        for store in self._stores:
            await store.aclose()


def entry(
    content: str, *, lane: str = "general", identity: int = 1, private: bool = False
) -> Entry:
    """Return something that was written; its id is its content."""
    return Entry(
        id=content,
        kind="private" if private else "channel",
        conversation=lane if private else f"id of {lane}",
        name=lane,
        content=content,
        at=1_795_348_800_000,
        identity=identity,
    )


def ack(seq: int = 1) -> Ack:
    """Return an acknowledgement."""
    return Ack("id of general", "e", seq, "", 1_795_348_900_000)


def state(id_: str = "c", *, epoch: str = "e", head: int = 0, first: int = 1) -> ConversationState:
    """Return a conversation."""
    return ConversationState(id_, "channel", id_, epoch, head, first, 0, 3, 1, [])


def messages(first: int, last: int, *, content: str = "word") -> tuple[Message, ...]:
    """Return messages without a hole."""
    return tuple(
        Message(n, f"i{n}", "bob", f"{content} {n}", 1000 + n) for n in range(first, last + 1)
    )


def span(first: int, last: int, *, epoch: str = "e", content: str = "word") -> Span:
    """Return them as the cache takes them."""
    return Span(epoch, first, last, messages(first, last, content=content))
