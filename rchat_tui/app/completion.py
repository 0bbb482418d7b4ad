"""What Tab makes of a word: pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rchat_protocol import names
from rchat_tui.app.commands import BY_SLASH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Completion:
    """What may stand in the place of a word."""

    start: int
    end: int
    """The word is ``text[start:end]``."""
    options: tuple[str, ...]
    """At least one; each with the space or colon that follows it."""


def complete(
    text: str, cursor: int, *, people: Sequence[str], channels: Sequence[str]
) -> Completion | None:
    """Return what the word before ``cursor`` may become, or None where there is nothing.

    At the beginning of a message a name gets a colon: that speaks to its owner.

    Args:
        text: one line.
        cursor: offset into it.
        people: those nearest at hand first.
        channels: without sigil.
    """
    start = max(text.rfind(" ", 0, cursor), text.rfind("\t", 0, cursor)) + 1
    word = text[start:cursor]
    head = text[:start].strip()
    if start == 0 and word.startswith("/"):
        options = [f"/{slash} " for slash in BY_SLASH if slash.startswith(word[1:].lower())]
    elif head in ("/join", "/j", "/part", "/leave", "/names"):
        options = [f"{name} " for name in _matching(word.removeprefix("#"), channels)]
    elif word.startswith("#"):
        options = [f"#{name} " for name in _matching(word[1:], channels)]
    elif word.startswith("@"):
        options = [f"@{name} " for name in _matching(word[1:], people)]
    elif word or head in ("/msg", "/query", "/q"):
        end = ": " if start == 0 else " "
        options = [f"{name}{end}" for name in _matching(word, people)]
    else:
        options = []
    return Completion(start, cursor, tuple(options)) if options else None


def _matching(prefix: str, candidates: Iterable[str]) -> list[str]:
    key = names.key(prefix)
    return [name for name in candidates if names.key(name).startswith(key)]
