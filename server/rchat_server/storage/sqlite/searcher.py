"""Searching: a thread and a connection of its own, so that nobody's history waits for it.

Each conversation is asked by itself, from its newest message back, and no further than it takes:
what is not readable is not even looked at. What the index does not have yet is read from the log.
A message is looked at again as it is now before it is a hit, so that the index may be a little
behind.
"""

from __future__ import annotations

import heapq
import math
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.search import Found, Hit, first_hits, place_of
from rchat_server.storage.sqlite import search_tables as tables
from rchat_server.storage.sqlite.folder import connect
from rchat_server.storage.sqlite.kinds import EDIT, MESSAGE
from rchat_server.storage.sqlite.messages import COLUMNS, entry_of, reactions_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from rchat_server.core.ports import Entry
    from rchat_server.core.search import Sought
    from rchat_server.storage.sqlite.indexer import Indexer, Marks
    from rchat_server.storage.sqlite.transaction import Index, Shelf

_TAIL: Final = 5000
"""Entries beyond the marks that are looked at, of all conversations together: 50 ms."""
_LEAST_TAIL: Final = 50
"""… of one of them."""
_SECONDS: Final = 2.0
"""How long a search may take."""
_LOOK_EVERY: Final = 10_000
"""Steps of SQLite's machine between two looks at the clock: a millisecond."""

_IS_MESSAGE: Final = f"kind = {MESSAGE}"


