"""Messages that are answered and are not loaded where they stand: pure, and bounded.

They are shown above their answers. Each is asked for once, and once more when the line is back.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rchat_tui.app.items import Said

_MOST: Final = 500
"""Messages that are kept; who shows more answers than that asks again."""


class Quotes:
    """What one conversation's answers are answers to, by number."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, Said | None] = OrderedDict()
        """None: it was asked for, and is not here, or not yet."""

    def get(self, seq: int) -> Said | None:
        """Return the message of that number, where it is known."""
        return self._known.get(seq)

    def wants(self, seq: int) -> bool:
        """Return whether that message is to be asked for."""
        return seq not in self._known

    def asked(self, seqs: Iterable[int]) -> None:
        """Remember that these were asked for."""
        for seq in seqs:
            self._put(seq, self._known.get(seq))

    def put(self, messages: Iterable[Said]) -> None:
        """Keep those that were asked for."""
        for said in messages:
            if said.seq in self._known:
                self._put(said.seq, said)

    def change(self, seq: int, change: Callable[[Said], Said]) -> None:
        """Keep up with what is said of a message afterwards."""
        said = self._known.get(seq)
        if said is not None:
            self._known[seq] = change(said)

    def revise(self, change: Callable[[Said], Said]) -> None:
        """Change all that are known."""
        for seq, said in self._known.items():
            self._known[seq] = said and change(said)

    def retry(self) -> None:
        """Ask again for what did not come."""
        for seq in [seq for seq, said in self._known.items() if said is None]:
            del self._known[seq]

    def clear(self) -> None:
        """Forget all: the numbers mean nothing any more."""
        self._known.clear()

    def _put(self, seq: int, said: Said | None) -> None:
        self._known[seq] = said
        self._known.move_to_end(seq)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
