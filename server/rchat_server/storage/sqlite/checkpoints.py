"""Moves what was committed from SQLite's log of changes (the WAL) into the database itself.

Left to SQLite, the commit that crosses a thousand pages does it: measured, single commits of 180 to
200 ms. Here a thread of its own copies the bulk while the writer goes on; what came meanwhile is
little, and the writer copies that between two commits, so that the log of changes begins anew. Its
file keeps its size: measured, a commit that makes it longer takes half as long again, since the
system then has its length to write, too.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
from typing import TYPE_CHECKING, Final

from rchat_server.faults import why
from rchat_server.storage.sqlite.folder import connect

if TYPE_CHECKING:
    from pathlib import Path

WAL_BYTES: Final = 16 * 1024 * 1024
"""Size of the log of changes at which it is copied, as far as can be told: see `Checkpoints`."""

MOST_BYTES: Final = 2 * WAL_BYTES
"""Size beyond which its file is cut when it begins anew, and until then copied again and again."""

_LOOK_EVERY: Final = 64
"""Commits between two looks at that size, and between two tries to let it begin anew."""

_READERS: Final = 5
"""Milliseconds that the writer waits for readers who still need the log: a page takes less."""

_COMMIT_BYTES: Final = 32 * 1024
"""What a commit adds to it at least: eight pages are changed by most, and go there whole."""

_COPIES: Final = 3
"""How often an entry's content adds to it, with all that is stored beside it."""

_logger = logging.getLogger(__name__)


class Checkpoints:
    """The thread, and what the writer has to do for it.

    SQLite does not say how full the log of changes is, and the size of its file says how full it
    was. So what is written is counted, roughly: for 1 to 256 messages a commit, of 64 to 16,000
    characters, that is 0.6 to 2.5 times what is measured. Where it is far less, as for messages
    that mention hundreds, the file grows beyond `MOST_BYTES`, and that is seen.

    Args:
        path: The database.
    """

    def __init__(self, path: Path) -> None:
        self._wal = path.with_name(f"{path.name}-wal")
        self._commits = 0
        self._written = 0
        """Bytes since a copy was asked for."""
        self._asked: queue.SimpleQueue[bool] = queue.SimpleQueue()
        """True to copy, False to end. At most one True is in it."""
        self._copying = threading.Event()
        """Set by the writer when it asks for a copy, cleared when that has been seen to the end."""
        self._copied = threading.Event()
        # Opened here: a thread that could not begin would never be missed.
        self._connection = connect(path)
        self._thread = threading.Thread(target=self._run, name="log checkpoints")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End, after what is under way."""
        self._asked.put(False)  # noqa: FBT003 - the queue's word
        self._thread.join()
        self._connection.close()

    def committed(self, connection: sqlite3.Connection, content: int) -> None:
        """The writer has committed entries with so much ``content``, and nothing of it is open now.

        Raises:
            sqlite3.Error: What is left could not be copied; the next time does it.
        """
        self._written += _COMMIT_BYTES + _COPIES * content
        self._commits += 1
        if self._copied.is_set():
            self._copied.clear()
            self._copying.clear()
            self._begin_anew(connection)
        if self._commits % _LOOK_EVERY == 0 and self._size() > MOST_BYTES:
            self._written = max(self._written, WAL_BYTES)
        if self._written >= WAL_BYTES and not self._copying.is_set():
            self._written = 0
            self._copying.set()
            self._asked.put(True)  # noqa: FBT003

    def _begin_anew(self, connection: sqlite3.Connection) -> None:
        """Copy the little that is left, and let the log begin anew; try again soon if it cannot.

        It cannot while somebody reads who began before all was copied. Who begins then needs it no
        more, so that only a copy of the whole database, as a backup is, holds it up for long.
        """
        since = self._written
        self._written = max(since, WAL_BYTES - _LOOK_EVERY * _COMMIT_BYTES)
        (usual,) = connection.execute("PRAGMA busy_timeout").fetchone()
        connection.execute(f"PRAGMA busy_timeout = {_READERS}")
        try:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        finally:
            connection.execute(f"PRAGMA busy_timeout = {usual}")
        if not busy:
            self._written = since

    def _size(self) -> int:
        try:
            return self._wal.stat().st_size
        except OSError:  # there is none
            return 0

    def _run(self) -> None:
        while self._asked.get():
            try:
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            except sqlite3.Error as error:
                # Nothing is lost: the log of changes has it, and grows.
                _logger.warning("the log of changes could not be copied", extra={"why": why(error)})
            self._copied.set()
