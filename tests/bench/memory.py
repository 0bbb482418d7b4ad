"""Memory a connection: 5,000 that are logged in, joined, listening and idle.

What the server's process has resident with all of them, less what it had before the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.contenders import OURS, rchat
from bench.load import Line, Load
from bench.machine import LOAD_CORE, pinned, resident
from bench.table import Result, Unit
from bench.wires import MARKER, RchatWire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.load import Step
    from bench.options import Options

CLIENTS: Final = 5000

_SETTLED_SECONDS: Final = 2.0


def run(clients: int, channels: int, *, in_memory: bool) -> float:
    """Measure once; return KiB a connection."""
    wire = RchatWire()
    with rchat(in_memory=in_memory).start() as server, pinned(LOAD_CORE), Load() as load:

        def guests() -> Iterator[tuple[Line, list[Step]]]:
            for number in range(clients):
                line = load.connect(server.port, f"m{number}", Line)
                yield line, wire.member(number, f"bench{number % channels}")

        before = resident(server.pid)
        load.arrive(guests(), MARKER)
        load.quiet(_SETTLED_SECONDS)
        return (resident(server.pid) - before) / clients


def measure(options: Options) -> Iterator[Result]:
    """Measure ours: spread over channels, and all in one."""
    clients = options.sized(CLIENTS, 500)
    kinds = {f"in channels of {clients // 50}": 50, "all in one channel": 1}
    runs: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(options.runs):
        for kind, channels in kinds.items():
            runs[kind].append(run(clients, channels, in_memory=options.in_memory))
    for kind, each in runs.items():
        yield Result(
            f"memory a connection, {clients:,} idle ones {kind}",
            OURS,
            Unit.KIB,
            tuple(each),
            aim="30 KiB",
        )
