"""What every store finds: one suite over all of them."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from contracts.stores import MemoryShop, SqliteShop
from contracts.test_store import ALICE, BOB, TEA, TWO, furnish
from rchat_protocol import names, words
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.searching import Criteria
from rchat_server.core.ports import NewDeed, NewEntry
from rchat_server.core.search import Sought, place_of
from rchat_server.storage.sqlite import indexer as module
from rchat_server.storage.sqlite import retention, searcher
from rchat_server.storage.sqlite import search_tables as tables
from rchat_server.storage.sqlite.indexer import Indexer
from rchat_server.storage.sqlite.searcher import Searcher

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from contracts.stores import Shop
    from rchat_server.core.ports import Store
    from rchat_server.core.search import Found

ALL = {TEA.id: 10**6, TWO.id: 10**6}


@pytest.fixture(params=["memory", "sqlite"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    """Give each kind of store in turn."""
    return MemoryShop() if request.param == "memory" else SqliteShop(tmp_path)


def said(at: int, content: str, *, user: str = "alice") -> NewEntry:
    """Return a message."""
    author = ALICE.id if user == "alice" else BOB.id
    return NewEntry(author, user, content, f"id {at}", at=at)


def deed(at: int, kind: str, target: int, content: str = "") -> NewDeed:
    """Return what alice does to a message."""
    return NewDeed(kind, ALICE.id, "alice", content, f"id {at}", at=at, target=target)  # type: ignore[arg-type]


def sought(*text: str, prefix: bool = False, **rest: object) -> Sought:
    """Return what is looked for in both conversations."""
    kinds = {field.name for field in fields(Criteria)} & rest.keys()
    wanted = Criteria(words.query(text, prefix=prefix), **{kind: rest.pop(kind) for kind in kinds})  # type: ignore[arg-type]
    return Sought(wanted, **{"through": ALL, **rest})  # type: ignore[arg-type]


async def texts(store: Store, what: Sought) -> list[str]:
    """Return what is found, newest first."""
    found = await store.search(what)
    assert found.complete
    return [hit.entry.content for hit in found.hits]


async def indexed(store: Store) -> None:
    """Wait until the index has all there is, where there is one."""
    indexer = getattr(store, "_indexer", None)
    while indexer is not None and not indexer.is_idle:  # noqa: ASYNC110 - a thread's
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("late", [False, True], ids=["at once", "indexed"])
async def test_words_phrases_and_filters(shop: Shop, *, late: bool) -> None:
    """A message that was said is found at once, and later from the index, by the same words."""
    async with shop.open() as store:
        await furnish(store)
        await store.append(
            TEA.id,
            [
                said(1, "The Kettle is on"),
                said(2, "ein Café in Århus", user="bob"),
                said(3, "東京タワーに行きました"),
                said(5, "see https://example.org/kettle-drum 🎉"),
            ],
        )
        await store.append(TWO.id, [said(4, "a kettle of fish, is on", user="bob")])
        if late:
            await indexed(store)
        assert await texts(store, sought("kettle", "ON")) == [
            "a kettle of fish, is on",
            "The Kettle is on",
        ]
        assert await texts(store, sought("kettle is")) == ["The Kettle is on"]
        assert await texts(store, sought("cafe", "arhus")) == ["ein Café in Århus"]
        assert await texts(store, sought("タワー")) == ["東京タワーに行きました"]
        assert await texts(store, sought("タ京")) == []
        assert await texts(store, sought("🎉", links=True))
        assert await texts(store, sought("kettle-dr", prefix=True))
        assert await texts(store, sought("kettle-dr")) == []
        assert len(await texts(store, sought("kettle", user=names.key("Bob")))) == 1
        assert await texts(store, sought("kettle", through={TWO.id: 9})) == [
            "a kettle of fish, is on"
        ]
        assert await texts(store, sought("kettle", after=2, before=5)) == [
            "a kettle of fish, is on"
        ]
        assert await texts(store, sought(user="bob", links=True)) == []
        assert len(await texts(store, sought())) == 5


@pytest.mark.parametrize("late", [False, True], ids=["at once", "indexed"])
async def test_edits_and_deletions(shop: Shop, *, late: bool) -> None:
    """What was erased must not be found, and what was edited by what it says now alone."""
    async with shop.open() as store:
        await furnish(store)
        await store.append(TEA.id, [said(1, "old words"), said(2, "secret words")])
        if late:
            await indexed(store)
        await store.append(TEA.id, [deed(3, "edit", 1, "new words"), deed(4, "delete", 2)])
        if late:
            await indexed(store)
        assert await texts(store, sought("words")) == ["new words"]
        assert await texts(store, sought("new")) == ["new words"]
        assert await texts(store, sought("old")) == await texts(store, sought("secret")) == []


async def test_pages_go_on_where_the_one_before_ended(shop: Shop) -> None:
    """Scrolling through what was found must show each message once, over all conversations."""
    async with shop.open() as store:
        await furnish(store)
        for at in range(1, 12):
            await store.append(TEA.id if at % 3 else TWO.id, [said(at, f"tea {at}")])
        found: list[int] = []
        place, whole = None, False
        while not whole:
            page: Found = await store.search(sought("tea", limit=3, older_than=place))
            found += [hit.entry.at for hit in page.hits]
            place, whole = place_of(page.hits[-1].conversation, page.hits[-1].entry), page.whole
        assert found == list(range(11, 0, -1))


@pytest.mark.parametrize(
    "text", ['"', "a OR b", "NEAR(a b)", "text : a", "a*", "^a", "{text}", "a\0b", "'; DROP", "-a"]
)
async def test_what_is_looked_for_is_never_a_language(shop: Shop, text: str) -> None:
    """Words of strangers must not be read as a question of the database's own."""
    async with shop.open() as store:
        await furnish(store)
        await store.append(TEA.id, [said(1, f"x {text} y"), said(2, "b")])
        await indexed(store)
        if words.split(text):
            assert await texts(store, sought(text)) == [f"x {text} y"]


