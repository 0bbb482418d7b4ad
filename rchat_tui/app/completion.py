"""What Tab makes of a word: pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct, field

from rchat_protocol import names
from rchat_tui.app.commands import BY_SLASH, Kind
from rchat_tui.options import BY_NAME
from rchat_tui.options import Kind as SettingKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_CODE: Final = re.compile(r"(?<![\w:/]):(?P<begin>[a-z0-9_+\-]+)$", re.IGNORECASE)
"""The beginning of an emoji's short code."""

MOST: Final = 100
"""Options at the most: nobody goes through more."""


class Option(NamedTuple):
    """One of the things that a word may become."""

    text: str
    """What takes its place, with the space or colon that follows it."""
    label: str
    """How it is listed."""
    hint: str = ""
    """What it is, in a few words."""


class Completion(Struct, frozen=True):
    """What may stand in the place of a word."""

    start: int
    end: int
    """The word is ``text[start:end]``."""
    options: tuple[Option, ...]
    """At least one."""


class Words(Struct, frozen=True):
    """What there is to complete from: by kind, those nearest at hand first, without sigil."""

    known: Mapping[Kind, Sequence[str]] = field(default_factory=dict)

    def beginning(self, prefix: str, kind: Kind) -> Iterator[str]:
        """Yield those of a kind that begin so, in whatever case."""
        key = names.key(prefix)
        for word in self.known.get(kind, ()):
            if names.key(word).startswith(key):
                yield word


def complete(text: str, cursor: int, words: Words, *, first: bool = True) -> Completion | None:
    """Return what the word before ``cursor`` may become, or None where there is nothing.

    At the beginning of a message a name gets a colon: that speaks to its owner.

    Args:
        text: one line.
        cursor: offset into it.
        words: what there is.
        first: whether the line is the first one, which may be a command.
    """
    before = text[:cursor]
    start = max(before.rfind(" "), before.rfind("\t")) + 1
    word = before[start:]
    if first and before.startswith("/") and not before.startswith("//"):
        if start == 0:
            return _completion(start, cursor, _commands(word[1:]))
        name, *arguments = before[1:start].split()
        command = BY_SLASH.get(name.lower()) if name else None
        kind = Kind.TEXT if command is None else command.kind(len(arguments))
        if command is not None and command.takes == (Kind.SETTING,) and len(arguments) == 1:
            return _completion(start, cursor, _values(word, arguments[0], words))
        if kind is not Kind.TEXT:
            literal = () if command is None else command.choices
            return _completion(start, cursor, _argument(word, kind, words, literal))
    if match := _CODE.search(before):
        return _completion(match.start(), cursor, _emoji(match["begin"]))
    return _completion(start, cursor, _plain(word, words, first=first and start == 0))


def _completion(start: int, end: int, options: Iterable[Option]) -> Completion | None:
    found = tuple(option for option, _ in zip(options, range(MOST), strict=False))
    return Completion(start, end, found) if found else None


def _commands(prefix: str) -> Iterator[Option]:
    for slash, command in BY_SLASH.items():
        if slash.startswith(prefix.lower()):
            yield Option(f"/{slash} ", f"/{slash} {command.usage}".rstrip(), command.description)


def _argument(word: str, kind: Kind, words: Words, literal: Sequence[str]) -> Iterator[Option]:
    if kind is Kind.EMOJI:
        yield from _emoji(word.strip(":")) if word.strip(":") else ()
    elif kind is Kind.CHOICE:
        for choice in literal:
            if choice.startswith(word.lower()):
                yield Option(f"{choice} ", choice)
    else:
        sigil = {Kind.CHANNEL: "#", Kind.JOINED: "#", Kind.PERSON: "@"}.get(kind, "")
        for found in words.beginning(word.removeprefix(sigil), kind):
            yield Option(f"{found} ", sigil + found)


def _values(word: str, setting: str, words: Words) -> Iterator[Option]:
    """Yield what a setting may be."""
    option = BY_NAME.get(setting.lower())
    if option is None:
        return
    if option.name == "theme":
        yield from _argument(word, Kind.THEME, words, ())
    switch = ("on", "off") if option.kind is SettingKind.SWITCH else ()
    yield from _argument(word, Kind.CHOICE, words, option.choices or switch)


def _plain(word: str, words: Words, *, first: bool) -> Iterator[Option]:
    if word.startswith("#"):
        for name in words.beginning(word[1:], Kind.CHANNEL):
            yield Option(f"#{name} ", f"#{name}")
    elif word.startswith("@"):
        for name in words.beginning(word[1:], Kind.PERSON):
            yield Option(f"@{name} ", f"@{name}")
    elif word:
        for name in words.beginning(word, Kind.PERSON):
            yield Option(f"{name}{': ' if first else ' '}", name)


def _emoji(begin: str) -> Iterator[Option]:
    from rchat_tui.app import shortcodes  # late: it is large

    for name, emoji in shortcodes.find(begin, most=MOST):
        yield Option(f"{emoji} ", emoji, f":{name}:")
