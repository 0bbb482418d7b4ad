"""The clock on the wall."""

from __future__ import annotations

import time

from rchat_protocol.transport.timers import LoopTimers


class SystemClock(LoopTimers):
    """The machine's time and the running loop's timers: the real ``core.ports.Clock``."""

    def now_ms(self) -> int:
        """Return the time of day: milliseconds since 1970-01-01 UTC. It may jump."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Return seconds since some moment. It never goes back."""
        return time.monotonic()
