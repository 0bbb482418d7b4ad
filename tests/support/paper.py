"""Somebody at rchat without a screen, whose client does what the test says."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, Protocol

from rchat_tui.plain.chat import PlainChat
from support.fake_chat import NOON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from rchat_tui.app.settings import AppSettings
    from rchat_tui.client.events import ClientEvent
    from support.fake_chat import FakeChat


class Paper:
    """A chat in plain lines: what was written, and somebody who types."""

    def __init__(self, chat: FakeChat, settings: AppSettings) -> None:
        self.chat = chat
        self.written: list[str] = []
        self.hushed: list[bool] = []
        """When the terminal was to show nothing of what is typed, and when it was to again."""
        self._typed: asyncio.Queue[str | None] = asyncio.Queue()
        self.plain = PlainChat(
            settings,
            lambda _url, _user: chat,
            write=self.written.append,
            now=lambda: NOON / 1000,
            zone=dt.UTC,
            hush=self.hushed.append,
        )

    async def lines(self) -> AsyncIterator[str]:
        """Yield what is typed."""
        while (line := await self._typed.get()) is not None:
            yield line

    def end(self) -> None:
        """Type the end of input."""
        self._typed.put_nowait(None)

    async def settled(self) -> None:
        """Wait until all that was typed and fed has been taken: nothing here waits for time."""
        for _ in range(20):
            await asyncio.sleep(0)
        assert self.chat.drained
        assert self._typed.empty()

    async def type(self, *lines: str) -> list[str]:
        """Type lines; return what was written since."""
        before = len(self.written)
        for line in lines:
            self._typed.put_nowait(line)
        await self.settled()
        return self.written[before:]

    async def happens(self, *events: ClientEvent) -> list[str]:
        """Let these happen; return what was written since."""
        before = len(self.written)
        self.chat.feed(*events)
        await self.settled()
        return self.written[before:]


class Start(Protocol):
    """Makes a chat in plain lines."""

    def __call__(
        self,
        *events: ClientEvent,
        channels: tuple[str, ...] = (),
        history: Exception | None = None,
    ) -> AbstractAsyncContextManager[Paper]:
        """Return one in which these events have happened."""
