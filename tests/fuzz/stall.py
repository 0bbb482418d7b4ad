"""How long an event loop stood still, and whose fault it was.

A loop can stand still because its own code takes long or waits, or because the machine has others
to run. The first is told from the second by three figures: the thread's own processor time, whether
the system took the processor from it, and how late a thread was meanwhile that does nothing but
sleep, in another process.
"""

from __future__ import annotations

import resource
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    import asyncio

_AWAY: Final = 0.015
"""Seconds for which a thread may be away that the processor was taken from: a few turns of others.
No figure says for how long it was."""

PERIOD: Final = 0.005
"""Seconds between two beats."""

_WORTH_A_WORD: Final = 0.03
"""Seconds: shorter stalls are not kept."""

_KEPT: Final = 1000


@dataclass(frozen=True, slots=True)
class Stall:
    """One time that a loop stood still. Times are seconds; all processes share their clock."""

    begin: float
    seconds: float
    processor: float
    """What its thread used of the processor meanwhile."""
    taken: int
    """How often the system took the processor from the thread meanwhile."""

    def own(self, stolen: float) -> float:
        """Return how much of it was the loop's own doing.

        Args:
            stolen: How late a thread was meanwhile that only sleeps.
        """
        used = min(self.processor, self.seconds)
        return max(0.0, max(used, self.seconds - self.taken * _AWAY) - stolen)


class Heartbeat:
    """Beats in an event loop, and notes when it was late."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.stalls: deque[Stall] = deque(maxlen=_KEPT)
        self._loop = loop
        self._skips = True
        self._due = self._processor = 0.0
        self._taken = 0
        self._beat()

    def skip(self) -> None:
        """Count nothing until the next beat: what the loop does now is not what is watched."""
        self._skips = True

    def look(self) -> None:
        """Note that the loop is late, where it is, without waiting for the beat."""
        now, processor = time.monotonic(), time.thread_time()
        taken = resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw
        late = now - self._due
        if late >= _WORTH_A_WORD and not self._skips:
            used = processor - self._processor
            self.stalls.append(Stall(self._due, late, used, taken - self._taken))
        self._skips = False
        self._due, self._processor, self._taken = now + PERIOD, processor, taken

    def _beat(self) -> None:
        self.look()
        self._loop.call_later(PERIOD, self._beat)


class Control:
    """A thread that only sleeps, and notes when it was woken late. ``with`` it."""

    def __init__(self) -> None:
        self._late: deque[tuple[float, float]] = deque(maxlen=100_000)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="control", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def stolen(self, stall: Stall) -> float:
        """Return for how many seconds of a stall this thread did not get the processor either."""
        end = stall.begin + stall.seconds
        return sum(
            max(0.0, min(end, until) - max(stall.begin, since))
            for since, until in tuple(self._late)
        )

    def _run(self) -> None:
        while not self._stop.is_set():
            due = time.monotonic() + PERIOD
            time.sleep(PERIOD)
            now = time.monotonic()
            if now - due > PERIOD:
                self._late.append((due, now))
