"""Which numbers are held, against sets of numbers."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from rchat_tui.client import ranges

_range = st.tuples(st.integers(1, 30), st.integers(0, 8)).map(lambda r: (r[0], r[0] + r[1]))
_ranges = st.lists(_range, max_size=8)


def _numbers(held: ranges.Ranges | list[ranges.Range]) -> set[int]:
    return {number for first, last in held for number in range(first, last + 1)}


def _built(parts: list[ranges.Range]) -> ranges.Ranges:
    held: ranges.Ranges = ()
    for part in parts:
        held = ranges.added(held, part)
    return held


@given(_ranges)
def test_what_was_added_is_held_and_nothing_else(parts: list[ranges.Range]) -> None:
    """Broken, a hole in a log was taken for read, or what was read was asked for again."""
    held = _built(parts)
    assert _numbers(held) == _numbers(parts)
    for (_, last), (first, _) in itertools.pairwise(held):
        assert last + 1 < first, "two that meet are one"


@given(_ranges, st.integers(0, 60))
def test_the_newest_stay(parts: list[ranges.Range], count: int) -> None:
    """Broken, a cache that was full forgot the newest messages, or kept them all."""
    held = _built(parts)
    kept = ranges.newest(held, count)
    assert sorted(_numbers(kept)) == sorted(_numbers(held))[max(0, len(_numbers(held)) - count) :]
    assert all(first <= last for first, last in kept)


@given(_ranges, st.integers(0, 45))
def test_a_page_lies_next_to_its_place_without_a_hole(
    parts: list[ranges.Range], place: int
) -> None:
    """Broken, a page of history skipped messages."""
    held, numbers = _built(parts), _numbers(parts)
    back = ranges.page(held, before=place, after=None)
    on = ranges.page(held, before=None, after=place)
    assert (back is None) == (place - 1 not in numbers)
    assert (on is None) == (place + 1 not in numbers)
    if back is not None:
        assert back[1] == place - 1
        assert _numbers([back]) <= numbers
        assert back[0] - 1 not in numbers
    if on is not None:
        assert on[0] == place + 1
        assert _numbers([on]) <= numbers
        assert on[1] + 1 not in numbers
    newest = ranges.page(held, before=None, after=None)
    assert (newest is None and not numbers) or (newest is not None and newest[1] == max(numbers))
