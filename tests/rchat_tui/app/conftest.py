from __future__ import annotations

import datetime as dt
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from rchat_tui.app import times
from rchat_tui.app.app import ChatApp
from rchat_tui.app.settings import AppSettings
from support.desk import Desk, Start
from support.fake_chat import NOON, URL, FakeChat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rchat_tui.client.events import ClientEvent


@pytest.fixture
def chat() -> FakeChat:
    """Return the client that the app will get."""
    return FakeChat()


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    # Pictures show times: they are the same wherever the test runs.
    plain = times._moment.__wrapped__
    monkeypatch.setattr(times, "_moment", lambda minute, zone: plain(minute, zone or dt.UTC))


def _no_clipboard(_text: str) -> bool:
    """Leave the clipboard of whoever runs the tests alone."""
    return False


@pytest.fixture
def start(chat: FakeChat) -> Start:
    """Return what makes a desk; its client begins with the events given."""

    @asynccontextmanager
    async def run(
        *events: ClientEvent, size: tuple[int, int] = (120, 40), **options: Any
    ) -> AsyncIterator[Desk]:
        settings = options.pop("settings", AppSettings("alice", URL))

        def client(url: str, user: str) -> FakeChat:
            chat.url, chat.user = url, user
            return chat

        app = ChatApp(
            settings,
            options.pop("client", client),
            copier=options.pop("copier", _no_clipboard),
            now=lambda: NOON / 1000,
            **options,
        )
        chat.feed(*events)
        async with app.run_test(size=size, notifications=True) as pilot:
            desk = Desk(app, pilot, chat)
            app.chat.composer.cursor_blink = False
            await desk.settled()
            yield desk

    return run
