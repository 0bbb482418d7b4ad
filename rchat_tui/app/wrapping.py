"""Break text into rows of a width in cells: pure, and linear in the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, set_cell_size, split_graphemes

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD: Final = re.compile(r"\S+[^\S\n]*|[^\S\n]+")


def wrap(text: str, width: int) -> list[tuple[int, int]]:
    r"""Return where the rows of ``text`` begin and end, as offsets into it.

    Rows break at ``\n`` and at white space, and inside a word only where it is wider than a row;
    never inside a grapheme. White space at a break belongs to no row. A grapheme that is wider
    than ``width`` gets a row of its own.
    """
    width = max(1, width)
    rows: list[tuple[int, int]] = []
    start = 0
    while True:
        end = text.find("\n", start)
        stop = len(text) if end < 0 else end
        if stop - start <= width and text.isascii():
            rows.append((start, stop))
        else:
            rows.extend(_wrap_line(text, start, stop, width))
        if end < 0:
            return rows
        start = end + 1


def chop(text: str, width: int) -> list[tuple[int, int]]:
    """Return where the rows of a line begin and end that is cut wherever a row is full.

    As `wrap` otherwise, but all white space is kept: every row begins where the one before ended.
    """
    if not text:
        return [(0, 0)]
    return [(start, end) for start, end, _ in _chop(0, text, max(1, width))]


def shortened(text: str, cells: int) -> str:
    """Return ``text`` in at most ``cells`` cells, cut with ``…``."""
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, max(0, cells - 1)).rstrip() + "…"


def estimate(text: str, width: int) -> int:
    """Return about how many rows ``text`` takes, without wrapping it."""
    return 1 + len(text) // max(1, width) + text.count("\n")


def _wrap_line(text: str, start: int, stop: int, width: int) -> Iterator[tuple[int, int]]:
    row, row_end, used = start, start, 0
    for match in _WORD.finditer(text, start, stop):
        token = match.group()
        word = token.rstrip()
        size = len(word) if word.isascii() else cell_len(word)
        if used and word and used + size > width:
            if row_end > row:
                yield row, row_end
            row, used = match.start(), 0
        if size > width:
            # The pieces but the last are full rows; the last one may be joined by other words.
            for piece, piece_end, cells in _chop(match.start(), word, width):
                if piece > match.start():
                    yield row, row_end
                row, used = piece, cells
                row_end = piece_end
        else:
            used += size
            row_end = match.start() + (len(word) or 0)
        used += len(token) - len(word)
    yield row, max(row, row_end)


def _chop(start: int, word: str, width: int) -> Iterator[tuple[int, int, int]]:
    """Yield start, end and cells of the pieces of a word that is wider than a row."""
    piece, cells = start, 0
    spans, _ = split_graphemes(word)
    for left, _right, size in spans:
        if cells and cells + size > width:
            yield piece, start + left, cells
            piece, cells = start + left, 0
        cells += size
    yield piece, start + len(word), cells
