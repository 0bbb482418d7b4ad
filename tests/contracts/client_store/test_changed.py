"""Whoever makes a new identity hears what that does to the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from contracts.client_store.profiles import MemoryProfile, SqliteProfile, entry

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_a_new_identity_is_a_change_for_its_maker_too(kind: str, tmp_path: Path) -> None:
    """What can never be sent any more was shown as waiting, for ever."""
    profile = MemoryProfile() if kind == "memory" else SqliteProfile(tmp_path)
    store = await profile.process()
    saved = await store.save_login("me", "token")
    await store.put(entry("one", lane="bob", identity=saved.identity, private=True))
    await store.entries()
    assert not await store.changed()
    await store.save_login("me", "another")
    assert await store.changed()
    await store.aclose()
    await profile.aclose()
