"""The machine that is measured on: its cores, who is busy on them, and what it is."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL: Final = 0.95
"""A core that is busier than this bounds what was measured."""


CORES: Final = tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ()
"""What this process may run on, as it was started."""

SERVER_CORE: Final = CORES[0] if CORES else 0
"""Every server runs on this one, all its threads."""

LOAD_CORE: Final = CORES[-1] if CORES else 0
"""The load runs on this one."""


@contextlib.contextmanager
def pinned(core: int) -> Iterator[None]:
    """Run on ``core`` alone, and so does whatever is started meanwhile."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment from which time is taken."""

    seconds: float
    busy: dict[int, int]
    """Ticks for which each core was busy so far, whoever kept it so."""

    @classmethod
    def now(cls) -> Moment:
        """Return the present."""
        busy = {}
        for line in Path("/proc/stat").read_text().splitlines():
            name, *ticks = line.split()
            if name.startswith("cpu") and name != "cpu":
                user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, ticks[:8])
                busy[int(name[3:])] = user + nice + system + irq + softirq + steal
        return cls(time.perf_counter(), busy)

    def busy_since(self, before: Moment, core: int) -> float:
        """Return how full ``core`` was since then, 0 to 1."""
        ticks = self.busy[core] - before.busy[core]
        return min(1.0, ticks / os.sysconf("SC_CLK_TCK") / (self.seconds - before.seconds))


class Others:
    """How much of the machine went to others than us and the servers that we started.

    What they take spoils a measurement: with more than a few percent it is to be made again.
    """

    def __init__(self) -> None:
        self._since = Moment.now()
        self._ours = _ours()

    def share(self) -> float:
        """Return their share of all cores since this was made, 0 to 1."""
        now = Moment.now()
        busy = sum(now.busy_since(self._since, core) for core in CORES)
        ours = (_ours() - self._ours) / (now.seconds - self._since.seconds)
        return max(0.0, (busy - ours) / len(CORES))


def _ours() -> float:
    """Return the processor seconds of this process and of those that it started and that ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def processor_seconds(pid: int) -> float:
    """Return the processor seconds that a process has used, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int, field: str = "VmRSS") -> int:
    """Return a process's resident memory in KiB: now, or its peak (``VmHWM``)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0])
    raise LookupError(f"/proc/{pid}/status has no {field}")


def forget_peak(pid: int) -> None:
    """Let a process's peak begin anew with what it has now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def file_system(folder: Path) -> str:
    """Return which kind of file system ``folder`` is on."""
    found, kind = Path(), "unknown"
    for line in Path("/proc/mounts").read_text().splitlines():
        _, mounted, this_kind, *_ = line.split()
        place = Path(mounted)
        if folder.is_relative_to(place) and len(place.parts) >= len(found.parts):
            found, kind = place, this_kind
    return kind


def description(folder: Path) -> dict[str, str]:
    """Return what the figures depend on, for people."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {
        "processor": f"{model}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "uvloop": importlib.metadata.version("uvloop"),
        "SQLite": sqlite3.sqlite_version,
        "data on": file_system(folder),
    }
