"""The thread that writes goes on, whatever the disk does to it."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from rchat_protocol.errors import ChatError
from rchat_server.core.ports import Joined, NewEntry
from rchat_server.core.records import ConversationRecord, IdentityRecord
from rchat_server.storage.sqlite import folder, open_store, writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rchat_server.storage.sqlite import SqliteStore

TEA = "tea-id"
ALICE = IdentityRecord("alice-id", b"hash", "alice", present=True, since=1)


def said(number: int) -> NewEntry:
    """Return a message."""
    return NewEntry(ALICE.id, "alice", f"message {number}", f"id {number}", at=5000)


@dataclass
class Disk:
    """What a disk refuses: statements by how they begin, and to be opened anew."""

    refused: tuple[str, ...] = ()
    meanwhile: Callable[[], None] = lambda: None
    """What happens before a refusal is known."""
    closed: bool = False
    turned_away: int = 0
    """How often it could not be opened."""


class Connection:
    """A connection to a database on such a disk."""

    def __init__(self, connection: sqlite3.Connection, disk: Disk) -> None:
        self._connection = connection
        self._disk = disk

    @property
    def in_transaction(self) -> bool:
        """Ask the real one."""
        return self._connection.in_transaction

    def execute(self, statement: str, *arguments: Any) -> sqlite3.Cursor:
        """Execute a statement, or fail."""
        if statement.startswith(self._disk.refused):
            self._disk.meanwhile()
            raise sqlite3.OperationalError("disk I/O error")
        return self._connection.execute(statement, *arguments)

    def close(self) -> None:
        """Close the real one."""
        self._connection.close()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """Give the disk of the writer, of all stores that are opened from now on."""
    disk, real = Disk(), folder.connect

    def connect(path: Path) -> Connection:
        if disk.closed:
            disk.turned_away += 1
            raise sqlite3.OperationalError("unable to open database file")
        return Connection(real(path), disk)

    monkeypatch.setattr(writer, "connect", connect)
    return disk


async def furnish(store: SqliteStore) -> None:
    """Put a person and a channel in, and say something."""
    store.put_identity(ALICE)
    store.put_conversation(ConversationRecord(TEA, "channel", "tea"))
    await store.append(TEA, [Joined(ALICE.id), said(1)])


async def append_in_the_end(store: SqliteStore, number: int) -> int:
    """Say something, again after a refusal, as a client does; return its number in the log."""
    async with asyncio.timeout(10):
        for _ in range(2):
            with contextlib.suppress(ChatError):
                return (await store.append(TEA, [said(number)]))[0].seq
        return (await store.append(TEA, [said(number)]))[0].seq


async def test_a_database_that_could_not_be_opened_anew_is_tried_again(
    tmp_path: Path, disk: Disk
) -> None:
    """A disk that is away for a moment must not need a restart, nor leave anybody waiting."""
    async with open_store(tmp_path) as store:
        await furnish(store)
        disk.refused, disk.closed = ("COMMIT", "ROLLBACK"), True
        for _ in range(3):
            with pytest.raises(ChatError):
                await store.append(TEA, [said(2)])
        disk.refused, disk.closed = (), False
        assert await append_in_the_end(store, 2) == 2


async def test_housekeeping_that_fails_ends_no_thread(tmp_path: Path, disk: Disk) -> None:
    """Without the thread every message waits for ever, and nobody is told."""
    async with open_store(tmp_path) as store:
        await furnish(store)
        disk.refused, disk.closed = ("SELECT key, id FROM conversations", "ROLLBACK"), True
        store._writer._retention._next = 0.0
        store.put_read(ALICE.id, TEA, 1)
        async with asyncio.timeout(10):
            while not disk.turned_away:  # noqa: ASYNC110 - the thread counts
                await asyncio.sleep(0.01)
        disk.refused, disk.closed = (), False
        assert await append_in_the_end(store, 2) == 2


async def test_a_store_ends_also_while_the_disk_refuses(tmp_path: Path, disk: Disk) -> None:
    """Whoever waits is told, and the server ends."""
    async with asyncio.timeout(10):
        async with open_store(tmp_path) as store:
            await furnish(store)
            disk.refused = ("BEGIN",)
            waiting = [asyncio.ensure_future(store.append(TEA, [said(n)])) for n in range(2, 5)]
            store.put_read(ALICE.id, TEA, 1)
            await asyncio.sleep(0)
        results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in results] == [ChatError] * 3


async def test_what_could_not_be_stored_waits_and_the_last_word_counts(
    tmp_path: Path, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    """A commit that fails loses nothing that was written behind, nor undoes what came meanwhile."""
    bob = IdentityRecord("bob-id", b"hash of bob's", "bob", present=True, since=1)
    cake = ConversationRecord("cake-id", "channel", "cake")
    async with open_store(tmp_path) as store:
        await furnish(store)
        store.put_identity(bob)
        store.put_conversation(ConversationRecord("old-id", "channel", "old"))
        await store.append(TEA, [Joined(bob.id), said(2)])
        disk.refused = ("COMMIT",)
        disk.meanwhile = lambda: store.put_identity(replace(bob, name="robert"))
        store.put_identity(replace(bob, name="rob"))
        store.put_conversation(cake)
        store.forget("old-id")
        store.put_read(bob.id, TEA, 2)
        with pytest.raises(ChatError):
            await store.settled()
        disk.refused = ()
        await store.settled()
        await store.settled()
        assert caplog.text.count("messages can be stored again") == 1
    async with open_store(tmp_path) as store:
        snapshot = store.load()
        assert [person.name for person in snapshot.identities] == ["alice", "robert"]
        assert [each.name for each, _ in snapshot.conversations] == ["tea", "cake"]
        assert [each.read for each in snapshot.memberships if each.identity == bob.id] == [2]


async def test_all_that_waits_is_stored_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than one transaction holds may wait when a server ends; all of it was taken."""
    monkeypatch.setattr(writer, "GROUP_ENTRIES", 1)
    async with open_store(tmp_path) as store:
        await furnish(store)
        with store._writer._wake:  # nothing is taken before the end is said
            waiting = [asyncio.ensure_future(store.append(TEA, [said(n)])) for n in (2, 3, 4)]
            await asyncio.sleep(0)
            store._writer._closing = True
    async with asyncio.timeout(10):
        assert [(await each)[0].seq for each in waiting] == [2, 3, 4]


async def test_who_does_not_wait_any_longer_has_it_stored_all_the_same(tmp_path: Path) -> None:
    """A connection that ends takes nothing back, and its answer is no fault of the event loop."""
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
    async with open_store(tmp_path) as store:
        await furnish(store)
        waiting = asyncio.ensure_future(store.append(TEA, [said(2)]))
        await asyncio.sleep(0)
        waiting.cancel()
        assert (await store.append(TEA, [said(3)]))[0].seq == 3
    assert faults == []
