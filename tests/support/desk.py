"""Somebody at the keyboard of the app, whose client does what the test says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from textual import events

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from textual.pilot import Pilot

    from rchat_tui.app.app import ChatApp
    from rchat_tui.client.events import ClientEvent
    from support.fake_chat import FakeChat


class Desk:
    """An app, a client that does what the test says, and somebody at the keyboard."""

    def __init__(self, app: ChatApp, pilot: Pilot[None], chat: FakeChat) -> None:
        self.app = app
        self.pilot = pilot
        self.chat = chat

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something to be so; the test's time limit ends a vain wait."""
        while not condition():
            await self.pilot.pause(0.005)

    async def happens(self, *events: ClientEvent) -> None:
        """Let the client say these, and wait until the screen shows them."""
        self.chat.feed(*events)
        await self.settled()

    async def settled(self) -> None:
        """Wait until nothing waits to be folded or shown."""
        await self.pilot.pause()
        await self.until(
            lambda: self.chat.drained and not self.app.busy and self.app.chat.messages.reads_marks
        )
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys, and wait for what they do."""
        await self.pilot.press(*keys)
        await self.settled()

    def burst(self, *keys: str) -> None:
        """Press keys faster than the app takes them, as over a slow line."""
        for key in keys:
            self.app.post_message(events.Key(key, key if len(key) == 1 else None))

    async def type(self, text: str) -> None:
        """Write a line and send it."""
        self.app.chat.composer.insert(text)
        await self.press("enter")

    def screen(self) -> str:
        """Return the text on the screen."""
        lines = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in lines)


class Start(Protocol):
    """Makes a desk."""

    def __call__(
        self, *events: ClientEvent, size: tuple[int, int] = ..., **options: Any
    ) -> AbstractAsyncContextManager[Desk]:
        """Return a desk where these events have happened."""
