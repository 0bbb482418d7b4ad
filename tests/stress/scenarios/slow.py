"""Connections that say nothing, or a byte now and then, at every step, on every transport."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from stress.loris import LIFETIME, Kind, come, dawdle, kinds
from stress.raw import Target
from stress.regulars import Regulars
from stress.setting import MEMORY, Guard, Setting

if TYPE_CHECKING:
    from stress.arena import Arena

_HASTY: Final = {"handshake": 0.6, "head": 0.6, "setup": 0.8, "login": 1.0, "silence": 0.8}
_USUAL: Final = {"handshake": 10.0, "head": 10.0, "setup": 10.0, "login": 10.0, "silence": LIFETIME}
"""Seconds. What `PROTOCOL.md` and the server's config file say; a silence as it was announced."""

_NOTICED: Final = 1.25
"""A silence is noticed at most a quarter later."""
_GRACE: Final = 2.0
"""Seconds in which the last words are taken: one for RSocket, or HTTP, one for TLS."""
_SLACK: Final = 0.5
"""Seconds for the machine …"""
_HASTY_SLACK: Final = 2.0
"""… and where deadlines are shorter than others may keep it busy."""


def _setting(*, tls: bool) -> Setting:
    guard = Guard(
        deadlines={name: _HASTY[name] for name in ("handshake", "head")},
        limits={"login-seconds": int(_HASTY["login"])},
        web=True,
        tls=tls,
    )
    policy = {"setup_deadline": _HASTY["setup"], "silence_floor": _HASTY["silence"]}
    policy["silence_usual"] = _HASTY["silence"]
    # Of some three hundred handshakes at once, a quarter of a megabyte each, the heap keeps a part.
    return Setting(policy=policy, guard=guard, memory=(3 if tls else 1) * MEMORY)


PLAIN: Final = _setting(tls=False)
ENCRYPTED: Final = _setting(tls=True)


async def slow_loris(arena: Arena) -> None:
    """Each is closed in the time that its deadline says, and others are served meanwhile."""
    full = arena.size.full
    regulars = Regulars(arena, 20 if full else 10, 1.0 if full else 0.5)
    await regulars.come()
    calm = await regulars.talk(10.0 if full else 1.5)
    server = arena.server
    target = Target(server.port, server.web_port, arena.tls)
    network = arena.network()
    slow: list[asyncio.Task[None]] = []
    async with asyncio.TaskGroup() as group:
        for place, kind in enumerate(kinds(tls=arena.tls is not None)):
            # Within what one address may have: it is their slowness that is to end them.
            for number in range(15 if full else 2):
                source = f"127.{network}.{place}.{number + 1}"
                # Not all at once: to turn back a crowd is another scenario's.
                wait = arena.rng.uniform(0.0, 5.0 if full else 0.2)
                one = _see(arena, kind, target, source, wait)
                slow.append(group.create_task(one, name=f"{kind.name} {number}"))
        meanwhile = await regulars.talk(18.0 if full else 1.5)
    arena.ledger.faults["slow"] += len(slow)
    arena.ledger.figures["ms, 99th percentile of a delivery, alone"] = 1000 * calm.p99
    arena.ledger.figures["ms, the same beside the slow"] = 1000 * meanwhile.p99
    arena.ledger.figures["ms, of which the harness was late"] = 1000 * meanwhile.late
    regulars.see_that_all_stayed()


async def _see(arena: Arena, kind: Kind, target: Target, source: str, wait: float) -> None:
    """See how long one is let be slow, who comes after ``wait`` seconds."""
    await asyncio.sleep(wait)
    deadline = (_HASTY if arena.hasty else _USUAL)[kind.deadline]
    longest = deadline * (_NOTICED if kind.deadline == "silence" else 1.0) + _GRACE
    longest += _HASTY_SLACK if arena.hasty else _SLACK
    # Another deadline is to end the rest of them, and not their silence.
    lifetime = deadline if kind.deadline == "silence" else 60.0
    raw = await come(kind, target, source, f"slow-{source}", lifetime=lifetime)
    try:
        async with asyncio.timeout(longest + 1):
            took = await dawdle(kind, raw, target, longest)
    except TimeoutError:
        arena.ledger.problem(f"{kind.name}: was not closed in {longest + 1:.1f} s")
        return
    figure = f"s until closed ({deadline:.1f} allowed): {kind.name}"
    arena.ledger.figures[figure] = max(took, arena.ledger.figures.get(figure, 0.0))
    if not 0.9 * deadline <= took <= longest:
        arena.ledger.problem(f"{kind.name}: closed after {took:.2f} s of {deadline} s")
    if kind.is_told and b"too-slow" not in raw.heard:
        arena.ledger.problem(f"{kind.name}: was not told why, but {raw.heard[-200:]!r}")
