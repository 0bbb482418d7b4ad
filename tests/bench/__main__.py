"""Run the measurements and print one table."""

from __future__ import annotations

import resource
import sys
import time

from bench import (
    acknowledged,
    catch_up,
    fanout,
    first_paint,
    growth,
    latency,
    logins,
    memory,
    return_at_once,
)
from bench.client import FIGURES as CLIENT
from bench.contenders import data_base
from bench.machine import Others, description
from bench.options import parse
from bench.table import Result, as_json, markdown

FIGURES = {
    "fanout": fanout.measure,
    "latency": latency.measure,
    "logins": logins.measure,
    "acknowledged": acknowledged.measure,
    "return": return_at_once.measure,
    "catch-up": catch_up.measure,
    "memory": memory.measure,
    "growth": growth.measure,
    "first-paint": first_paint.measure,
    **CLIENT,
}


def main() -> None:
    """Read the options, measure, print. What is under way goes to standard error."""
    options = parse(tuple(FIGURES), groups={"client": tuple(CLIENT)})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    machine = description(data_base())
    results: list[Result] = []
    others: dict[str, float] = {}
    for name in options.only or FIGURES:
        started, noise = time.monotonic(), Others()
        for result in FIGURES[name](options):
            results.append(result)
            told = f"{result.figure}: {result.contender}: {result.told()}"
            print(f"{time.monotonic() - started:6.0f} s  {told}", file=sys.stderr, flush=True)
        others[name] = noise.share()
        print(f"others took {others[name]:.1%} of the machine", file=sys.stderr, flush=True)
        if options.json is not None:
            # After each figure: a later one that fails takes nothing away.
            options.json.write_text(as_json(results, machine, others) + "\n")
    print(markdown(results, machine, others, options.runs))


if __name__ == "__main__":
    main()
