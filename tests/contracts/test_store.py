"""What every store promises to the core: one suite over all of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from contracts.stores import MemoryShop, SqliteShop
from rchat_server.core.ports import Joined, Left, NewEntry
from rchat_server.core.records import ConversationRecord, IdentityRecord, MembershipRecord

if TYPE_CHECKING:
    from pathlib import Path

    from contracts.stores import Shop
    from rchat_server.core.ports import Store

ALICE = IdentityRecord("alice-id", b"hash of alice's", "alice", present=True, since=1000)
BOB = IdentityRecord("bob-id", b"hash of bob's", "bob", present=False, since=2000)
TEA = ConversationRecord("tea-id", "channel", "tea")
TWO = ConversationRecord("two-id", "private", "", (ALICE.id, BOB.id))


@pytest.fixture(params=["memory", "sqlite"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    """Give each kind of store in turn."""
    return MemoryShop() if request.param == "memory" else SqliteShop(tmp_path)


def said(content: str, id_: str, *, author: str = ALICE.id, to: str = "") -> NewEntry:
    """Return a message."""
    return NewEntry(author, "alice", content, id_, at=5000, mentions=(to,) if to else ())


async def furnish(store: Store) -> None:
    """Put two people and two conversations in."""
    for person in (ALICE, BOB):
        store.put_identity(person)
    for conversation in (TEA, TWO):
        store.put_conversation(conversation)
    await store.append(TEA.id, [Joined(ALICE.id), Joined(BOB.id)])


async def contents(store: Store, conversation: str = TEA.id) -> list[tuple[int, str]]:
    """Return all that a log holds."""
    page = await store.read(conversation, after=0, through=10**9, limit=10**6, max_bytes=10**9)
    return [(entry.seq, entry.content) for entry in page.entries]


async def test_numbers_have_no_gap_and_go_on(shop: Shop) -> None:
    """A cursor is one number: a gap would be a lost message, a number used twice a wrong one."""
    async with shop.open() as store:
        await furnish(store)
        first = await store.append(TEA.id, [said("one", "1"), said("two", "2")])
        assert [(each.seq, each.fresh) for each in first] == [(1, True), (2, True)]
        assert (await store.append(TWO.id, [said("private", "3")]))[0].seq == 1
        page = await store.read(TEA.id, after=0, through=1, limit=9, max_bytes=999)
        assert [entry.author for entry in page.entries] == [ALICE.id]
    async with shop.open() as store:
        assert (await store.append(TEA.id, [said("three", "4")]))[0].seq == 3
        assert await contents(store) == [(1, "one"), (2, "two"), (3, "three")]
        page = await store.read(TEA.id, after=1, through=2, limit=9, max_bytes=999)
        entry = page.entries[0]
        assert (entry.author, entry.user, entry.id, entry.at) == (ALICE.id, "alice", "2", 5000)


async def test_an_id_makes_one_message(shop: Shop) -> None:
    """A client that saw no answer sends again: nobody may hear it twice, after a restart either."""
    async with shop.open() as store:
        await furnish(store)
        twice = await store.append(TEA.id, [said("one", "x"), said("one", "x"), said("two", "y")])
        assert [(each.seq, each.fresh) for each in twice] == [(1, True), (1, False), (2, True)]
    async with shop.open() as store:
        again, new = await store.append(TWO.id, [said("one", "x"), said("other", "z")])
        assert (again.conversation, again.seq, again.at, again.fresh) == (TEA.id, 1, 5000, False)
        assert (new.conversation, new.seq, new.fresh) == (TWO.id, 1, True)
        # The ids of one author are nobody else's.
        assert (await store.append(TEA.id, [said("three", "x", author=BOB.id)]))[0].seq == 3
        strangers = [said("four", "x", author="one"), said("five", "x", author="another")]
        assert [each.fresh for each in await store.append(TEA.id, strangers)] == [True, True]
        found = await store.find(ALICE.id, "y")
        assert found is not None
        assert (found.conversation, found.seq, found.fresh) == (TEA.id, 2, False)
        assert await store.find(ALICE.id, "nothing") is None
        assert await store.find("nobody", "x") is None


async def test_any_text_comes_back_as_it_was(shop: Shop) -> None:
    """Content is the user's: not even a NUL in it may cut it."""
    strange = "nul \x00 in the middle, 😀, \u2028, \U0010ffff"
    async with shop.open() as store:
        await furnish(store)
        await store.append(TEA.id, [said(strange, "1")])
    async with shop.open() as store:
        assert await contents(store) == [(1, strange)]


