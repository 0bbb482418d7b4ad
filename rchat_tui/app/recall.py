"""What one wrote before, for Up and Down: pure, and bounded."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST: Final = 200
"""Lines that are remembered."""


class Recall:
    """The lines that were written, and how far back in them one is."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=MOST)
        self._back = 0
        self._draft = ""

    @property
    def recalling(self) -> bool:
        """Whether a line of before is shown, instead of the one that was being written."""
        return self._back > 0

    def add(self, line: str) -> None:
        """Remember a line, unless it is the last one once more."""
        if not self._lines or self._lines[-1] != line:
            self._lines.append(line)

    def restore(self, lines: Iterable[str]) -> None:
        """Remember lines that were written before all that is remembered, the oldest first."""
        self._lines = deque([*lines, *self._lines], maxlen=MOST)

    def stay(self) -> None:
        """What is being written is the newest line again."""
        self._back = 0

    def back(self, begun: str) -> str | None:
        """Return the line before; None where there is none. ``begun``: what is written now."""
        if self._back >= len(self._lines):
            return None
        if not self._back:
            self._draft = begun
        self._back += 1
        return self._lines[-self._back]

    def forward(self) -> str | None:
        """Return the line after, in the end the one that was begun; None where there is none."""
        if not self._back:
            return None
        self._back -= 1
        return self._lines[-self._back] if self._back else self._draft
