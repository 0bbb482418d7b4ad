"""What one keeps beside messages: every store has it, for all processes, within its bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from contracts.client_store.profiles import MemoryProfile, SqliteProfile
from rchat_tui.client.errors import StorageFailed
from rchat_tui.client.store import kept

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from contracts.client_store.profiles import Profile


@pytest.fixture(params=["memory", "sqlite"])
async def profile(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Profile]:
    """Give each kind of store in turn."""
    profile = MemoryProfile() if request.param == "memory" else SqliteProfile(tmp_path)
    yield profile
    await profile.aclose()


async def test_what_is_kept_is_there_by_area_whoever_dies(profile: Profile) -> None:
    """Broken, a draft was lost, or turned up as something else."""
    one, other = await profile.process(), await profile.process()
    assert await one.kept("draft") == {}
    await one.keep_text("draft", "general", "half a sen")
    await one.keep_text("muted", "general", "")
    await other.keep_text("draft", "bob", "ünï\n👩‍💻\0")
    await profile.kill(one)
    await profile.kill(other)
    later = await profile.process()
    assert await later.kept("draft") == {"general": "half a sen", "bob": "ünï\n👩‍💻\0"}
    assert await later.kept("muted") == {"general": ""}


async def test_the_last_word_wins_and_a_key_keeps_its_place(profile: Profile) -> None:
    """Broken, two terminals of one person fought, or what was pinned changed its order."""
    one, other = await profile.process(), await profile.process()
    for key in ("a", "b", "c"):
        await one.keep_text("pinned", key, "1")
    await other.keep_text("pinned", "a", "2")
    await other.keep_text("pinned", "b", None)
    await other.keep_text("pinned", "nothing", None)
    assert list((await one.kept("pinned")).items()) == [("a", "2"), ("c", "1")]
    await one.keep_text("pinned", "b", "3")
    assert list((await other.kept("pinned")).items()) == [("a", "2"), ("c", "1"), ("b", "3")]


@pytest.mark.parametrize(
    ("area", "key", "text"),
    [
        ("a" * (kept.NAME_BYTES + 1), "key", "text"),
        ("area", "ü" * (kept.NAME_BYTES // 2 + 1), "text"),
        ("area", "key", "ü" * (kept.TEXT_BYTES // 2 + 1)),
        ("area", "key", "\ud800"),
    ],
)
async def test_what_is_too_large_or_no_text_is_refused(
    profile: Profile, area: str, key: str, text: str
) -> None:
    """Broken, one text filled the disk, or a character that is none ended in a traceback."""
    store = await profile.process()
    await store.keep_text("area", "key", "x" * kept.TEXT_BYTES)
    with pytest.raises(StorageFailed, match="Not kept"):
        await store.keep_text(area, key, text)
    assert await store.kept("area") == {"key": "x" * kept.TEXT_BYTES}


async def test_areas_and_keys_have_a_bound(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken, what is kept grew without end, or was stuck once it was full."""
    monkeypatch.setattr(kept, "KEYS", 3)
    monkeypatch.setattr(kept, "AREAS", 2)
    store = await profile.process()
    for key in "abc":
        await store.keep_text("one", key, key)
    await store.keep_text("two", "a", "a")
    for area, key in (("one", "d"), ("three", "a")):
        with pytest.raises(StorageFailed, match="Not kept: there is too much of this kind"):
            await store.keep_text(area, key, "more")
    await store.keep_text("one", "a", "changed")
    await store.keep_text("two", "a", None)
    await store.keep_text("three", "a", "room")
    await store.keep_text("one", "b", None)
    await store.keep_text("one", "d", "room")
    assert await store.kept("one") == {"a": "changed", "c": "c", "d": "room"}
    assert await store.kept("two") == {}
    assert await store.kept("three") == {"a": "room"}
