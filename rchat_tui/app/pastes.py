"""What a terminal pastes is text, whatever is in it.

Textual's parser takes an escape character within a bracketed paste for the beginning of a key: what
follows is lost, or typed, and an Enter in it sends half of what was pasted. Many terminals filter
such characters, not all of them. So they are taken out before the parser sees them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual._xterm_parser import XTermParser

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.message import Message

_BEGIN: Final = "\x1b[200~"
_END: Final = "\x1b[201~"
_ESCAPE: Final = "\x1b"
_MENDED: Final = "_rchat_pastes"


class Pastes:
    """Finds pastes in what a terminal sends, in whatever pieces it comes."""

    def __init__(self) -> None:
        self._inside = False
        self._rest = ""
        """Inside: what may be the beginning of the end. Outside: the last that was passed on."""

    def cleaned(self, data: str) -> str:
        """Return what the terminal sent without what would end a paste too early."""
        result: list[str] = []
        while data:
            data = self._inside_of(data, result) if self._inside else self._outside(data, result)
        return "".join(result)

    def _outside(self, data: str, result: list[str]) -> str:
        """Pass on what is before a paste; return what is in it, or after it."""
        before = self._rest
        at = (before + data).find(_BEGIN)
        if at < 0:
            result.append(data)
            self._rest = (before + data)[-len(_BEGIN) + 1 :]
            return ""
        stop = at + len(_BEGIN) - len(before)
        result.append(data[:stop])
        self._inside, self._rest = True, ""
        return data[stop:]

    def _inside_of(self, data: str, result: list[str]) -> str:
        """Pass on what is pasted; return what comes after it."""
        data, self._rest = self._rest + data, ""
        pasted, end, after = data.partition(_END)
        if end:
            self._inside = False
        else:
            held = next((n for n in range(len(_END) - 1, 0, -1) if data.endswith(_END[:n])), 0)
            pasted, self._rest = data[: len(data) - held], data[len(data) - held :]
        result.append(pasted.replace(_ESCAPE, "") + end)
        return after


def mend_pastes() -> None:
    """Let Textual's parser hear of pastes as they are. May be called more than once."""
    feed = XTermParser.feed
    if hasattr(feed, _MENDED):
        return

    def mended(self: XTermParser, data: str) -> Iterable[Message]:
        pastes = self.__dict__.setdefault(_MENDED, Pastes())
        cleaned = pastes.cleaned(data)
        # Nothing at all means to the parser that the terminal is gone.
        return feed(self, cleaned) if cleaned or not data else ()

    setattr(mended, _MENDED, True)
    XTermParser.feed = mended  # type: ignore[method-assign]
