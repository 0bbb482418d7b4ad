"""Deliveries a second: one sender with 32 messages of 64 characters in flight, N who listen.

Each run ends with a count: every message has come to every member once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.channel import Channel
from bench.contenders import (
    ENCRYPTED,
    OURS,
    OWN_STREAMS,
    PEER,
    TUTORIAL,
    WEB,
    WEB_ENCRYPTED,
    contenders,
)
from bench.load import Line, Load
from bench.machine import LOAD_CORE, Moment, pinned
from bench.table import Result, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.contenders import Contender
    from bench.options import Options

WARM_UP: Final = 0.5
"""Seconds before the time is taken."""

_COMPARED: Final = {
    OURS: ((PEER, PEER), (TUTORIAL, "the tutorial's")),
    ENCRYPTED: ((OURS, "TCP's"),),
    WEB: ((OURS, "TCP's"),),
    WEB_ENCRYPTED: ((ENCRYPTED, "TCP's under TLS"),),
}
"""Whose rate is told beside whose."""

_SAME_COST_FROM: Final = 100
"""Members from which a delivery is to cost no more than the peer's."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one run measured."""

    rate: float
    """Deliveries a second."""
    cost: float
    """Processor seconds of the server for a million deliveries."""
    load: float
    """How full the load's core was, 0 to 1."""


def run(contender: Contender, members: int, seconds: float) -> Delivery:
    """Measure once."""
    with contender.start() as server, pinned(LOAD_CORE), Load() as load:
        channel = Channel(load, server, contender.wire)
        channel.add_members(members, Line)
        channel.add_senders(1)
        channel.senders[0].start()
        load.for_seconds(WARM_UP)
        before, used, delivered = Moment.now(), server.processor_seconds(), channel.delivered()
        load.for_seconds(seconds)
        after, used = Moment.now(), server.processor_seconds() - used
        delivered = channel.delivered() - delivered
        channel.finish()
    return Delivery(
        delivered / (after.seconds - before.seconds),
        used / delivered * 1e6,
        after.busy_since(before, LOAD_CORE),
    )


def measure(options: Options) -> Iterator[Result]:
    """Measure every size, the contenders in turns."""
    everybody = contenders(in_memory=options.in_memory, incoming=options.incoming)
    for members in options.members:
        there = [each for each in everybody if not each.missing and members <= each.largest]
        runs: dict[str, list[Delivery]] = {each.name: [] for each in there}
        for _ in range(options.runs):
            for contender in there:
                runs[contender.name].append(run(contender, members, options.seconds))
        for missing in (each for each in everybody if each.missing):
            yield Result(_rate_at(members), missing.name, Unit.PER_SECOND, (), note=missing.missing)
        yield from _rates(members, runs)
        yield from _costs(members, runs)


def _rate_at(members: int) -> str:
    return f"deliveries a second, {members:,} members"


def _rates(members: int, runs: Mapping[str, Sequence[Delivery]]) -> Iterator[Result]:
    aims = []
    if PEER in runs:
        aims.append(f"1.0 of {PEER}")
    if TUTORIAL in runs and members >= _SAME_COST_FROM:
        aims.append("20 of the tutorial's")
    medians = {name: _median([run.rate for run in each]) for name, each in runs.items()}
    for name, each in runs.items():
        notes = [
            f"{medians[name] / medians[other]:.2f} of {called}"
            for other, called in _COMPARED.get(name, ())
            if other in medians
        ]
        yield Result(
            _rate_at(members),
            name,
            Unit.PER_SECOND,
            tuple(run.rate for run in each),
            aim=", ".join(aims),
            load=tuple(run.load for run in each),
            note=", ".join(notes),
        )


def _costs(members: int, runs: Mapping[str, Sequence[Delivery]]) -> Iterator[Result]:
    times = 1 if members >= _SAME_COST_FROM else 3
    aim = f"{times} of {PEER}'s; a stream id each 1.5 of ours" if PEER in runs else ""
    medians = {name: _median([run.cost for run in each]) for name, each in runs.items()}
    compared = {
        OURS: PEER,
        OWN_STREAMS: OURS,
        ENCRYPTED: OURS,
        WEB: OURS,
        WEB_ENCRYPTED: ENCRYPTED,
    }
    for name, each in runs.items():
        other = compared.get(name)
        yield Result(
            f"server's processor seconds a million deliveries, {members:,} members",
            name,
            Unit.SECONDS,
            tuple(run.cost for run in each),
            aim=aim,
            note=f"{medians[name] / medians[other]:.2f} of {other}'s" if other in medians else "",
        )


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]
