"""When two names look the same: the skeletons of Unicode TR39, section 4.

The table is that of the library confusable-homoglyphs, which says for each character what it may be
taken for; TR39 has one prototype for all that look the same, and so have we.
"""

from __future__ import annotations

import functools
import unicodedata
from collections import defaultdict

_MARK = "\u200e"
"""Stands around what is written from right to left in the library's table."""


def look(name: str) -> str:
    """Return what names are compared by that look the same: equal looks may be taken for one.

    It is made from the name as it is typed, since an I may be taken for an l, and an i is not; what
    differs in case alone then looks the same, too.
    """
    return _skeleton(_skeleton(name).casefold())


def _skeleton(text: str) -> str:
    table = _prototypes()
    mapped = "".join(table.get(each, each) for each in unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFD", mapped)


@functools.cache
def _prototypes() -> dict[str, str]:
    """Return what stands for each character: the same for all that look the same."""
    from confusable_homoglyphs.confusables import confusables_data  # half a megabyte: not before

    neighbours: defaultdict[str, set[str]] = defaultdict(set)
    for one, others in confusables_data.items():
        for other in others:
            two = other["c"].strip(_MARK)
            neighbours[one.strip(_MARK)].add(two)
            neighbours[two].add(one.strip(_MARK))
    found: dict[str, str] = {}
    seen: set[str] = set()
    for start in neighbours:
        if start in seen:
            continue
        alike, edge = {start}, [start]
        while edge:
            new = neighbours[edge.pop()] - alike
            alike |= new
            edge += new
        seen |= alike
        # Several characters that look like one (rn, m) cannot be replaced by it one by one.
        chosen = min(alike, key=lambda each: (-len(each), -len(neighbours[each]), each))
        found.update((each, chosen) for each in alike if len(each) == 1)
    # What stands for one character may itself be of characters that others stand for.
    return {each: _within(chosen, found) for each, chosen in found.items()}


def _within(chosen: str, found: dict[str, str]) -> str:
    return chosen if len(chosen) == 1 else "".join(found.get(each, each) for each in chosen)
