"""Writing to many connections in rounds: what comes close together goes out together.

A write to a socket costs the system 5 to 6 µs, whether it carries one message or fifty (measured,
loopback, 1 to 8 KiB): in a large channel it is most of what a delivery costs. So after a round of
writes there is a pause in proportion to them, and what is offered meanwhile goes out in the next
round, as network cards do it with their interrupts. A quiet server pauses for nobody: the first
offer after a pause goes out in the same turn of the event loop. Nor does a small channel: event
loops count in milliseconds, which takes twenty writers.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from rchat_protocol.transport.timers import Timers

logger = logging.getLogger(__name__)

PAUSE_PER_WRITE: Final = 50e-6
"""Seconds of pause for each write of a round: nine times what it costs, so that writing takes a
tenth of the time. With twice that a delivery costs a tenth less, and takes twice as long."""

LONGEST_PAUSE: Final = 0.02
"""Seconds: nobody waits longer for a message because others are many."""


class Writer(Protocol):
    """A connection that has something to write."""

    def flush(self) -> None:
        """Write it. Harmless where it was written meanwhile."""


class Rounds:
    """The rounds of one server.

    It holds a writer until the next round, no longer: its bound is the number of connections.

    Args:
        timers: For the pauses.
    """

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Writer] = []
        self._is_due = False

    def add(self, writer: Writer) -> None:
        """Let ``writer`` take part in the next round: once, until then."""
        self._waiting.append(writer)
        if not self._is_due:
            self._is_due = True
            self._loop.call_soon(self._go)

    def _go(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._is_due = bool(waiting)
        if not waiting:
            return
        pause = min(len(waiting) * PAUSE_PER_WRITE, LONGEST_PAUSE)
        try:
            for writer in waiting:
                try:
                    writer.flush()
                except Exception:
                    # One connection's fault is its own: the others have their turn.
                    logger.exception("fault while writing to a connection")
        finally:
            self._timers.call_later(pause, self._go)
