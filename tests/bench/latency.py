"""Delivery time at 1,000 messages a second to 100 members.

The messages leave on a schedule, whatever the server does, and each carries the moment at which it
was due: a stall counts for every message that it held up, and what the load itself is late counts
too. A delivery's time ends when the load has read it.
"""

from __future__ import annotations

import array
import functools
import re
import time
from typing import TYPE_CHECKING, Final

from bench.channel import CHANNEL, Channel
from bench.contenders import inspircd, rchat
from bench.load import FRONT, Line, Load
from bench.machine import LOAD_CORE, Moment, pinned
from bench.table import Result, Unit
from bench.wires import MARKER, content

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Sequence

    from bench.contenders import Contender, Server
    from bench.options import Options

MEMBERS: Final = 100
PER_SECOND: Final = 1000

_DIGITS: Final = 20
_STAMP: Final = re.compile(MARKER + rb"(\d{%d})" % _DIGITS)
_STAMP_BYTES: Final = len(MARKER) + _DIGITS
_AHEAD_NS: Final = 50_000_000
"""From here to the first message."""


class TimedLine(Line):
    """A member who notes how late each delivery came."""

    __slots__ = ("_late", "_times")

    def __init__(self, late: array.array[int], name: str, connection: socket.socket) -> None:
        super().__init__(name, connection)
        self._late = late
        self._times = False

    def take_times(self) -> None:
        """Begin."""
        self.watch(MARKER)
        self._times = True

    def heard(self, buffer: bytearray, end: int) -> None:
        """Take what came; before `take_times` as any line does."""
        if not self._times:
            super().heard(buffer, end)
            return
        now = time.monotonic_ns()
        start = FRONT - len(self._tail)
        buffer[start:FRONT] = self._tail
        due = _STAMP.findall(buffer, start, end)
        self._late.extend([now - int(each) for each in due])
        self.seen += len(due)
        self._tail = bytes(buffer[max(start, end - _STAMP_BYTES + 1) : end])


def run(
    contender: Contender,
    seconds: float,
    beside: Callable[[Load, Server], Callable[[], None]] | None = None,
) -> tuple[array.array[int], float]:
    """Measure once; return the sorted delivery times in ns, and how full the load's core was.

    Args:
        contender: Who.
        seconds: For how long.
        beside: Makes ready what else is done, and returns what does it: that is called after each
            message.
    """
    late = array.array("q")
    with contender.start() as server, pinned(LOAD_CORE), Load() as load:
        also = None if beside is None else beside(load, server)
        channel = Channel(load, server, contender.wire)
        members = channel.add_members(MEMBERS, functools.partial(TimedLine, late))
        channel.add_senders(1)
        for member in members:
            member.take_times()
        sender, message = channel.senders[0].line, contender.wire.messages(CHANNEL)
        count = int(seconds * PER_SECOND)
        before = Moment.now()
        first = time.monotonic_ns() + _AHEAD_NS
        for due in range(first, first + count * 10**9 // PER_SECOND, 10**9 // PER_SECOND):
            while (left := due - time.monotonic_ns()) > 0:
                load.turn(left / 1e9)
            load.send(sender, message(content(b"%0*d" % (_DIGITS, due))))
            if also is not None:
                also()
            load.turn(0)
        load.until(lambda: len(late) >= count * MEMBERS)
        full = Moment.now().busy_since(before, LOAD_CORE)
        load.quiet()
    for member in members:
        assert member.seen == count, f"{member.name} got {member.seen} of {count}"
    return array.array("q", sorted(late)), full


def measure(options: Options) -> Iterator[Result]:
    """Measure ours and the peer in turns."""
    there = [each for each in (rchat(in_memory=options.in_memory), inspircd()) if not each.missing]
    runs: dict[str, list[tuple[array.array[int], float]]] = {each.name: [] for each in there}
    for _ in range(options.runs):
        for contender in there:
            runs[contender.name].append(run(contender, 2 * options.seconds))
    for part, called, aim in ((0.99, "99 %", 10), (0.999, "99.9 %", 30), (1.0, "longest", 100)):
        for name, each in runs.items():
            yield Result(
                f"delivery time at {PER_SECOND:,} messages/s to {MEMBERS} members, {called}",
                name,
                Unit.MILLISECONDS,
                tuple(milliseconds(late, part) for late, _ in each),
                aim=f"{aim} ms",
                load=tuple(full for _, full in each),
            )


def milliseconds(late: Sequence[int], part: float) -> float:
    """Return in which time a part of all deliveries had come, 0 to 1, of sorted ones in ns."""
    return late[min(int(part * len(late)), len(late) - 1)] / 1e6
