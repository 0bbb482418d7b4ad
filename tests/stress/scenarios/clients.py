"""Clients in processes of their own, with an outbox on disk, are killed and started again."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from stress.puppet import Puppet
from stress.writer import Work, filled

if TYPE_CHECKING:
    from stress.arena import Arena
    from stress.ledger import Stream
    from stress.proxy import Proxy

_PLACE: Final = "tea"
_USER: Final = "ann"
_MESSAGES: Final = 120


@dataclass(slots=True)
class Hand:
    """One terminal of the person's, over all its runs."""

    label: str
    contents: list[str]
    """What it is going to write."""
    written: int = 0
    """How many of them it has begun to write, in all runs so far."""
    runs: list[Puppet] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Kill:
    """One time that everything of the person's dies."""

    moment: float
    """How much of what there is to write until the next kill is begun by then, 0 to 1."""
    wait: float
    """Seconds after that."""
    unreachable: bool
    """Whether the server could not be reached all the while, and the outbox fills."""
    server_too: bool
    """Whether the server is killed as well."""


async def kill_client(arena: Arena) -> None:
    """A client with messages in its outbox is killed at any moment, and started again.

    Sometimes another terminal of the same person shares the outbox, and lives or dies likewise.
    """
    rng = arena.rng
    kills = [
        Kill(rng.random(), rng.uniform(0, 0.05), rng.random() < 0.5, rng.random() < 0.2)
        for _ in range(rng.randint(1, 4))
    ]
    pause = rng.choice((0.0, 0.002, 0.01))
    hands = [_hand(arena, f"{_USER}/{letter}") for letter in "ab"[: rng.randint(1, 2)]]
    proxy = await arena.proxy()
    listener = arena.member("listener", channels=[_PLACE])
    await listener.up()
    await _join(arena, proxy)
    (conversation,) = listener.streams
    order = {"conversation": conversation, "pause": pause}
    for number, kill in enumerate(kills):
        if kill.unreachable:
            proxy.hold()
        running = [await _start(arena, proxy, hand, order) for hand in hands]
        mark = int(_MESSAGES * (number + kill.moment) / len(kills))
        await running[0].has_begun(mark - hands[0].written)
        await asyncio.sleep(kill.wait)
        for hand, run in zip(hands, running, strict=True):
            await _end(arena, hand, run)
        if kill.server_too:
            await arena.restart(signal.SIGKILL)
        proxy.cut_all()
        proxy.release()
    last = [await _start(arena, proxy, hand, order) for hand in hands]
    await arena.ledger.until(lambda: all(run.done and not run.ears.waiting for run in last))
    await _all_heard(arena, listener.streams[conversation])
    await arena.caught_up()
    for run in last:
        code = await run.stop(signal.SIGTERM)
        if code != 0:
            arena.ledger.problem(f"{run.ears.label} ended with {code}")
    log = (arena.folder / "client.log").read_text()
    if "Traceback" in log:
        arena.ledger.problem(f"a client's log: {log[-500:]}")


async def _end(arena: Arena, hand: Hand, run: Puppet) -> None:
    await run.stop(signal.SIGKILL)
    arena.ledger.faults["kills"] += 1
    arena.ledger.faults["in the outbox"] += len(run.ears.waiting)
    hand.written += run.begun
    for stream in run.ears.streams.values():
        stream.ended = True


async def _all_heard(arena: Arena, stream: Stream) -> None:
    """Wait until all that an outbox has kept was heard by somebody."""
    kept = {sent.content for sent in arena.ledger.sent.values() if sent.kept}
    await arena.ledger.until(lambda: {each.content for each in stream.heard} >= kept)


def _hand(arena: Arena, label: str) -> Hand:
    rng = arena.rng_of(f"contents of {label}")
    contents = [filled(rng, Work(_PLACE, 1), label) for _ in range(_MESSAGES)]
    for content in contents:
        arena.ledger.write(_USER, _PLACE, content, hand=label)
    return Hand(label, contents)


async def _join(arena: Arena, proxy: Proxy) -> None:
    """Let the person come into the channel, and quit."""
    run = Puppet(_USER, f"{_USER} joins", arena.ledger)
    await _launch(arena, proxy, run, {"conversation": ""})
    await arena.ledger.until(lambda: run.joined and bool(run.ears.streams))
    await run.stop(signal.SIGTERM)
    for stream in run.ears.streams.values():
        stream.ended = True


async def _start(arena: Arena, proxy: Proxy, hand: Hand, order: dict[str, Any]) -> Puppet:
    run = Puppet(_USER, f"{hand.label}, run {len(hand.runs)}", arena.ledger)
    hand.runs.append(run)
    left = hand.contents[hand.written :]
    await _launch(arena, proxy, run, {**order, "contents": left})
    return run


async def _launch(arena: Arena, proxy: Proxy, run: Puppet, order: dict[str, Any]) -> None:
    everything = {
        "url": f"tcp://127.0.0.1:{proxy.port}",
        "user": _USER,
        "store": str(arena.folder / "client" / "ann.db"),
        "channel": _PLACE,
        "seed": f"{arena.seed}/{run.ears.label}",
        **order,
    }
    await run.start(arena.launcher, everything, arena.folder / "client.log")
