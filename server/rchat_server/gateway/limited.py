"""Tells that a limit was reached, and how often: once a minute at most."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rchat_protocol.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

PAUSE: Final = 60.0
"""Seconds between two words about one limit."""

LEVELS: Final = {
    # These tell of the server as a whole, or of somebody who floods it.
    ErrorCode.TOO_MANY_CONNECTIONS: logging.WARNING,
    ErrorCode.TOO_MANY_ACCOUNTS: logging.WARNING,
    ErrorCode.BUSY: logging.WARNING,
    # These happen to people every day.
    ErrorCode.TOO_FAST: logging.INFO,
    ErrorCode.TOO_SLOW: logging.INFO,
    ErrorCode.TOO_MANY_STREAMS: logging.INFO,
    ErrorCode.TOO_MANY_CHANNELS: logging.INFO,
    ErrorCode.CHANNEL_FULL: logging.INFO,
}
"""The codes that are a limit's, and how loudly each is told."""


@dataclass(slots=True)
class _Count:
    told: float
    since: int = 0


class Limited:
    """Counts refusals, and tells of those that are a limit's.

    Args:
        now: Seconds since some moment.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._counts: dict[str, _Count] = {}

    def refused(self, code: str) -> None:
        """Take note of a refusal: the first is told at once, and more when the pause is over."""
        level = _levels.get(code)
        if level is None:
            return
        now = self._now()
        count = self._counts.get(code)
        if count is None:
            count = self._counts[code] = _Count(now - PAUSE)
        count.since += 1
        if now - count.told >= PAUSE:
            self._tell(code, count, level)
            count.told = now

    def flush(self) -> None:
        """Tell of what waits for the end of its pause."""
        for code, count in self._counts.items():
            if count.since:
                self._tell(code, count, _levels[code])

    @staticmethod
    def _tell(code: str, count: _Count, level: int) -> None:
        logger.log(level, "limit reached", extra={"code": code, "count": count.since})
        count.since = 0


_levels: Final[dict[str, int]] = {str(code): level for code, level in LEVELS.items()}
