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

from rchat_server.storage.sqlite.folder import connect

if TYPE_CHECKING:
    from pathlib import Path

WAL_BYTES: Final = 16 * 1024 * 1024
"""Size of the log of changes at which it is copied, as far as can be told: see `Checkpoints`."""

_COMMIT_BYTES: Final = 32 * 1024
"""What a commit adds to it at least: eight pages are changed by most, and go there whole."""

_COPIES: Final = 3
"""How often an entry's content adds to it, with all that is stored beside it."""

_logger = logging.getLogger(__name__)


class Checkpoints:
    """The thread, and what the writer has to do for it.

    SQLite does not say how full the log of changes is, and the size of its file says how full it
    was. So what is written is counted, roughly: for 1 to 256 messages a commit, of 64 to 16,000
    characters, that is 0.6 to 2.5 times what is measured.

    Args:
        path: The database.
    """

    def __init__(self, path: Path) -> None:
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
        if self._copied.is_set():
            self._copied.clear()
            self._copying.clear()
            # Little is left, and no reader is waited for: what cannot be done is done next time.
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        self._written += _COMMIT_BYTES + _COPIES * content
        if self._written >= WAL_BYTES and not self._copying.is_set():
            self._written = 0
            self._copying.set()
            self._asked.put(True)  # noqa: FBT003

    def _run(self) -> None:
        while self._asked.get():
            try:
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            except sqlite3.Error as error:
                # Nothing is lost: the log of changes has it, and grows.
                _logger.warning("the log of changes could not be copied: %s", error)
            self._copied.set()
