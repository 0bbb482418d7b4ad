"""The machine misbehaves: its disk is full for a while, its clock jumps."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING, Final

from stress.logs import read_log
from stress.scenarios import crowd
from stress.setting import Setting

if TYPE_CHECKING:
    from stress.arena import Arena

DISK_FULL: Final = Setting(
    may_log=("cannot be stored", "cannot be read", "could not be", "Traceback", "opened anew")
)

_UNAVAILABLE: Final = "storage-unavailable"
_DAY: Final = 24 * 3600.0


async def disk_full(arena: Arena) -> None:
    """No file of the server may grow for a while: senders hear of it, readers do not feel it."""
    rng = arena.rng
    plan = sorted((rng.random(), rng.uniform(0.05, 0.3)) for _ in range(rng.randint(1, 2)))
    size = rng.choice((0, 1, 4096, 100_000))
    total = await crowd.gather(arena, chatters=1)
    alice = arena.members[0]
    for share, length in plan:
        await arena.until_acknowledged(share * total)
        refusals = arena.refusals(_UNAVAILABLE)
        arena.server.limit_files(size)
        arena.ledger.faults["full"] += 1
        await asyncio.sleep(length)
        if size <= 1 and arena.in_hand:
            await arena.until_refused(_UNAVAILABLE, refusals + 1)
        # Somebody new cannot be let in: he would be forgotten. He tries again until it works.
        arena.member(f"newcomer{len(arena.members)}", channels=crowd.ROOMS)
        # Whoever reads, or comes back, does not feel it.
        alice.hang_up()
        for conversation in tuple(alice.streams):
            await read_log(alice, conversation)
        arena.server.limit_files(None)
        arena.ledger.faults["refused"] += arena.refusals(_UNAVAILABLE) - refusals
    await arena.everybody()


async def clock(arena: Arena) -> None:
    """The clocks of server and clients are set forward and back, also over a restart."""
    rng = arena.rng
    # Beyond 30 days a guest who is away is forgotten: over a restart it is less.
    jumps = sorted((rng.random(), _jump(rng.uniform(-1, 1))) for _ in range(rng.randint(2, 5)))
    restart = rng.randrange(len(jumps))
    wall = Wall()
    total = await crowd.gather(arena, client={"clock": wall})
    for number, (share, jump) in enumerate(jumps):
        await arena.until_acknowledged(share * total)
        wall.offset = -jump / 2
        if number == restart:
            await arena.server.stop(rng.choice((signal.SIGKILL, signal.SIGTERM)))
            await arena.server.start()
        await arena.server.set_clock(jump)
        arena.ledger.faults["jumps"] += 1
    await arena.all_said()


class Wall:
    """A client's clock, which is as far off as it is told to be."""

    def __init__(self) -> None:
        self.offset = 0.0
        """Seconds ahead of the machine's."""

    def now_ms(self) -> int:
        """Return the time of day, or so."""
        return max(0, int((time.time() + self.offset) * 1000))

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        await asyncio.sleep(seconds)


def _jump(share: float) -> float:
    """Return seconds: small jumps are as likely as ones of years."""
    sign = 1 if share > 0 else -1
    return sign * (10 ** (abs(share) * 6))
