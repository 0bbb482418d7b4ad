"""How long to wait before dialling again. Pure: attempts and chance in, seconds out.

Exponential with full jitter (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog,
2015): after a server restarts, its clients come back spread over the whole wait, not in one wave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import random


class Backoff(Struct, frozen=True):
    """A schedule of waits, in seconds."""

    base: float = 0.5
    """Longest wait before the first try again: a line that merely dropped is back at once."""
    cap: float = 15.0
    """Longest wait of all: a person is looking at the screen."""
    stable: float = 60.0
    """A line that held this long makes the next drop a first one again."""

    def delay(self, failures: int, rng: random.Random, *, at_least: float = 0.0) -> float:
        """Return the wait after so many failures in a row (1 or more).

        Args:
            failures: Dials that failed, or lines that dropped early, since the last stable line.
            rng: Where chance comes from.
            at_least: What the server asked for. As much again comes on top by chance, so that the
                clients that it told the same, all in one moment, come back spread over time.
        """
        # The exponent is bounded as well: 2.0**1024 would be an OverflowError after some hours.
        longest = self.base * 2.0 ** min(max(failures, 1) - 1, 30)
        asked = min(max(0.0, at_least), 10 * self.cap)
        return asked + rng.uniform(0.0, min(self.cap, max(longest, asked)))
