"""Acknowledged messages a second: one sender with 32 in flight, and 50 with 32 each in one channel.

One member listens, so that what was acknowledged can be counted; the senders are members and do not
listen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.channel import IN_FLIGHT, Channel
from bench.contenders import OURS, inspircd, rchat
from bench.fanout import WARM_UP
from bench.load import Line, Load
from bench.machine import LOAD_CORE, Moment, pinned
from bench.table import Result, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.contenders import Contender
    from bench.options import Options

AIMS: Final = {1: "15 k/s", 50: "20 k/s"}
"""By how many send."""


def run(contender: Contender, senders: int, seconds: float) -> tuple[float, float]:
    """Measure once; return the rate, and how full the load's core was."""
    with contender.start() as server, pinned(LOAD_CORE), Load() as load:
        channel = Channel(load, server, contender.wire)
        channel.add_members(1, Line)
        channel.add_senders(senders)
        for sender in channel.senders:
            sender.start()
        load.for_seconds(WARM_UP)
        before, answered = Moment.now(), channel.answered()
        load.for_seconds(seconds)
        after, answered = Moment.now(), channel.answered() - answered
        channel.finish()
    return answered / (after.seconds - before.seconds), after.busy_since(before, LOAD_CORE)


def measure(options: Options) -> Iterator[Result]:
    """Measure ours and the peer in turns."""
    there = [each for each in (rchat(in_memory=options.in_memory), inspircd()) if not each.missing]
    for senders, aim in AIMS.items():
        runs: dict[str, list[tuple[float, float]]] = {each.name: [] for each in there}
        for _ in range(options.runs):
            for contender in there:
                runs[contender.name].append(run(contender, senders, options.seconds))
        who = "one sender" if senders == 1 else f"{senders} senders, each"
        for name, each in runs.items():
            yield Result(
                f"acknowledged messages a second, {who} with {IN_FLIGHT} in flight",
                name,
                Unit.PER_SECOND,
                tuple(rate for rate, _ in each),
                aim=aim,
                load=tuple(full for _, full in each),
                note="" if name == OURS else "kept nowhere",
            )
