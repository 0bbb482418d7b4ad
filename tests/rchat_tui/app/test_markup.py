from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from rchat_tui.app.code import LANGUAGES, tokens
from rchat_tui.app.items import Said
from rchat_tui.app.layout import Look, Piece, Place
from rchat_tui.app.markup import Mark, Span, blocks, line, safe_link
from rchat_tui.app.roles import Role
from rchat_tui.app.speech import speech
from rchat_tui.client.display import safe_text

FENCED = "see\n```python\ndef f():\n\n    return 1  # one\n```\nthere"


def said(content: str) -> Said:
    """Return a message."""
    return Said("bob", content, 0, "i1", 1)


def drawn(content: str, look: Look) -> list[str]:
    """Return the rows of what was said as text, without columns."""
    rows = [row for row in speech(said(content), Place(), look) if row.copied_from is not None]
    return ["".join(piece.text for piece in row.pieces)[look.gutter :].rstrip() for row in rows]


def copied(content: str, look: Look) -> str:
    """Return what is copied where all rows of a message are selected."""
    text = ""
    for row in speech(said(content), Place(), look):
        if row.copied_from is None:
            continue
        whole = "".join(piece.text for piece in row.pieces)
        text += (row.joint if text else "") + whole[row.copied_from : row.copied_to]
    return text


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("a **b** c", [Span("a "), Span("b", Mark.BOLD), Span(" c")]),
        ("*a **b***", [Span("a ", Mark.ITALIC), Span("b", Mark.ITALIC | Mark.BOLD)]),
        ("~~a~~ `**b**`", [Span("a", Mark.STRIKE), Span(" "), Span("**b**", Mark.CODE)]),
        ("snake_case_name, 2 * 3 * 4", [Span("snake_case_name, 2 * 3 * 4")]),
        ("#general\n# not a heading", [Span("#general\n# not a heading")]),
        ("[a]: https://b.c\n<i>x</i> &amp;", [Span("[a]: https://b.c\n<i>x</i> &amp;")]),
        ("[x](javascript:alert)", [Span("[x](javascript:alert)")]),
        (r"shrugs ¯\_(ツ)_/¯", [Span(r"shrugs ¯\_(ツ)_/¯")]),
        (r"\*a\*", [Span("*a*")]),
        ("  two\n   three ", [Span("  two\n   three ")]),
        ("*", [Span("*")]),
        ("> ", [Span("> ")]),
        ("1.", [Span("1.")]),
    ],
)
def test_what_is_meant_and_what_is_not(text: str, spans: list[Span]) -> None:
    """Otherwise what people write is shown with its marks, or loses what was no mark."""
    (block,) = blocks(text)
    merged: list[Span] = []
    for span in block.spans:
        if merged and (merged[-1].marks, merged[-1].link) == (span.marks, span.link):
            merged[-1] = replace(span, text=merged[-1].text + span.text)
        elif span.text:
            merged.append(span)
    assert merged == spans


def test_a_link_says_where_it_leads() -> None:
    """Otherwise a message shows one address and opens another."""
    (block,) = line("[your bank](https://evil.example/?q) or <https://a.b>")
    assert block.text == "your bank (https://evil.example/?q) or https://a.b"
    assert [span.link for span in block.spans if span.link] == [
        "https://evil.example/?q",
        "https://evil.example/?q",
        "https://a.b",
    ]


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "file:///etc/passwd", "https://a\x1b]0;b", "https://a b", "", "x" * 9],
)
def test_no_other_link_gets_to_the_terminal(link: str) -> None:
    """Otherwise a click does more than open a page, or an address ends the terminal's sequence."""
    assert safe_link(link) == ""
    assert safe_link("https://a.b/" + "x" * 3000) == ""
    assert safe_link("https://a.b/x?y=z#a") == "https://a.b/x?y=z#a"


def test_quotes_lists_and_blank_lines_stand_as_they_were_written() -> None:
    """Otherwise a quote or a list falls apart, or lines are joined that were not."""
    text = "> one\n> two\n>\n> three\n\n- a\n  - b\n    c\n2. d\n\nend"
    assert drawn(text, Look(80)) == [
        "▌ one",
        "▌ two",
        "▌",
        "▌ three",
        "",
        "• a",
        "  • b",
        "    c",
        "2. d",
        "",
        "end",
    ]
    assert drawn("> - a b", Look(60)) == ["▌ • a b"]
    assert drawn("> is *it\n> so*?\nit **is**\nnow", Look(60)) == [
        "▌ is it",
        "▌ so?",
        "it is",
        "now",
    ]


def test_what_wraps_goes_on_below_itself() -> None:
    """Otherwise the second row of an item stands where the next one would begin."""
    look = Look(60)
    text = "- " + "word " * 20
    assert all(row.startswith("  word") for row in drawn(text, look)[1:])
    assert copied(text, look) == "• " + ("word " * 20).strip()


def test_code_is_copied_as_it_was_written() -> None:
    """Otherwise a pasted program has other white space, numbers, or a frame around it."""
    for width in (24, 60, 200):
        assert copied(FENCED, Look(width)) == ("see\n\ndef f():\n\n    return 1  # one\nthere")


def test_code_has_colours_and_its_text_stays() -> None:
    """Otherwise code is plain, or what is shown is not what was sent."""
    pieces = [
        piece
        for row in speech(said(FENCED), Place(), Look(80))
        for piece in row.pieces
        if piece.role is Role.CODE
    ]
    assert Piece("def", Role.CODE, "keyword") in pieces
    for language in (*LANGUAGES, "nonsense"):
        for code in (FENCED, "\n\n x \n", "", "<b>\t</b>\n", "é日👍"):
            assert "".join(text for text, _ in tokens(code, language)) == code


def test_before_the_first_paint_it_is_shown_as_it_is() -> None:
    """Otherwise the first paint waits for the library, or its rows are those of another text."""
    assert drawn("**a**\n> b", Look(80, marked=False)) == ["**a**", "> b"]


marked = st.text(alphabet='ab1 \n*_~`<>[]()-+.\\#!|/:@"', max_size=80)


@given(marked)
def test_nothing_that_was_said_vanishes(text: str) -> None:
    """Otherwise somebody hides words in marks, or loses them there."""
    text = safe_text(text)
    shown = "".join(drawn(text, Look(400)))
    for character in "ab1":
        assert shown.count(character) >= text.count(character)


@given(st.one_of(marked, st.text()), st.integers(60, 90))
def test_no_row_is_too_wide(text: str, width: int) -> None:
    """Otherwise what others write runs over the edge of the view, or ends the app."""
    look = Look(width)
    rows = drawn(safe_text(text).expandtabs(4), look)
    assert max(map(cell_len, rows), default=0) <= look.body


@pytest.mark.parametrize(
    "text",
    [
        ">" * 200 + " deep",
        "\n".join("  " * depth + f"- level{depth}" for depth in range(60)),
        "- " * 100 + "deep",
        "[" * 2000 + "x",
        "*" * 2000 + "x",
    ],
)
def test_what_is_nested_beyond_all_measure_is_shown(text: str) -> None:
    """Otherwise words vanish in a hundred quotes, or the reader runs out of stack."""
    shown = "".join(drawn(text, Look(200)))
    for word in re.findall(r"\w+", text):
        assert word in shown
