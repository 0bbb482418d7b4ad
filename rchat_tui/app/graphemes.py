"""Where in a line what looks like one character begins and ends: pure."""

from __future__ import annotations

from rich.cells import split_graphemes


def beginning(line: str, column: int) -> int:
    """Return where the character begins that ``column`` is in: itself, mostly."""
    if line.isascii():
        return column
    for start, end, _ in split_graphemes(line)[0]:
        if start <= column < end:
            return start
    return column


def before(line: str, column: int) -> int:
    """Return where the character before ``column`` begins, which is above 0."""
    return beginning(line, column - 1)


def after(line: str, column: int) -> int:
    """Return where the character at ``column`` ends, which is in the line."""
    if not line.isascii():
        for start, end, _ in split_graphemes(line)[0]:
            if start <= column < end:
                return end
    return column + 1
