"""Untrusted text made fit for a terminal: pure, and the one place that decides what is shown.

Names, messages and a server's sentences come from others. What they contain is shown and never
obeyed: no escape sequence reaches the terminal, no bidirectional override turns a line around.
"""

from __future__ import annotations

import functools
import re
from typing import Final

_ESCAPES: Final = re.compile(
    r"""
    (?: \x1b\[ | \x9b ) [\x30-\x3f]* [\x20-\x2f]* [\x40-\x7e]?              # CSI: colours, cursor
    | (?: \x1b[\]PX^_] | [\x9d\x90\x98\x9e\x9f] )
      [^\x07\x1b\x9c\n]{0,4096} (?: \x07 | \x9c | \x1b\\ )?             # OSC, DCS: titles, links
    | \x1b [\x20-\x2f]* [\x30-\x7e]?                                         # the short ones
    """,
    re.VERBOSE,
)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_ENDS: Final = re.compile(r"\r\n?|\x85|\u2028|\u2029")
# Those that turn the direction of what follows, and marks that nobody sees: UAX #9, section 2.
_BIDI: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Joiners at the beginning of a word join nothing: libraries measure them each in its own way.
_JOINS_NOTHING: Final = re.compile(r"(?:^|(?<=\s))[\u200c\u200d]+", re.MULTILINE)

TEXT_CHARS: Final = 16 * 1024
"""Longest text that `safe_text` returns unless told otherwise: the largest message has no more."""


_KNOWN_LINES: Final = 4_096
"""Lines that are kept, and the characters of the longest of them."""
_KNOWN_CHARS: Final = 64


def safe_text(text: str, *, limit: int = TEXT_CHARS) -> str:
    r"""Return ``text`` without anything that a terminal would act on, at most ``limit`` long.

    Escape sequences and control characters vanish, except ``\n`` and ``\t``; other line ends become
    ``\n``; bidirectional controls are shown as ``<U+202E>``; joiners that join nothing vanish, too;
    what is cut ends in ``…``.
    """
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text  # nearly every line
    # A hostile text may be long: what is dropped below costs no more than the limit's worth.
    cut = len(text) > 2 * limit
    text = _LINE_ENDS.sub("\n", text[: 2 * limit])
    text = _CONTROLS.sub("", _ESCAPES.sub("", text))
    text = _JOINS_NOTHING.sub("", _BIDI.sub(_shown, text))
    if cut or len(text) > limit:
        return text[: max(0, limit - 1)] + "…"
    return text


def safe_line(text: str, *, limit: int = 200) -> str:
    """Return ``text`` as one safe line: for names, topics and sentences in a status bar."""
    # Nearly always it is the name of somebody who spoke before: one string for all he says.
    return (_known_line if len(text) <= _KNOWN_CHARS else _line)(text, limit)


def _line(text: str, limit: int) -> str:
    return safe_text(" ".join(safe_text(text, limit=2 * limit).split()), limit=limit)


_known_line: Final = functools.lru_cache(_KNOWN_LINES)(_line)


def _shown(match: re.Match[str]) -> str:
    return f"<U+{ord(match.group()):04X}>"
