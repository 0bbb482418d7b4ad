"""Once a second: has this machine slept, and have other processes written something?"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rchat_tui.client.clock import Clock

TICK: Final = 1.0
"""Seconds from one look to the next."""

TASK_NAME: Final = "look once a second"

SLEPT: Final = 5.0
"""Seconds that a tick comes too late, by either clock, when the machine has slept. Below that it
was busy. A clock that was set forward looks the same, and costs one question to the server."""

_logger = logging.getLogger(__name__)


class SleepWatch:
    """Compares clocks. Some monotonic clocks stand while a machine sleeps (Linux), others do not.

    Args:
        now_ms: The time of day.
        monotonic: Seconds since some moment.
    """

    def __init__(self, now_ms: int, monotonic: float) -> None:
        self._now_ms = now_ms
        self._monotonic = monotonic

    def slept(self, now_ms: int, monotonic: float) -> bool:
        """Say whether much more time has passed since the last call than a tick."""
        passed = max((now_ms - self._now_ms) / 1000, monotonic - self._monotonic)
        self._now_ms, self._monotonic = now_ms, monotonic
        return passed >= TICK + SLEPT


class Ticker:
    """Owner of the task.

    Args:
        clock: What time it is, and waiting.
        woke: Awaited when the machine has slept.
        look: Awaited at every tick.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        woke: Callable[[], Awaitable[None]],
        look: Callable[[], Awaitable[None]],
    ) -> None:
        self._clock = clock
        self._woke = woke
        self._look = look
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, unless it has begun."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=TASK_NAME)

    async def stop(self) -> None:
        """End. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))

    async def _run(self) -> None:
        watch = SleepWatch(self._clock.now_ms(), self._clock.monotonic())
        while True:
            await self._clock.sleep(TICK)
            try:
                if watch.slept(self._clock.now_ms(), self._clock.monotonic()):
                    _logger.info("this machine has slept")
                    await self._woke()
                await self._look()
            except Exception:
                _logger.exception("a look once a second failed")
