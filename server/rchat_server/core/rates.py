"""How often something may be done: pure.

A generic cell rate algorithm (ITU-T I.371): a number for each who does it, and no timer. The
libraries of the field bring clocks and threads of their own.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_MILLISECONDS: Final = 1000

MOST: Final = 100_000
"""Of those who are remembered: of more, the one who did it longest ago is forgotten."""

_FEW: Final = 1000
"""Of those who are remembered: with more, and twice as many as the last time, those who are free to
go on are forgotten."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and then so many a second."""

    burst: int
    """At least 1."""
    a_second: float
    """More than 0."""


def told(wait: float) -> float:
    """Return seconds to wait as they are told: whole milliseconds, never less, never none."""
    return max(1, math.ceil(wait * _MILLISECONDS)) / _MILLISECONDS


class Rates:
    """Lets each who asks do something at a rate.

    Args:
        rate: For each of them; None: as often as they like.
        now: Seconds since some moment.
    """

    def __init__(self, rate: Rate | None, now: Callable[[], float]) -> None:
        self._rate = rate
        self._now = now
        # A plain dict would look at all that went before its first one.
        self._full: OrderedDict[str, float] = OrderedDict()
        """When each has all of his burst again, the one who did it last at the end."""
        self._look_at = _FEW

    def wait(self, who: str) -> float:
        """Return the seconds after which one will do, and count none."""
        if self._rate is None:
            return 0.0
        full = self._full.get(who, 0.0)
        return max(0.0, full - self._now() - (self._rate.burst - 1) / self._rate.a_second)

    def take(self, who: str) -> float:
        """Count one, and return 0; or the seconds after which one will do, and count none."""
        if self._rate is None:
            return 0.0
        now, each = self._now(), 1 / self._rate.a_second
        full = max(self._full.pop(who, now), now)
        wait = full - now - (self._rate.burst - 1) * each
        self._full[who] = full if wait > 0 else full + each
        if len(self._full) > MOST:
            self._full.popitem(last=False)
        if len(self._full) > self._look_at:
            self._forget(now)
        return max(0.0, wait)

    def _forget(self, now: float) -> None:
        """Forget those who are free to go on."""
        for free in [each for each, full in self._full.items() if full <= now]:
            del self._full[free]
        # Seldom enough that it costs each who comes next to nothing.
        self._look_at = max(_FEW, 2 * len(self._full))
