"""The one thread that writes: what waits goes to the disk in one transaction (group commit).

The event loop hands over what is to be committed and is called back when it is. Each transaction
takes all that waits, up to `GROUP_ENTRIES`, in the order in which it came, so that no conversation
starves another; while it is on its way to the disk, the next one gathers.

Few statements, each with many rows: between two of them this thread needs Python's lock again,
which a busy event loop gives back after some time only.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.faults import why
from rchat_server.storage.sqlite.checkpoints import MOST_BYTES, Checkpoints
from rchat_server.storage.sqlite.folder import connect
from rchat_server.storage.sqlite.retention import Retention
from rchat_server.storage.sqlite.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from rchat_server.core.ports import Appended, Change
    from rchat_server.storage.sqlite.indexer import Indexer
    from rchat_server.storage.sqlite.pending import Pending
    from rchat_server.storage.sqlite.retention import Keep
    from rchat_server.storage.sqlite.transaction import Index

GROUP_ENTRIES: Final = 2048
"""Entries after which a transaction takes no further conversation."""

_RETRY: Final = 1.0
"""Seconds after which what could not be stored, and nobody waits for, is tried again."""

_ROW_CHARS: Final = 150
"""What a row that is removed counts as for the log of changes: measured, 440 bytes."""

RETRY_AFTER: Final = 2.0
"""Seconds after which a sender may try again whose message could not be stored."""

_logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Commit:
    """What one caller wants on the disk, and what became of it."""

    conversation: str | None
    """None for who only waits for what was said before."""
    changes: Sequence[Change]
    answer: Callable[[Commit], None]
    """Called in the writer's thread."""
    results: list[Appended] = field(default_factory=list)
    error: ChatError | None = None


class Writer:
    """The thread, its connection, and what waits for it.

    Args:
        path: The database.
        index: What is known of it without asking.
        pending: What is to be stored beside the entries; changed through `note` alone.
        keep: How much of each log is kept.
        indexer: Is told what was stored.
    """

    def __init__(
        self, path: Path, index: Index, pending: Pending, keep: Keep, indexer: Indexer
    ) -> None:
        self._path = path
        self._index = index
        self._pending = pending
        self._retention = Retention(index, keep)
        self._indexer = indexer
        self._connection = self._connect()
        self._checkpoints = Checkpoints(path)
        self._waiting: deque[Commit] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="log writer")

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()
        self._checkpoints.start()

    def submit(self, commit: Commit) -> None:
        """Hand over what is to be committed. Never waits for the disk."""
        with self._wake:
            self._waiting.append(commit)
            self._wake.notify()

    def note(self, change: Callable[[Pending], None]) -> None:
        """Change what is pending, and let it be stored soon."""
        with self._wake:
            change(self._pending)
            self._wake.notify()

    def close(self) -> None:
        """Write what waits, and end. Waits for the disk."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()
        self._checkpoints.close()
        self._connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self._path)
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        # What is erased is overwritten, not just left out.
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(f"PRAGMA journal_size_limit = {MOST_BYTES}")
        return connection

    # -- the thread --------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wait()
                group, pending = self._take(), self._pending.take()
                ending = self._closing and not self._waiting
            if group or pending:
                self._commit(group, pending)
            if not self._failing:
                self._remove_some()
            if ending:
                return

    def _wait(self) -> None:
        """Wait until there is something to do: what is to be stored, or time to remove."""
        if self._failing and not (self._waiting or self._closing):
            self._wake.wait(_RETRY)
        while not (self._waiting or self._pending or self._closing):
            if not self._wake.wait(self._retention.pause(time.monotonic())):
                return

    def _take(self) -> list[Commit]:
        group: list[Commit] = []
        entries = 0
        while self._waiting and entries < GROUP_ENTRIES:
            commit = self._waiting.popleft()
            group.append(commit)
            entries += len(commit.changes)
        return group

    def _commit(self, group: Sequence[Commit], pending: Pending) -> None:
        content = 0
        try:
            content = self._write(group, pending)
        except Exception as error:  # noqa: BLE001 - each is told to those who wait
            with self._wake:
                self._pending.put_back(pending)
            if len(group) > 1 and not isinstance(error, sqlite3.OperationalError):
                # One caller's fault is his own.
                for commit in group:
                    with self._wake:
                        pending = self._pending.take()
                    self._commit([commit], pending)
                return
            self._failed(group, error)
        else:
            if self._failing:
                _logger.warning("messages can be stored again")
            self._failing = False
        for commit in group:
            commit.answer(commit)
        if not self._failing:
            self._checkpoint(content)

    def _write(self, group: Sequence[Commit], pending: Pending) -> int:
        """Write it, and return how much content the entries have."""
        try:
            return self._transaction(group, pending, careful=False)
        except sqlite3.IntegrityError:
            # An id that is known already. That is seldom, so only then is each looked up.
            return self._transaction(group, pending, careful=True)

    def _transaction(self, group: Sequence[Commit], pending: Pending, *, careful: bool) -> int:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            transaction = Transaction(connection, self._index, careful=careful)
            transaction.store(pending)
            for commit in group:
                if commit.conversation is not None:
                    commit.results = transaction.append(commit.conversation, commit.changes)
            connection.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        self._indexer.stored(transaction.done())
        return transaction.content

    def _roll_back(self) -> None:
        """Undo what was begun; where that fails, too, begin anew with another connection.

        Where there is none now, this one stays closed, and whatever is tried next comes here again.
        """
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            _logger.warning("the database is opened anew", extra={"why": why(error)})
            self._connection.close()
            try:
                self._connection = self._connect()
            except sqlite3.Error as refusal:
                _logger.warning("the database cannot be opened", extra={"why": why(refusal)})

    def _failed(self, group: Sequence[Commit], error: Exception) -> None:
        if not self._failing:
            _logger.error("messages cannot be stored", exc_info=error)
        self._failing = True
        for commit in group:
            commit.error = storage_unavailable()

    def _checkpoint(self, content: int) -> None:
        try:
            self._checkpoints.committed(self._connection, content)
        except sqlite3.Error as error:
            _logger.warning("the log of changes could not be copied", extra={"why": why(error)})

    def _remove_some(self) -> None:
        try:
            removed = self._retention.remove_some(self._connection)
            if removed:
                self._indexer.removed(self._retention.shortened, self._retention.dropped)
                self._checkpoint(removed * _ROW_CHARS)
        except Exception:
            # What is too much stays for the next time; messages go on being stored.
            _logger.exception("what is no longer kept could not be removed")
            self._roll_back()


def storage_unavailable() -> ChatError:
    """Return the error for what cannot be stored or read now."""
    return ChatError(
        ErrorCode.STORAGE_UNAVAILABLE,
        "The server cannot store or read messages now; its disk may be full.",
        retry=RETRY_AFTER,
    )
