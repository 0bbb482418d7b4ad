"""The words of a text, and whether it holds those that are looked for. Pure.

One rule for the server's index and for a client that searches what it keeps: both find the same.
Case, accents and compatibility forms make no difference. Scripts that put no spaces between words
are taken character by character, and several of them in a row are a phrase; so are the parts of
``foo-bar``. An emoji is a word.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

WORD_CHARS: Final = 64
"""Longest word: what goes on is cut, here as there."""

_RUN_CHARS: Final = 8 * WORD_CHARS
"""Longest word before it is folded: what goes on is cut. Normalising takes the square of the length
where combining marks follow each other."""

PREFIX_CHARS: Final = 2
"""A word that goes on has so many characters at least: fewer would find about everything."""

_ASCII: Final = re.compile("[a-z0-9]+")

# Thai and Lao, Burmese, Khmer, Han with its marks of repetition, kana, and Hangul, whose words
# carry their particles with them.
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa"
    "\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_PIECE: Final = re.compile(f"[{_UNSPACED}]|[^{_UNSPACED}]+")

# What stands between the letters of a word and is not seen: the soft hyphen and the joiners.
_UNSEEN: Final = "\u00ad\u200c\u200d\u2060"
_ACCENTS: Final = re.compile("[\u0300-\u036f\ufe00-\ufe0f" + _UNSEEN + "]")


@dataclass(frozen=True, slots=True)
class Span:
    """Where a word stands in a text."""

    start: int
    end: int
    word: str
    """As it is compared."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: a text that holds every phrase."""

    phrases: tuple[tuple[str, ...], ...]
    """Each of words that stand next to each other."""
    prefix: bool = False
    """Whether the last word may go on."""

    def matches(self, text: str) -> bool:
        """Return whether a text holds all of it."""
        words = split(text)
        return all(
            next(self._found(index, words), None) is not None for index in range(len(self.phrases))
        )

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return the parts of a text that were looked for: start and end of each, in order."""
        spans = list(_spans(text))
        words = [span.word for span in spans]
        found = {
            (spans[at].start, spans[at + len(phrase) - 1].end)
            for index, phrase in enumerate(self.phrases)
            for at in self._found(index, words)
        }
        return _joined(sorted(found))

    def _found(self, index: int, words: Sequence[str]) -> Iterator[int]:
        """Yield where a phrase begins among ``words``."""
        phrase = self.phrases[index]
        open_ended = self.prefix and index == len(self.phrases) - 1
        first = phrase[0]
        for at in range(len(words) - len(phrase) + 1):
            if open_ended and len(phrase) == 1:
                if words[at].startswith(first):
                    yield at
                continue
            if words[at] != first:
                continue
            run = tuple(words[at : at + len(phrase)])
            if run == phrase or (
                open_ended and run[:-1] == phrase[:-1] and run[-1].startswith(phrase[-1])
            ):
                yield at


def query(words: Iterable[str], *, prefix: bool = False) -> Query:
    """Return what is looked for, from words and phrases as people write them.

    What holds no letter, digit or emoji is left out.

    Args:
        words: Each a word, or several that stand next to each other.
        prefix: Whether the last word may go on, where it has `PREFIX_CHARS` and ``words`` end with
            it: what ends with something that is no word was finished.
    """
    split_words = [(text, tuple(split(text))) for text in words]
    phrases = tuple(phrase for _, phrase in split_words if phrase)
    last, of_last = split_words[-1] if split_words else ("", ())
    unfinished = of_last and len(of_last[-1]) >= PREFIX_CHARS and split(last[-1:])
    return Query(phrases, prefix=prefix and bool(unfinished))


def split(text: str) -> list[str]:
    """Return the words of a text, as they are compared, in order."""
    if text.isascii():
        return [word[:WORD_CHARS] for word in _ASCII.findall(text.lower())]
    return [span.word for span in _spans(text)]


def _spans(text: str) -> Iterator[Span]:
    for run in _run().finditer(text):
        for word in _words(run.group()):
            yield Span(run.start(), run.end(), word)


def _words(run: str) -> Iterator[str]:
    if run.isascii():
        yield run.lower()[:WORD_CHARS]
        return
    folded = fold(run[:_RUN_CHARS])
    for part in _run().findall(folded):
        for piece in _PIECE.findall(part):
            yield piece[:WORD_CHARS]


def fold(text: str) -> str:
    """Return a text without case, accents and compatibility forms."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return unicodedata.normalize("NFKC", plain.casefold())


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


@functools.cache
def _run() -> re.Pattern[str]:
    """Return what is one word before it is folded, or one emoji.

    Made when the first text comes that is not ASCII: it takes some 30 ms.
    """
    codes = range(0x80, 0x20000)
    categories = list(map(unicodedata.category, map(chr, codes)))
    marks = _class(codes, [category[0] == "M" for category in categories])
    symbols = _class(codes, [category == "So" for category in categories])
    # A character of a script without spaces is a run of its own, with the marks that follow it.
    return re.compile(
        f"[{_UNSPACED}][{marks}]*"
        f"|[^\\W_{_UNSPACED}](?:[^\\W_{_UNSPACED}]|[{marks}{_UNSEEN}])*"
        f"|[{symbols}]"
    )


def _class(codes: Sequence[int], inside: Sequence[bool]) -> str:
    """Return those characters that are inside a set, as `re` writes it."""
    parts: list[str] = []
    for is_inside, run in groupby(zip(codes, inside, strict=True), key=lambda each: each[1]):
        if is_inside:
            members = [code for code, _ in run]
            parts.append(f"{chr(members[0])}-{chr(members[-1])}")
    return "".join(parts)
