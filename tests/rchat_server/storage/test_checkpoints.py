from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from rchat_server.core.ports import NewEntry
from rchat_server.core.records import ConversationRecord
from rchat_server.storage.sqlite import checkpoints, folder, open_store, writer
from rchat_server.storage.sqlite.checkpoints import WAL_BYTES, Checkpoints

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from os import stat_result
    from pathlib import Path

    import pytest

    from rchat_server.storage.sqlite.store import SqliteStore


class SlowDisk:
    """A connection whose statements wait until they may go on."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.copying = threading.Event()
        self.may_go_on = threading.Event()
        self._connection = connection

    def execute(self, statement: str) -> Any:
        """Say that it has begun, and wait."""
        self.copying.set()
        assert self.may_go_on.wait(10)
        return self._connection.execute(statement)

    def close(self) -> None:
        """Close."""
        self._connection.close()


async def test_the_log_of_changes_begins_anew_and_keeps_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken, it grows for as long as a server runs, or each commit has to make it longer again."""
    monkeypatch.setattr(checkpoints, "WAL_BYTES", 256 * 1024)
    wal = tmp_path / f"{folder.FILE}-wal"
    async with open_store(tmp_path) as store:
        store.put_conversation(ConversationRecord("tea-id", "channel", "tea"))
        sizes = [
            await _written(store, wal.stat, numbers)
            for numbers in (range(start, start + 100) for start in range(1, 1001, 100))
        ]
    assert sizes == sorted(sizes), "it is never cut"
    assert max(sizes) < 10 * 256 * 1024, "of which there are forty in all"


async def test_a_log_of_changes_that_a_reader_held_up_is_cut_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken, one backup left a file as large as all that was written meanwhile."""
    monkeypatch.setattr(checkpoints, "WAL_BYTES", 256 * 1024)
    monkeypatch.setattr(checkpoints, "MOST_BYTES", 512 * 1024)
    monkeypatch.setattr(writer, "MOST_BYTES", 512 * 1024)
    wal = tmp_path / f"{folder.FILE}-wal"
    async with open_store(tmp_path) as store:
        store.put_conversation(ConversationRecord("tea-id", "channel", "tea"))
        await _written(store, wal.stat, range(1, 11))
        with contextlib.closing(folder.connect(tmp_path / folder.FILE, read_only=True)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM entries").fetchone()
            held_up = await _written(store, wal.stat, range(11, 301))
        assert held_up > 8 * 512 * 1024
        assert await _written(store, wal.stat, range(301, 601)) <= 512 * 1024 + 64 * 1024


async def _written(store: SqliteStore, stat: Callable[[], stat_result], numbers: range) -> int:
    for number in numbers:
        entry = NewEntry("", "alice", "x" * 2000, str(number), number)
        await store.append("tea-id", [entry])
    return stat().st_size


def test_a_server_ends_also_while_it_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is told to end in the middle of a checkpoint must not wait for ever."""
    path = tmp_path / folder.FILE
    folder.prepare(path)
    disk = SlowDisk(folder.connect(path))
    monkeypatch.setattr(checkpoints, "connect", lambda _: disk)
    each = Checkpoints(path)
    each.start()
    other = folder.connect(path)
    each.committed(other, WAL_BYTES)
    assert disk.copying.wait(10)
    closing = threading.Thread(target=each.close)
    closing.start()
    while each._asked.empty():
        pass  # until `close` has said what it says, and waits
    disk.may_go_on.set()
    closing.join(10)
    ended = not closing.is_alive()
    each._asked.put(False)  # noqa: FBT003 - so that a thread which hangs ends all the same
    closing.join(10)
    other.close()
    assert ended
