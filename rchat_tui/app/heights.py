"""Which row of a long list an item begins at, and which item a row belongs to: pure.

Heights stand in blocks with a sum each, so that a question walks some hundred numbers however long
the list is, and a change at the end, where nearly all changes are, costs one block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLOCK: Final = 256


class Heights:
    """The heights, in rows, of a list of items; all are at least 0."""

    def __init__(self) -> None:
        self._heights: list[int] = []
        self._sums: list[int] = []
        self._total = 0

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    @property
    def total(self) -> int:
        """Rows of all items together."""
        return self._total

    def __setitem__(self, index: int, height: int) -> None:
        change = height - self._heights[index]
        if change:
            self._heights[index] = height
            self._sums[index // _BLOCK] += change
            self._total += change

    def splice(self, start: int, removed: int, added: Sequence[int]) -> None:
        """Replace the heights of ``removed`` items from ``start`` on by ``added``."""
        self._heights[start : start + removed] = added
        block = start // _BLOCK
        del self._sums[block:]
        self._sums.extend(
            sum(self._heights[at : at + _BLOCK])
            for at in range(block * _BLOCK, len(self._heights), _BLOCK)
        )
        self._total = sum(self._sums)

    def start(self, index: int) -> int:
        """Return the row that item ``index`` begins at; that of the end for the length."""
        block = index // _BLOCK
        return sum(self._sums[:block]) + sum(self._heights[block * _BLOCK : index])

    def find(self, row: int) -> tuple[int, int]:
        """Return the item at ``row``, and which of its rows it is; the nearest for one outside.

        Raises:
            IndexError: there is no item.
        """
        if not self._heights:
            raise IndexError(row)
        row = min(max(row, 0), max(0, self._total - 1))
        index = 0
        for size in self._sums:
            if row < size:
                break
            row -= size
            index += _BLOCK
        last = len(self._heights) - 1
        while index < last and row >= self._heights[index]:
            row -= self._heights[index]
            index += 1
        return index, min(row, max(0, self._heights[index] - 1))
