from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from rchat_server.storage.sqlite import checkpoints, folder
from rchat_server.storage.sqlite.checkpoints import WAL_BYTES, Checkpoints

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    import pytest


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


def test_a_server_ends_also_while_it_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is told to end in the middle of a checkpoint must not wait for ever."""
    path = tmp_path / folder.FILE
    folder.prepare(path)
    (tmp_path / f"{folder.FILE}-wal").write_bytes(bytes(WAL_BYTES))
    disk = SlowDisk(folder.connect(path))
    monkeypatch.setattr(checkpoints, "connect", lambda _: disk)
    each = Checkpoints(path)
    each.start()
    other = folder.connect(path)
    for _ in range(64):
        each.committed(other)
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
