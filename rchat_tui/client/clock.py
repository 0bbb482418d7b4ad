"""Time, as an argument: tests of a day of backoff take no time."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What the client needs of time."""

    def now_ms(self) -> int:
        """Return the time of day: milliseconds since 1970-01-01 UTC. It may jump."""

    def monotonic(self) -> float:
        """Return seconds since some moment. It never goes back."""

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""


class SystemClock:
    """The machine's clock and the event loop's timers."""

    def now_ms(self) -> int:
        """Return the time of day: milliseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Return seconds since some moment. It never goes back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        await asyncio.sleep(seconds)
