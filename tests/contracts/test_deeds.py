"""What every store promises about what acts on messages: one suite over all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from contracts.stores import MemoryShop, SqliteShop
from contracts.test_store import ALICE, BOB, TEA, TWO, furnish, said
from rchat_server.core.ports import Appended, Deed, NewDeed, NewEntry, Reaction, Target
from rchat_server.storage.memory import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from contracts.stores import Shop
    from rchat_server.core.ports import Change, DeedKind, MessagePage, Store
    from rchat_server.core.records import IdentityRecord


@pytest.fixture(params=["memory", "sqlite"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    """Give each kind of store in turn."""
    return MemoryShop() if request.param == "memory" else SqliteShop(tmp_path)


def deed(
    kind: DeedKind, target: int, content: str, id_: str, who: IdentityRecord = ALICE
) -> NewDeed:
    """Return what somebody does."""
    return NewDeed(kind, who.id, who.name, content, id_, 6000, target)


async def page(store: Store, *, limit: int = 99, max_bytes: int = 10**6) -> MessagePage:
    """Return the messages as they are now."""
    return await store.messages_after(
        TEA.id, after=0, through=10**9, limit=limit, max_bytes=max_bytes
    )


async def test_a_message_says_what_it_was_edited_to_and_the_log_keeps_the_entry(shop: Shop) -> None:
    """Who reads back sees what was meant, and who was away hears that it changed."""
    async with shop.open() as store:
        await furnish(store)
        done = await store.append(
            TEA.id, [said("tee", "1"), deed("edit", 1, "tea", "2"), said("yes", "3")]
        )
        assert [(each.seq, each.fresh) for each in done] == [(1, True), (2, True), (3, True)]
    async with shop.open() as store:
        found = await page(store)
        assert [(m.seq, m.content, m.edited) for m in found.messages] == [
            (1, "tea", 6000),
            (3, "yes", None),
        ]
        assert (found.whole, found.first, found.head) == (True, 1, 3)
        log = await store.read(TEA.id, after=0, through=9, limit=9, max_bytes=999)
        assert [(e.seq, e.content, e.edited, e.user) for e in log.entries] == [
            (1, "tea", 6000, "alice"),
            (2, "tea", None, "alice"),
            (3, "yes", None, "alice"),
        ]
        entry = log.entries[1]
        assert isinstance(entry, Deed)
        assert (entry.kind, entry.target, entry.author, entry.at) == ("edit", 1, ALICE.id, 6000)
        assert store.load().deeds[TEA.id] == [(2, 0)]


async def test_a_deleted_message_says_nothing_anywhere(shop: Shop) -> None:
    """What was deleted can be read after all: in the message, in an edit, in a reaction."""
    async with shop.open() as store:
        await furnish(store)
        await store.append(TEA.id, [said("secret", "1", to=BOB.id), said("other", "2")])
        await store.append(
            TEA.id,
            [
                deed("edit", 1, "secret too", "3"),
                deed("react", 1, "👍", "4", BOB),
                deed("edit", 2, "kept", "5"),
            ],
        )
        gone = NewDeed("delete", ALICE.id, "alice", "", "6", 7000, 1, (BOB.id,))
        assert [each.seq for each in await store.append(TEA.id, [gone])] == [6]
    async with shop.open() as store:
        log = await store.read(TEA.id, after=0, through=9, limit=9, max_bytes=999)
        assert [e.content for e in log.entries] == ["", "kept", "", "👍", "kept", ""]
        assert [(e.deleted, e.edited) for e in log.entries[:2]] == [(True, None), (False, 6000)]
        found = await page(store)
        assert [(m.seq, m.content, m.deleted) for m in found.messages] == [
            (1, "", True),
            (2, "kept", False),
        ]
        assert not found.reactions
        snapshot = store.load()
        assert snapshot.deeds[TEA.id] == [(3, 0), (4, 0), (5, 0), (6, 1)]
        assert [m.mentions for m in snapshot.memberships if m.identity == BOB.id] == [()]


async def test_reactions_are_there_once_and_in_their_order(shop: Shop) -> None:
    """A count that grows with every key press, or a name at another's reaction."""
    async with shop.open() as store:
        await furnish(store)
        await store.append(TEA.id, [said("hello", "1"), said("again", "2")])
        await store.append(
            TEA.id,
            [
                deed("react", 1, "👍", "3", BOB),
                deed("react", 1, "❤", "4"),
                deed("react", 1, "👍", "5"),
                deed("react", 1, "👍", "6"),
                deed("react", 2, "👍", "7"),
                deed("unreact", 2, "👍", "8"),
                deed("unreact", 1, "👎", "9"),
                deed("react", 99, "👍", "10"),
            ],
        )
    async with shop.open() as store:
        found = await page(store)
        assert dict(found.reactions) == {1: [("👍", "bob"), ("❤", "alice"), ("👍", "alice")]}
        back = await store.messages_before(TEA.id, before=2, limit=9, max_bytes=999)
        assert (back.reactions, [m.seq for m in back.messages]) == (found.reactions, [1])


