"""Text whose width terminals disagree about: what follows it stands where it belongs.

How many cells ``❤️``, a family joined by U+200D, a flag or an Indic vowel sign take differs from
terminal to terminal (Unicode 15.1, UAX #11 leaves it open). One cell more, and all that stands to
the right is shifted: the next pane, the scroll bar. So the cells that such text is to take are
blanked, and after it the cursor is put where it is to be, on whatever terminal.
"""

from __future__ import annotations

import contextlib
import re
from typing import IO, TYPE_CHECKING, Any, Final

from rich.cells import cell_len

if TYPE_CHECKING:
    from textual.driver import Driver

# Scripts with spacing marks and stacked vowels (Devanagari to Myanmar, Hangul Jamo, Khmer, Indic
# ones beyond the first plane), what joins or varies, private use, noncharacters, flags, and emoji
# that are younger than many a terminal. Other wide characters have been so for everybody since
# Unicode 9.
_JOINS: Final = "\u200d\u20e3\ufe00-\ufe0f\U0001f3fb-\U0001f3ff"
_BASIC: Final = (
    "\u0600-\u0605\u0700-\u109f\u1100-\u11ff\u1780-\u1cff\u200b-\u200d\u2028-\u202e"
    "\u2060-\u206f\u20e3\u3164\ua800-\uabff\ud7b0-\ud7ff\ue000-\uf8ff\ufdd0-\ufdef"
    "\ufe00-\ufe0f\ufff0-\uffff"
)
_BEYOND: Final = (
    "\U00010a00-\U00010fff\U00011000-\U00016fff\U0001d165-\U0001d1ff\U0001f1e6-\U0001f1ff"
    "\U0001f3fb-\U0001f3ff\U0001f700-\U0001f8ff\U0001f900-\U0010ffff"
)
# These two are compiled when they are first needed, which is not before the first paint.
_RUN: Final = f"(?:[{_BASIC}{_BEYOND}]|[^\x1b](?=[{_JOINS}])|(?<=\u200d)[^\x1b])+"
# A frame without any of it costs two looks, a third of one look for exactly these.
_SOME_BASIC: Final = re.compile(f"[{_BASIC}]")
_SOME_BEYOND: Final = re.compile("[\U00010a00-\U0010ffff]")
_PART: Final = r"""(?xs)
    \x1b\[ (?P<row>\d+) ; (?P<column>\d+) H     # the cursor is put somewhere
    | \x1b\[ [0-?]* [ -/]* [@-~]                # colours and the like: no cells
    | \x1b\] .*? (?: \x1b\\ | \x07 )            # links
    | (?P<text> [^\x1b]+ )
    | .
    """


def anchored(data: str) -> str:
    """Return a frame that Textual drew with the cursor put right behind disputed text.

    Args:
        data: begins each row with the cursor's place, as Textual's compositor does; other data
            comes back as it is.
    """
    if not _may_be_disputed(data):
        return data
    return "\n".join(
        _anchored_row(row) if _may_be_disputed(row) else row for row in data.split("\n")
    )


def _may_be_disputed(text: str) -> bool:
    return bool(_SOME_BASIC.search(text) or _SOME_BEYOND.search(text))


def _anchored_row(row: str) -> str:
    pieces: list[str] = []
    column: int | None = None
    for token in re.finditer(_PART, row):
        text = token["text"]
        if token["column"] is not None:
            column = int(token["column"])
        elif text is not None and column is not None:
            pieces += _pieces(text, column)
            column += cell_len(text)
            continue
        pieces.append(token.group())
    return "".join(pieces)


def _pieces(text: str, column: int) -> list[str]:
    """Return text that begins in a column, from 1."""
    pieces: list[str] = []
    done = 0
    for run in re.finditer(_RUN, text):
        before = text[done : run.start()]
        column += cell_len(before)
        width = cell_len(run.group())
        pieces += [before, " " * width, f"\x1b[{column}G", run.group()]
        column += width
        pieces.append(f"\x1b[{column}G")
        done = run.end()
    return [*pieces, text[done:]]


class UntilGone:
    """The terminal as a file, which takes what is written to it also when it is gone.

    Textual's writer would end with the first error, and the app hang on what waits for it.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write a text."""
        with contextlib.suppress(OSError, ValueError):  # hung up, or closed: nobody looks
            return self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Write what waits."""
        with contextlib.suppress(OSError, ValueError):
            self._file.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def anchoring(driver: type[Driver]) -> type[Driver]:
    """Return the driver with every frame `anchored`, and that ends whatever becomes of its file."""

    class AnchoringDriver(driver):  # type: ignore[misc, valid-type]
        """Writes frames whose rows keep their places; none while another program has the screen.

        Textual goes on drawing while it is suspended, and what its writer is given then waits in a
        queue that nobody empties: the app would hang on it.
        """

        away = False

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            file: IO[str] | None = getattr(self, "_file", None)  # the headless one has none
            if file is not None:
                self._file = UntilGone(file)

        def write(self, data: str) -> None:
            if not self.away:
                super().write(anchored(data))

        def suspend_application_mode(self) -> None:
            super().suspend_application_mode()
            self.away = True

        def resume_application_mode(self) -> None:
            # A terminal that hangs up sends SIGCONT, too: that is no coming back, and would make a
            # second writer and a second reader of keys.
            if self.away:
                self.away = False
                super().resume_application_mode()

    return AnchoringDriver
