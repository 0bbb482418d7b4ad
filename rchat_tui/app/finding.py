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
from dataclasses import dataclass
from heapq import nlargest, nsmallest
from typing import TYPE_CHECKING, Final

from textual.fuzzy import FuzzySearch

from rchat_protocol import names
from rchat_tui.app.counting import Count, count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rchat_tui.app.commands import Command
    from rchat_tui.app.model import ChatModel

SHOWN: Final = 50
"""Most that are shown."""

_MEASURED: Final = 100
"""Loose matches that are measured; of more, those whose letters stand closest."""

_EXACT, _BEGINNING, _WORD, _PART, _LETTERS = 60.0, 24.0, 16.0, 10.0, 6.0
_WAITS, _UNREAD, _RECENT, _HERE, _ELSEWHERE = 9.0, 6.0, 3.0, -12.0, -4.0


@dataclass(frozen=True, slots=True, eq=False)
class Target:
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
    counted: Count = Count()  # noqa: RUF009 - a value
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
        if (key := names.key(channel)) not in there:
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
        self._channels: dict[str, tuple[tuple[str, ...], list[Target]]] = {}

    def targets(self, model: ChatModel) -> list[Target]:
        """Return them once each, without those that one has a private conversation with."""
        known = {names.key(model.state.user or "")}
        found: dict[str, Target] = {}
        channels = []
        for each in model.state.conversations.values():
            if each.kind == "private":
                known.add(names.key(each.name))
            else:
                channels.append(each)
        made = {}
        for channel in channels:
            members, targets = self._channels.get(channel.id, ((), []))
            if members is not channel.members:
                members = channel.members
                where = f"#{channel.name}"
                targets = [
                    Target("person", m, names.key(m), m, _ELSEWHERE, about=where) for m in members
                ]
            made[channel.id] = (members, targets)
            for target in targets:
                found.setdefault(target.key, target)
        self._channels = made
        return [target for key, target in found.items() if key not in known]


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
        scored = _scored(query, among, self._fuzzy.match) if query else _unsought(among)
        self._query = query
        self._matching = [target for _, target in scored] if query else self._targets
        if kinds is not None:
            scored = [pair for pair in scored if pair[1].kind in kinds]
        # Of equals those that come first: nlargest is stable.
        return [target for _, target in nlargest(SHOWN, scored, key=_first)]


def _first(pair: tuple[float, Target]) -> float:
    return pair[0]


def _unsought(targets: Iterable[Target]) -> list[tuple[float, Target]]:
    return [(target.bonus, target) for target in targets]


def _scored(
    query: str,
    targets: Iterable[Target],
    measure: Callable[[str, str], tuple[float, Sequence[int]]],
) -> list[tuple[float, Target]]:
    """Return the targets that fit, and how well."""
    scored: list[tuple[float, Target]] = []
    loose: list[tuple[int, Target]] = []
    letters = re.compile(".*?".join(map(re.escape, query)), re.DOTALL)
    for target in targets:
        key = target.key
        at = key.find(query)
        if at < 0:
            match = letters.search(key)
            if match is not None:
                loose.append((match.end() - match.start(), target))
            continue
        if at == 0:
            fits = _EXACT if len(key) == len(query) else _BEGINNING
        else:
            fits = _PART if key[at - 1].isalnum() else _WORD
        # Of two that begin alike the shorter one is nearer.
        scored.append((fits + target.bonus - len(key) / 100, target))
    tightest = nsmallest(_MEASURED, loose, key=_first)
    best = max((measure(query, target.key)[0] for _, target in tightest), default=0.0) or 1.0
    for _, target in tightest:
        fits = _LETTERS * measure(query, target.key)[0] / best
        scored.append((fits + target.bonus, target))
    return scored
