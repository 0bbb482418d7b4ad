"""When Python looks for garbage that is a cycle, and where: so that no key waits for it.

Each message that is kept is an object that a full collection looks at, and 180,000 of them took a
quarter of a second, every few seconds of a busy day. None of them is ever part of a cycle. So what
outlives a full collection is set aside, and the next one looks at what came since. What was set
aside and became garbage later, a screen that was closed, say, is found when nobody is there to be
kept waiting.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_THRESHOLDS: Final = (1_000, 5, 1)
"""A full collection has some 12,000 objects to look at, and takes 15 ms."""

ALL_EVERY: Final = 600.0
"""Seconds from one look at everything to the next, at the least."""

_FULL: Final = 2
"""Python's number of a full collection."""


class Collector:
    """Follows Python's own collections, from `begin` to `end`.

    Args:
        now: Seconds since some moment.
        alone: Says whether nobody would notice a quarter of a second.
    """

    def __init__(self, now: Callable[[], float], alone: Callable[[], bool]) -> None:
        self._now = now
        self._alone = alone
        self._before = gc.get_threshold()
        self._all_at = now()

    def begin(self) -> None:
        """What there is by now stays: the modules that were imported. Collect from now on."""
        gc.freeze()
        gc.set_threshold(*_THRESHOLDS)
        gc.callbacks.append(self._follow)
        gc.enable()

    def end(self) -> None:
        """Leave Python as it was. Idempotent."""
        if self._follow in gc.callbacks:
            gc.callbacks.remove(self._follow)
            gc.set_threshold(*self._before)
            gc.unfreeze()

    def _follow(self, phase: str, info: dict[str, int]) -> None:
        if info["generation"] != _FULL:
            return
        if phase == "stop":
            gc.freeze()
        elif self._now() - self._all_at > ALL_EVERY and self._alone():
            self._all_at = self._now()
            gc.unfreeze()
