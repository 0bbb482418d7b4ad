"""The store on disk: what only a file can suffer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from contracts.client_store.profiles import ack, entry, span, state
from rchat_tui.client.errors import StorageFailed
from rchat_tui.client.outbox import Acked
from rchat_tui.client.store import schema
from rchat_tui.client.store.ports import SavedLogin, Seen
from rchat_tui.client.store.sqlite import SqliteClientStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

ROOT = Path(__file__).parents[4]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is to be."""
    return tmp_path / "new folder" / "alice.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteClientStore]:
    """A store in that file."""
    store = SqliteClientStore(path)
    await store.open()
    yield store
    await store.aclose()


def process(script: str, path: Path) -> subprocess.Popen[str]:
    """Start a process that runs the body of a coroutine with ``store`` and ``entry``."""
    body = "\n".join(f"    {line}" for line in script.splitlines())
    code = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from contracts.client_store.profiles import ack, entry\n"
        "from rchat_tui.client.outbox import Acked\n"
        "from rchat_tui.client.store.sqlite import SqliteClientStore\n"
        "async def main():\n"
        "    store = SqliteClientStore(Path(sys.argv[1]))\n"
        "    await store.open()\n"
        f"{body}\n"
        "asyncio.run(main())\n"
    )
    paths = [str(ROOT), str(ROOT / "server"), str(ROOT / "tests")]
    return subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )


# -- processes that die ----------------------------------------------------------------------------


async def test_a_process_that_is_killed_leaves_all_that_it_had_put(path: Path) -> None:
    """Broken, kill -9 lost what `put` had promised, or its claim outlived it."""
    writer = process(
        "await store.save_login('alice', 'token')\n"
        "for n in range(10_000):\n"
        "    await store.put(entry(str(n)))\n"
        "    if n == 3: await store.claim('#general', 1)\n"
        "    print(n, flush=True)",
        path,
    )
    assert writer.stdout is not None
    said = [writer.stdout.readline() for _ in range(40)]
    other = SqliteClientStore(path)
    await other.open()
    assert await other.claim("#general", 1) is None, "the other one lives"
    writer.send_signal(signal.SIGKILL)
    rest = writer.communicate()[0].splitlines()
    promised = [*(line.strip() for line in said), *rest]
    found = [e.id for e in await other.entries()]
    assert found[: len(promised)] == promised
    assert len(found) <= len(promised) + 1, "one may be there of which nobody heard"
    claimed = await other.claim("#general", 1)
    assert claimed is not None
    assert claimed.id == "0"
    await other.aclose()


async def test_a_process_that_is_stopped_keeps_its_claim(path: Path) -> None:
    """Broken, a terminal that was suspended for an hour sent what another had taken over."""
    holder = process(
        "await store.save_login('alice', 'token')\n"
        "await store.put(entry('one'))\n"
        "await store.claim('#general', 1)\n"
        "print('claimed', flush=True)\n"
        "await asyncio.sleep(60)",
        path,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "claimed\n"
    holder.send_signal(signal.SIGSTOP)
    other = SqliteClientStore(path)
    await other.open()
    assert await other.claim("#general", 1) is None
    holder.kill()
    holder.communicate()
    assert await other.claim("#general", 1) is not None
    await other.aclose()


async def test_processes_that_begin_together_make_one_file(path: Path) -> None:
    """Broken, two terminals that were opened at once could not make the file, or made two."""
    writers = [
        process(f"for n in range(5): await store.put(entry(f'{name} {{n}}'))", path)
        for name in ("a", "b", "c")
    ]
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    store = SqliteClientStore(path)
    await store.open()
    found = [e.id for e in await store.entries()]
    assert sorted(found) == [f"{name} {n}" for name in "abc" for n in range(5)]
    for name in "abc":
        assert [id_ for id_ in found if id_[0] == name] == [f"{name} {n}" for n in range(5)]
    await store.aclose()
    assert [p.name for p in path.with_suffix(".locks").glob("*.holder")] == []


@pytest.mark.parametrize("version", range(1, schema.VERSION))
async def test_a_file_of_an_older_version_becomes_one_of_this(
    path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    """Broken, who updates loses the outbox, or cannot start."""
    path.parent.mkdir()
    with (
        contextlib.closing(sqlite3.connect(path, isolation_level=None)) as old,
        monkeypatch.context() as then,
    ):
        then.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:version])
        then.setattr(schema, "VERSION", version)
        schema.migrate(old)
        old.execute("INSERT INTO login VALUES (1, 'alice', 'token', 3)")
    store = SqliteClientStore(path)
    assert await store.open() is None
    assert await store.login() == SavedLogin("alice", "token", 3)
    await store.put(entry("one", identity=3))
    await store.keep_text("draft", "general", "half a sen")
    assert await store.kept("draft") == {"general": "half a sen"}
    await store.aclose()


# -- files that cannot be used ---------------------------------------------------------------------


def _newer(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")


def _of_another_program(path: Path) -> None:
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")


def _damaged(path: Path) -> None:
    path.write_bytes(b"no database at all, but rather long" * 100)


def _torn(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:100] + b"\xff" * 2000 + data[2100:])


