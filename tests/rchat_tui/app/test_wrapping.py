from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from rchat_tui.app.wrapping import wrap
from rchat_tui.client.display import safe_text

HOSTILE = (
    "e" + "\u0301" * 40,
    "\u200d\ufe0f\u200d",
    "👩‍👩‍👧‍👦🏳️‍🌈👍🏽",
    "日本語のテキスト",
    "a\u202eevil\u2066b",
    "[bold red]no markup[/]",
    "\x1b[31mred\x1b]0;title\x07",
    "ﷺ" * 3,
    " \t  leading",
    "x" * 300,
)
texts = st.one_of(st.text(), st.text(alphabet="ab \n日é👍\u0301\u200d"), st.sampled_from(HOSTILE))


def _rows(text: str, width: int) -> list[str]:
    return [text[start:end] for start, end in wrap(text, width)]


def test_breaks_at_white_space_and_only_then_inside_words() -> None:
    """Otherwise words are torn apart although there is room for them."""
    assert _rows("hello world foo", 11) == ["hello world", "foo"]
    assert _rows("x " + "a" * 9 + " y", 4) == ["x", "aaaa", "aaaa", "a y"]
    assert _rows("one\n\n  two", 20) == ["one", "", "  two"]
    assert _rows("", 5) == [""]


def test_wide_characters_and_families_stay_whole() -> None:
    """Otherwise half a character stands at a row's end, and the screen shifts."""
    assert _rows("日本語テキスト", 6) == ["日本語", "テキス", "ト"]
    family = "👩‍👩‍👧‍👦"
    assert _rows(family * 3, 4) == [family * 2, family]


@given(texts, st.integers(1, 40))
def test_no_row_is_wider_than_asked_and_nothing_is_lost(text: str, width: int) -> None:
    """Otherwise what others write is cut off, or runs over the edge of the view."""
    text = safe_text(text).expandtabs(4)
    spans = wrap(text, width)
    position = 0
    for start, end in spans:
        assert position <= start <= end
        assert not text[position:start].strip()
        row = text[start:end]
        assert cell_len(row) <= max(width, 2) or len(row.strip()) == 1
        position = end
    assert not text[position:].strip()
