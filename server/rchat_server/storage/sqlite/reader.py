"""Reading: connections of their own, one a thread, that hold no transaction longer than a page."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from rchat_protocol.codec import utf8_bytes
from rchat_server.core.ports import Appended, Findings, LogPage, MessagePage
from rchat_server.storage.sqlite import moderation
from rchat_server.storage.sqlite.folder import connect
from rchat_server.storage.sqlite.messages import (
    COLUMNS,
    Search,
    entry_of,
    found_targets,
    message_page,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Iterable
    from concurrent.futures import Future
    from pathlib import Path

    from rchat_server.core.ports import Entry
    from rchat_server.core.records import AuditRow
    from rchat_server.storage.sqlite.messages import Row
    from rchat_server.storage.sqlite.transaction import Index

THREADS: Final = 2

T = TypeVar("T")


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
            f"SELECT {COLUMNS} FROM entries WHERE conversation = ? AND seq > ? AND seq <= ?"  # noqa: S608
            " ORDER BY seq LIMIT ?",
            (after, through, limit),
            max_bytes,
        )

    def messages(
        self,
        conversation: str,
        between: tuple[int, int],
        limit: int,
        max_bytes: int,
        *,
        newest_first: bool,
    ) -> Future[MessagePage]:
        """Read messages with ``between[0] < seq <= between[1]``; the page is oldest first."""

        def read() -> MessagePage:
            shelf = self._index.shelves.get(conversation)
            if shelf is None or not shelf.key:
                return MessagePage((), {}, whole=True, first=1, head=0)
            search = Search(shelf.key, *between, limit, max_bytes, newest_first=newest_first)
            return self._reading(lambda on: message_page(on, search, self._index.people))

        return self._pool.submit(read)

    def inspect(
        self, conversation: str, targets: Collection[int], ids: Collection[tuple[str, str]]
    ) -> Future[Findings]:
        """Look up messages that are to be acted on, and ids that may be known."""

        def read() -> Findings:
            shelf = self._index.shelves.get(conversation)
            key = 0 if shelf is None else shelf.key
            return self._reading(
                lambda on: Findings(
                    found_targets(on, key, targets, self._index.people), self._known(on, ids)
                )
            )

        return self._pool.submit(read)

    def audit(self, conversation: str, before: int | None, limit: int) -> Future[list[AuditRow]]:
        """Read the record of what was done to a channel, newest first."""
        return self._pool.submit(
            self._reading, lambda on: moderation.rows(on, conversation, before, limit)
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
        return LogPage(entries, (removed[0] if removed else 0) + 1)

    def _entries(self, rows: Iterable[Row], max_bytes: int) -> Iterable[Entry]:
        size = 0
        for row in rows:
            entry = entry_of(row, self._index.people)
            own = utf8_bytes(entry.content)
            size += own
            if size > max_bytes and size > own:
                return
            yield entry

    def _place(self, author: str, message_id: str) -> tuple[str, int, int] | None:
        return self._reading(lambda connection: self._look_up(connection, author, message_id))

    def _look_up(
        self, connection: sqlite3.Connection, author: str, message_id: str
    ) -> tuple[str, int, int] | None:
        key = self._index.keys.get(author)
        if key is None:
            return None
        found: tuple[str, int, int] | None = connection.execute(
            "SELECT c.id, i.seq, i.at FROM ids AS i JOIN conversations AS c"
            " ON c.key = i.conversation AND NOT c.dropped WHERE i.author = ? AND i.id = ?",
            (key, message_id),
        ).fetchone()
        return found

    def _known(
        self, connection: sqlite3.Connection, ids: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], Appended]:
        known = {}
        for author, message_id in ids:
            if place := self._look_up(connection, author, message_id):
                conversation, seq, at = place
                known[author, message_id] = Appended(conversation, seq, message_id, at, fresh=False)
        return known

    def _reading(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """Read within one transaction: all of one moment."""
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            return read(connection)
        finally:
            connection.execute("COMMIT")