def _bytes(path: Path) -> bytes:
    return path.read_bytes()


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (_newer, "was written by a newer rchat: update this one"),
        (_of_another_program, "is no file of rchat's: move it away"),
        (_damaged, "is damaged: move it away to begin anew"),
        (_torn, "is damaged: move it away to begin anew"),
    ],
)
async def test_a_file_that_cannot_be_read_is_left_alone_and_said(
    path: Path, harm: Callable[[Path], None], sentence: str
) -> None:
    """Broken, a file that is damaged or newer was overwritten, or the app did not start at all."""
    first = SqliteClientStore(path)
    await first.open()
    await first.aclose()
    harm(path)
    before = _bytes(path)
    with pytest.raises(StorageFailed, match=sentence):
        await SqliteClientStore(path).open()
    forgetful = SqliteClientStore(path, or_memory=True)
    notice = await forgetful.open()
    assert notice is not None
    assert sentence in notice
    assert "until you quit" in notice
    assert not forgetful.shared
    await forgetful.save_login("alice", "token")
    await forgetful.put(entry("one"))
    assert await forgetful.claim("#general", 1) is not None
    await forgetful.settle("one", Acked(ack()))
    await forgetful.aclose()
    assert _bytes(path) == before
    assert not list(path.with_suffix(".locks").glob("*.holder"))


async def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """Broken, a home that cannot be written to ended in a traceback."""
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed, match="file cannot be used: File exists"):
        await SqliteClientStore(tmp_path / "file" / "alice.db").open()
    forgetful = SqliteClientStore(Path("/proc/nowhere/alice.db"), or_memory=True)
    notice = await forgetful.open()
    await forgetful.aclose()
    assert notice is not None
    assert "No such file or directory" in notice


async def test_another_process_that_does_not_get_done_is_said(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken, a process that hangs while it opens the file hung all others for ever."""
    monkeypatch.setattr("rchat_tui.client.store.claims.OPENING_TIMEOUT", 0.05)
    first = SqliteClientStore(path)
    await first.open()
    assert first._locks is not None
    lock = first._locks._open("opening")
    first._locks._wait(lock)
    with pytest.raises(StorageFailed, match="is being opened by another rchat"):
        await SqliteClientStore(path).open()
    os.close(lock)
    await first.aclose()


async def test_a_full_disk_is_said_and_nothing_is_half_done(store: SqliteClientStore) -> None:
    """Broken, a message that was not kept looked as if it were, or the store was unusable after."""
    await store.save_login("alice", "token")
    await store.put(entry("kept"))
    assert store._database is not None
    database = store._database
    await store._run(lambda: database.write("PRAGMA max_page_count = 1"))
    put = 0
    with contextlib.suppress(StorageFailed):
        for put in range(200):
            await store.put(entry(f"{put} " + "x" * 1000))
    with pytest.raises(StorageFailed, match="The disk is full: make room, and try again"):
        await store.put(entry("x" * 1000))
    large = span(1, 9, content="x" * 9000)
    with pytest.raises(StorageFailed, match="The disk is full"):
        await store.keep(Seen(states=(state(head=9),), spans={"c": (large,)}))
    assert await store.remembered(9, 9) == ()
    left = [e.id.split()[0] for e in await store.entries()]
    assert left == ["kept", *(str(number) for number in range(put))]
    await store._run(lambda: database.write("PRAGMA max_page_count = 100000"))
    await store.put(entry("room again"))
    assert [e.id for e in await store.entries()][-1] == "room again"


# -- how it works ----------------------------------------------------------------------------------


async def test_nobody_else_can_read_it(store: SqliteClientStore, path: Path) -> None:
    """Broken, another user of the machine took one's identity out of the file."""
    await store.save_login("alice", "token")
    assert path.parent.stat().st_mode & 0o777 == 0o700
    found = [path, *path.parent.glob("alice.db-*"), *path.with_suffix(".locks").iterdir()]
    assert len(found) >= 5
    for file in found:
        assert file.stat().st_mode & 0o077 == 0, file.name


async def test_it_waits_for_the_disk_on_a_thread_of_its_own(path: Path) -> None:
    """Broken, a slow disk froze the screen, or each store left a thread behind."""
    await asyncio.to_thread(threading.active_count)  # whose thread stays
    before = threading.active_count()
    stores = [SqliteClientStore(path) for _ in range(3)]
    for store in stores:
        await store.open()
    started, go = threading.Event(), threading.Event()

    def job() -> str:
        started.set()
        go.wait(5)
        return threading.current_thread().name

    working = asyncio.create_task(stores[0]._run(job))
    assert await asyncio.to_thread(started.wait, 5)
    waiting = [asyncio.create_task(stores[0].login()) for _ in range(200)]
    await asyncio.sleep(0.01)
    assert stores[0]._thread is not None
    assert stores[0]._thread._work_queue.qsize() < 64
    go.set()
    assert (await working).startswith("rchat store")
    assert await asyncio.gather(*waiting) == [None] * 200
    for store in stores:
        await store.aclose()
        await store.aclose()
    async with asyncio.timeout(5):
        while threading.active_count() > before:  # noqa: ASYNC110 - a thread sets no event
            await asyncio.sleep(0.001)


async def test_what_is_put_is_synced_and_what_is_read_need_not_be(
    store: SqliteClientStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken, a loss of power took what was written, or each message read cost a sync."""
    seen: list[tuple[str, int]] = []
    database = store._database
    assert database is not None
    write = database.write

    def watch(sql: str, *values: object) -> None:
        ((synchronous,),) = database.read("PRAGMA synchronous")
        seen.append((sql.split()[2], int(str(synchronous))))
        write(sql, *values)

    monkeypatch.setattr(database, "write", watch)
    await store.save_login("alice", "token")
    await store.put(entry("one"))
    await store.keep(Seen(states=(state(),)))
    await store.put(entry("two"))
    full, normal = 2, 1
    assert seen == [
        ("REPLACE", full),
        ("outbox", full),
        ("conversations", normal),
        ("outbox", full),
    ]
    ((mode,),) = await store._run(lambda: database.read("PRAGMA journal_mode"))
    assert mode == "wal"
