"""What the switcher finds, and in which order: pure.

How well a name fits counts first: the name itself, how it begins, how a word in it begins, any part
of it, and last its letters in their order. Among those that fit about as well, who waits for you
comes first, then what is unread, then where you were a moment ago.

A key has to be answered within a frame, with ten thousand people to choose from: so all that can be
is prepared when the switcher opens, what did not fit a query is not looked at for a longer one, and
only the tightest of the loosest matches are measured (`textual.fuzzy`).
"""

from __future__ import annotations

import re
from heapq import nlargest, nsmallest
from typing import TYPE_CHECKING, Final, NamedTuple

from textual.fuzzy import FuzzySearch

from rchat_protocol import names
from rchat_tui.app.counting import Count, count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rchat_tui.app.commands import Command
    from rchat_tui.app.model import ChatModel

SHOWN: Final = 50
"""Most that are shown."""

_MEASURED: Final = 50
"""Loose matches that are measured; of more, those whose letters stand closest."""

_EXACT, _BEGINNING, _WORD, _PART, _LETTERS = 60.0, 24.0, 16.0, 10.0, 6.0
_WAITS, _UNREAD, _RECENT, _HERE, _ELSEWHERE = 9.0, 6.0, 3.0, -12.0, -4.0


class Target(NamedTuple):
    """Something to go to."""

    kind: str
    """``channel``, ``private``, ``person``, ``join`` or ``command``."""
    id: str
    """A conversation's or a command's id, a person's or a channel's name."""
    key: str
    """What is matched, as `names.key` makes it."""
    name: str
    bonus: float = 0.0
    """Before others that fit as well."""
    counted: Count = Count()
    pinned: bool = False
    about: str = ""
    """A few words at the right."""


def conversations(model: ChatModel) -> Iterator[Target]:
    """Yield the conversations that one is in, in the order of the list."""
    recent = {id_: number for number, id_ in enumerate(model.visited())}
    for each in model.ordered():
        counted = count(model, each)
        bonus = 0.0
        if not counted.muted and counted.unread:
            bonus = _WAITS if counted.calls else _UNREAD
        if each.id in recent:
            bonus += _RECENT / (1 + recent[each.id])
        if each.id == model.active:
            bonus += _HERE
        pinned = model.preferences.pinned(each)
        yield Target(each.kind, each.id, names.key(each.name), each.name, bonus, counted, pinned)


def joinable(model: ChatModel, channels: Iterable[str]) -> Iterator[Target]:
    """Yield those of a server's channels that one is not in."""
    there = {names.key(c.name) for c in model.state.conversations.values() if c.kind == "channel"}
    for channel in channels:
        if (key := _key(channel)) not in there:
            yield Target("join", channel, key, channel, _ELSEWHERE, about="join")


def commands(table: Sequence[Command], used: Sequence[str]) -> Iterator[Target]:
    """Yield the commands of the palette; ``used``: ids of those used lately, the last one first."""
    recent = {id_: number for number, id_ in enumerate(used)}
    for command in table:
        if command.palette:
            key = names.key(" ".join((command.label, *command.slash)))
            bonus = _RECENT / (1 + recent[command.id]) if command.id in recent else 0.0
            yield Target("command", command.id, key, command.label, bonus)


class People:
    """Those one shares a channel with. What was worked out for a channel stays until it changes."""

    def __init__(self) -> None:
        self._keys: dict[str, tuple[tuple[str, ...], list[str]]] = {}
        """By channel, who is there, and their names as they are matched."""
        self._targets: dict[str, Target] = {}

    def targets(self, model: ChatModel) -> list[Target]:
        """Return them once each, without those that one has a private conversation with."""
        known = {names.key(model.state.user or "")}
        keys: dict[str, tuple[tuple[str, ...], list[str]]] = {}
        found: dict[str, Target] = {}
        for each in model.state.conversations.values():
            if each.kind == "private":
                known.add(names.key(each.name))
                continue
            made = self._keys.get(each.id)
            if made is None or made[0] is not each.members:
                made = (each.members, [_key(member) for member in each.members])
            keys[each.id] = made
            where = f"#{each.name}"
            for member, key in zip(*made, strict=True):
                if key not in found:
                    target = self._targets.get(key)
                    if target is None or target.name != member or target.about != where:
                        target = Target("person", member, key, member, _ELSEWHERE, about=where)
                    found[key] = target
        self._keys, self._targets = keys, found
        return [target for key, target in found.items() if key not in known]


def _key(name: str) -> str:
    """Return `names.key` of a name: most are ASCII, where that is not much work."""
    return name.lower() if name.isascii() else names.key(name)


class Finder:
    """Searches some targets, one query after the other."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._targets = list(targets)
        self._fuzzy = FuzzySearch()
        self._query = ""
        self._matching = self._targets

    def find(self, query: str, kinds: frozenset[str] | None = None) -> list[Target]:
        """Return the best that fit, the best first.

        Args:
            query: as it was typed, without sigil.
            kinds: what it may be; None: anything.
        """
        query = names.key(query.strip())
        among = self._matching if query.startswith(self._query) else self._targets
        if query:
            matching, scores = _matching(query, among, self._fuzzy.match)
        else:
            matching, scores = self._targets, [target.bonus for target in self._targets]
        self._query, self._matching = query, matching
        numbers: Iterable[int] = range(len(matching))
        if kinds is not None:
            numbers = [number for number in numbers if matching[number].kind in kinds]
        # Of equals those that come first: nlargest is stable.
        return [matching[number] for number in nlargest(SHOWN, numbers, scores.__getitem__)]


def _matching(
    query: str,
    targets: Iterable[Target],
    measure: Callable[[str, str], tuple[float, Sequence[int]]],
) -> tuple[list[Target], list[float]]:
    """Return the targets that fit, and beside them how well."""
    matching: list[Target] = []
    scores: list[float] = []
    loose: list[Target] = []
    spans: list[int] = []
    letters = re.compile(".*?".join(map(re.escape, query)), re.DOTALL)
    for target in targets:
        key = target.key
        at = key.find(query)
        if at < 0:
            match = letters.search(key)
            if match is not None:
                loose.append(target)
                spans.append(match.end() - match.start())
            continue
        if at == 0:
            fits = _EXACT if len(key) == len(query) else _BEGINNING
        else:
            fits = _PART if key[at - 1].isalnum() else _WORD
        matching.append(target)
        # Of two that begin alike the shorter one is nearer.
        scores.append(fits + target.bonus - len(key) / 100)
    tightest = nsmallest(_MEASURED, range(len(loose)), spans.__getitem__)
    measured = {number: measure(query, loose[number].key)[0] for number in tightest}
    best = max(measured.values(), default=0.0) or 1.0
    scores += [
        target.bonus + (_LETTERS * measured[number] / best if number in measured else 0.0)
        for number, target in enumerate(loose)
    ]
    return matching + loose, scores
