"""What every store finds in what it keeps of messages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from contracts.client_store.profiles import MemoryProfile, SqliteProfile, messages, span, state
from rchat_protocol import words
from rchat_protocol.models import Message, MessageDeleted, MessageEdited
from rchat_protocol.searching import Criteria
from rchat_tui.client.store import cache_tables
from rchat_tui.client.store.ports import Seen, Span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from contracts.client_store.profiles import Profile
    from rchat_protocol.searching import Place
    from rchat_tui.client.store.ports import ClientStore


@pytest.fixture(params=["memory", "sqlite"])
async def profile(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Profile]:
    """Give each kind of store in turn; of that on disk the slices are small."""
    monkeypatch.setattr(cache_tables, "SLICE", 3)
    profile = MemoryProfile() if request.param == "memory" else SqliteProfile(tmp_path)
    yield profile
    await profile.aclose()


async def find(
    store: ClientStore,
    *text: str,
    conversation: str | None = None,
    older_than: Place | None = None,
    limit: int = 20,
    **rest: object,
) -> list[tuple[str, int]]:
    """Return where what is found stands."""
    criteria = replace(Criteria(words.query(text)), **rest)  # type: ignore[arg-type]
    hits = await store.search(
        criteria, conversation=conversation, older_than=older_than, limit=limit
    )
    return [(hit.conversation, hit.message.seq) for hit in hits]


async def test_the_newest_come_first_from_wherever_they_are(profile: Profile) -> None:
    """Broken, what one looks for offline was not found, or in no order, or twice."""
    store = await profile.process()
    spans = {"c": (span(1, 9, content="tea"),), "d": (span(4, 6, content="tea cake"),)}
    await store.keep(Seen(states=(state("c", head=9), state("d", head=6)), spans=spans))
    assert await find(store, "tea") == [
        *[("c", seq) for seq in (9, 8, 7)],
        *[(id_, seq) for seq in (6, 5, 4) for id_ in ("d", "c")],
        *[("c", seq) for seq in (3, 2, 1)],
    ]
    assert await find(store, "tea", limit=2, older_than=(1006, "d", 6)) == [("c", 6), ("d", 5)]
    assert await find(store, "tea", conversation="d", limit=2) == [("d", 6), ("d", 5)]
    assert await find(store, "cake", after=1005, before=1006) == [("d", 5)]
    assert await find(store, user="alice") == []
    assert await find(store, "tea cake 4", user="bob") == [("d", 4)]
    assert await find(store, "coffee") == []


async def test_what_was_done_to_messages_is_looked_at(profile: Profile) -> None:
    """Broken, words that were erased or replaced still led to the message."""
    store = await profile.process()
    await store.keep(Seen(states=(state(head=3),), spans={"c": (span(1, 3, content="tea"),)}))
    changes = (
        MessageEdited("c", 4, 2, "bob", "coffee", 2000),
        MessageDeleted("c", 5, 3, "bob", 2001),
    )
    await store.keep(Seen(changes={"c": changes}))
    assert await find(store, "tea") == [("c", 1)]
    assert await find(store, "coffee") == [("c", 2)]
    await store.keep(Seen(gone=frozenset({"c"})))
    assert await find(store, "tea") == []


async def test_links_are_found(profile: Profile) -> None:
    """Whoever looks for a link knows no word of it."""
    store = await profile.process()
    linked = Message(3, "i3", "bob", "see https://example.org", 1003)
    both = Span("e", 1, 3, (*messages(1, 2), linked))
    await store.keep(Seen(states=(state(head=3),), spans={"c": (both,)}))
    assert await find(store, links=True) == [("c", 3)]
