"""The line is cut, swallowed, or slow."""

from __future__ import annotations

import asyncio
import functools
import math
from typing import TYPE_CHECKING, Final

from rchat_protocol.transport.client import LIFETIME
from rchat_protocol.transport.tcp import open_tcp
from rchat_tui.client.connection import Connection
from stress.member import Reading
from stress.proxy import Fate
from stress.scenarios import crowd
from stress.setting import Setting
from stress.writer import Work

if TYPE_CHECKING:
    import random

    from rchat_tui.client.address import ServerAddress
    from stress.arena import Arena

_CUT_LINES: Final = 40
"""Connections of a round that may be cut; later ones are let be, so that it comes to an end."""

_LIFETIME: Final = 0.6
"""Seconds of silence after which a line is given up in the black hole."""

BLACK_HOLE: Final = Setting(policy={"silence_floor": 0.1, "setup_deadline": 0.6})


async def cut_line(arena: Arena) -> None:
    """Every line is cut at some byte, in either direction: in SETUP, in a login, in a batch."""

    def fate(number: int) -> Fate:
        rng = arena.rng_of(f"fate {number}")
        if number >= _CUT_LINES or rng.random() < 0.1:
            return Fate()
        return Fate(
            cut_up=_any_byte(rng, 30_000),
            cut_down=_any_byte(rng, 300_000),
            reset=rng.random() < 0.5,
            pieces=rng.choice((7, 100, 64 * 1024)),
        )

    proxy = await arena.proxy(fate)
    arena.grow_impatient()
    await crowd.gather(arena, via=proxy)
    await arena.all_said()
    arena.ledger.faults["cuts"] += proxy.cut


async def delay(arena: Arena) -> None:
    """Bytes come in pieces, late, and at times not at all for a while; no line is lost by it."""
    rng = arena.rng
    pieces = rng.choice((200, 700, 1500))
    late = rng.choice((0.0, 0.001)) * pieces / 1500
    holds = [(rng.uniform(0, 0.2), rng.uniform(0.02, 0.2)) for _ in range(3)]
    proxy = await arena.proxy(lambda _: Fate(pieces=pieces, delay=late))
    await crowd.gather(arena, via=proxy, messages=150)
    for wait, length in holds:
        await asyncio.sleep(wait)
        proxy.hold()
        arena.ledger.faults["holds"] += 1
        await asyncio.sleep(length)
        proxy.release()
    await arena.all_said()
    lost = sum(len(member.losses) for member in arena.members)
    lost += sum(len(chatter.ears.offline) for chatter in arena.chatters)
    if lost:
        arena.ledger.problem(f"{lost} lines were lost, and none was cut")


async def black_hole(arena: Arena) -> None:
    """What is sent is swallowed for a while: both sides notice by themselves."""
    rng = arena.rng
    mark, length = rng.random(), rng.choice((0.0, rng.uniform(0, 1.0)))
    lifetime = _LIFETIME if arena.hasty else LIFETIME
    proxy = await arena.proxy()
    reading = Reading(lifetime=lifetime)
    for name in ("alice", "bob"):
        member = arena.member(name, via=proxy, channels=crowd.ROOMS, reading=reading)
        await member.up()
        arena.write(member, Work("tea", 80, rng.randint(1, 8), 0.01))
    dial = functools.partial(_dial, lifetime=lifetime)
    client = {"dial": dial, "deadline": 1.0} if arena.hasty else {}
    carol = arena.chatter("carol", via=proxy, channels=crowd.ROOMS, client=client)
    await carol.here()
    arena.write(carol, Work("tea", 40, pause=0.01))
    outside = arena.member("outside", channels=crowd.ROOMS)
    await outside.up()
    arena.write(outside, Work("coffee", 40, 1, 0.01))
    await arena.ledger.until(lambda: arena.ledger.acknowledged >= mark * 200)
    proxy.swallow()
    swallowed = proxy.unnoticed
    arena.ledger.faults["swallowed"] += swallowed
    await asyncio.sleep(length)
    proxy.release()
    try:
        # Half as much again, as the watchdogs look four times in a lifetime; and the server's
        # patience with a client that announces a short one.
        async with asyncio.timeout(3 * lifetime):
            while proxy.unnoticed:  # noqa: ASYNC110 - it is other processes that are waited for
                await asyncio.sleep(0.01)
    except TimeoutError:
        arena.ledger.problem(f"{proxy.unnoticed} dead lines were held by one of their sides")


async def _dial(address: ServerAddress, *, lifetime: float) -> Connection:
    transport = await open_tcp(address.host, address.port)
    return Connection(address, transport, keepalive=lifetime / 5, lifetime=lifetime)


def _any_byte(rng: random.Random, most: int) -> int:
    """Return a number whose magnitude is as likely to be any: beginnings are met often."""
    return int(math.exp(rng.uniform(math.log(1), math.log(most))))
