"""A log that keeps nothing when the process ends, for `--data :memory:`, demos and tests."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from rchat_server.core.ports import Appended, Entry, LogPage, NewEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(slots=True)
class _Shelf:
    """One conversation's entries: a run of numbers that ends at the head."""

    entries: deque[Entry] = field(default_factory=deque)
    head: int = 0
    size: int = 0


class MemoryLog:
    """Entries in memory, the newest of each conversation.

    Args:
        epoch: A random word: what another process kept is not here.
        keep_entries: Most entries of one conversation; the oldest go first, and with an entry
            goes the knowledge of its id.
        keep_bytes: Most bytes of content of one conversation, likewise.
    """

    def __init__(
        self, epoch: str, *, keep_entries: int = 10_000, keep_bytes: int = 16 * 1024 * 1024
    ) -> None:
        self._epoch = epoch
        self._keep_entries = keep_entries
        self._keep_bytes = keep_bytes
        self._shelves: dict[str, _Shelf] = {}
        self._by_id: dict[tuple[str, str], Appended] = {}

    @property
    def epoch(self) -> str:
        """A random word that changes when the log may have gone back."""
        return self._epoch

    async def append(self, conversation: str, entries: Sequence[NewEntry]) -> list[Appended]:
        """Keep ``entries`` and return them with their numbers; a known id gets its first entry."""
        shelf = self._shelves.setdefault(conversation, _Shelf())
        results = []
        for new in entries:
            key = (new.author, new.id)
            known = self._by_id.get(key)
            if known is not None:
                results.append(known)
                continue
            shelf.head += 1
            entry = Entry(shelf.head, new.author, new.user, new.content, new.id, new.at)
            shelf.entries.append(entry)
            shelf.size += len(entry.content.encode())
            self._by_id[key] = Appended(conversation, entry, fresh=False)
            results.append(Appended(conversation, entry, fresh=True))
        self._trim(shelf)
        return results

    async def read(
        self, conversation: str, *, after: int, through: int, limit: int, max_bytes: int
    ) -> LogPage:
        """Return the first entries with ``after < seq <= through``."""
        shelf = self._shelves.get(conversation, _Shelf())
        first = shelf.head - len(shelf.entries) + 1
        start = max(after + 1, first)
        stop = min(through, shelf.head, start + limit - 1)
        run = islice(shelf.entries, start - first, max(stop - first + 1, start - first))
        return LogPage(_within(run, max_bytes), first)

    async def read_back(
        self, conversation: str, *, before: int, limit: int, max_bytes: int
    ) -> LogPage:
        """Return the last entries with ``seq < before``, oldest first."""
        shelf = self._shelves.get(conversation, _Shelf())
        first = shelf.head - len(shelf.entries) + 1
        newest_first = islice(reversed(shelf.entries), max(shelf.head + 1 - before, 0), None)
        run = _within(islice(newest_first, limit), max_bytes)
        return LogPage(run[::-1], first)

    def first(self, conversation: str) -> int:
        """Return the number of the first entry that is kept; head + 1 when none is."""
        shelf = self._shelves.get(conversation)
        return 1 if shelf is None else shelf.head - len(shelf.entries) + 1

    def forget(self, conversation: str) -> None:
        """Drop a conversation."""
        shelf = self._shelves.pop(conversation, None)
        for entry in shelf.entries if shelf else ():
            del self._by_id[entry.author, entry.id]

    def _trim(self, shelf: _Shelf) -> None:
        while len(shelf.entries) > self._keep_entries or (
            shelf.size > self._keep_bytes and len(shelf.entries) > 1
        ):
            oldest = shelf.entries.popleft()
            shelf.size -= len(oldest.content.encode())
            del self._by_id[oldest.author, oldest.id]


def _within(entries: Iterable[Entry], max_bytes: int) -> list[Entry]:
    """Return ``entries`` until their content exceeds ``max_bytes``, at least one of them."""
    kept: list[Entry] = []
    size = 0
    for entry in entries:
        size += len(entry.content.encode())
        if kept and size > max_bytes:
            break
        kept.append(entry)
    return kept
