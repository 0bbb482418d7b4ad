"""What the disk keeps of what was done to messages: an older file, erasing, retention."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from rchat_server.core.ports import Joined, NewDeed, NewEntry
from rchat_server.core.records import ConversationRecord, IdentityRecord
from rchat_server.storage.sqlite import Keep, folder, open_store, schema

if TYPE_CHECKING:
    from pathlib import Path

    from rchat_server.core.ports import DeedKind, Store

TEA = "tea-id"
ALICE = "alice-id"


def deed(kind: DeedKind, target: int, content: str, id_: str) -> NewDeed:
    """Return what alice does."""
    return NewDeed(kind, ALICE, "alice", content, id_, 6000, target)


async def furnish(store: Store, *contents: str) -> None:
    """Put a person and a channel in, and say something."""
    store.put_identity(IdentityRecord(ALICE, b"hash", "alice", present=True, since=1))
    store.put_conversation(ConversationRecord(TEA, "channel", "tea"))
    said = [NewEntry(ALICE, "alice", text, f"id {n}", 5000) for n, text in enumerate(contents)]
    await store.append(TEA, [Joined(ALICE), *said])


def test_a_file_of_the_first_version_opens_and_goes_on(tmp_path: Path) -> None:
    """Whoever updates the server loses what was said, or cannot start it."""
    path = tmp_path / folder.FILE
    with contextlib.closing(folder.connect(path)) as connection:
        schema.migrate(connection, path, schema.MIGRATIONS[:1])
        for statement in (
            "INSERT INTO server VALUES ('old epoch')",
            "INSERT INTO identities VALUES (1, 'alice-id', x'01', 'alice', 1, 5)",
            "INSERT INTO conversations VALUES (1, 'tea-id', 'channel', 'tea', '[]', 0, 0)",
            "INSERT INTO memberships VALUES (1, 1, 2)",
            "INSERT INTO entries VALUES (1, 1, 1, 'alice', 'one', 'i1', 7)",
            "INSERT INTO entries VALUES (1, 2, 1, 'alice', 'two', 'i2', 8)",
            "INSERT INTO ids VALUES (1, 'i1', 1, 1, 7)",
            "INSERT INTO ids VALUES (1, 'i2', 1, 2, 8)",
        ):
            connection.execute(statement)

    async def go_on() -> None:
        async with open_store(tmp_path) as store:
            assert store.epoch == "old epoch"
            snapshot = store.load()
            assert [(r.name, r.topic, head) for r, head in snapshot.conversations] == [
                ("tea", "", 2)
            ]
            done = await store.append(TEA, [deed("edit", 1, "uno", "i3")])
            assert [each.seq for each in done] == [3]
            page = await store.messages_after(TEA, after=0, through=9, limit=9, max_bytes=999)
            assert [(m.content, m.edited, m.reply) for m in page.messages] == [
                ("uno", 6000, None),
                ("two", None, None),
            ]

    folder.restore(tmp_path / "other", path)
    asyncio.run(go_on())
    assert folder.check(tmp_path) == []
    copied = tmp_path / f"{folder.FILE}.version-1"
    with contextlib.closing(folder.connect(copied)) as before:
        assert before.execute("PRAGMA user_version").fetchone() == (1,)
        assert before.execute("SELECT content FROM entries").fetchall() == [("one",), ("two",)]


def test_what_was_erased_is_not_in_the_file(tmp_path: Path) -> None:
    """A backup, or whoever gets the disk, gives back what was deleted."""
    secret, long = "the PIN is 4711", "4712 " * 3000

    async def delete() -> None:
        async with open_store(tmp_path) as store:
            await furnish(store, secret, long, "harmless")
            await store.append(TEA, [deed("edit", 1, "the PIN is 4713", "e1")])
            await store.append(TEA, [deed("delete", 1, "", "d1"), deed("delete", 2, "", "d2")])

    asyncio.run(delete())
    files = b"".join(path.read_bytes() for path in tmp_path.glob("rchat.db*"))
    assert b"harmless" in files
    for number in (b"4711", b"4712", b"4713"):
        assert number not in files


def test_retention_takes_reactions_along(tmp_path: Path) -> None:
    """Reactions to what is no longer kept stay for ever; or are put to it still."""

    async def keep_the_last() -> None:
        async with open_store(tmp_path) as store:
            await furnish(store, "one", "two")
            acts = [deed("react", 1, "👍", "r1"), deed("react", 2, "👍", "r2")]
            await store.append(TEA, acts)
        async with open_store(tmp_path, Keep(entries=3)) as store:
            async with asyncio.timeout(10):
                while store.first(TEA) != 2:  # noqa: ASYNC110 - the writer's thread sets it
                    await asyncio.sleep(0.01)
            assert list((await store.inspect(TEA, {1, 2}, ())).targets) == [2]
            late = await store.append(TEA, [deed("react", 1, "👎", "r3")])
            assert [each.seq for each in late] == [5]

    asyncio.run(keep_the_last())
    assert folder.check(tmp_path) == []
    with contextlib.closing(folder.connect(tmp_path / folder.FILE)) as connection:
        assert connection.execute("SELECT target FROM reactions").fetchall() == [(2,)]
        connection.execute("UPDATE reactions SET target = 1")
    assert folder.check(tmp_path) == ["1 reactions are to no message"]
