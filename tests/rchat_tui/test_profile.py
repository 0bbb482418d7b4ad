"""Where a person's file is: one for each person on each server, and never another's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rchat_protocol import names
from rchat_protocol.errors import ChatError
from rchat_tui import clients, profile
from rchat_tui.client import ChatClient
from rchat_tui.client.store.memory import MemoryClientStore
from rchat_tui.client.store.sqlite import SqliteClientStore
from rchat_tui.options import OPTIONS
from rchat_tui.profile import open_profile, profile_path

if TYPE_CHECKING:
    from rchat_tui.app.ports import ChatPort

FOLDER = Path("/profiles")


def _path(url: str, user: str) -> str:
    return str(profile_path(FOLDER, url, user).relative_to(FOLDER))


@pytest.mark.parametrize(
    ("url", "user", "path"),
    [
        ("tcp://localhost:6565", "alice", "localhost_6565/alice.db"),
        ("LocalHost", "Alice", "localhost_6565/alice.db"),
        ("[::1]:7000", "ann/../../bob", "%3A%3A1_7000/ann%2F..%2F..%2Fbob.db"),
        ("example.org:1", "日本", "example.org_1/%E6%97%A5%E6%9C%AC.db"),
        ("example.org:1", "..", "example.org_1/...db"),
        ("ws://example.org:6565", "alice", "example.org_6565/alice.db"),
        ("wss://example.org/a/../b", "alice", "example.org_443_%2Fa%2F..%2Fb/alice.db"),
    ],
)
def test_a_file_is_named_by_server_and_person(url: str, user: str, path: str) -> None:
    """Broken, a name led out of the folder, or one person had two identities on a server."""
    assert _path(url, user) == path


def _user(text: str) -> str | None:
    try:
        return names.user_name(text)
    except ChatError:
        return None


@given(st.text(min_size=1, max_size=32).map(_user), st.text(min_size=1, max_size=32).map(_user))
def test_two_people_never_share_a_file(one: str | None, other: str | None) -> None:
    """Broken, somebody was logged in as another, and his words left under a wrong name."""
    if one is None or other is None:
        return
    same = names.key(one) == names.key(other)
    assert (_path("h", one) == _path("h", other)) == same
    name = profile_path(FOLDER, "h", one).name
    assert len(name.encode()) <= 200
    assert profile_path(FOLDER, "h", one).parent == FOLDER / "h_6565"


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def _store_of(chat: ChatPort) -> object:
    assert isinstance(chat, ChatClient)
    return chat._archive._store


async def test_the_app_keeps_things_and_a_demo_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken, nothing was kept at all, or each demo left a file behind."""
    monkeypatch.setattr(profile, "data_folder", lambda: tmp_path)
    client = clients.kept({option.name: option.default for option in OPTIONS})
    kept = await _store_of(client("tcp://localhost:1", "alice"))
    assert isinstance(kept, SqliteClientStore)
    assert kept._path == tmp_path / "localhost_1" / "alice.db"
    assert isinstance(
        await _store_of(clients.forgetful("tcp://localhost:1", "alice")), MemoryClientStore
    )
    assert _files(tmp_path) == [], "not before it is opened"


async def test_a_file_that_cannot_be_used_is_no_reason_not_to_chat(tmp_path: Path) -> None:
    """Broken, a full or foreign home kept one out of the chat."""
    (tmp_path / "h_6565").write_text("in the way")
    store = open_profile("h", "alice", folder=tmp_path)
    notice = await store.open()
    assert notice is not None
    assert "h_6565 cannot be used: File exists." in notice
    await store.save_login("alice", "token")
    await store.aclose()
