from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rchat_tui.app.heights import Heights

lists = st.lists(st.integers(0, 5), max_size=700)


@given(lists, st.data())
def test_answers_as_a_plain_list_would(values: list[int], data: st.DataObject) -> None:
    """Otherwise a row shows another message than the one that stands there."""
    heights = Heights()
    heights.splice(0, 0, values)
    for _ in range(3):
        start = data.draw(st.integers(0, len(values)))
        removed = data.draw(st.integers(0, len(values) - start))
        added = data.draw(st.lists(st.integers(0, 5), max_size=300))
        values[start : start + removed] = added
        heights.splice(start, removed, added)
        if values:
            index = data.draw(st.integers(0, len(values) - 1))
            values[index] = heights[index] + 1
            heights[index] += 1
    assert heights.total == sum(values)
    assert len(heights) == len(values)
    for index in range(0, len(values), 37):
        assert heights.start(index) == sum(values[:index])
    for row in range(0, heights.total, 41):
        index, inner = heights.find(row)
        assert sum(values[:index]) + inner == row
