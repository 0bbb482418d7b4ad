"""Removes what is no longer kept, a little at a time, between the writer's commits.

Numbers are never used again: a conversation remembers up to which one its entries are removed. The
ids of removed messages stay for `IDS_KEPT`, since a client may still send one of them again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from rchat_server.storage.sqlite.transaction import Index, Shelf

IDS_KEPT: Final = 30 * 24 * 3600.0
"""Seconds for which the id of a removed message is known: as long as a guest who is away."""

_STEP_ROWS: Final = 500
"""Rows that are removed in one transaction, so that a message waits for a few milliseconds."""

_STEP_CONVERSATIONS: Final = 100
"""Conversations that are looked at in one transaction, likewise."""

_BUSY: Final = 0.05
"""Seconds between two steps while there is something to remove …"""
_IDLE: Final = 30.0
"""… and between two looks whether there is."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How much of each conversation's log is kept; None is without bound."""

    entries: int | None = None
    seconds: float | None = None


class Retention:
    """The writer's housekeeping.

    Args:
        index: What is known of the database; changed after a commit.
        keep: How much is kept.
        now: Seconds since 1970-01-01 UTC.
    """

    def __init__(self, index: Index, keep: Keep, *, now: Callable[[], float] = time.time) -> None:
        self._index = index
        self._keep = keep
        self._now = now
        self._next = 0.0
        self._swept: tuple[int, str] = (0, "")
        self.shortened: list[Shelf] = []
        """The conversations that the last step took entries from …"""
        self.dropped: list[int] = []
        """… and the keys of those that are gone since."""
        self._round: list[Shelf] = []
        """The conversations that this round has still to look at."""

    def pause(self, monotonic: float) -> float:
        """Return the seconds until the next step is due."""
        return max(0.0, self._next - monotonic)

    def remove_some(self, connection: sqlite3.Connection) -> int:
        """Take the next step, if it is due; return about how many entries were removed.

        Raises:
            sqlite3.Error: It could not be taken; the transaction may be open.
        """
        self.shortened, self.dropped = [], []
        if self.pause(time.monotonic()):
            return 0
        self._next = time.monotonic() + _IDLE
        connection.execute("BEGIN IMMEDIATE")
        dropping = self._remove_dropped(connection)
        moved = {} if self._keep == Keep() else self._remove_old(connection)
        connection.execute("COMMIT")
        removed = _STEP_ROWS if dropping else 0
        for shelf, number in moved.items():
            removed += number - shelf.removed
            shelf.removed = number
        self.shortened = list(moved)
        if moved or dropping or self._round:
            self._next = time.monotonic() + _BUSY
        return removed

    def _remove_old(self, connection: sqlite3.Connection) -> dict[Shelf, int]:
        """Remove entries from the beginnings; return up to which number, by conversation."""
        moved: dict[Shelf, int] = {}
        rows = _STEP_ROWS
        if not self._round:
            self._round = list(self._index.shelves.values())
        for _ in range(min(_STEP_CONVERSATIONS, len(self._round))):
            shelf = self._round.pop()
            number = min(self._expired(connection, shelf), shelf.removed + rows)
            if number > shelf.removed:
                rows -= number - shelf.removed
                connection.execute(
                    "DELETE FROM entries WHERE conversation = ? AND seq <= ?", (shelf.key, number)
                )
                connection.execute(
                    "DELETE FROM reactions WHERE conversation = ? AND target <= ?",
                    (shelf.key, number),
                )
                connection.execute(
                    "UPDATE conversations SET removed = ? WHERE key = ?", (number, shelf.key)
                )
                moved[shelf] = number
            if rows <= 0:
                self._round.append(shelf)  # there may be more of it
                break
        self._sweep_ids(connection)
        return moved

    def _expired(self, connection: sqlite3.Connection, shelf: Shelf) -> int:
        """Return the number of the last entry that is not to be kept."""
        last = shelf.removed
        if self._keep.entries is not None:
            last = max(last, shelf.head - self._keep.entries)
        if self._keep.seconds is not None:
            before = int((self._now() - self._keep.seconds) * 1000)
            # Up to the first one that is young enough: what was removed is always a beginning.
            for seq, at in connection.execute(
                "SELECT seq, at FROM entries WHERE conversation = ? AND seq > ?"
                " ORDER BY seq LIMIT ?",
                (shelf.key, last, _STEP_ROWS),
            ):
                if at >= before:
                    break
                last = seq
        return last

    def _remove_dropped(self, connection: sqlite3.Connection) -> bool:
        """Remove what is left of a conversation that nobody can read; return whether there is."""
        row = connection.execute(
            "SELECT key, id FROM conversations WHERE dropped LIMIT 1"
        ).fetchone()
        if row is None:
            return False
        key, id_ = row
        gone = connection.execute(
            "DELETE FROM entries WHERE conversation = :key AND seq <= ("
            " SELECT min(seq) + :rows FROM entries WHERE conversation = :key)",
            {"key": key, "rows": _STEP_ROWS},
        ).rowcount
        if not gone:
            connection.execute("DELETE FROM memberships WHERE conversation = ?", (key,))
            connection.execute("DELETE FROM mentions WHERE conversation = ?", (key,))
            connection.execute("DELETE FROM reactions WHERE conversation = ?", (key,))
            connection.execute("DELETE FROM conversations WHERE key = ?", (key,))
            self._index.shelves.pop(id_, None)
            self.dropped.append(key)
        return True

    def _sweep_ids(self, connection: sqlite3.Connection) -> None:
        """Look at the next ids, and forget those that are old and whose entries are removed."""
        before = int((self._now() - IDS_KEPT) * 1000)
        rows = connection.execute(
            "SELECT author, id, conversation, seq, at FROM ids WHERE (author, id) > (?, ?)"
            " ORDER BY author, id LIMIT ?",
            (*self._swept, _STEP_ROWS),
        ).fetchall()
        self._swept = (rows[-1][0], rows[-1][1]) if rows else (0, "")
        removed = {shelf.key: shelf.removed for shelf in list(self._index.shelves.values())}
        for author, id_, conversation, seq, at in rows:
            if at < before and seq <= removed.get(conversation, seq):
                connection.execute("DELETE FROM ids WHERE author = ? AND id = ?", (author, id_))
