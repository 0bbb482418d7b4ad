"""Whether it is found out that a message cannot be stored or delivered, and what that leaves."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from typing import TYPE_CHECKING

import pytest

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.canary import SONGS
from rchat_server.core.conversation import Conversation
from rchat_server.core.lobby import LobbyLimits
from rchat_server.storage.sqlite import open_store
from support.chat import Chat
from support.failing import TroubledStore

if TYPE_CHECKING:
    from pathlib import Path

    from rchat_server.core.hub import Hub

SOON = 0.05


async def sing(hub: Hub, deadline: float = 5.0) -> None:
    """Let the canary sing."""
    async with asyncio.timeout(deadline):
        await hub.canary.sing()


async def test_it_sings_for_ever_and_nobody_hears_it() -> None:
    """Otherwise each look at the server leaves something behind, or shows in somebody's chat."""
    chat = Chat(store := TroubledStore())
    alice = chat.login("alice")
    await alice.join("tea")
    heard = alice.events()
    await chat.settle()
    before = len(heard.events)
    for _ in range(2 * SONGS + 5):
        await sing(chat.hub)
    await chat.settle()
    assert len(heard.events) == before
    assert chat.hub.channels() == ["tea"]
    assert chat.hub.users("") == []
    assert chat.hub.lobby.sessions == 1
    assert len(store._shelves) == 2
    assert len(store._identities) == 2
    assert sum(len(shelf.entries) for shelf in store._shelves.values()) <= SONGS
    assert len(store._by_id) <= SONGS
    assert len(chat.hub._context.pages._kept) <= SONGS
    assert chat.hub.canary._cage is not None
    conversation, session = chat.hub.canary._cage
    assert not conversation.live
    assert not session.outboxes


async def test_it_falls_silent_where_the_store_refuses_and_sings_again_after() -> None:
    """Otherwise a server with a full disk says that it is well, or stays ill for ever."""
    chat = Chat(store := TroubledStore())
    for _ in range(2):
        store.full = True
        for _ in range(50):
            with pytest.raises(ChatError) as refused:
                await sing(chat.hub)
            assert refused.value.code is ErrorCode.STORAGE_UNAVAILABLE
        assert len(store._identities) == 1, "it does not grow while it cannot be stored"
        assert len(store._conversations) == 1
        store.full = False
        await sing(chat.hub)
        await sing(chat.hub)
    await chat.settle()


async def test_it_falls_silent_where_the_store_answers_nothing() -> None:
    """Otherwise a disk that hangs is a server that is well."""
    chat = Chat(store := TroubledStore())
    await sing(chat.hub)
    store.silent = asyncio.Event()
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await sing(chat.hub, SOON)
    store.silent.set()
    store.silent = None
    await sing(chat.hub)
    await chat.settle()


async def test_it_falls_silent_where_nothing_is_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a server that stores, and tells nobody, says that it is well."""
    chat = Chat(TroubledStore())
    await sing(chat.hub)
    with monkeypatch.context() as broken:
        broken.setattr(Conversation, "publish", lambda _self, _items: None)
        with pytest.raises(TimeoutError):
            await sing(chat.hub, SOON)
    await sing(chat.hub)


async def test_it_does_not_keep_a_server_from_ending() -> None:
    """Otherwise whoever asks at the wrong moment holds the end up."""
    chat = Chat(TroubledStore())
    await sing(chat.hub)
    async with asyncio.timeout(1):
        await chat.hub.aclose()
    with pytest.raises(ChatError) as refused:
        await sing(chat.hub)
    assert refused.value.code is ErrorCode.SHUTTING_DOWN


async def test_a_restart_forgets_what_it_left_on_the_disk(tmp_path: Path) -> None:
    """Otherwise each restart leaves an identity and a conversation that nobody can remove."""
    chat = Chat()
    for _ in range(3):
        async with open_store(tmp_path) as store:
            chat.log = store
            chat.restart()
            chat.clock.advance(LobbyLimits().guest_lifetime)  # it counts from 1970
            assert not chat.hub._conversations._all
            for _ in range(3):
                await sing(chat.hub)
            await store.settled()
            await chat.settle()
    with contextlib.closing(sqlite3.connect(tmp_path / "rchat.db")) as file:
        (people,) = file.execute("SELECT count(*) FROM identities").fetchone()
        (alive,) = file.execute("SELECT count(*) FROM conversations WHERE NOT dropped").fetchone()
        assert (people, alive) == (1, 1)
