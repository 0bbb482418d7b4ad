"""A clock that goes when it is told to."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(order=True)
class FakeTimer:
    """A timer of a `FakeClock`."""

    when: float
    number: int
    callback: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Let it not fire."""
        self.cancelled = True


class FakeClock:
    """A `Clock` whose time stands until `advance`."""

    def __init__(self, start: float = 1_000_000.0) -> None:
        self._now = start
        self._timers: list[FakeTimer] = []
        self._count = 0

    def now_ms(self) -> int:
        """Return the time of day in milliseconds."""
        return int(self._now * 1000)

    def monotonic(self) -> float:
        """Return seconds."""
        return self._now

    def call_later(self, delay: float, callback: Callable[[], None]) -> FakeTimer:
        """Call ``callback`` when the time has been advanced by ``delay``."""
        self._count += 1
        timer = FakeTimer(self._now + delay, self._count, callback)
        heapq.heappush(self._timers, timer)
        return timer

    def advance(self, seconds: float) -> None:
        """Let time pass, firing what becomes due in its order."""
        end = self._now + seconds
        while self._timers and self._timers[0].when <= end:
            timer = heapq.heappop(self._timers)
            self._now = max(self._now, timer.when)
            if not timer.cancelled:
                timer.callback()
        self._now = end

    def forget_timers(self) -> None:
        """Let none of the timers fire: who set them is no more."""
        self._timers.clear()
