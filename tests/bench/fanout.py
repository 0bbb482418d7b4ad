"""Deliveries a second: one sender with 32 messages in flight, and N members who listen.

The server runs on one core and the load on the other. The load speaks the wire by itself and counts
deliveries without taking frames apart; how full its core was is told with each figure, since a full
one makes the figure a lower bound. The **tutorial's shape** (one queue and one payload of the
library a member a message) is measured in the same run, read by the same code.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvloop
from rsocket.frame_builders import (
    to_keepalive_frame,
    to_request_response_frame,
    to_request_stream_frame,
    to_setup_frame,
)
from rsocket.payload import Payload

from bench.statistics_of import told
from rchat_protocol.transport.frames import frame_bytes
from rchat_protocol.transport.metadata import COMPOSITE_METADATA, JSON, route_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_FLIGHT = 32
CONTENT = "x" * 64
STREAM = 3
"""Every member's stream has this number, as with our own client."""


@dataclass(frozen=True)
class Contender:
    """A server to measure."""

    name: str
    command: tuple[str, ...]
    listen: str
    """The route that its members listen on."""
    marker: bytes
    """What stands once in each delivery, and in nothing else."""


OURS = Contender(
    "rchat, events",
    (sys.executable, "-m", "rchat_server", "--port", "0", "--log-level", "warning"),
    "events",
    b'"type":"message"',
)
OURS_TUTORIAL = Contender(
    "rchat, messages.incoming", OURS.command, "messages.incoming", b'"channel":"bench"'
)
TUTORIAL = Contender(
    "the tutorial's shape",
    (sys.executable, str(Path(__file__).with_name("tutorial_shape.py"))),
    "messages.incoming",
    b'"channel": "bench"',
)


class Line(asyncio.Protocol):
    """A connection that counts deliveries and wakes whoever waits for an answer."""

    def __init__(self, marker: bytes) -> None:
        self.delivered = 0
        self.transport: Any = None
        self._marker = marker
        self._tail = b""
        self.answered = 0
        self._waiting: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send SETUP."""
        from datetime import timedelta

        self.transport = transport
        setup = to_setup_frame(
            None, JSON, COMPOSITE_METADATA, timedelta(seconds=5), timedelta(seconds=200)
        )
        self.transport.write(frame_bytes(setup))

    def data_received(self, data: bytes) -> None:
        """Count, also over the seam of two reads."""
        data = self._tail + data
        self.delivered += data.count(self._marker)
        end = data.rfind(self._marker)
        keep = min(len(data) - (end + len(self._marker) if end >= 0 else 0), len(self._marker) - 1)
        self._tail = data[len(data) - keep :] if keep else b""
        self.answered += 1
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def something(self) -> None:
        """Wait until something comes."""
        self._waiting = asyncio.get_running_loop().create_future()
        await self._waiting

    def ask(self, stream: int, route: str, data: bytes) -> None:
        """Send a request-response."""
        payload = Payload(data, route_metadata(route))
        self.transport.write(frame_bytes(to_request_response_frame(stream, payload)))

    def listen(self, route: str) -> None:
        """Ask for a stream."""
        payload = Payload(b"", route_metadata(route))
        self.transport.write(frame_bytes(to_request_stream_frame(STREAM, payload)))

    def keepalive(self) -> None:
        """Say that we are here."""
        self.transport.write(frame_bytes(to_keepalive_frame(b"")))


class Sender(Line):
    """A connection that keeps a number of messages in flight; each answer sends the next."""

    def __init__(self, marker: bytes) -> None:
        super().__init__(marker)
        message = json.dumps({"user": None, "content": CONTENT, "channel": "bench"}).encode()
        self._request = Payload(message, route_metadata("message"))
        self._stream = 101
        self._buffer = bytearray()
        self.running = False
        self.sent = 0

    def start(self) -> None:
        """Begin."""
        self.running = True
        self._send(IN_FLIGHT)

    def data_received(self, data: bytes) -> None:
        """Every whole frame from now on is an answer."""
        if not self.running:
            super().data_received(data)
            return
        self._buffer += data
        answers = position = 0
        while position + 3 <= len(self._buffer):
            length = int.from_bytes(self._buffer[position : position + 3])
            if position + 3 + length > len(self._buffer):
                break
            position += 3 + length
            answers += 1
        del self._buffer[:position]
        self._send(answers)

    def _send(self, count: int) -> None:
        frames = []
        for _ in range(count):
            frames.append(frame_bytes(to_request_response_frame(self._stream, self._request)))
            self._stream += 2
        self.sent += count
        self.transport.write(b"".join(frames))


@dataclass(frozen=True)
class Figures:
    """What one run measured."""

    rate: float
    """Deliveries a second."""
    server_seconds: float
    """Processor seconds of the server for a million deliveries."""
    load: float
    """How full the load's core was, 0 to 1."""


async def _measure(
    contender: Contender, port: int, pid: int, members: int, seconds: float
) -> Figures:
    loop = asyncio.get_running_loop()
    lines: list[Line] = []
    for number in range(members):
        _, line = await loop.create_connection(lambda: Line(contender.marker), "127.0.0.1", port)
        line.ask(1, "login", f"member{number}".encode())
        await line.something()
        line.listen(contender.listen)
        line.ask(5, "channel.join", b"bench")
        lines.append(line)
    _, sender = await loop.create_connection(lambda: Sender(contender.marker), "127.0.0.1", port)
    sender.ask(1, "login", b"sender")
    await sender.something()
    await asyncio.sleep(1.0)  # the joins are told to everybody
    sender.start()
    await asyncio.sleep(0.5)  # it runs in
    before, cpu, own = sum(line.delivered for line in lines), _cpu(pid), time.process_time()
    started = time.perf_counter()
    end = started + seconds
    while time.perf_counter() < end:
        await asyncio.sleep(0.5)
        for line in lines:
            line.keepalive()
    elapsed = time.perf_counter() - started
    delivered = sum(line.delivered for line in lines) - before
    figures = Figures(
        delivered / elapsed,
        (_cpu(pid) - cpu) / delivered * 1e6,
        (time.process_time() - own) / elapsed,
    )
    for line in (*lines, sender):
        line.transport.abort()
    return figures


def _cpu(pid: int) -> float:
    """Return the processor seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(contender: Contender, members: int, seconds: float) -> Figures:
    """Start the server on one core, and measure it from the other."""
    cores = sorted(os.sched_getaffinity(0))
    process = subprocess.Popen(
        contender.command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores[:1]),  # noqa: PLW1509 - no threads here
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        os.sched_setaffinity(0, cores[-1:])
        return uvloop.run(_measure(contender, port, process.pid, members, seconds))
    finally:
        os.sched_setaffinity(0, cores)
        process.kill()
        process.communicate()


def report(members: int, runs: int, seconds: float) -> Iterator[str]:
    """Measure the contenders in turns; yield the lines of the table."""
    contenders = (OURS, OURS_TUTORIAL, TUTORIAL)
    figures: dict[str, list[Figures]] = {contender.name: [] for contender in contenders}
    for _ in range(runs):
        for contender in contenders:
            figures[contender.name].append(run(contender, members, seconds))
    for name, each in figures.items():
        load = max(figure.load for figure in each)
        rate = told([figure.rate for figure in each], "k/s", scale=1e-3)
        cost = told([figure.server_seconds for figure in each], "s/M")
        yield f"{members:5} members, {name:25} {rate}, server {cost}, load's core {load:4.0%}"
