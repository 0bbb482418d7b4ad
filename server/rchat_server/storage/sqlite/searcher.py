"""Searching: a thread and a connection of its own, so that nobody's history waits for it.

Each conversation is asked by itself, from its newest message back, and no further than it takes:
what is not readable is not even looked at. What the index does not have yet is read from the log.
A message is looked at again as it is now before it is a hit, so that the index may be a little
behind.
"""

from __future__ import annotations

import heapq
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.search import Found, Hit, first_hits, place_of
from rchat_server.storage.sqlite import search_tables as tables
from rchat_server.storage.sqlite.folder import connect
from rchat_server.storage.sqlite.kinds import MESSAGE
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
        self._deadline = 0.0
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
        connection = self._opened()
        self._deadline = time.monotonic() + _SECONDS
        connection.execute("BEGIN")
        try:
            return self._found(connection, sought)
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
            if self._connection is not None:
                # What was being read when the time was over is left.
                self._deadline = time.monotonic() + _SECONDS
                connection.execute("ROLLBACK")

    def _opened(self) -> sqlite3.Connection:
        if self._generation != self._indexer.generation:
            self._generation = self._indexer.generation
            self._close()
        if self._connection is None:
            connection = connect(self._log, read_only=True)
            try:
                path = tables.path_beside(self._log)
                connection.execute("ATTACH ? AS words", (f"{path.absolute().as_uri()}?mode=ro",))
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

    def _found(self, connection: sqlite3.Connection, sought: Sought) -> Found:
        tail = max(_LEAST_TAIL, _TAIL // max(1, len(sought.through)))
        places = [
            _Place(connection, sought, self._index, self._indexer.marks, conversation, tail)
            for conversation in sought.through
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

    def _key(self, hit: Hit) -> int:
        return self._index.shelves[hit.conversation].key


class _Place:
    """One conversation that is searched.

    Args:
        connection: In a transaction.
        sought: What is looked for.
        index: What is known of the log without asking.
        marks: How far the index of words is.
        conversation: Its id.
        tail: Most entries beyond its mark that are looked at.
    """

    def __init__(  # noqa: PLR0917 - made in one place
        self,
        connection: sqlite3.Connection,
        sought: Sought,
        index: Index,
        marks: Marks,
        conversation: str,
        tail: int,
    ) -> None:
        self._connection = connection
        self._sought = sought
        self._people = index.people
        self._conversation = conversation
        self._shelf: Shelf | None = index.shelves.get(conversation)
        self._tail = tail
        self._marks = marks
        self.skipped = False
        """Whether there are entries that were not looked at."""

    def hits(self) -> Iterator[Hit]:
        """Yield what is found here, newest first."""
        shelf = self._shelf
        if shelf is None or not shelf.key:
            return
        first, last = self._range(shelf)
        indexed = self._marks.of(shelf.key)[0]
        tail = max(first, indexed + 1, last - self._tail + 1)
        self.skipped = tail > max(first, indexed + 1) and last >= tail
        question = tables.question(self._sought)
        if question is None:
            tail = first  # every message may be one: no index is needed
            self.skipped = False
        for entry in self._newest(shelf.key, tail, last):
            if self._sought.admits(self._conversation, entry):
                yield Hit(self._conversation, entry)
        if question is not None:
            for entry in self._indexed(shelf.key, question, first, min(last, indexed)):
                if self._sought.admits(self._conversation, entry):
                    yield Hit(self._conversation, entry)

    def _newest(self, key: int, first: int, last: int) -> Iterator[Entry]:
        rows = self._connection.execute(
            f"SELECT {COLUMNS} FROM entries WHERE conversation = ? AND seq BETWEEN ? AND ?"  # noqa: S608 - constants
            f" AND {_IS_MESSAGE} ORDER BY seq DESC",
            (key, first, last),
        )
        return (entry_of(row, self._people) for row in rows)

    def _indexed(self, key: int, question: str, first: int, last: int) -> Iterator[Entry]:
        if first > last:
            return iter(())
        base = tables.row_of(key, 0)
        rows = self._connection.execute(
            f"SELECT {COLUMNS} FROM words.found AS f CROSS JOIN main.entries AS e"  # noqa: S608 - constants
            f" ON e.conversation = ? AND e.seq = f.rowid - ? AND e.{_IS_MESSAGE}"
            " WHERE f.found MATCH ? AND f.rowid BETWEEN ? AND ? ORDER BY f.rowid DESC",
            (key, base, question, base + first, base + last),
        )
        return (entry_of(row, self._people) for row in rows)

    def _range(self, shelf: Shelf) -> tuple[int, int]:
        """Return the first and the last number that may be found, as the times tell."""
        sought = self._sought
        first, last = shelf.removed + 1, min(sought.through[self._conversation], shelf.head)
        whole = (first, last)
        if sought.after is not None:
            first = self._number_at(shelf.key, whole, sought.after)
        if sought.before is not None:
            last = min(last, self._number_at(shelf.key, whole, sought.before) - 1)
        if sought.older_than is not None:
            at, conversation, seq = sought.older_than
            if conversation == self._conversation:
                last = min(last, seq - 1)
            else:
                last = min(last, self._number_at(shelf.key, whole, at + 1) - 1)
        return first, last

    def _number_at(self, key: int, between: tuple[int, int], at: int) -> int:
        """Return the number of the first entry at ``at`` or later; one beyond the last for none.

        A server's clock may have been set back: then those of that time may be missed.
        """
        low, high = between[0], between[1] + 1
        while low < high:
            middle = (low + high) // 2
            row = self._connection.execute(
                "SELECT at FROM entries WHERE conversation = ? AND seq = ?", (key, middle)
            ).fetchone()
            if row is None or row[0] < at:
                low = middle + 1
            else:
                high = middle
        return low
