"""How often people write in one channel. Pure."""

from __future__ import annotations

from typing import Final

from rchat_protocol.errors import ChatError, ErrorCode

MOST: Final = 10_000
"""People who are remembered; of more, those who wrote longest ago are forgotten."""


class Tempo:
    """When each wrote last, where that matters."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def spoke(self, identity: str, at: int) -> None:
        """Somebody writes at that moment: milliseconds since 1970-01-01 UTC."""
        self._last.pop(identity, None)
        self._last[identity] = at
        if len(self._last) > MOST:
            del self._last[next(iter(self._last))]

    def refuse(self, identity: str, at: int, pause: int) -> None:
        """Let somebody write who has waited for so many seconds.

        Raises:
            ChatError: ``slow-mode``, with the seconds that are left.
        """
        last = self._last.get(identity)
        # The time of day may have gone back: nobody waits longer than the pause.
        left = 0 if last is None else min(last + 1000 * pause - at, 1000 * pause)
        if left > 0:
            raise ChatError(
                ErrorCode.SLOW_MODE,
                f"Slow mode: a message every {pause} s. Yours can go in {-(-left // 1000)} s.",
                retry=left / 1000,
            )
