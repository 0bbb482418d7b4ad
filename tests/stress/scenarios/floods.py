"""Ten times what the limits allow, of each kind alone and of all at once; and who never rests."""

from __future__ import annotations

import asyncio
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stress.accounts import register
from stress.attacks import ATTACKS, FLOODS, HOP
from stress.gang import ACCOUNTS, Gang
from stress.regulars import Regulars
from stress.setting import Guard, Setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stress.arena import Arena
    from stress.scene import Tally

FLOODED: Final = Setting(guard=Guard(web=True))
BESIEGED: Final = Setting(
    # Guests who are away are remembered on purpose, at 2 KB each: so many come within the first
    # minute, and from then on one is forgotten for each who is remembered.
    guard=Guard(web=True, absent_guests=100),
    # Those who take nothing fill what is kept for who is behind: see `readers.SLOW_READERS`.
    memory=40 * 1024 * 1024,
)

_AIM: Final = 0.05
"""Seconds in which 99 of 100 deliveries to regulars come, whatever others do."""
_ADDRESSES: Final = 4
"""From which each kind of flood comes."""
_GROWTH: Final = 16 * 1024 * 1024
"""Bytes by which the server may grow from the end of the first minute on: see `setting.MEMORY`."""
_PROTOCOL: Final = Path(__file__).parents[3] / "server" / "PROTOCOL.md"
_BETWEEN: Final = 1.0
"""Seconds for those before to be gone."""


async def floods(arena: Arena) -> None:
    """50 people feel none of them, and whoever is refused is told why, and how long to wait."""
    full, ledger = arena.size.full, arena.ledger
    seconds = 10.0 if full else 1.0
    await register(arena.server.port, arena.tls, (f"account{each}" for each in range(ACCOUNTS)))
    regulars = Regulars(arena, 50 if full else 10, 1.0 if full else 0.5)
    await regulars.come()
    calm = await regulars.talk(seconds)
    ledger.figures["ms, 99th percentile of a delivery, without a flood"] = 1000 * calm.p99
    ledger.figures["ms, of which the harness was late"] = 1000 * calm.late
    for kinds in (*([each] for each in FLOODS), list(FLOODS)):
        name = kinds[0] if len(kinds) == 1 else "all of them"
        length = seconds if len(kinds) == 1 else 2 * seconds
        often = _ADDRESSES if full else 1
        async with Gang(arena, kinds * often, length) as gang:
            times = await regulars.talk(length)
        ledger.faults["floods"] += 1
        ledger.figures[f"ms, beside a flood of {name}"] = 1000 * times.p99
        ledger.figures[f"ms, the longest beside a flood of {name}"] = 1000 * times.part(1.0)
        _check(arena, name, gang.tally)
        if full and times.p99 > _AIM:
            ledger.problem(
                f"{name}: the 99th percentile is {1000 * times.p99:.0f} ms, of"
                f" {1000 * _AIM:.0f}; without a flood {1000 * calm.p99:.0f}"
            )
        await asyncio.sleep(_BETWEEN if full else 0.1)
    regulars.see_that_all_stayed()


async def neighbours(arena: Arena) -> None:
    """All kinds at once, for minutes: memory stays flat, and those who talk are left in peace."""
    full, ledger = arena.size.full, arena.ledger
    first = 60.0 if full else 2.0
    rest = 60 * arena.size.minutes - first if full else 3.0
    await register(arena.server.port, arena.tls, (f"account{each}" for each in range(ACCOUNTS)))
    regulars = Regulars(arena, 20, 2.0 if full else 0.5)
    await regulars.come()
    calm = await regulars.talk(10.0 if full else 1.0)
    kinds = [each for each in ATTACKS if each != "crowd"]
    gang = Gang(arena, kinds, 60.0 if full else 2.0)
    async with arena.server.pulses(0.25) as pulses, gang:
        await regulars.talk(first)
        early = await _settled(arena)
        times = await regulars.talk(rest)
        late = await _settled(arena)
    ledger.faults["bad deeds"] += gang.tally.done.total() + gang.tally.refused.total()
    ledger.figures |= {
        "ms, 99th percentile of a delivery, without them": 1000 * calm.p99,
        "ms, the same beside them": 1000 * times.p99,
        "ms, the longest beside them": 1000 * times.part(1.0),
        "ms, of which the harness was late": 1000 * times.late,
        "ms that the server's loop was late": 1000 * max(each.late for each in pulses),
        "MiB after the first minute": early / 2**20,
        "MiB at the end": late / 2**20,
        "MiB at the most": max(each.memory for each in pulses) / 2**20,
        "tasks at the most": max(each.tasks for each in pulses),
        "files at the most": max(each.files for each in pulses),
    }
    if full:
        ledger.figures |= _by_the_minute([each.memory for each in pulses], arena.size.minutes)
    _check(arena, "them", gang.tally)
    if late - early > _GROWTH:
        ledger.problem(f"the server grew by {(late - early) / 2**20:.1f} MiB after the first part")
    regulars.see_that_all_stayed()


def _by_the_minute(looks: Sequence[int], minutes: float) -> dict[str, float]:
    """Return the least memory of each minute: waves of connections come and go."""
    length = math.ceil(len(looks) / minutes)
    return {
        f"MiB in minute {number + 1}": min(looks[start : start + length]) / 2**20
        for number, start in enumerate(range(0, len(looks), length))
    }


async def _settled(arena: Arena) -> int:
    """Return the least memory of a few looks, in bytes: waves of connections come and go."""
    looks = []
    for _ in range(10):
        looks.append((await arena.server.pulse()).memory)
        await asyncio.sleep(0.2)
    return min(looks)


def _check(arena: Arena, name: str, tally: Tally) -> None:
    """See what attackers were told."""
    ledger = arena.ledger
    if arena.size.full:
        for what, count in tally.done.items():
            ledger.figures[f"{what} of {name}, taken"] = count
        for code, count in tally.refused.items():
            ledger.figures[f"{code} to {name}"] = count
    unknown = set(tally.refused) - _codes()
    if unknown:
        ledger.problem(f"{name}: refused with what the protocol does not know: {unknown}")
    for fault in ("internal", "bad-request"):
        if tally.refused[fault]:
            ledger.problem(f"{name}: {tally.refused[fault]} requests ended with {fault}")
    if tally.endless:
        ledger.problem(f"{name}: not told how long to wait: {dict(tally.endless)}")
    if tally.done[HOP]:
        ledger.problem(f"{name}: came in {tally.done[HOP]} times on connections that had a login")
    if not tally.done.total() or not tally.refused.total():
        ledger.problem(f"{name}: nothing was taken, or nothing refused: {tally}")


def _codes() -> set[str]:
    """Return the codes of errors, as the protocol's document lists them."""
    text = _PROTOCOL.read_text()
    table = text[text.index("## Errors") : text.index("## Names")]
    return {
        code
        for row in table.splitlines()
        if row.startswith("| `")
        for code in re.findall(r"`([a-z-]+)`", row.split("|")[1])
    }
