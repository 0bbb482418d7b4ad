"""When a frame was complete at the terminal, from its bytes alone: pure.

A terminal emulator (pyte) takes longer for a frame than the app does, so under a flood it would
measure itself. Here bytes are only searched. What ends a frame is what a terminal shows it at: the
end of a synchronized update (mode 2026), which `Window` says that it has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

END: Final = b"\x1b[?2026l"
"""Ends a synchronized update: what was drawn since the one before is shown now."""

QUERY: Final = b"\x1b[?2026$p"
"""Asks a terminal whether it has them."""

ANSWER: Final = b"\x1b[?2026;2$y"
"""It has, as most terminals of today do."""

_LARGEST: Final = 1 << 24
"""Bytes without an end of a frame, after which none will come."""

_DRAWN: Final = re.compile(rb"\x1b\[(\d+);\d+H(?:\x1b\[[\d;]*m)*[^\x1b]")
"""Where the cursor is put, and something is drawn there."""

_ESCAPE: Final = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")


@dataclass(frozen=True, slots=True)
class Frame:
    """Something that was drawn at once."""

    data: bytes
    at: float
    """`time.perf_counter` when its last byte was read."""

    @property
    def text(self) -> bytes:
        """What it draws, without what moves the cursor and colours."""
        return _ESCAPE.sub(b"", self.data)

    @property
    def rows(self) -> set[int]:
        """The rows of the screen that it draws on. A cursor that blinks draws on one."""
        return {int(row) for row in _DRAWN.findall(self.data)}


class Frames:
    """Cuts what a terminal gets into frames."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes, at: float) -> Iterator[Frame]:
        """Take bytes that were read at a moment; yield the frames that they complete.

        Raises:
            ValueError: There is no end to a frame.
        """
        searched = max(0, len(self._rest) - len(END) + 1)
        self._rest += data
        while (found := self._rest.find(END, searched)) >= 0:
            end = found + len(END)
            yield Frame(bytes(self._rest[:end]), at)
            del self._rest[:end]
            searched = 0
        if len(self._rest) > _LARGEST:
            raise ValueError(f"no frame ends in {len(self._rest):,} bytes")


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value that ``part`` (0 to 1) of ``values`` are not above: the nearest rank.

    Raises:
        ValueError: There are no values, or ``part`` is none.
    """
    if not values or not 0 < part <= 1:
        raise ValueError("a percentile takes values, and a part above 0 and up to 1")
    rank = -int(-part * len(values) // 1)  # rounded up
    return sorted(values)[rank - 1]
