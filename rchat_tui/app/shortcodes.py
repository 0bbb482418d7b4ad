"""Every emoji by its short code, and back: pure. Loaded late: the table takes 30 ms and 10 MB.

The short codes are those of GitHub and Slack, which the `emoji` library keeps up with Unicode; our
own short list comes first.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any, Final

import emoji as table
from rich.cells import cell_len

from rchat_tui.app.emoji import SHORT_CODES

_CODE: Final = re.compile(r":([a-z0-9_+\-]+):", re.IGNORECASE)
# Codes in a row, with nothing beside them that would make them a part of something else: a path, a
# time, a C++ name. What is code is left as it was typed.
_TYPED: Final = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|(?<![\w/:.\\])(?P<codes>(?::[a-z0-9_+\-]+:)+)(?![\w/:])",
    re.IGNORECASE | re.DOTALL,
)
_UNTYPED: Final = re.compile(r"[^a-z0-9_+\-]")
_FULLY_QUALIFIED: Final = 2
_TONE: Final = "_skin_tone"


def emoji_of(name: str) -> str | None:
    """Return the emoji of a short code without its colons; None where there is none."""
    return SHORT_CODES.get(name) or _table().get(name)


def find(begin: str, *, most: int) -> list[tuple[str, str]]:
    """Return the short codes that begin so, each with its emoji, those people use first.

    Args:
        begin: without its colon; skin tones come only when it names them.
        most: how many at the most.
    """
    begin = begin.lower()
    codes = {**SHORT_CODES, **_table()}
    found = [
        name
        for name in codes
        if name.startswith(begin) and (_TONE not in name or _TONE[1:5] in begin)
    ]
    found.sort(key=lambda name: (name not in SHORT_CODES, len(name), name))
    seen: dict[str, str] = {}
    for name in found:
        seen.setdefault(codes[name], name)  # one name each is enough
        if len(seen) == most:
            break
    return [(name, emoji) for emoji, name in seen.items()]


def replaced(text: str) -> str:
    """Return what was typed with an emoji for each short code that stands by itself."""
    return _TYPED.sub(_replaced, text)


def _replaced(match: re.Match[str]) -> str:
    if match["codes"] is None:
        return match.group()
    return _CODE.sub(lambda code: emoji_of(code[1].lower()) or code[0], match["codes"])


def spelled(text: str) -> str:
    """Return ``text`` with a short code for each emoji whose width may be disputed.

    A sign that takes one cell on every terminal, like ©, stays.
    """
    if text.isascii():
        return text
    return table.replace_emoji(text, replace=_spelled)


def _spelled(emoji: str, about: dict[str, Any]) -> str:
    if len(emoji) == 1 and cell_len(emoji) == 1:
        return emoji
    if emoji in _common():
        return f":{_common()[emoji]}:"
    names = [_name(code) for code in (*about.get("alias", ()), about["en"])]
    names.sort(key=len)
    # Some are the names of another one, too.
    own = [name for name in names if _plain(emoji_of(name)) == _plain(emoji)]
    return f":{(own or names)[0]}:"


def _name(code: str) -> str:
    """Return a short code of the library's as it is typed: without colons, accents and dots."""
    letters = unicodedata.normalize("NFKD", code.lower()).encode("ascii", "ignore").decode()
    return _UNTYPED.sub("", letters)


def _plain(emoji: str | None) -> str:
    """Return an emoji without what says that it is to be drawn as one."""
    return (emoji or "").replace("\ufe0f", "")


@cache
def _table() -> dict[str, str]:
    """Return the library's short codes, without colons, and their emoji."""
    known = [
        (emoji, about)
        for emoji, about in table.EMOJI_DATA.items()
        if about["status"] == _FULLY_QUALIFIED
    ]
    # Some names are those of two emoji: of the one that has no other, else as in other chats.
    codes = {_name(about["en"]): emoji for emoji, about in known if not about.get("alias")}
    for emoji, about in known:
        for code in about.get("alias", ()):
            codes.setdefault(_name(code), emoji)
    for emoji, about in known:
        codes.setdefault(_name(about["en"]), emoji)
    return codes


@cache
def _common() -> dict[str, str]:
    """Return our own short codes by emoji, without colons; the first of several."""
    return {emoji: name for name, emoji in reversed(SHORT_CODES.items())}
