"""What is the disk's own: refusals, a disk that is full, retention, copies of a live database."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import sqlite3
from typing import TYPE_CHECKING

import pytest

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.ports import Joined, NewDeed, NewEntry
from rchat_server.core.records import ConversationRecord, IdentityRecord
from rchat_server.storage.sqlite import Keep, StorageRefusedError, folder, open_store, schema
from rchat_server.storage.sqlite.retention import IDS_KEPT, Retention
from rchat_server.storage.sqlite.transaction import Index, Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rchat_server.core.ports import Store

TEA = "tea-id"


def said(number: int, *, at: int = 5000, content: str = "") -> NewEntry:
    """Return a message."""
    return NewEntry("alice-id", "alice", content or f"message {number}", f"id {number}", at=at)


async def furnish(store: Store, messages: int = 0) -> None:
    """Put a person and a channel in, and say something."""
    store.put_identity(IdentityRecord("alice-id", b"hash", "alice", present=True, since=1))
    store.put_conversation(ConversationRecord(TEA, "channel", "tea"))
    await store.append(TEA, [Joined("alice-id"), *(said(n) for n in range(1, messages + 1))])


async def seqs(store: Store) -> list[int]:
    """Return the numbers that are kept."""
    page = await store.read(TEA, after=0, through=10**9, limit=10**6, max_bytes=10**9)
    return [entry.seq for entry in page.entries]


def refusal(data: Path) -> str:
    """Return why a store cannot be opened."""

    async def refused() -> str:
        with pytest.raises(StorageRefusedError) as error:
            async with open_store(data):
                pass
        return str(error.value)

    return asyncio.run(refused())


async def _fill(data: Path, messages: int = 10) -> None:
    async with open_store(data) as store:
        await furnish(store, messages)


# -- a server does not start on what it cannot use ---------------------------------------------


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    """A server that begins with an empty log instead would have lost everything, silently."""
    asyncio.run(_fill(tmp_path))
    path = tmp_path / folder.FILE
    path.write_bytes(b"\xff" * 4096 + path.read_bytes()[4096:])
    assert "damaged" in refusal(tmp_path)
    assert "restore" in refusal(tmp_path)


def test_a_newer_or_foreign_database_is_refused(tmp_path: Path) -> None:
    """What an older program writes into newer tables is damage."""
    asyncio.run(_fill(tmp_path))
    path = tmp_path / folder.FILE
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    assert "newer rchat-server" in refusal(tmp_path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id = 7")
    assert "another program" in refusal(tmp_path)


def test_a_folder_that_is_in_use_is_refused(tmp_path: Path) -> None:
    """Two servers over one log would give the same numbers to different messages."""

    async def twice() -> None:
        async with open_store(tmp_path):
            assert "in use" in await asyncio.to_thread(refusal, tmp_path)
        async with open_store(tmp_path):
            pass  # free again

    asyncio.run(twice())


def test_a_place_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    """The sentence says where and what to do."""
    (tmp_path / "file").write_text("in the way")
    assert "--data" in refusal(tmp_path / "file" / "data")


def test_migrations_go_forward_step_by_step_and_keep_a_copy_of_each_start(tmp_path: Path) -> None:
    """A step forward that fails must leave a file that the older program can use."""
    path = tmp_path / "some.db"

    def one(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE one (x)")

    def two(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO one VALUES (2)")

    def broken(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO one VALUES (3)")
        connection.execute("INSERT INTO nothing VALUES (3)")

    with contextlib.closing(folder.connect(path)) as connection:
        schema.migrate(connection, path, [one])
        with pytest.raises(sqlite3.OperationalError):
            schema.migrate(connection, path, [one, two, broken])
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
        assert connection.execute("SELECT x FROM one").fetchall() == [(2,)]
    with contextlib.closing(sqlite3.connect(tmp_path / "some.db.version-1")) as before:
        assert before.execute("PRAGMA user_version").fetchone() == (1,)
        assert before.execute("SELECT x FROM one").fetchall() == []


# -- a disk that takes nothing -----------------------------------------------------------------


@contextlib.contextmanager
def full_disk(path: Path) -> Iterator[None]:
    """Let no file of this process grow beyond the size that ``path`` has."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


async def test_a_full_disk_refuses_and_recovers(tmp_path: Path) -> None:
    """A message that could not be stored must be refused; what can still be read is read."""
    async with open_store(tmp_path) as store:
        await furnish(store, 10)
        with full_disk(tmp_path / f"{folder.FILE}-wal"):
            for _ in range(2):
                with pytest.raises(ChatError) as refused:
                    await store.append(TEA, [said(11, content="x" * 10_000)])
                assert refused.value.code is ErrorCode.STORAGE_UNAVAILABLE
                assert refused.value.retry
            store.put_read("alice-id", TEA, 10)
            store.put_identity(IdentityRecord("bob-id", b"bob", "bob", present=True, since=1))
            with pytest.raises(ChatError):
                await store.settled()
            assert await seqs(store) == list(range(1, 11))
        assert (await store.append(TEA, [said(11)]))[0].seq == 11
        await store.settled()  # what was pending meanwhile is stored, too
    async with open_store(tmp_path) as store:
        assert await seqs(store) == list(range(1, 12))
        assert [each.name for each in store.load().identities] == ["alice", "bob"]


async def test_a_faulty_commit_fails_alone(tmp_path: Path) -> None:
    """One caller's fault must not refuse the messages of others in the same transaction."""
    async with open_store(tmp_path) as store:
        await furnish(store)
        results = await asyncio.gather(
            store.append(TEA, [said(1)]),
            store.append(TEA, [said(2, content="half a pair: \ud800")]),
            store.append(TEA, [said(3)]),
            return_exceptions=True,
        )
        assert [isinstance(each, ChatError) for each in results] == [False, True, False]
        assert await seqs(store) == [1, 2]


