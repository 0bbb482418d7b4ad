"""What the tests of plain lines share."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from rchat_tui.app.settings import AppSettings
from support.fake_chat import URL, FakeChat
from support.paper import Paper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rchat_tui.client.events import ClientEvent
    from support.paper import Start


@pytest.fixture
def start() -> Start:
    """Return what makes a chat in plain lines."""

    @asynccontextmanager
    async def run(
        *events: ClientEvent,
        channels: tuple[str, ...] = (),
        history: Exception | None = None,
    ) -> AsyncIterator[Paper]:
        chat = FakeChat()
        if history is not None:
            chat.errors["history"] = history
        paper = Paper(chat, AppSettings("alice", URL, auto_join=channels))
        chat.feed(*events)
        task = asyncio.create_task(paper.plain.run(paper.lines()))
        await paper.settled()
        yield paper
        paper.end()
        assert await task == 0
        assert chat.closed

    return run
