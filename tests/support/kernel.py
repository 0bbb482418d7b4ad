"""What the kernel has counted."""

from __future__ import annotations

from pathlib import Path


def listen_drops() -> int | None:
    """Return how many connections listening sockets here had no room for, where that is told.

    Each is a SYN that its sender has to send again, a second later and then two.
    """
    statistics = Path("/proc/net/netstat")
    if not statistics.exists():
        return None
    names, values = (
        line.split() for line in statistics.read_text().splitlines() if line.startswith("TcpExt")
    )
    return int(values[names.index("ListenDrops")])
