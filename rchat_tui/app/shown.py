"""The rows of items that were shown lately: pure, and bounded."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rchat_tui.app.rows import rows

if TYPE_CHECKING:
    from rchat_tui.app.items import Item
    from rchat_tui.app.layout import Look, Place, Row

_CACHED_ROWS: Final = 8_000
"""Rows that stay wrapped: some dozen screens of the largest terminal."""


@dataclass(slots=True)
class Shown:
    """An item's rows, and what the view has made of them."""

    where: Place
    rows: list[Row]
    drawn: dict[int, object] = field(default_factory=dict)
    """The view's own, by number of row."""

    @property
    def size(self) -> int:
        """What it counts for: what takes no row takes memory all the same."""
        return max(1, len(self.rows))


class ShownRows:
    """Rows by item, for one look; those that were used longest ago go first."""

    def __init__(self) -> None:
        self._shown: OrderedDict[Item, Shown] = OrderedDict()
        self._rows = 0

    def __len__(self) -> int:
        return len(self._shown)

    def get(self, item: Item) -> Shown | None:
        """Return the rows of an item, where they are here."""
        return self._shown.get(item)

    def show(self, item: Item, where: Place, look: Look) -> Shown:
        """Return the rows of an item that stands so, made where they are not here."""
        shown = self._shown.get(item)
        if shown is not None:
            if shown.where == where:
                self._shown.move_to_end(item)
                return shown
            self._rows -= shown.size
        shown = self._shown[item] = Shown(where, rows(item, where, look))
        self._shown.move_to_end(item)
        self._rows += shown.size
        while self._rows > _CACHED_ROWS and len(self._shown) > 1:
            _, oldest = self._shown.popitem(last=False)
            self._rows -= oldest.size
        return shown

    def drop(self, item: Item) -> None:
        """Forget an item that is no more."""
        shown = self._shown.pop(item, None)
        if shown is not None:
            self._rows -= shown.size

    def clear(self) -> None:
        """Forget all: the look is another one."""
        self._shown.clear()
        self._rows = 0

    def redraw(self) -> None:
        """Forget what the view has drawn: its colours are others now."""
        for shown in self._shown.values():
            shown.drawn.clear()
