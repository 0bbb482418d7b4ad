"""Reading: connections of their own, one a thread, that hold no transaction longer than a page."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from rchat_server.core.ports import Entry, LogPage
from rchat_server.storage.sqlite.folder import connect

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future
    from pathlib import Path

    from rchat_server.storage.sqlite.transaction import Index

THREADS: Final = 2

T = TypeVar("T")

_COLUMNS: Final = "seq, author, user, content, id, at"


class Readers:
    """A few threads that read.

    What waits for them has its bound where it comes from: a stream has one page under way, a
    connection so many requests.

    Args:
        path: The database.
        index: What is known of it without asking.
    """

    def __init__(self, path: Path, index: Index) -> None:
        self._path = path
        self._index = index
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="log reader")

    def close(self) -> None:
        """End, after what is under way."""
        self._pool.shutdown()
        for connection in self._connections:
            connection.close()

    def forward(
        self, conversation: str, *, after: int, through: int, limit: int, max_bytes: int
    ) -> Future[LogPage]:
        """Read ``after < seq <= through``, oldest first."""
        return self._pool.submit(
            self._page,
            conversation,
            f"SELECT {_COLUMNS} FROM entries WHERE conversation = ? AND seq > ? AND seq <= ?"  # noqa: S608
            " ORDER BY seq LIMIT ?",
            (after, through, limit),
            max_bytes,
        )

    def backward(
        self, conversation: str, *, before: int, limit: int, max_bytes: int
    ) -> Future[LogPage]:
        """Read ``seq < before``, newest first; the page is oldest first all the same."""
        return self._pool.submit(
            self._page,
            conversation,
            f"SELECT {_COLUMNS} FROM entries WHERE conversation = ? AND seq < ?"  # noqa: S608
            " ORDER BY seq DESC LIMIT ?",
            (before, limit),
            max_bytes,
        )

    def place(self, author: str, message_id: str) -> Future[tuple[str, int, int] | None]:
        """Find an id: the conversation, number and time of its entry."""
        return self._pool.submit(self._place, author, message_id)

    # -- in the threads ----------------------------------------------------------------------------

    def _connection(self) -> sqlite3.Connection:
        """Return this thread's connection.

        It is opened when it is needed and not when the thread begins: a pool whose threads cannot
        begin is of no use ever after, and the next try may find what this one lacks.
        """
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = connect(self._path)
            self._connections.append(connection)
            connection.execute("PRAGMA query_only = ON")
            self._local.connection = connection
        return connection

    def _page(
        self, conversation: str, statement: str, arguments: tuple[int, ...], max_bytes: int
    ) -> LogPage:
        shelf = self._index.shelves.get(conversation)
        if shelf is None or not shelf.key:
            return LogPage((), 1)
        return self._reading(
            lambda connection: self._read_page(
                connection, statement, (shelf.key, *arguments), max_bytes
            )
        )

    def _read_page(
        self,
        connection: sqlite3.Connection,
        statement: str,
        arguments: tuple[int, ...],
        max_bytes: int,
    ) -> LogPage:
        removed = connection.execute(
            "SELECT removed FROM conversations WHERE key = ?", arguments[:1]
        ).fetchone()
        entries = list(self._entries(connection.execute(statement, arguments), max_bytes))
        if len(entries) > 1 and entries[0].seq > entries[-1].seq:
            entries.reverse()
        return LogPage(entries, (removed[0] if removed else 0) + 1)

    def _entries(
        self, rows: Iterable[tuple[int, int, str, str, str, int]], max_bytes: int
    ) -> Iterable[Entry]:
        size = 0
        for seq, author, user, content, id_, at in rows:
            size += len(content) if content.isascii() else len(content.encode())
            if size > max_bytes and size > len(content.encode()):
                return
            yield Entry(seq, self._index.people.get(author, ""), user, content, id_, at)

    def _place(self, author: str, message_id: str) -> tuple[str, int, int] | None:
        key = self._index.keys.get(author)
        if key is None:
            return None
        found: tuple[str, int, int] | None = self._reading(
            lambda connection: connection.execute(
                "SELECT c.id, i.seq, i.at FROM ids AS i JOIN conversations AS c"
                " ON c.key = i.conversation AND NOT c.dropped WHERE i.author = ? AND i.id = ?",
                (key, message_id),
            ).fetchone()
        )
        return found

    def _reading(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """Read within one transaction: all of one moment."""
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            return read(connection)
        finally:
            connection.execute("COMMIT")
