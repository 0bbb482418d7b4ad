"""The stores that a server can stand on, opened and opened again."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from rchat_server.storage.memory import MemoryStore
from rchat_server.storage.sqlite import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from rchat_server.core.ports import Store


class Shop(Protocol):
    """Opens a store; again, and what was stored is there."""

    def open(self) -> AbstractAsyncContextManager[Store]:
        """Open it."""


class MemoryShop:
    """Keeps its one store, as a process does."""

    def __init__(self) -> None:
        self._store = MemoryStore("epoch")

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Store]:
        """Open it."""
        yield self._store


class SqliteShop:
    """Opens a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Store]:
        """Open it."""
        async with open_store(self._folder) as store:
            yield store
