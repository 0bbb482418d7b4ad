"""Time as a transport needs it. Structurally a part of the server's ``core.ports.Clock``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class TimerHandle(Protocol):
    """A timer that has not fired yet."""

    def cancel(self) -> None:
        """Let it not fire. Harmless when it has."""


class Timers(Protocol):
    """Timers, so that tests need not wait for them."""

    def call_later(self, delay: float, callback: Callable[[], None]) -> TimerHandle:
        """Call ``callback`` on the event loop after ``delay`` seconds."""


class LoopTimers:
    """The running event loop's timers. Anything else than a test uses these."""

    def call_later(self, delay: float, callback: Callable[[], None]) -> TimerHandle:
        """Call ``callback`` on the event loop after ``delay`` seconds."""
        return asyncio.get_running_loop().call_later(delay, callback)
