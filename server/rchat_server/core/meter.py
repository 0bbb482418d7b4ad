"""What a server has done, counted: numbers alone, no names and no contents. Pure.

Counting must cost next to nothing: plain attributes, changed on the event loop's thread, that
whoever shows them reads when he is asked.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, Final

from rchat_protocol.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable

COMMIT_BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds: from a good disk's commit to one that people notice."""

OTHER: Final = "other"
"""What stands for all codes that are not ours: a client may name any as the end's reason."""

_KNOWN: Final = frozenset(ErrorCode)


class Meter:
    """The counters of one server, from its start.

    Args:
        now: Seconds since some moment, for how long a commit takes.
    """

    __slots__ = (
        "commit_counts",
        "commit_seconds",
        "deliveries",
        "entries",
        "now",
        "refusals",
        "waiting",
    )

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self.now = now
        self.entries = 0
        """Messages, and what is done to them, that were committed."""
        self.deliveries = 0
        """Events that live streams took: of one message as many as there are live streams."""
        self.waiting = 0
        """What is in the queues of all conversations now."""
        self.refusals: Counter[str] = Counter()
        """Requests that were refused, and connections that ended with an error, by code."""
        self.commit_counts = [0] * (len(COMMIT_BOUNDS) + 1)
        """Commits that took no longer than the bound of the same place, and longer than the one
        before; the last place has no bound."""
        self.commit_seconds = 0.0
        """How long all of them took together."""

    def refused(self, code: str) -> None:
        """Count a refusal."""
        self.refusals[code if code in _KNOWN else OTHER] += 1

    def committed(self, began: float, entries: int) -> None:
        """Count a commit of ``entries`` new entries, which began when `now` was ``began``."""
        took = self.now() - began
        self.entries += entries
        self.commit_seconds += took
        self.commit_counts[bisect_left(COMMIT_BOUNDS, took)] += 1
