"""The file, from the thread that may wait for it: `SqliteClientStore` calls it there."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING, Final

from rchat_tui.client.errors import StorageFailed
from rchat_tui.client.store.schema import check, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY: Final = 5.0
"""Seconds that another process may hold the file."""

_NOT_WRITABLE: Final = "{where} cannot be written to: look at its permissions."
_DAMAGED: Final = "{where} is damaged: move it away to begin anew."
_HELD: Final = "{where} is held by another program: try again."
_SENTENCES: Final = {
    sqlite3.SQLITE_FULL: "The disk is full: make room, and try again.",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_BUSY: _HELD,
    sqlite3.SQLITE_LOCKED: _HELD,
    sqlite3.SQLITE_READONLY: _NOT_WRITABLE,
    sqlite3.SQLITE_PERM: _NOT_WRITABLE,
    sqlite3.SQLITE_CANTOPEN: _NOT_WRITABLE,
}


class Database:
    """A connection to the file, in WAL mode. Belongs to the thread that made it.

    Args:
        path: Of the file, made where there is none; None: in memory.
        read_only: Nothing is changed: the file has to be there, and of this version.

    Raises:
        StorageFailed: It is of a newer version, or of another program.
        sqlite3.Error: It is damaged, or cannot be opened.
        OSError: It cannot be made.
    """

    def __init__(self, path: Path | None, *, read_only: bool = False) -> None:
        if path is not None and read_only:
            uri = f"{path.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True, isolation_level=None)
            try:
                check(self._connection, str(path), exactly=True)
            except BaseException:
                self._connection.close()
                raise
            return
        if path is not None:
            # For nobody else's eyes; what SQLite puts beside it takes its mode from it.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._connection = sqlite3.connect(
            ":memory:" if path is None else path, timeout=BUSY, isolation_level=None
        )
        try:
            check(self._connection, str(path))
            # Where a plain fsync leaves things in the disk's own cache (macOS), a full one.
            # What was deleted is overwritten, not just left out.
            for pragma in (
                "journal_mode = WAL",
                "synchronous = FULL",
                "fullfsync = ON",
                "secure_delete = ON",
            ):
                self._connection.execute(f"PRAGMA {pragma}")
            migrate(self._connection)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._connection.close()

    def read(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Return all rows."""
        return self._connection.execute(sql, values).fetchall()

    def write(self, sql: str, *values: object) -> None:
        """Change something, inside `transaction`."""
        self._connection.execute(sql, values)

    def write_all(self, sql: str, rows: list[tuple[object, ...]]) -> None:
        """Change something for each row, inside `transaction`."""
        self._connection.executemany(sql, rows)

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """Commit what is done inside, or nothing of it.

        Args:
            durable: Whether it has to survive a loss of power when it is done. What need not does
                so with the next that has to.
        """
        connection = self._connection
        if not durable:
            connection.execute("PRAGMA synchronous = NORMAL")
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        finally:
            if not durable:
                connection.execute("PRAGMA synchronous = FULL")

    @property
    def size(self) -> int:
        """Bytes that are used in the file."""
        ((pages,),) = self.read("PRAGMA page_count")
        ((free,),) = self.read("PRAGMA freelist_count")
        ((page,),) = self.read("PRAGMA page_size")
        return (int(str(pages)) - int(str(free))) * int(str(page))


def failed(error: sqlite3.Error | OSError, where: str) -> StorageFailed:
    """Return what a person is told of an error of the file."""
    if isinstance(error, TimeoutError):
        what = f"{where} is being opened by another rchat, which does not get done."
    elif isinstance(error, OSError):
        what = f"{error.filename or where} cannot be used: {error.strerror or error}."
    else:
        what = _SENTENCES.get(
            getattr(error, "sqlite_errorcode", 0) & 0xFF, "{where} cannot be used: {error}."
        ).format(where=where, error=error)
    return StorageFailed(what)
