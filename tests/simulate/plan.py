"""What a seed decides before a run begins: how many of what there are, and what may go wrong.

Not everything goes wrong in every run ("swarm testing", Groce and others, 2012): faults that always
come together hide each other, and what needs a quiet line would never be tried.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from rchat_protocol.limits import REQUEST_FRAME_BYTES
from rchat_protocol.transport.base import TransportLimits
from simulate import knobs

TROUBLES: Final = (
    "cut",
    "swallow",
    "half-close",
    "bad weather",
    "stall",
    "kill server",
    "kill at commit",
    "power off",
    "restart server",
    "kill client",
    "quit client",
    "disk full",
    "client disk full",
    "slow disk",
    "unreadable disk",
    "clock",
    "restore",
    "lose token",
)
"""All that can go wrong."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run is made of."""

    people: tuple[int, ...]
    """How many terminals each person has."""
    tutorial: int
    """Clients that speak the tutorial's part of the protocol alone."""
    channels: int
    seconds: float
    """For how long people do something, and things go wrong."""
    pace: float
    """Seconds between two things that one terminal does, on average."""
    pause: float
    """Seconds between two things that go wrong, on average."""
    troubles: tuple[str, ...]
    """What may go wrong."""
    grace: float
    """Seconds for which somebody whose line dropped is still seen."""
    absent: int
    """Guests that are remembered while they are away."""
    keep: int
    """Most entries of one log; 0: all."""
    replay: int
    """Entries of one conversation that a client wants replayed when it comes back."""
    large: float
    """How often a message is a large one."""
    queue: int
    """Most commands that wait in one conversation."""
    knobs: tuple[str, ...]
    """Bounds that are small."""
    limits: TransportLimits
    """Of the server's ends of the lines."""
    acting: float
    """Seconds between two things that one terminal does to what was said, on average; 0: nobody
    does."""


def chance(seed: int, name: str) -> random.Random:
    """Return a source of chance for ``name`` in the run of ``seed``."""
    return random.Random(f"{seed}/{name}")  # noqa: S311 - to be repeated is its purpose


def drawn(rng: random.Random) -> Plan:
    """Return a plan by chance."""
    people = tuple(rng.choice((1, 1, 1, 2, 2, 3)) for _ in range(rng.choice((1, 2, 2, 2, 3, 3))))
    high = rng.choice((1024 * 1024, 64 * 1024, 4 * 1024))
    return Plan(
        people=people,
        tutorial=rng.choice((0, 0, 1, 1, 2)),
        channels=rng.choice((1, 1, 2, 3)),
        seconds=rng.choice((5.0, 10.0, 20.0)),
        pace=rng.choice((0.2, 0.5, 1.0)),
        pause=rng.choice((0.5, 2.0, 5.0)),
        troubles=tuple(each for each in TROUBLES if rng.random() < rng.choice((0.15, 0.4))),
        grace=rng.choice((1.0, 1.0, 5.0, 20.0, 120.0)),
        absent=rng.choice((10_000, 10_000, 1, 0)),
        keep=rng.choice((0, 0, 0, 10, 40)),
        replay=rng.choice((100, 20, 3)),
        large=rng.choice((0.0, 0.0, 0.02, 0.2)),
        queue=rng.choice((8192, 8192, 4)),
        knobs=knobs.drawn(rng),
        limits=TransportLimits(
            max_frame_bytes=REQUEST_FRAME_BYTES, high_water=high, low_water=high // 4
        ),
        acting=rng.choice((0.0, 0.2, 1.0)),  # drawn last: the draws before it are what they were
    )
