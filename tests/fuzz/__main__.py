"""``make fuzz``: hostile input for all that reads it, and what came of it."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fuzz import machine, parsers, targets
from fuzz.campaign import MAKERS, Campaign, Outcome, narrowed
from fuzz.findings import Finding, load

if TYPE_CHECKING:
    from collections.abc import Sequence

_PARTS: Final = ("parsers", *MAKERS, "people")

_WAYS: Final[dict[str, tuple[str, ...]]] = {"tcp": (), "ws": ("--ws-port", "0")}
"""Transports, with what the server is told for each."""

_INPUTS: Final = {
    "parsers": 400_000,
    "bytes": 50_000,
    "frames": 300_000,
    "sessions": 100_000,
    "people": 10_000,
}
"""How many inputs each part gets where nobody says: some two minutes in all."""

_NARROWING: Final = 60.0
"""Seconds in which a finding is made smaller."""


def main() -> int:
    """Read the options, play, print. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument(
        "--inputs", type=int, help="for each part (default: some two minutes' in all)"
    )
    parser.add_argument(
        "--seed", type=int, help="of all that is drawn (default: drawn, and printed)"
    )
    parser.add_argument("--part", choices=_PARTS, help="this one alone")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="say what was found once more")
    parser.add_argument(
        "--transport", choices=_WAYS, help="this one alone (default: one after the other)"
    )
    parser.add_argument(
        "--server", default="", metavar="OPTIONS", help="further options of rchat-server"
    )
    options = parser.parse_args()
    server = tuple(options.server.split())
    if options.replay:
        return _replay(options.replay, (*server, *_WAYS[options.transport or "tcp"]))
    seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    parts = [options.part] if options.part else _PARTS
    if sys.platform != "linux":
        parts = ["parsers"]
        print("Servers are watched by figures that only Linux has: they are left out.")
    outcomes = []
    findings = []
    for part in parts:
        ways = [options.transport] if options.transport else [*_WAYS]
        for way in ways[:1] if part == "parsers" else ways:
            there = (*server, *_WAYS[way])
            outcome = _run(part, seed, options.inputs or _INPUTS[part], there)
            outcomes.append(outcome)
            findings += [_smaller(each, there) for each in outcome.findings]
            print("\n".join(_row(outcome, way)), flush=True)
    for finding in findings:
        _complain(finding)
    total, seconds = sum(each.inputs for each in outcomes), sum(each.seconds for each in outcomes)
    print(f"{total:,} inputs in {seconds:.0f} s, {len(findings)} findings.")
    return 1 if findings else 0


def _run(part: str, seed: int, inputs: int, server: Sequence[str]) -> Outcome:
    if part == "parsers":
        return parsers.run(seed, inputs)
    if part == "people":
        return machine.run(seed, inputs, server)
    return Campaign(part, seed, options=server).run(inputs)


def _row(outcome: Outcome, way: str) -> list[str]:
    measured = ""
    if outcome.part != "parsers":
        measured = (
            f"; the loop stood still for {outcome.stall * 1000:.0f} ms at the most"
            f" ({outcome.lag * 1000:.0f} ms with what the machine took)"
        )
    if outcome.talks:  # people come and stay: what is left of them is for the other parts
        measured += (
            f"; {outcome.talks:,} connections; memory {outcome.growth / 2**20:+.1f} MiB,"
            f" {outcome.objects:+,} objects"
        )
    rate = outcome.inputs / max(outcome.seconds, 0.001)
    where = "" if outcome.part == "parsers" else way
    counted = (
        f"{outcome.part:10}{where:4}{outcome.inputs:>12,} inputs{outcome.seconds:>8.1f} s"
        f"{rate:>10,.0f}/s{len(outcome.findings):>4} findings"
    )
    return [counted + measured, f"{'':12}{outcome.remarks}"]


def _smaller(finding: Finding, server: Sequence[str]) -> Finding:
    if not finding.talks:
        return finding
    campaign = Campaign(finding.part, finding.seed, options=server)
    return narrowed(finding, campaign, seconds=_NARROWING)


def _complain(finding: Finding) -> None:
    about = finding.target or f"{len(finding.talks)} connections"
    print(f"FOUND: {finding.part}, seed {finding.seed}, {about}\n{finding.what}")
    if finding.talks or finding.data:
        path = finding.save(Path(tempfile.mkdtemp(prefix="rchat-fuzz-")))
        print(f"  again: make fuzz REPLAY={path}", flush=True)
    else:
        # It is no single input that did it.
        print(f"  again: make fuzz PART={finding.part} SEED={finding.seed}", flush=True)


def _replay(path: Path, server: Sequence[str]) -> int:
    finding, began = load(path), time.monotonic()
    if finding.part == "parsers":
        what = parsers.try_one(targets.TARGETS[finding.target], finding.data)
    else:
        campaign = Campaign(finding.part, finding.seed, options=server)
        what = campaign.repeat(finding.talks)
    print(what or "Nothing is wrong this time.")
    print(f"{time.monotonic() - began:.1f} s")
    return 1 if what else 0


if __name__ == "__main__":
    sys.exit(main())
