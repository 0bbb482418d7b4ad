"""The server dies, or is told to end, while people talk."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import TYPE_CHECKING, Final

from stress.scenarios import crowd
from stress.writer import Work

if TYPE_CHECKING:
    from stress.arena import Arena

STORM: Final = 60
"""Clients of ours that all come back at once, beside those of the product."""

_SHUTTING_DOWN: Final = "shutting-down"
_ASKED: Final = 1.0
"""Seconds that a server which ends asks its clients to wait."""
_SPREAD: Final = 0.02
"""Seconds over which six clients come back at least: each draws from half a second, so that all of
them in so short a time are met once in a million rounds."""


async def kill_server(arena: Arena) -> None:
    """``kill -9`` under load, and a start on the same folder, a few times."""
    rng = arena.rng
    plan = [
        (rng.random(), rng.choice((0.0, rng.uniform(0, 0.2)))) for _ in range(rng.randint(1, 3))
    ]
    total = await crowd.gather(arena, chatters=rng.randint(1, 2))
    for share, pause in sorted(plan):
        await arena.until_acknowledged(share * total)
        await arena.server.stop(signal.SIGKILL)
        arena.ledger.faults["kills"] += 1
        arena.ledger.faults["in hand"] += arena.in_hand
        await asyncio.sleep(pause)
        await arena.server.start()


async def stop_in_batch(arena: Arena) -> None:
    """SIGTERM or SIGINT in the middle of a batch; clients are told, and come back spread out."""
    rng = arena.rng
    how, share = rng.choice((signal.SIGTERM, signal.SIGINT)), rng.random()
    chatters = [arena.chatter(f"user{number}", channels=["tea"]) for number in range(6)]
    total = await crowd.gather(arena, chatters=0)
    await arena.until_acknowledged(share * total)
    there = [member for member in arena.members if member.line is not None]
    code = await arena.server.stop(how)
    arena.ledger.faults["stops"] += 1
    arena.ledger.faults["in hand"] += arena.in_hand
    if code != 0:
        arena.ledger.problem(f"the server ended with {code} after {how.name}")
    if arena.server.log.count("could be delivered"):
        arena.ledger.problem("what was taken was not delivered before the end")
    await asyncio.gather(*(member.lost(1) for member in there))
    for member in there:
        why = member.losses[0].why
        if why is None or why.code != _SHUTTING_DOWN:
            arena.ledger.problem(f"{member.label} was told: {why}")
    await arena.server.start()
    await arena.ledger.until(lambda: all(len(chatter.ears.online) > 1 for chatter in chatters))
    for chatter in chatters:
        told = chatter.ears.offline[0]
        if told.code != _SHUTTING_DOWN or told.retry_in is None or told.retry_in < _ASKED:
            arena.ledger.problem(f"{chatter.label} was told: {told}")
    back = [chatter.ears.online[1] for chatter in chatters]
    arena.ledger.figures["ms between them"] = 1000 * (max(back) - min(back))
    if max(back) - min(back) < _SPREAD:
        arena.ledger.problem("all clients came back in the same moment")


async def restart_storm(arena: Arena) -> None:
    """The server restarts several times, and all clients come back at once each time."""
    rng = arena.rng
    hows = [rng.choice((signal.SIGKILL, signal.SIGTERM)) for _ in range(rng.randint(2, 4))]
    people = [arena.member(f"one{number}", channels=["tea"]) for number in range(STORM)]
    for number in range(4):
        arena.chatter(f"user{number}", channels=["tea"])
    arena.grow_impatient()
    await arena.everybody()
    for number in range(4):
        arena.write(people[number], Work("tea", 50, rng.randint(1, 4), 0.01))
    for how in hows:
        await asyncio.sleep(rng.uniform(0, 0.1))
        await arena.restart(how)
        began = time.monotonic()
        await arena.everybody()
        arena.ledger.figures["ms until all are back"] = max(
            1000 * (time.monotonic() - began),
            arena.ledger.figures.get("ms until all are back", 0.0),
        )