async def test_an_edit_that_is_not_indexed_yet_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a message says now must be found while the index has its old words still."""
    async with SqliteShop(tmp_path).open() as store:
        await furnish(store)
        await store.append(TEA.id, [said(1, "old words"), said(2, "more words")])
        await indexed(store)
        monkeypatch.setattr(Indexer, "stored", lambda *_: None)
        await store.append(TEA.id, [deed(3, "edit", 1, "new words"), said(4, "words")])
        assert await texts(store, sought("new")) == ["new words"]
        assert await texts(store, sought("words")) == ["words", "more words", "new words"]


async def test_an_index_that_is_made_while_one_searches_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the index has got since must not be looked for in a file that was not opened."""
    begun = threading.Event()
    open_index, open_to_search = tables.opened, Searcher._opened

    def open_index_late(path: Path, epoch: str) -> sqlite3.Connection:
        begun.wait()
        return open_index(path, epoch)

    def open_and_dawdle(self: Searcher, *generation: int) -> sqlite3.Connection:
        connection = open_to_search(self, *generation)
        begun.set()
        while not self._indexer.is_idle:
            time.sleep(0.001)
        return connection

    monkeypatch.setattr(tables, "opened", open_index_late)
    monkeypatch.setattr(Searcher, "_opened", open_and_dawdle)
    async with SqliteShop(tmp_path).open() as store:
        await furnish(store)
        await store.append(TEA.id, [said(1, "kettle")])
        assert await texts(store, sought("kettle")) == ["kettle"]
        assert await texts(store, sought("kettle")) == ["kettle"]


async def test_what_takes_too_long_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One question must not keep all others waiting; and the next one is answered."""
    async with SqliteShop(tmp_path).open() as store:
        await furnish(store)
        await store.append(TEA.id, [said(at, f"tea {at}") for at in range(1, 99)])
        await indexed(store)
        monkeypatch.setattr(searcher, "_LOOK_EVERY", 1)
        monkeypatch.setattr(searcher, "_SECONDS", 0.0)
        with pytest.raises(ChatError) as refusal:
            await store.search(sought("tea"))
        assert refusal.value.code == ErrorCode.BUSY
        monkeypatch.setattr(searcher, "_SECONDS", 60.0)
        assert len((await store.search(sought("tea"))).hits) == 20


async def test_what_is_dropped_before_it_is_indexed_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread would look for its entries for ever, as fast as it can."""
    monkeypatch.setattr(retention, "_IDLE", 0.0)
    monkeypatch.setattr(retention, "_BUSY", 0.0)
    async with SqliteShop(tmp_path).open() as store:
        await furnish(store)
        await store.append(TEA.id, [said(at, f"tea {at}") for at in range(1, 2000)])
        store.forget(TEA.id)
        shelves = store._index.shelves  # type: ignore[attr-defined]
        while TEA.id in shelves:  # the writer takes its entries away at its commits
            await store.append(TWO.id, [said(5000 + len(shelves), "x")])
            await store.settled()
        await indexed(store)
        assert (await store.search(sought("tea"))).hits == []


async def test_the_index_is_made_anew_where_it_is_lost_or_damaged(tmp_path: Path) -> None:
    """A backup does without the index, and a damaged one must not hide what was said."""
    shop, index = SqliteShop(tmp_path), tmp_path / "search.db"
    async with shop.open() as store:
        await furnish(store)
        await store.append(TEA.id, [said(1, "kettle")])
        await indexed(store)
    for spoil in (index.unlink, lambda: index.write_bytes(b"no database" * 1000)):
        assert not index.with_name("search.db-wal").exists()
        spoil()
        async with shop.open() as store:
            await indexed(store)
            assert await texts(store, sought("kettle")) == ["kettle"]


async def test_erased_words_leave_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deletion erases what was said, in every file that has it."""
    monkeypatch.setattr(module, "_MERGE_AFTER", 0.0)
    async with SqliteShop(tmp_path).open() as store:
        await furnish(store)
        await store.append(TEA.id, [said(1, "xyzzysecret"), said(2, "harmless")])
        await indexed(store)
        await store.append(TEA.id, [deed(3, "delete", 1)])
        await indexed(store)
    words_in_it = (tmp_path / "search.db").read_bytes()
    assert b"harmless" in words_in_it
    assert b"xyzzysecret" not in words_in_it
