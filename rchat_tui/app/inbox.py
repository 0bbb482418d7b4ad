"""Events on their way from the worker that runs the client to the app."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rchat_tui.client.events import ClientEvent

LIMIT: Final = 1_000
"""Events that wait; then the worker waits, and the client asks the server for no more."""


class Inbox:
    """A bounded queue that wakes its reader once, however much arrives before he comes."""

    def __init__(self, wake: Callable[[], object], *, limit: int = LIMIT) -> None:
        self._events: deque[ClientEvent] = deque()
        self._wake = wake
        self._limit = limit
        self._room = asyncio.Event()
        self._room.set()

    def __len__(self) -> int:
        return len(self._events)

    async def put(self, event: ClientEvent) -> None:
        """Add an event; waits while the inbox is full."""
        await self._room.wait()
        self._events.append(event)
        if len(self._events) >= self._limit:
            self._room.clear()
        if len(self._events) == 1:
            self._wake()

    def take(self) -> Iterator[ClientEvent]:
        """Yield what waits, and make room. Whoever stops early calls again for the rest."""
        while self._events:
            event = self._events.popleft()
            if len(self._events) < self._limit:
                self._room.set()
            yield event