async def test_pages_are_bounded_and_in_order(shop: Shop) -> None:
    """A page without bound is the server's memory in a client's hands."""
    async with shop.open() as store:
        await furnish(store)
        await store.append(TEA.id, [said("x" * 10, str(number)) for number in range(1, 301)])

        async def forward(after: int, through: int, limit: int, max_bytes: int) -> list[int]:
            page = await store.read(
                TEA.id, after=after, through=through, limit=limit, max_bytes=max_bytes
            )
            return [entry.seq for entry in page.entries]

        async def backward(before: int, limit: int, max_bytes: int) -> list[int]:
            page = await store.messages_before(
                TEA.id, before=before, limit=limit, max_bytes=max_bytes
            )
            return [entry.seq for entry in page.messages]

        assert await forward(297, 999, 9, 999) == [298, 299, 300]
        assert await forward(0, 2, 9, 999) == [1, 2]
        assert await forward(0, 300, 9, 25) == [1, 2]
        assert await forward(0, 300, 9, 1) == [1]
        assert await forward(300, 300, 9, 999) == []
        assert await forward(5, 4, 9, 999) == []
        assert await backward(4, 9, 999) == [1, 2, 3]
        assert await backward(301, 2, 999) == [299, 300]
        assert await backward(301, 9, 25) == [299, 300]
        assert await backward(301, 9, 1) == [300]
        assert await backward(1, 9, 999) == []
        empty = await store.read("unknown", after=0, through=9, limit=9, max_bytes=9)
        assert (list(empty.entries), empty.first) == ([], 1)
        assert store.first(TEA.id) == store.first("unknown") == 1


async def test_everybody_is_who_he_was(shop: Shop) -> None:
    """After a restart: identities, conversations, memberships, read markers and mentions."""
    async with shop.open() as store:
        await furnish(store)
        await store.append(TEA.id, [said("hello", "1"), said("bob: hello", "2", to=BOB.id)])
        await store.append(TWO.id, [Joined(ALICE.id), said("psst", "3"), Joined(BOB.id)])
        store.put_identity(replace(BOB, present=True, since=3000))
        await store.settled()
    async with shop.open() as store:
        snapshot = store.load()
        assert list(snapshot.identities) == [ALICE, replace(BOB, present=True, since=3000)]
        assert list(snapshot.conversations) == [(TEA, 2), (TWO, 1)]
        assert sorted(snapshot.memberships, key=lambda m: (m.conversation, m.identity)) == [
            MembershipRecord(ALICE.id, TEA.id, read=2),  # writing says that one has read
            MembershipRecord(BOB.id, TEA.id, read=0, mentions=(2,)),
            MembershipRecord(ALICE.id, TWO.id, read=1),
            MembershipRecord(BOB.id, TWO.id, read=1),  # what was said before counts as read
        ]


async def test_a_read_marker_never_goes_back(shop: Shop) -> None:
    """Two terminals of one person move it in any order."""
    async with shop.open() as store:
        await furnish(store)
        await store.append(TEA.id, [said("bob: hello", str(n), to=BOB.id) for n in range(5)])
        store.put_read(BOB.id, TEA.id, 4)
        store.put_read(BOB.id, TEA.id, 3)
        store.put_read("nobody", TEA.id, 3)
        await store.settled()
        store.put_read(BOB.id, TEA.id, 1)
        await store.settled()
    async with shop.open() as store:
        bob = next(m for m in store.load().memberships if m.identity == BOB.id)
        assert (bob.read, bob.mentions) == (4, (5,))


async def test_who_leaves_or_is_forgotten_has_no_standing(shop: Shop) -> None:
    """Ghosts in a channel after a restart, or a token that opens what was given up."""
    async with shop.open() as store:
        await furnish(store)
        await store.append(TEA.id, [said("hello", "1"), Left(BOB.id), Left(BOB.id)])
        store.drop_identity(ALICE.id)
        store.drop_identity("nobody")
        await store.settled()
        await store.append(TEA.id, [Joined("nobody")])
    async with shop.open() as store:
        snapshot = store.load()
        assert list(snapshot.identities) == [BOB]
        assert list(snapshot.memberships) == []
        # What he said stays; who is called alice next is somebody else.
        assert await contents(store) == [(1, "hello")]
        assert await store.find(ALICE.id, "1") is None


