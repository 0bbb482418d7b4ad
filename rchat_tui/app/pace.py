"""How often the screen follows the model: pure.

What a person does is shown with the next frame. What others say is, too, as long as it can be read;
of hundreds of messages a second nobody reads a frame's worth, and drawing each frame would take
half of a core from the keys and from the messages themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

FRAME: Final = 1 / 60
"""Seconds between two showings."""

CROWDED: Final = 1 / 10
"""Seconds between two showings of what others say, while more of it comes than can be read."""

READABLE: Final = 200.0
"""Events a second up to which each frame shows them."""


_EARLY: Final = 0.002
"""Seconds that a timer may come early."""


class Pace:
    """Says when to show the model next.

    Args:
        now: Seconds since some moment.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._shown_at = 0.0
        self._due: float | None = None
        self._arrived = 0
        self._crowded = False

    @property
    def waits(self) -> bool:
        """Whether something is to be shown."""
        return self._due is not None

    def ask(self, arrived: int = 0) -> float | None:
        """Return the seconds after which to show the model.

        None where it is to be shown by then already.

        Args:
            arrived: Events that were taken in; 0: a person did something.
        """
        self._arrived += arrived
        period = CROWDED if arrived and self._crowded else FRAME
        now = self._now()
        due = max(now, self._shown_at + period)
        if self._due is not None and self._due <= due:
            return None
        self._due = due
        return due - now

    def begin(self, *, early: bool = False) -> bool:
        """The model is about to be shown; return False where that is for another time.

        It was shown meanwhile, or it is to be later: what was put forward leaves a timer behind,
        and each that was obeyed would ask for another.

        Args:
            early: It is to be shown now, whatever was asked for.
        """
        now = self._now()
        if self._due is None or (now < self._due - _EARLY and not early):
            return False
        self._crowded = self._arrived > READABLE * (now - self._shown_at)
        self._due, self._shown_at, self._arrived = None, now, 0
        return True
