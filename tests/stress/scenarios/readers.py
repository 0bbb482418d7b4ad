"""One reader takes nothing, one little, one flaps; the others and the server must not feel it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Final

from stress.member import Reading
from stress.setting import Setting
from stress.writer import Work

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from stress.arena import Arena
    from stress.member import Member
    from stress.server import ServerProcess

OTHERS: Final = 99

_PARTS: Final = 4
"""With the first two, all that has a bound is filled."""
_LOUD: Final = 600
"""Messages of each part in the channel of those who do not read."""
_BYTES: Final = 15_000
"""Length of each: 9 MB a part, many times what a connection and the server may hold of it."""
_KEPT: Final = 6 * 1024 * 1024
"""Bytes by which the server may grow in the parts after that. A server that kept the messages for
those who do not take them would grow by 18 MB at least."""

SLOW_READERS: Final = Setting(
    limits={"write_deadline": 0.6},
    # Beside what every round leaves behind: the runs of entries that the server keeps for those
    # who are behind (4 MiB of content, and that several times encoded) are full here.
    memory=40 * 1024 * 1024,
)


async def slow_readers(arena: Arena) -> None:
    """One stalls for ever, one takes ten messages a second, one flaps, and 99 read."""
    rng = arena.rng
    fast = [arena.member(f"fast{number}", channels=["many"]) for number in range(OTHERS)]
    both = ["many", "loud"]
    stalled = arena.member("stalled", channels=both, reading=Reading(receive_buffer=4096))
    slow = arena.member("slow", channels=both, reading=Reading(credit=10))
    flapping = arena.member("flapping", channels=both)
    speaker = arena.member("speaker", channels=both)
    await arena.everybody()
    stalled.stall()
    habits = [
        asyncio.create_task(_take_ten_a_second(slow)),
        asyncio.create_task(_flap(flapping, [rng.uniform(0.01, 0.1) for _ in range(1000)])),
    ]
    peaks: list[int] = []
    began = time.monotonic()
    for _part in range(_PARTS):
        arena.write(speaker, Work("many", 100, 8))
        arena.write(speaker, Work("loud", _LOUD, 16, smallest=_BYTES, largest=_BYTES))
        peaks.append(await _most_until(arena.all_said(), arena.server))
    # All that is said, the 99 have while the others do not read.
    said = 100 * _PARTS
    await arena.ledger.until(
        lambda: all(stream.last >= said for each in fast for stream in each.streams.values())
    )
    arena.ledger.figures["ms for the fast"] = 1000 * (time.monotonic() - began)
    grown = peaks[-1] - peaks[1]
    arena.ledger.figures["MiB more in the second half"] = grown / 2**20
    if grown > _KEPT:
        arena.ledger.problem(f"slow readers cost the server {grown} bytes more")
    await _closed_for_being_slow(arena)
    for task in habits:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    for each in (stalled, flapping):
        each.go_on()
    slow.grant(2**31 - 1)


async def _take_ten_a_second(member: Member) -> None:
    while True:
        await asyncio.sleep(0.1)
        member.grant(1)


async def _flap(member: Member, waits: list[float]) -> None:
    for number, wait in enumerate(waits):
        match number % 3:
            case 0:
                member.stall()
            case 1:
                member.go_on()
            case _:
                member.hang_up()
        await asyncio.sleep(wait)


async def _most_until(over: Awaitable[None], server: ServerProcess) -> int:
    """Return the most memory that the server has until something is over, in bytes."""
    most = 0
    waiting = asyncio.ensure_future(over)
    while not waiting.done():
        most = max(most, (await server.how()).memory)
        await asyncio.wait((waiting,), timeout=0.05)
    await waiting
    return max(most, (await server.how()).memory)


async def _closed_for_being_slow(arena: Arena) -> None:
    """Wait until the server has said whom it closed, and why."""
    try:
        async with asyncio.timeout(5 if arena.hasty else 60):
            while " code=too-slow" not in arena.server.log:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.01)
    except TimeoutError:
        arena.ledger.problem("who takes nothing was not closed at the write deadline")
    else:
        arena.ledger.faults["too slow"] += arena.server.log.count("code=too-slow")
