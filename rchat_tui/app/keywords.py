"""Words that call for you like your name does: pure.

A keyword is found as a whole word, whatever its letters' case or form (NFKC, case folding):
``rust`` in "Rust!", and not in "trust".

Chinese, Japanese, Thai and others write words without a space between them: a letter of these
scripts ends no word and begins none: ``東京`` is found in "東京都", and ``rust`` in "rustは".
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Self

from rchat_protocol import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST: Final = 100
"""Keywords that are looked for; each costs a moment for every message."""

LONGEST: Final = 64
"""Characters of a keyword."""

_UNSPACED: Final = (  # compiled when it is first needed, not before the first paint
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Tibetan, Burmese, Khmer, kana and Han: written without spaces between words."""


@dataclass(frozen=True)
class Keywords:
    """The keywords of one person; equal where their words are."""

    words: tuple[str, ...] = ()
    """In the form in which they are compared, once each."""

    @classmethod
    def of(cls, words: Iterable[str]) -> Self:
        """Return the keywords among ``words``: what is empty or too long is none."""
        folded = (names.key(word.strip()) for word in words)
        kept = dict.fromkeys(word for word in folded if 0 < len(word) <= LONGEST)
        return cls(tuple(kept)[:MOST])

    @cached_property
    def _begin(self) -> tuple[bool, ...]:
        return tuple(_joins(word[0]) for word in self.words)

    @cached_property
    def _end(self) -> tuple[bool, ...]:
        return tuple(_joins(word[-1]) for word in self.words)

    def found(self, text: str) -> bool:
        """Return whether one of them is in ``text``."""
        return bool(self.words) and next(self._places(names.key(text)), None) is not None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where they stand in ``text``: in its order, without overlaps."""
        if not self.words:
            return []
        folded, origin = [], []
        for index, character in enumerate(text):
            key = names.key(character)
            folded.append(key)
            origin += [index] * len(key)
        spans: list[tuple[int, int]] = []
        for start, end in sorted(self._places("".join(folded))):
            begin, stop = origin[start], origin[end - 1] + 1
            if not spans or begin >= spans[-1][1]:
                spans.append((begin, stop))
        return spans

    def _places(self, folded: str) -> Iterator[tuple[int, int]]:
        for word, begin, end in zip(self.words, self._begin, self._end, strict=True):
            start = folded.find(word)
            while start >= 0:
                stop = start + len(word)
                before = begin and start > 0 and _joins(folded[start - 1])
                after = end and stop < len(folded) and _joins(folded[stop])
                if not (before or after):
                    yield start, stop
                start = folded.find(word, start + 1)


def _joins(character: str) -> bool:
    """Return whether a character is one of a word with its neighbour."""
    if character == "_":
        return True
    return unicodedata.category(character)[0] in "LMN" and not re.match(_UNSPACED, character)