async def test_who_is_known_no_more_keeps_his_name(shop: Shop) -> None:
    """Whoever talked with him can still read that, and from whom it was."""
    async with shop.open() as store:
        await furnish(store)
        await store.append(TEA.id, [said("hello", "1")])
        store.put_identity(replace(ALICE, token_hash=b"", present=False))
        await store.settled()
    async with shop.open() as store:
        snapshot = store.load()
        gone = next(each for each in snapshot.identities if each.id == ALICE.id)
        assert (gone.name, gone.token_hash) == ("alice", b"")
        assert [m.identity for m in snapshot.memberships] == [BOB.id]
        assert await store.find(ALICE.id, "1") is None


async def test_a_conversation_is_forgotten(shop: Shop) -> None:
    """What nobody can read any more is not kept."""
    async with shop.open() as store:
        await furnish(store)
        await store.append(TEA.id, [said("hello", "1")])
        store.forget(TEA.id)
        await store.settled()
    async with shop.open() as store:
        snapshot = store.load()
        assert list(snapshot.conversations) == [(TWO, 0)]
        assert list(snapshot.memberships) == []


async def test_commits_to_one_conversation_follow_each_other(shop: Shop) -> None:
    """Two that wait for the same transaction must not get the same numbers."""
    async with shop.open() as store:
        await furnish(store)
        await asyncio.gather(*(store.append(TEA.id, [said(str(n), str(n))]) for n in range(9)))
        assert await contents(store) == [(n + 1, str(n)) for n in range(9)]


async def test_who_answers_has_read_what_was_said_to_him(shop: Shop) -> None:
    """A badge that counts a question which he has answered."""
    async with shop.open() as store:
        await furnish(store)
        await store.append(TEA.id, [said("bob: one?", "1", to=BOB.id)])
        await store.append(TEA.id, [said("one", "2", author=BOB.id)])
    async with shop.open() as store:
        bob = next(m for m in store.load().memberships if m.identity == BOB.id)
        assert (bob.read, bob.mentions) == (2, ())


async def test_the_ids_of_a_forgotten_conversation_are_free(shop: Shop) -> None:
    """Whoever sends again what went with it is neither refused for ever nor told it is there."""
    async with shop.open() as store:
        await furnish(store)
        await store.append(TEA.id, [said("hello", "1")])
        store.forget(TEA.id)
        await store.settled()
        assert await store.find(ALICE.id, "1") is None
        (new,) = await store.append(TWO.id, [said("hello", "1")])
        assert (new.conversation, new.seq, new.fresh) == (TWO.id, 1, True)


async def test_who_was_forgotten_does_not_come_in(shop: Shop) -> None:
    """A join that was on its way when he was forgotten: nobody would ever end this membership."""
    async with shop.open() as store:
        await furnish(store)
        store.put_identity(replace(ALICE, token_hash=b"", present=False))
        store.drop_identity(BOB.id)
        await store.append(TEA.id, [Joined(ALICE.id), Joined(BOB.id)])
    async with shop.open() as store:
        assert list(store.load().memberships) == []


async def test_commits_at_the_same_time_do_not_mix(shop: Shop) -> None:
    """Many conversations commit at once: each has its own numbers, in its own order."""
    async with shop.open() as store:
        await furnish(store)
        rooms = [
            ConversationRecord(f"room{number}", "channel", f"r{number}") for number in range(9)
        ]
        for room in rooms:
            store.put_conversation(room)

        async def fill(room: ConversationRecord) -> None:
            for batch in range(5):
                ids = [f"{room.id} {batch} {each}" for each in range(3)]
                results = await store.append(room.id, [said(id_, id_) for id_ in ids])
                assert [each.seq for each in results] == [batch * 3 + n for n in (1, 2, 3)]

        await asyncio.gather(*(fill(room) for room in rooms))
        for room in rooms:
            expected = [f"{room.id} {batch} {each}" for batch in range(5) for each in range(3)]
            assert [content for _, content in await contents(store, room.id)] == expected
