"""Logs that are long already: entries put into the store with no server around it."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Final

from bench.wires import content
from rchat_server.core.ports import NewEntry
from rchat_server.storage.sqlite import open_store
from rchat_tui.client.ids import uuid7

if TYPE_CHECKING:
    from pathlib import Path

    from rchat_server.core.ports import Store

_COMMIT: Final = 5000
"""Entries a commit."""


def entries(author: str, count: int, rng: random.Random) -> list[NewEntry]:
    """Return messages with ids that are ordered by time, as clients make them."""
    now = time.time_ns() // 1_000_000
    text = content().decode()
    return [NewEntry(author, "somebody", text, uuid7(now, rng), now) for _ in range(count)]


async def fill(folder: Path, conversation: str, count: int) -> None:
    """Append ``count`` entries to a conversation of the store in ``folder``, by whom it knows."""
    async with open_store(folder) as store:
        author = store.load().identities[0].id
        await append_many(store, conversation, author, count)


async def append_many(store: Store, conversation: str, author: str, count: int) -> None:
    """Append ``count`` entries to a conversation that the store knows."""
    rng = random.Random(count)  # noqa: S311 - ids, no secrets
    for start in range(0, count, _COMMIT):
        batch = entries(author, min(_COMMIT, count - start), rng)
        await store.append(conversation, batch)
