"""What makes each message of ours its own: when it was written, and its id."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from rchat_tui.client.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Callable


class Stamps:
    """Times and ids."""

    def __init__(self, now: Callable[[], float], rng: random.Random | None) -> None:
        """Make stamps.

        Args:
            now: seconds since 1970-01-01 UTC.
            rng: where the random part of ids comes from; None: from the system.
        """
        self._now = now
        self._rng = rng or random.SystemRandom()

    def milliseconds(self) -> int:
        """Return the time, in milliseconds since 1970-01-01 UTC."""
        return int(self._now() * 1000)

    def new_id(self) -> str:
        """Return an id that no other message has."""
        return uuid7(self.milliseconds(), self._rng)