class Searcher:
    """The thread.

    Args:
        log: The database with the entries.
        index: What is known of it without asking.
        indexer: How far the index of words is.
    """

    def __init__(self, log: Path, index: Index, indexer: Indexer) -> None:
        self._log = log
        self._index = index
        self._indexer = indexer
        self._generation = 0
        self._connection: sqlite3.Connection | None = None
        self._deadline = math.inf
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="log searcher")

    def close(self) -> None:
        """End, after what is under way."""
        self._pool.shutdown()
        if self._connection is not None:
            self._connection.close()

    def search(self, sought: Sought) -> Future[Found]:
        """Look for messages."""
        return self._pool.submit(self._search, sought)

    # -- in the thread -----------------------------------------------------------------------------

    def _search(self, sought: Sought) -> Found:
        # Before anything else: the index then has what they say, or more.
        marks = self._indexer.marks
        connection = self._opened(marks.generation)
        connection.execute("BEGIN")
        self._deadline = time.monotonic() + _SECONDS
        try:
            return self._found(connection, sought, marks)
        except sqlite3.OperationalError as error:
            if time.monotonic() < self._deadline:
                self._close()
                raise
            raise ChatError(
                ErrorCode.BUSY,
                "That takes too long to find: say more words, or where to look.",
                retry=_SECONDS,
            ) from error
        except sqlite3.DatabaseError:
            self._close()  # the index may be made anew
            raise
        finally:
            self._deadline = math.inf
            if self._connection is not None:
                connection.execute("ROLLBACK")

    def _opened(self, generation: int) -> sqlite3.Connection:
        if self._generation != generation:
            self._generation = generation
            self._close()
        if self._connection is None:
            connection = connect(self._log, read_only=True)
            try:
                if self._generation:
                    path = tables.path_beside(self._log)
                    connection.execute(
                        "ATTACH ? AS words", (f"{path.absolute().as_uri()}?mode=ro",)
                    )
            except BaseException:
                connection.close()
                raise
            connection.set_progress_handler(self._is_late, _LOOK_EVERY)
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline

    def _found(self, connection: sqlite3.Connection, sought: Sought, marks: Marks) -> Found:
        tail = max(_LEAST_TAIL, _TAIL // max(1, len(sought.through)))
        places = [
            _Place(connection, sought, self._index, conversation, shelf, indexed, tail)
            for conversation, shelf in self._shelves(sought)
            for indexed in [marks.of(shelf.key)[0]]
        ]
        newest_first = heapq.merge(
            *(place.hits() for place in places),
            key=lambda hit: place_of(hit.conversation, hit.entry),
            reverse=True,
        )
        hits = [
            replace(hit, reactions=reactions_to(connection, self._key(hit), hit.entry.seq))
            for hit in islice(newest_first, sought.limit + 1)
        ]
        kept, whole = first_hits(hits, sought)
        return Found(kept, whole, complete=not any(place.skipped for place in places))

    def _shelves(self, sought: Sought) -> Iterator[tuple[str, Shelf]]:
        for conversation in sought.through:
            shelf = self._index.shelves.get(conversation)
            if shelf is not None and shelf.key:
                yield conversation, shelf

    def _key(self, hit: Hit) -> int:
        return self._index.shelves[hit.conversation].key


@dataclass(slots=True, eq=False)
class _Place:
    """One conversation that is searched."""

    connection: sqlite3.Connection
    """In a transaction."""
    sought: Sought
    index: Index
    conversation: str
    shelf: Shelf
    indexed: int
    """Number of the last entry that is in the index of words."""
    most: int
    """Most entries beyond that which are looked at."""
    skipped: bool = False
    """Whether there are entries that were not looked at."""

    def hits(self) -> Iterator[Hit]:
        """Yield what is found here, newest first."""
        for entry in self._candidates():
            if self.sought.admits(self.conversation, entry):
                yield Hit(self.conversation, entry)

    def _candidates(self) -> Iterator[Entry]:
        first, last = self._range()
        question = tables.question(self.sought)
        if question is None:  # every message may be one: no index is needed
            yield from self._newest(first, last)
            return
        beyond = max(first, self.indexed + 1)
        tail = max(beyond, last - self.most + 1)
        self.skipped = tail > beyond
        yield from self._newest(tail, last)
        before = 0
        last = min(last, self.indexed)
        for entry in heapq.merge(
            self._found(question, first, last),
            self._edited(first, last),
            key=lambda each: each.seq,
            reverse=True,
        ):
            if entry.seq != before:
                yield entry
            before = entry.seq

    def _newest(self, first: int, last: int) -> Iterator[Entry]:
        rows = self.connection.execute(
            f"SELECT {COLUMNS} FROM entries WHERE conversation = ? AND seq BETWEEN ? AND ?"  # noqa: S608 - constants
            f" AND {_IS_MESSAGE} ORDER BY seq DESC",
            (self.shelf.key, first, last),
        )
        return (entry_of(row, self.index.people) for row in rows)

    def _edited(self, first: int, last: int) -> Iterator[Entry]:
        """Yield messages that the index has, by words of before an edit."""
        targets = self.connection.execute(
            "SELECT DISTINCT target FROM entries WHERE conversation = ? AND seq > ?"  # noqa: S608 - constants
            f" AND kind <> {MESSAGE} AND kind = {EDIT} AND target BETWEEN ? AND ?"
            " ORDER BY target DESC LIMIT ?",
            (self.shelf.key, self.indexed, first, last, self.most),
        )
        for (target,) in targets:
            yield from self._newest(target, target)

    def _found(self, question: str, first: int, last: int) -> Iterator[Entry]:
        if first > last:
            return iter(())  # there may be no index yet
        base = tables.row_of(self.shelf.key, 0)
        rows = self.connection.execute(
            f"SELECT {COLUMNS} FROM words.found AS f CROSS JOIN main.entries AS e"  # noqa: S608 - constants
            f" ON e.conversation = ? AND e.seq = f.rowid - ? AND e.{_IS_MESSAGE}"
            " WHERE f.found MATCH ? AND f.rowid BETWEEN ? AND ? ORDER BY f.rowid DESC",
            (self.shelf.key, base, question, base + first, base + last),
        )
        return (entry_of(row, self.index.people) for row in rows)

    def _range(self) -> tuple[int, int]:
        """Return the first and the last number that may be found, as the times tell."""
        sought, shelf = self.sought, self.shelf
        first, last = shelf.removed + 1, min(sought.through[self.conversation], shelf.head)
        whole = (first, last)
        if sought.criteria.after is not None:
            first = self._number_at(whole, sought.criteria.after)
        if sought.criteria.before is not None:
            last = min(last, self._number_at(whole, sought.criteria.before) - 1)
        if sought.older_than is not None:
            at, conversation, seq = sought.older_than
            if conversation == self.conversation:
                last = min(last, seq - 1)
            else:
                last = min(last, self._number_at(whole, at + 1) - 1)
        return first, last

    def _number_at(self, between: tuple[int, int], at: int) -> int:
        """Return the number of the first entry at ``at`` or later; one beyond the last for none.

        A server's clock may have been set back: then those of that time may be missed.
        """
        low, high = between[0], between[1] + 1
        while low < high:
            middle = (low + high) // 2
            row = self.connection.execute(
                "SELECT at FROM entries WHERE conversation = ? AND seq = ?",
                (self.shelf.key, middle),
            ).fetchone()
            if row is None or row[0] < at:
                low = middle + 1
            else:
                high = middle
        return low
