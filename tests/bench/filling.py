"""Logs that are long already: entries put into the store with no server around it."""

from __future__ import annotations

import itertools
import random
import time
from typing import TYPE_CHECKING, Final

from bench.wires import content
from rchat_server.core.ports import NewEntry
from rchat_server.storage.sqlite import open_store
from rchat_tui.client.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from rchat_server.core.ports import Store

_COMMIT: Final = 5000
"""Entries a commit."""


def entries(
    author: str, count: int, rng: random.Random, texts: Iterable[str] = ()
) -> list[NewEntry]:
    """Return messages with ids that are ordered by time, as clients make them.

    They say ``texts``, or where there are none all the same.
    """
    now = time.time_ns() // 1_000_000
    said = itertools.chain(texts, itertools.repeat(content().decode()))
    return [
        NewEntry(author, "somebody", text, uuid7(now, rng), now)
        for text in itertools.islice(said, count)
    ]


async def fill(folder: Path, conversation: str, count: int) -> None:
    """Append ``count`` entries to a conversation of the store in ``folder``, by whom it knows."""
    async with open_store(folder) as store:
        author = store.load().identities[0].id
        await append_many(store, conversation, author, count)


async def append_many(
    store: Store,
    conversation: str,
    author: str,
    count: int,
    *,
    text: Callable[[int], str] | None = None,
) -> None:
    """Append ``count`` entries to a conversation that the store knows.

    ``text`` returns what the first, the second, … of them says, from 1 on.
    """
    rng = random.Random(count)  # noqa: S311 - ids, no secrets
    for start in range(0, count, _COMMIT):
        size = min(_COMMIT, count - start)
        texts = () if text is None else map(text, range(start + 1, start + size + 1))
        await store.append(conversation, entries(author, size, rng, texts))
