"""Ten thousand connections from one address at once."""

from __future__ import annotations

import asyncio
import resource
from typing import TYPE_CHECKING, Final

from stress.gang import Gang
from stress.regulars import Regulars
from stress.setting import Guard, Setting

if TYPE_CHECKING:
    from stress.arena import Arena
    from stress.server import Pulse

_MANY: Final = 10_000
_AT_A_TIME: Final = 16
"""Of one address: the server's config file."""
_REFUSAL: Final = "too-many-connections"
_SPARE: Final = 500
"""Files that a process has open beside these."""
_GIVEN_BACK: Final = 15.0
"""Seconds after the last of them in which all is as before."""
_LATE: Final = 0.5
"""Seconds by which the server's loop may be late when thousands come within a second. A crowd that
held it up for longer would be felt by all."""

_PER_CONNECTION: Final = 16 * 1024
"""Bytes that one of them may cost while it is there."""

_HEAP: Final = 64 * 1024 * 1024
"""Bytes that the heap keeps of a crowd when it has gone: what another one needs, which therefore
takes no more."""
_AGAIN: Final = 8 * 1024 * 1024
"""Bytes that the same crowd may take when it comes again. A KiB that is not given back of each of
ten thousand connections would exceed it."""

PLAIN: Final = Setting(
    guard=Guard(web=True, deadlines={"head": 5.0, "handshake": 5.0}), memory=_HEAP
)
ENCRYPTED: Final = Setting(
    guard=Guard(web=True, tls=True, deadlines={"head": 5.0, "handshake": 5.0}), memory=_HEAP
)


async def many_connections(arena: Arena) -> None:
    """Those over the limit are told so, and what they cost is given back when they have gone."""
    full = arena.size.full
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(_MANY, most - _SPARE) if full else 300
    arena.ledger.figures["connections at once"] = count
    regulars = Regulars(arena, 20 if full else 10, 1.0 if full else 0.5)
    await regulars.come()
    calm = await regulars.talk(10.0 if full else 1.5)
    arena.ledger.figures["ms, 99th percentile of a delivery, alone"] = 1000 * calm.p99
    for web in (False, True):
        kept = await _wave(arena, regulars, count, web=web)
        again = await _wave(arena, regulars, count, web=web)
        where = _where(arena, web=web)
        arena.ledger.figures[f"MiB that stay by {where}"] = kept / 2**20
        arena.ledger.figures[f"MiB that stay by {where}, the second time"] = again / 2**20
        if again > _AGAIN:
            arena.ledger.problem(f"{where}: {again} bytes more are kept when they come again")
    regulars.see_that_all_stayed()


def _where(arena: Arena, *, web: bool) -> str:
    return ("ws" if web else "tcp") + ("s" if arena.tls else "")


async def _wave(arena: Arena, regulars: Regulars, count: int, *, web: bool) -> int:
    """Let them come, stay, and go; see that the server is well; return what it keeps, in bytes."""
    full, ledger = arena.size.full, arena.ledger
    # Longer than the second in which those who may not stay are told, and shorter than the deadline
    # of the others, who say nothing.
    seconds = 8.0 if full else 2.5
    where = _where(arena, web=web)
    before = await arena.server.pulse()
    gang = Gang(arena, ["crowd"], seconds, count=count, web=web, hold=60.0)
    async with arena.server.pulses(0.1) as pulses, gang:
        meanwhile = await regulars.talk(seconds)
    tally = gang.tally
    ledger.faults["connections"] += tally.done["stood"]
    left = tally.done["stood"] - tally.done["closed"]
    grown = max(each.memory for each in pulses) - before.memory
    late = max(each.late for each in pulses)
    figures = {
        f"ms, the same beside the crowd by {where}": 1000 * meanwhile.p99,
        f"refused by {where}": tally.refused[_REFUSAL],
        f"were let stay by {where}": left,
        f"KiB a connection by {where}": grown / 1024 / count,
        f"connections at a time by {where}": max(each.files for each in pulses) - before.files,
        f"ms that the server's loop was late by {where}": 1000 * late,
    }
    for what, figure in figures.items():
        ledger.figures[what] = max(figure, ledger.figures.get(what, figure))
    if tally.done["stood"] < count:
        ledger.problem(f"{where}: {tally.done['stood']} of {count} could connect: {tally.done}")
    if left > _AT_A_TIME:
        ledger.problem(f"{where}: {left} were let stay, of {_AT_A_TIME}")
    if not (web or arena.tls) and tally.refused[_REFUSAL] < count - _AT_A_TIME:
        ledger.problem(f"{where}: {tally.refused} were told why, of {count}")
    if tally.endless:
        ledger.problem(f"{where}: not told how long to wait: {tally.endless}")
    if grown > _PER_CONNECTION * count:
        ledger.problem(f"{where}: {count} connections cost {grown} bytes")
    if full and late > _LATE:
        ledger.problem(f"{where}: the server's loop was late by {late:.2f} s")
    return await _given_back(arena, before, where)


async def _given_back(arena: Arena, before: Pulse, where: str) -> int:
    """See that tasks and files are those of before; return how many bytes are kept."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        now = await arena.server.pulse()
        if (now.tasks, now.files) == (before.tasks, before.files):
            break
        if loop.time() > began + _GIVEN_BACK:
            arena.ledger.problem(f"{where}: not given back: {before} is {now}")
            break
        await asyncio.sleep(0.05)
    arena.ledger.figures[f"s until all was given back by {where}"] = loop.time() - began
    return now.memory - before.memory
