"""Many runs, as a worker process does them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simulate.run import run

if TYPE_CHECKING:
    from simulate.run import Outcome

SHOWN: Final = 60
"""Last lines of the trace that are shown of a run that failed among others."""


@dataclass(slots=True)
class Tally:
    """What many runs came to."""

    runs: int = 0
    turns: int = 0
    seconds: float = 0.0
    said: int = 0
    stored: int = 0
    checks: int = 0

    def add(self, other: Outcome | Tally) -> None:
        """Count a run, or many."""
        self.runs += other.runs if isinstance(other, Tally) else 1
        self.turns += other.turns
        self.seconds += other.seconds
        self.said += other.said
        self.stored += other.stored
        self.checks += other.checks


def chunk(first: int, end: int) -> tuple[Tally, list[tuple[int, str]]]:
    """Carry out some runs; return what they came to, and which failed, with their end."""
    tally, bad = Tally(), []
    for seed in range(first, end):
        outcome = run(seed)
        tally.add(outcome)
        if outcome.failure:
            shown = [line[:200] for line in outcome.trace[-SHOWN:]]
            bad.append((seed, "\n".join([*shown, outcome.failure])))
    return tally, bad