async def test_a_page_counts_messages_and_knows_whether_it_is_all(shop: Shop) -> None:
    """A page of nothing but reactions is an empty screen; a wrong end loses what is before it."""
    async with shop.open() as store:
        await furnish(store)
        for number in range(3):
            await store.append(TEA.id, [said("x" * 10, f"m{number}")])
            acts = [deed("edit", 1, "x" * 10, f"e{number} {each}") for each in range(3)]
            await store.append(TEA.id, acts)

        async def forward(limit: int, max_bytes: int = 999) -> tuple[list[int], bool]:
            found = await page(store, limit=limit, max_bytes=max_bytes)
            return [message.seq for message in found.messages], found.whole

        async def backward(before: int, limit: int, max_bytes: int) -> tuple[list[int], bool]:
            found = await store.messages_before(
                TEA.id, before=before, limit=limit, max_bytes=max_bytes
            )
            return [message.seq for message in found.messages], found.whole

        assert await forward(3) == ([1, 5, 9], True)
        assert await forward(2) == ([1, 5], False)
        assert await forward(9, 25) == ([1, 5], False)
        assert await backward(13, 2, 999) == ([5, 9], False)
        assert await backward(9, 9, 999) == ([1, 5], True)
        assert await backward(13, 9, 1) == ([9], False)
        assert await backward(13, 0, 999) == ([], False)
        # Names are content, too: a page of them has a bound.
        for n in range(10):
            store.put_identity(replace(ALICE, id=f"i{n}"))
        names = [NewDeed("react", f"i{n}", "n" * 30, "👍", f"r{n}", 1, 5) for n in range(10)]
        await store.append(TEA.id, names)
        assert await forward(9, 100) == ([1], False)


async def test_what_is_to_be_acted_on_is_found(shop: Shop) -> None:
    """Who may edit it, and whether it is there: without that anybody edits anything."""
    async with shop.open() as store:
        await furnish(store)
        await store.append(TEA.id, [said("one", "1"), said("two", "2", author=BOB.id)])
        await store.append(TEA.id, [deed("react", 1, "👍", "3", BOB), deed("delete", 2, "", "4")])
        ids = {(ALICE.id, "1"), (BOB.id, "3"), (ALICE.id, "3")}
        found = await store.inspect(TEA.id, {0, 1, 2, 3, 9}, ids)
        assert dict(found.targets) == {
            1: Target(ALICE.id, deleted=False, reactions=(Reaction(BOB.id, "👍", "bob"),)),
            2: Target(BOB.id, deleted=True),
        }
        assert dict(found.known) == {
            (ALICE.id, "1"): Appended(TEA.id, 1, "1", 5000, fresh=False),
            (BOB.id, "3"): Appended(TEA.id, 3, "3", 6000, fresh=False),
        }
        assert not (await store.inspect("unknown", {1}, ())).targets


async def test_an_id_makes_one_deed(shop: Shop) -> None:
    """A client that saw no answer asks again: nothing may happen twice, after a restart either."""
    async with shop.open() as store:
        await furnish(store)
        twice: list[Change] = [
            said("one", "1"),
            deed("edit", 1, "uno", "2"),
            deed("edit", 1, "eins", "2"),
        ]
        assert [each.seq for each in await store.append(TEA.id, twice)] == [1, 2, 2]
    async with shop.open() as store:
        again, message = await store.append(TEA.id, [deed("edit", 1, "ein", "2"), said("one", "2")])
        assert (again.seq, again.fresh, message.seq, message.fresh) == (2, False, 2, False)
        assert [m.content for m in (await page(store)).messages] == ["uno"]


async def test_a_topic_and_a_reply_are_kept(shop: Shop) -> None:
    """After a restart nobody knows what the channel is about, or what was the answer to what."""
    async with shop.open() as store:
        await furnish(store)
        reply = NewEntry(BOB.id, "bob", "yes", "2", 5000, reply=1)
        await store.append(TEA.id, [said("tea?", "1"), reply, deed("topic", 0, "leaves", "3")])
    async with shop.open() as store:
        topics = {record.id: record.topic for record, _ in store.load().conversations}
        assert topics == {TEA.id: "leaves", TWO.id: ""}
        assert [m.reply for m in (await page(store)).messages] == [None, 1]


async def test_writing_reads_and_acting_does_not() -> None:
    """A reaction to the last line would hide all that was not read before it."""
    store = MemoryStore("epoch")
    await furnish(store)
    await store.append(TEA.id, [said("one", "1"), deed("react", 1, "👍", "2", BOB)])
    assert {m.identity: m.read for m in store.load().memberships} == {ALICE.id: 1, BOB.id: 0}


async def test_what_is_too_old_goes_with_its_reactions() -> None:
    """Reactions to what nobody can read any more fill the memory."""
    store = MemoryStore("epoch", keep_entries=2)
    await furnish(store)
    await store.append(TEA.id, [said("one", "1"), deed("react", 1, "👍", "2", BOB)])
    await store.append(TEA.id, [said("two", "3")])
    assert not (await store.inspect(TEA.id, {1}, ())).targets
    assert not store._shelves[TEA.id].reactions
