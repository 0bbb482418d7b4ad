"""Which of the loaded messages may have changed unheard: pure, and bounded.

Where entries were left out, edits and deletions of what was said before may have been among them.
Such messages are loaded again when they are shown.
"""

from __future__ import annotations

from typing import Final

_MOST: Final = 64
"""Stretches that are told apart; what is between the two oldest is loaded again, too."""


class Stale:
    """Numbers whose messages may have changed, as stretches of the log."""

    def __init__(self) -> None:
        self._stretches: list[tuple[int, int]] = []
        """First and last, oldest first."""
        self._asked: set[int] = set()
        """Numbers that were asked for and have not come; no more than were in view."""
        self._until = 0

    def __bool__(self) -> bool:
        return bool(self._stretches)

    def mark(self, last: int, *, until: int) -> None:
        """Say that what was said up to ``last`` may have changed before entry ``until``."""
        self._asked.clear()
        self._until = max(self._until, until)
        if last > 0:
            self._stretches = [(1, last)]

    def wants(self, seq: int) -> bool:
        """Return whether that message is to be loaded again."""
        return seq not in self._asked and any(
            first <= seq <= last for first, last in self._stretches
        )

    def asked(self, seq: int) -> None:
        """Remember that it was asked for."""
        self._asked.add(seq)

    def retry(self) -> None:
        """Ask again for what did not come."""
        self._asked.clear()

    def renewed(self, first: int, last: int, *, head: int) -> None:
        """These are as they were after entry ``head``; 0: as they are now."""
        if head and head < self._until:
            return
        left: list[tuple[int, int]] = []
        for low, high in self._stretches:
            if high < first or low > last:
                left.append((low, high))
                continue
            if low < first:
                left.append((low, first - 1))
            if high > last:
                left.append((last + 1, high))
        if len(left) > _MOST:
            left[:2] = [(left[0][0], left[1][1])]
        self._stretches = left

    def clear(self) -> None:
        """Forget all: the numbers mean nothing any more."""
        self._stretches.clear()
        self._asked.clear()
        self._until = 0