# -- retention ---------------------------------------------------------------------------------


async def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    """The numbers go on, also when nothing is left, and an id stays known without its message."""
    async with open_store(tmp_path) as store:
        await furnish(store, 20)
    async with open_store(tmp_path, Keep(entries=3)) as store:
        async with asyncio.timeout(10):
            while store.first(TEA) != 18:  # noqa: ASYNC110 - the writer's thread sets it
                await asyncio.sleep(0.01)
        assert await seqs(store) == [18, 19, 20]
        page = await store.read(TEA, after=0, through=20, limit=1, max_bytes=999)
        assert page.first == 18
        (again,) = await store.append(TEA, [said(1)])
        assert (again.seq, again.fresh) == (1, False)
    assert folder.check(tmp_path) == []


def test_old_messages_go_and_in_the_end_their_ids(tmp_path: Path) -> None:
    """Kept by age; the head never falls, or a number would be given twice."""
    day = 24 * 3600
    asyncio.run(_fill(tmp_path))
    with contextlib.closing(folder.connect(tmp_path / folder.FILE)) as connection:
        index = Index({TEA: Shelf(key=1, head=10, removed=0)}, {}, {})
        now = 5.0 + day
        retention = Retention(index, Keep(seconds=day), now=lambda: now)
        retention.remove_some(connection)
        assert index.shelves[TEA].removed == 0
        now, retention._next = now + 1, 0.0
        retention.remove_some(connection)
        assert index.shelves[TEA].removed == 10
        assert connection.execute("SELECT count(*) FROM entries").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM ids").fetchone() == (10,)
        now, retention._next, retention._swept = now + IDS_KEPT, 0.0, (0, "")
        retention.remove_some(connection)
        assert connection.execute("SELECT count(*) FROM ids").fetchone() == (0,)

    async def go_on() -> None:
        async with open_store(tmp_path) as store:
            assert store.first(TEA) == 11
            assert (await store.append(TEA, [said(11)]))[0].seq == 11

    asyncio.run(go_on())


def test_a_clock_that_jumped_removes_nothing_early(tmp_path: Path) -> None:
    """An old time behind a young one: what is young stays, and the numbers have no gap."""

    async def fill() -> None:
        async with open_store(tmp_path) as store:
            await furnish(store)
            await store.append(TEA, [said(1, at=1000), said(2, at=9000), said(3, at=1000)])

    asyncio.run(fill())
    with contextlib.closing(folder.connect(tmp_path / folder.FILE)) as connection:
        index = Index({TEA: Shelf(key=1, head=3, removed=0)}, {}, {})
        Retention(index, Keep(seconds=2), now=lambda: 10).remove_some(connection)
        assert connection.execute("SELECT seq FROM entries").fetchall() == [(2,), (3,)]


def test_a_forgotten_conversation_leaves_nothing(tmp_path: Path) -> None:
    """What nobody can read any more is a leak, and not the server's to keep."""

    async def forget() -> None:
        async with open_store(tmp_path) as store:
            await furnish(store, 1200)
            thumb = NewDeed("react", "alice-id", "alice", "👍", "r", 5000, 1)
            await store.append(TEA, [thumb])
            store.forget(TEA)

    asyncio.run(forget())
    with contextlib.closing(folder.connect(tmp_path / folder.FILE)) as connection:
        retention = Retention(Index({}, {}, {}), Keep())
        for _ in range(1200 // 500 + 2):
            retention._next = 0.0
            retention.remove_some(connection)
        for table in ("conversations", "entries", "memberships", "mentions", "reactions"):
            counted = f"SELECT count(*) FROM {table}"  # noqa: S608 - a table of ours
            assert connection.execute(counted).fetchone() == (0,)


# -- by hand -----------------------------------------------------------------------------------


async def test_a_live_database_is_copied_and_checked(tmp_path: Path) -> None:
    """A backup that needs the server stopped is a backup that nobody makes."""
    copy = tmp_path / "copy.db"
    async with open_store(tmp_path / "data") as store:
        await furnish(store, 10)
        folder.backup(tmp_path / "data", copy)
        await store.append(TEA, [said(11)])
        assert folder.check(tmp_path / "data") == []
    assert folder.check(copy) == []
    with pytest.raises(StorageRefusedError, match="there already"):
        folder.backup(tmp_path / "data", copy)
    with contextlib.closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("DELETE FROM entries WHERE seq = 5")
    assert folder.check(copy) == [f"conversation {TEA}: 9 entries stand for the numbers 1 to 10"]
    with pytest.raises(StorageRefusedError, match="no file"):
        folder.check(tmp_path / "nothing")


async def test_a_restored_log_has_a_new_epoch(tmp_path: Path) -> None:
    """Clients that saw numbers after the backup would miss the messages that get them anew."""
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    async with open_store(data) as store:
        await furnish(store, 10)
        folder.backup(data, copy)
        await store.append(TEA, [said(11)])
        epoch = store.epoch
        with pytest.raises(StorageRefusedError, match="in use"):
            folder.restore(data, copy)
    folder.restore(data, copy)
    async with open_store(data) as store:
        assert store.epoch != epoch
        assert await seqs(store) == list(range(1, 11))
    assert folder.check(data / f"{folder.FILE}.replaced-1") == []
    copy.write_bytes(b"no database")
    with pytest.raises(StorageRefusedError, match="damaged"):
        folder.restore(data, copy)
