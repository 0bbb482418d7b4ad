"""Which numbers of a log are held: ranges without a hole, in order, apart from each other. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Range = tuple[int, int]
"""First and last number, both held; the first is not above the last."""

Ranges = tuple[Range, ...]
"""Ascending; between two of them at least one number is missing."""


def added(ranges: Iterable[Range], new: Range) -> Ranges:
    """Return the ranges with ``new``, joined with what it meets or overlaps."""
    first, last = new
    before: list[Range] = []
    after: list[Range] = []
    for held in ranges:
        if held[1] < first - 1:
            before.append(held)
        elif held[0] > last + 1:
            after.append(held)
        else:
            first, last = min(first, held[0]), max(last, held[1])
    return (*before, (first, last), *after)


def around(ranges: Iterable[Range], number: int) -> Range | None:
    """Return the range that holds ``number``; None where it is not held."""
    return next((held for held in ranges if held[0] <= number <= held[1]), None)


def newest(ranges: Ranges, count: int) -> Ranges:
    """Return what is left of the ranges when only the highest ``count`` numbers stay."""
    kept: list[Range] = []
    for first, last in reversed(ranges):
        if count <= 0:
            break
        kept.append((max(first, last - count + 1), last))
        count -= last - first + 1
    return tuple(reversed(kept))


def page(ranges: Iterable[Range], *, before: int | None, after: int | None) -> Range | None:
    """Return the numbers held next to a place: up to the one before it, or from the one after it.

    Without a place, up to the highest number held.
    """
    if before is not None:
        held = around(ranges, before - 1)
        return None if held is None else (held[0], before - 1)
    if after is not None:
        held = around(ranges, after + 1)
        return None if held is None else (after + 1, held[1])
    return max(ranges, default=None)
