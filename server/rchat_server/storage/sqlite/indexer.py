"""The index of words: a file of its own, filled behind the acknowledgements by a thread of its own.

Indexing within the commit would cost a third of the messages a second. So the thread follows the
log: for each conversation a mark says how far it is. What is beyond the mark is looked at by who
searches (`searcher`), which nobody notices while it is little. While messages are being stored the
thread works a small part of the time; afterwards it catches up.

The file holds nothing that the log has not. It is made anew where it is missing, damaged, of
another log, or of other rules; a backup does without it. An edit or a deletion is an entry of the
log, too: when the thread comes to it, the words of the message are those that it has now.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import sqlite3
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rchat_server.faults import why
from rchat_server.storage.sqlite import search_tables as tables
from rchat_server.storage.sqlite.folder import connect, is_damage
from rchat_server.storage.sqlite.kinds import DELETE, EDIT, MESSAGE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rchat_server.storage.sqlite.transaction import Index, Shelf

    Mark = tuple[int, int, int]
    """Key of the conversation, last entry taken in, last entry taken out again."""

_STEP: Final = 500
"""Entries in one transaction: some ten milliseconds."""
_SHARE: Final = 0.05
"""Part of the time that is spent while others write."""
_QUIET: Final = 0.2
"""Seconds without a commit after which nobody is disturbed."""
_RETRY: Final = 30.0
"""Seconds after which an index that could not be written is tried again."""
_MERGE_AFTER: Final = 600.0
"""Seconds after which erased words leave the index where SQLite is too old to do so at once."""
_MERGE_PAGES: Final = 256
"""Pages that are then written in one step."""

_logger = logging.getLogger(__name__)


class Marks:
    """How far one file of the index is, by key of the conversation. Other threads read it.

    Args:
        generation: Another one for each file; 0: there is no file.
        marks: To begin with.
    """

    def __init__(self, generation: int = 0, marks: Iterable[Mark] = ()) -> None:
        self.generation = generation
        self._marks = {key: (seq, removed) for key, seq, removed in marks}

    def of(self, key: int) -> tuple[int, int]:
        """Return the last entry that was taken in, and up to which they were taken out again."""
        return self._marks.get(key, (0, 0))

    def put(self, marks: Iterable[Mark]) -> None:
        """Move some."""
        for key, seq, removed in marks:
            self._marks[key] = (seq, removed)

    def forget(self, keys: Iterable[int]) -> None:
        """These conversations are gone."""
        for key in keys:
            self._marks.pop(key, None)


@dataclass(slots=True)
class Batch:
    """What is written in one transaction."""

    erased: list[int] = field(default_factory=list)
    """Numbers of rows."""
    rows: list[tables.Row] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    """Keys of conversations that have no rows any more."""
    left: list[Shelf] = field(default_factory=list)
    """Conversations that it has no room for, or not for all of it."""

    @property
    def room(self) -> int:
        """How many more entries there may be in it."""
        return max(0, _STEP - len(self.rows) - len(self.erased))

    def __bool__(self) -> bool:
        return bool(self.erased or self.rows or self.marks or self.gone)


class Indexer:
    """The thread, and what it knows of what there is to do.

    Args:
        log: The database with the entries.
        index: What is known of it without asking.
        epoch: The log's.
    """

    def __init__(self, log: Path, index: Index, epoch: str) -> None:
        self._log = log
        self._path = tables.path_beside(log)
        self._index = index
        self._epoch = epoch
        self.marks = Marks()
        """Of the file that there is now: who searches asks once, and stays with what it got."""
        self._generations = itertools.count(1)
        self._wake = threading.Condition()
        self._closing = False
        self._working = True
        self._pausing = False
        """Whether it rests from work, and is not to be woken for more: a commit would, a thousand
        times a second."""
        self._touched: dict[Shelf, None] = dict.fromkeys(index.shelves.values())
        self._dropped: set[int] = set()
        self._last_commit = 0.0
        self._merge_at: float | None = None
        self._merging = False
        self._thread = threading.Thread(target=self._run, name="log indexer")

    @property
    def is_idle(self) -> bool:
        """Whether all that was stored is in the index."""
        with self._wake:
            return not (self._working or self._is_due())

    def start(self) -> None:
        """Begin to index."""
        self._thread.start()

    def stored(self, shelves: Iterable[Shelf]) -> None:
        """Something was committed to these conversations, or removed from them."""
        with self._wake:
            self._touched.update(dict.fromkeys(shelves))
            self._last_commit = time.monotonic()
            if not self._pausing:
                self._wake.notify()

    def removed(self, shelves: Iterable[Shelf], dropped: Iterable[int]) -> None:
        """Entries were removed from these conversations; those with these keys are no more."""
        with self._wake:
            self._touched.update(dict.fromkeys(shelves))
            self._dropped.update(dropped)
            if not self._pausing:
                self._wake.notify()

    def close(self) -> None:
        """End, after the step that is under way: the rest has time."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    # -- the thread --------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing:
            try:
                with (
                    contextlib.closing(self._opened()) as into,
                    contextlib.closing(connect(self._log, read_only=True)) as log,
                ):
                    self._index_all(log, into)
            except (sqlite3.Error, OSError) as error:
                _logger.warning("messages cannot be indexed", extra={"why": why(error)})
                if is_damage(error):
                    _logger.warning("the index of words is made anew")
                    self.marks = Marks()
                    with contextlib.suppress(OSError):  # the next try says it again
                        tables.remove(self._path)
                with self._wake:
                    self._wake.wait_for(lambda: self._closing, _RETRY)

    def _opened(self) -> sqlite3.Connection:
        """Open the index, read its marks, and see what there is to do."""
        self.marks = Marks()  # it may be made anew
        connection = tables.opened(self._path, self._epoch)
        marks = connection.execute("SELECT conversation, seq, removed FROM marks").fetchall()
        shelves = list(self._index.shelves.values())
        known = {shelf.key for shelf in shelves}
        if tables.has_erased(connection):
            self._merge_at = time.monotonic() + _MERGE_AFTER
        self.marks = Marks(next(self._generations), marks)
        with self._wake:
            self._touched.update(dict.fromkeys(shelves))
            self._dropped.update(key for key, _, _ in marks if key not in known)
        return connection

    def _index_all(self, log: sqlite3.Connection, into: sqlite3.Connection) -> None:
        while True:
            with self._wake:
                self._working = False
                self._wake.wait_for(self._is_due, self._until_merge())
                if self._closing:
                    return
                self._working = True
                touched, self._touched = self._touched, {}
                dropped, self._dropped = self._dropped, set()
            began = time.monotonic()
            batch = self._gathered(log, into, touched, dropped)
            if batch:
                self._write(into, batch)
            if self._until_merge() == 0:
                self._merge(into)
            with self._wake:
                self._touched.update(dict.fromkeys(batch.left))
                self._dropped |= dropped - batch.gone
                if time.monotonic() - self._last_commit < _QUIET:
                    pause = (time.monotonic() - began) * (1 / _SHARE - 1)
                    self._pausing = True
                    self._wake.wait_for(lambda: self._closing, pause)
                    self._pausing = False

    def _is_due(self) -> bool:
        return bool(self._closing or self._touched or self._dropped)

    def _gathered(
        self,
        log: sqlite3.Connection,
        into: sqlite3.Connection,
        touched: Iterable[Shelf],
        dropped: Iterable[int],
    ) -> Batch:
        """Return what is to be done next, as much of it as goes into one transaction."""
        batch = Batch()
        for key in dropped:
            rows = tables.rows_between(into, key, 0, tables.LAST) if batch.room else [0]
            batch.erased += rows
            if not rows:
                batch.gone.add(key)
        # In the order of the keys: FTS5 writes rows that do not ascend one by one.
        for shelf in sorted(touched, key=lambda each: each.key):
            if shelf.key and not self._advance(log, into, shelf, batch):
                batch.left.append(shelf)
        return batch

    def _advance(
        self, log: sqlite3.Connection, into: sqlite3.Connection, shelf: Shelf, batch: Batch
    ) -> bool:
        """Put what is new of a conversation into a batch; return whether that is all of it.

        Whatever is committed after it was read is told again.
        """
        room, kept_after = batch.room, shelf.removed
        if not room:
            return False
        key, mark = shelf.key, self.marks.of(shelf.key)
        seq, removed = mark
        if removed < kept_after:
            rows = tables.rows_between(into, key, removed, kept_after)
            batch.erased += rows
            removed = kept_after if len(rows) < tables.ROWS else rows[-1] - tables.row_of(key, 0)
        entries = log.execute(
            "SELECT seq, user, content, kind, target FROM entries"
            " WHERE conversation = ? AND seq > ? ORDER BY seq LIMIT ?",
            (key, seq, room),
        ).fetchall()
        changed = {row[4] for row in entries if row[3] in (EDIT, DELETE)}
        for number, user, content, kind, _ in entries:
            if kind == MESSAGE:
                batch.rows.append(tables.row(key, number, user, content))
        for number in sorted(each for each in changed if removed < each <= seq):
            batch.erased.append(tables.row_of(key, number))
            now = log.execute(
                "SELECT user, content FROM entries WHERE conversation = ? AND seq = ? AND kind = ?",
                (key, number, MESSAGE),
            ).fetchone()
            if now is not None:
                batch.rows.append(tables.row(key, number, *now))
        if entries:
            seq = entries[-1][0]
        seq = max(seq, removed)
        if (seq, removed) != mark:
            batch.marks.append((key, seq, removed))
        return removed == kept_after and len(entries) < room

    def _write(self, into: sqlite3.Connection, batch: Batch) -> None:
        into.execute("BEGIN IMMEDIATE")
        try:
            tables.write(into, batch.erased, sorted(batch.rows), batch.marks, batch.gone)
            into.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                into.execute("ROLLBACK")
            raise
        self.marks.put(batch.marks)
        self.marks.forget(batch.gone)
        if batch.erased and not tables.ERASES_AT_ONCE:
            self._merge_at = self._merge_at or time.monotonic() + _MERGE_AFTER

    # -- what was erased ---------------------------------------------------------------------------

    def _until_merge(self) -> float | None:
        """Return the seconds until the index is put in order; None where it need not be."""
        return None if self._merge_at is None else max(0.0, self._merge_at - time.monotonic())

    def _merge(self, into: sqlite3.Connection) -> None:
        more = tables.merge(into, _MERGE_PAGES, first=not self._merging)
        self._merging = more
        self._merge_at = time.monotonic() if more else None
