"""``make simulate``: a great many runs, and every planted fault found."""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import sys
import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import TYPE_CHECKING, Final

from simulate.faults import FAULTS, find
from simulate.many import Tally, chunk
from simulate.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS: Final = 2_000
"""Runs, unless told otherwise."""

FAULT_RUNS: Final = 1_000
"""Runs in which every planted fault has to be found."""

CHUNK: Final = 20
"""Runs that a worker does between two words of it."""


def main() -> int:
    """Read the options, simulate, print. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"runs (default {SEEDS})")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--seed", type=int, help="this one alone, with its trace")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--no-faults", action="store_true", help="do not look for planted faults")
    options = parser.parse_args()
    if options.seed is not None:
        return _show(options.seed)
    # Spawned, not forked: each worker is as a process that somebody starts to repeat one seed.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, mp_context=context) as pool:
        failed = _simulate(pool, options.first, options.seeds, options.jobs)
        missed = 0 if options.no_faults else _find_faults(pool)
    return 1 if failed or missed else 0


def _show(seed: int) -> int:
    outcome = run(seed)
    print("\n".join(outcome.trace))
    print(f"\n{outcome.failure or 'All is as it was promised.'}")
    return 1 if outcome.failure else 0


def _simulate(pool: ProcessPoolExecutor, first: int, seeds: int, jobs: int) -> int:
    began, told, tally, failed = time.monotonic(), 0, Tally(), 0
    for part, bad in _chunks(pool, first, first + seeds, jobs):
        tally.add(part)
        for seed, complaint in bad:
            failed += 1
            print(
                f"FAILED: seed {seed}\n{complaint}\n  again: make simulate SEED={seed}\n",
                flush=True,
            )
        if tally.runs // 1_000 > told:
            told = tally.runs // 1_000
            print(
                f"{tally.runs} runs, {time.monotonic() - began:.0f} s, {failed} failed", flush=True
            )
    print(
        f"{tally.runs} runs from seed {first} on in {time.monotonic() - began:.0f} s,"
        f" {failed} failed: {tally.seconds / 3600:.1f} h of virtual time,"
        f" {tally.turns:,} callbacks, {tally.said:,} messages said,"
        f" {tally.stored:,} in the logs at the end,"
        f" {tally.checks:,} answers checked.",
        flush=True,
    )
    return failed


def _chunks(
    pool: ProcessPoolExecutor, first: int, end: int, jobs: int
) -> Iterator[tuple[Tally, list[tuple[int, str]]]]:
    """Yield what each chunk came to. A worker that dies ends it all: `BrokenProcessPool`."""
    starts = iter(range(first, end, CHUNK))
    pending: set[Future[tuple[Tally, list[tuple[int, str]]]]] = set()
    while True:
        for start in itertools.islice(starts, 2 * jobs - len(pending)):
            pending.add(pool.submit(chunk, start, min(start + CHUNK, end)))
        if not pending:
            return
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        for each in done:
            yield each.result()


def _find_faults(pool: ProcessPoolExecutor) -> int:
    """Have every planted fault found; return how many were not."""
    print(f"{len(FAULTS)} faults, planted one at a time:", flush=True)
    missed = 0
    for found in pool.map(find, range(len(FAULTS)), itertools.repeat(FAULT_RUNS)):
        if found.seed is None:
            missed += 1
            what = f"NOT FOUND in {found.runs} runs"
        else:
            what = f"found in run {found.runs}, having done wrong {found.hits} times"
        print(f"  {found.name}: {what}\n      {found.failure[:150]}", flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(main())
