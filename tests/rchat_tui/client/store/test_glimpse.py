"""What a person left behind, for a first screen that waits for nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from contracts.client_store.profiles import messages, span, state
from rchat_tui.client.store.glimpse import MESSAGES, glimpse
from rchat_tui.client.store.ports import Seen
from rchat_tui.client.store.sqlite import SqliteClientStore

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_first_screen_has_what_it_shows_and_no_more(tmp_path: Path) -> None:
    """Broken, the app began with nothing, or read all conversations before it painted."""
    path = tmp_path / "alice.db"
    assert glimpse(path) is None
    store = SqliteClientStore(path)
    await store.open()
    await store.save_login("Alice", "token")
    spans = {"c": (span(1, 150),), "d": (span(1, 3),)}
    await store.keep(Seen(states=(state("c", head=150), state("d", head=3)), spans=spans))
    for _ in range(2):  # while a client has it open, and after
        known = glimpse(path)
        assert known is not None
        assert known.user == "Alice"
        first, second = known.conversations
        assert first.messages == messages(151 - MESSAGES, 150)
        assert (second.state.conversation, second.messages) == ("d", ())
        await store.aclose()


async def test_what_cannot_be_read_is_no_trouble(tmp_path: Path) -> None:
    """Broken, a file of another version, or a damaged one, ended the app before it began."""
    path = tmp_path / "alice.db"
    store = SqliteClientStore(path)
    await store.open()
    await store.aclose()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 1")
    assert glimpse(path) is None
    path.write_bytes(b"no database" * 1000)
    assert glimpse(path) is None
    assert path.read_bytes().startswith(b"no database")
