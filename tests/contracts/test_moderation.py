"""What every store promises of moderation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from contracts.stores import MemoryShop, SqliteShop
from rchat_server.core.ports import Joined, NewDeed, NewEntry, Ruled
from rchat_server.core.records import Audit, ConversationRecord, IdentityRecord

if TYPE_CHECKING:
    from pathlib import Path

    from contracts.stores import Shop

TEA = ConversationRecord("tea-id", "channel", "tea", rules='{"owner":"alice-id"}')


@pytest.fixture(params=["memory", "sqlite"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    """Give each kind of store in turn."""
    return MemoryShop() if request.param == "memory" else SqliteShop(tmp_path)


def act(number: int) -> Audit:
    """Return an act."""
    return Audit(1000 + number, "alice", "kick", "bob", f"reason {number}")


async def test_what_holds_is_there_again_and_who_was_put_out_is_no_member(shop: Shop) -> None:
    """A ban that a restart lifts is none."""
    async with shop.open() as store:
        for name in ("alice", "bob"):
            person = IdentityRecord(f"{name}-id", name.encode(), name, present=True, since=1000)
            store.put_identity(person)
        store.put_conversation(TEA)
        await store.append(TEA.id, [Joined("alice-id"), Joined("bob-id")])
        await store.append(
            TEA.id,
            [
                NewEntry("bob-id", "bob", "hello", "one", 1000),
                Ruled('{"owner":"alice-id","slow":5}', act(1), ("bob-id",)),
                NewEntry("alice-id", "alice", "peace", "two", 1001),
            ],
        )
    async with shop.open() as store:
        snapshot = store.load()
        ((record, head),) = snapshot.conversations
        assert (record.rules, head) == ('{"owner":"alice-id","slow":5}', 2)
        assert [each.identity for each in snapshot.memberships] == ["alice-id"]
        (row,) = await store.audit(TEA.id, before=None, limit=10)
        assert (row.at, row.user, row.act, row.subject, row.reason) == (
            1001,
            "alice",
            "kick",
            "bob",
            "reason 1",
        )


async def test_the_record_is_read_from_its_end(shop: Shop) -> None:
    """Who looks for what happened today must not read through a year."""
    async with shop.open() as store:
        store.put_conversation(TEA)
        for number in range(5):
            await store.append(TEA.id, [Ruled(TEA.rules, act(number))])
        delete = NewDeed("delete", "alice-id", "alice", "", "d", 2000, 1, audit=act(5))
        await store.append(TEA.id, [NewEntry("bob-id", "bob", "hello", "one", 1000), delete])
    async with shop.open() as store:
        first = await store.audit(TEA.id, before=None, limit=2)
        assert [row.reason for row in first] == ["reason 5", "reason 4"]
        rest = await store.audit(TEA.id, before=first[-1].key, limit=10)
        assert [row.reason for row in rest] == [f"reason {number}" for number in (3, 2, 1, 0)]
        assert await store.audit("another", before=None, limit=10) == []
