"""``make stress``: rounds of every scenario, two at a time, and what they counted."""

from __future__ import annotations

import argparse
import collections
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from stress.scenarios import SCENARIOS
from stress.setting import Size
from stress.verdict import Tally
from stress.workers import play_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stress.rounds import Outcome


def main() -> int:
    """Read the options, play, print. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="make stress", description=__doc__)
    parser.add_argument("--rounds", type=int, help="in all (default: one each)")
    parser.add_argument("--seed", type=int, help="of the first round (default: drawn, and printed)")
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), help="this one alone")
    parser.add_argument("--jobs", type=int, default=2, help="rounds at a time (default 2)")
    parser.add_argument(
        "--patient",
        action="store_true",
        help="with the product's own deadlines: a round may last a minute",
    )
    parser.add_argument(
        "--minutes", type=float, default=10.0, help="that bad neighbours stay (default 10)"
    )
    options = parser.parse_args()
    full = bool(options.scenario) and SCENARIOS[options.scenario].has_full_size
    size = Size(hasty=not (options.patient or full), full=full, minutes=options.minutes)
    seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    names = [options.scenario] if options.scenario else list(SCENARIOS)
    count = options.rounds or (1 if full else len(SCENARIOS))
    rounds = [(names[i % len(names)], seed + i // len(names)) for i in range(count)]
    folder = Path(tempfile.mkdtemp(prefix="rchat-stress-"))
    print(f"{len(rounds)} rounds from seed {seed} on, in {folder}", flush=True)
    began = time.monotonic()
    outcomes = []
    # What is measured is to have the machine for itself.
    for outcome in play_all(rounds, folder, jobs=1 if full else options.jobs, size=size):
        outcomes.append(outcome)
        if not outcome.good:
            print("\n".join(_complaint(outcome, folder)), flush=True)
        elif len(outcomes) % 100 == 0:
            print(f"{len(outcomes)} rounds", flush=True)
    print("\n".join(_table(outcomes, figures=not full) + (_figures(outcomes) if full else [])))
    bad = [outcome for outcome in outcomes if not outcome.good]
    print(f"{len(outcomes)} rounds in {time.monotonic() - began:.0f} s, {len(bad)} failed.")
    if not bad:
        folder.rmdir()
    return 1 if bad else 0


def _complaint(outcome: Outcome, folder: Path) -> list[str]:
    kept = folder / f"{outcome.scenario}-{outcome.seed}"
    return [
        f"FAILED: {outcome.scenario}, seed {outcome.seed}, after {outcome.seconds:.1f} s",
        f"  kept: {kept}",
        f"  again: make stress ROUNDS=1 SCENARIO={outcome.scenario} SEED={outcome.seed}",
        *(f"  {sentence}" for sentence in outcome.sentences),
    ]


def _table(outcomes: Sequence[Outcome], *, figures: bool) -> list[str]:
    """Count, two lines a scenario; with ``figures``, also say what was measured."""
    columns = ("rounds", "sent", "acknowledged", "delivered", "lost", "doubled", "out of order")
    lines = [f"{'':14}" + "".join(f"{each:>14}" for each in (*columns, "other faults", "failed"))]
    names = sorted({outcome.scenario for outcome in outcomes})
    for name in (*names, "in all"):
        mine = [each for each in outcomes if name in (each.scenario, "in all")]
        tally = Tally()
        for each in mine:
            tally.add(each.tally)
        counts = (
            len(mine),
            tally.sent,
            tally.acknowledged,
            tally.delivered,
            tally.lost,
            tally.doubled,
            tally.disordered,
            tally.wrong,
            sum(not each.good for each in mine),
        )
        lines.append(f"{name:14}" + "".join(f"{count:>14,}" for count in counts))
        if name != "in all":
            lines.append(f"{'':16}{_remarks(mine, figures=figures)}")
    return lines


def _figures(outcomes: Sequence[Outcome]) -> list[str]:
    """Say what was measured, a line each."""
    return [
        f"{figure:12,.0f} {what}" if figure == int(figure) else f"{figure:12,.2f} {what}"
        for what, figure in _most(outcomes).items()
    ]


def _remarks(outcomes: Sequence[Outcome], *, figures: bool) -> str:
    """Say what was done in these rounds, and what was measured."""
    seconds = sum(each.seconds for each in outcomes) / len(outcomes)
    faults: collections.Counter[str] = collections.Counter()
    for each in outcomes:
        faults.update(each.faults)
    done = [f"{count:,} {what}" for what, count in sorted(faults.items())]
    measured = [f"{figure:,.1f} {what}" for what, figure in sorted(_most(outcomes).items())]
    told = f"; at most {', '.join(measured)}" if figures else ""
    return f"{seconds:.1f} s a round; {', '.join(done)}{told}"


def _most(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return what was measured, of several rounds the most."""
    most: dict[str, float] = {}
    for each in outcomes:
        for what, figure in each.figures.items():
            most[what] = max(figure, most.get(what, figure))
    return most


if __name__ == "__main__":
    sys.exit(main())
