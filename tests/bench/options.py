"""What whoever runs the measurements wants."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.machine import LOAD_CORE, SERVER_CORE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Options:
    """How much to measure."""

    runs: int = 5
    """Of each figure."""
    seconds: float = 3.0
    """Length of a run, where it has one."""
    members: tuple[int, ...] = (10, 100, 500, 1000)
    """Fan-outs."""
    only: tuple[str, ...] = ()
    """Names of figures; all where there is none."""
    in_memory: bool = False
    """Whether our server keeps nothing, to see what the disk costs."""
    incoming: bool = False
    """Whether the fan-out is measured on the tutorial's route, too."""
    quick: bool = False
    """Whether large numbers are made small: to see that it works, not to quote."""
    json: Path | None = None
    """Where every run is written."""

    def sized(self, full: int, quick: int) -> int:
        """Return how large something is to be."""
        return quick if self.quick else full


def parse(
    figures: Sequence[str],
    arguments: Sequence[str] | None = None,
    *,
    groups: Mapping[str, tuple[str, ...]] | None = None,
) -> Options:
    """Return what the command line says; a group's name stands for its figures."""
    groups = groups or {}
    parser = argparse.ArgumentParser(
        prog="make bench", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    usual = Options()
    parser.add_argument("--runs", type=int, default=usual.runs, help="runs of each figure")
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="length of a run")
    parser.add_argument(
        "--members", type=int, nargs="+", default=usual.members, help="sizes of the fan-out"
    )
    parser.add_argument(
        "--only", nargs="+", choices=(*figures, *groups), default=(), help="these figures"
    )
    parser.add_argument("--in-memory", action="store_true", help="our server keeps nothing")
    parser.add_argument(
        "--incoming", action="store_true", help="the fan-out of messages.incoming, too"
    )
    parser.add_argument("--quick", action="store_true", help="two short runs of small things")
    parser.add_argument("--json", type=Path, help="write every run to this file")
    told = parser.parse_args(arguments)
    if told.runs < 1:
        parser.error("a figure takes one run at least")
    if not sys.platform.startswith("linux"):
        parser.error("it measures with what Linux has: epoll, /proc, affinity")
    if SERVER_CORE == LOAD_CORE:
        parser.error("it takes two cores: one for the server, one for the load")
    return Options(
        runs=2 if told.quick else told.runs,
        seconds=1.0 if told.quick else told.seconds,
        members=tuple(told.members),
        only=tuple(each for name in told.only for each in groups.get(name, (name,))),
        in_memory=told.in_memory,
        incoming=told.incoming,
        quick=told.quick,
        json=told.json,
    )
