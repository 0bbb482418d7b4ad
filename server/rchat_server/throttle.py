"""A flood of one event does not fill the log: some of it is told, and how much there was."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW: Final = 60.0
"""Seconds."""

IN_A_WINDOW: Final = 200
"""Lines of one event that are told in it: a quiet day's are all there, and a flood is no more than
some 50 MB a day of each."""

EVENTS: Final = 1000
"""Different events that are counted: those of our modules are some hundred."""


@dataclass(slots=True)
class _Seen:
    since: float
    told: int = 0
    left_out: int = 0


class Throttle(logging.Filter):
    """Lets so many records of one event through, and counts the rest.

    The first one that is told again says how many were ``left_out`` before it. What is told at the
    level ``debug`` is not held back: whoever asks for that wants all of it.

    Args:
        now: Seconds since some moment.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._seen: dict[tuple[str, str], _Seen] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is told."""
        if record.levelno <= logging.DEBUG:
            return True
        now = self._now()
        event = record.name, str(record.msg)
        seen = self._seen.get(event)
        if seen is None:
            if len(self._seen) >= EVENTS:  # no event of ours: their sentences are fixed
                self._seen.clear()
            seen = self._seen[event] = _Seen(now)
        if now - seen.since >= WINDOW:
            if seen.left_out:
                record.left_out = seen.left_out
            seen.since, seen.told, seen.left_out = now, 0, 0
        if seen.told >= IN_A_WINDOW:
            seen.left_out += 1
            return False
        seen.told += 1
        return True
