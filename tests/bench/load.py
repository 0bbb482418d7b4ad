"""The load: every connection of a measurement on one epoll loop, and one way to count for all.

A contender's deliveries are counted by how often a marker stands in what a connection received:
the same code for every contender, at the same depth, and cheap enough (one ``recv_into`` and one
``bytearray.count`` for all that has come) that the server is full before the load is.
"""

from __future__ import annotations

import gc
import select
import socket
import ssl
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PATIENCE: Final = 60.0
"""Seconds in which nothing at all comes, after which what is waited for will never come."""

_BUFFER: Final = 1 << 20
FRONT: Final = 256
"""Bytes before the part of the buffer that is read into: where the end of the read before goes."""
_EVENTS: Final = 512
_NOT_NOW: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_CONNECTED: Final = select.EPOLLIN | select.EPOLLOUT if hasattr(select, "epoll") else 0


LineT = TypeVar("LineT", bound="Line")


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a conversation with a server."""

    say: bytes
    until: bytes
    """What stands in the answer that ends the step."""


class LineLostError(Exception):
    """A connection ended, or could not be made: the measurement is worth nothing."""


class Line:
    """One connection that counts how often its marker came. Made by `Load.connect`."""

    __slots__ = ("_keep", "_marker", "_tail", "name", "on_found", "seen", "socket", "unsent")

    def __init__(self, name: str, connection: socket.socket) -> None:
        self.name = name
        self.socket = connection
        self.unsent = bytearray()
        self.on_found: Callable[[int], None] | None = None
        """Called with how many came when some did."""
        self.watch(b"\0nothing yet")

    def watch(self, marker: bytes) -> None:
        """Count ``marker`` from now on, beginning with none. No two of them may overlap.

        Raises:
            ValueError: It is empty or longer than what is kept of one read for the next.
        """
        if not 0 < len(marker) <= FRONT:
            raise ValueError(f"a marker has 1 to {FRONT} bytes")
        self._marker = marker
        self._keep = len(marker) - 1
        self._tail = b""
        self.seen = 0

    @property
    def last_words(self) -> bytes:
        """The end of what came, where it was no marker."""
        return self._tail

    def heard(self, buffer: bytearray, end: int) -> None:
        """Take what stands in ``buffer`` from `FRONT` to ``end``: count, also over the seam."""
        start = FRONT - len(self._tail)
        buffer[start:FRONT] = self._tail
        found = buffer.count(self._marker, start, end)
        # One byte less than a marker: none that was counted is in it.
        self._tail = bytes(buffer[max(start, end - self._keep) : end])
        if found:
            self.seen += found
            if self.on_found is not None:
                self.on_found(found)


class Load:
    """All connections of a measurement. Closes them at the end of its ``with``."""

    def __init__(self) -> None:
        self.lines: dict[int, Line] = {}
        self._epoll = select.epoll()
        self._buffer = bytearray(FRONT + _BUFFER)
        self._into = memoryview(self._buffer)[FRONT:]

    def __enter__(self) -> Self:
        # A collection in the middle of a measurement would show as the server's.
        gc.disable()
        return self

    def __exit__(self, *_: object) -> None:
        gc.enable()
        for line in self.lines.values():
            line.socket.close()
        self.lines.clear()
        self._epoll.close()

    # -- connections -------------------------------------------------------------------------------

    def connect(
        self,
        port: int,
        name: str,
        make: Callable[[str, socket.socket], LineT],
        tls: ssl.SSLContext | None = None,
    ) -> LineT:
        """Begin to dial a server on this machine; what is sent meanwhile goes when it stands.

        With ``tls`` it stands, and is encrypted, when this returns.
        """
        connection = socket.socket()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is None:
            connection.settimeout(0)
            connection.connect_ex(("127.0.0.1", port))
        else:
            connection.connect(("127.0.0.1", port))
            connection = tls.wrap_socket(connection)
            connection.settimeout(0)
        line = make(name, connection)
        self.lines[connection.fileno()] = line
        self._epoll.register(connection, _CONNECTED)
        # Anything to send makes `send` wait until the connection stands.
        return line

    def close(self, line: Line) -> None:
        """Hang up."""
        del self.lines[line.socket.fileno()]
        self._epoll.unregister(line.socket)
        line.socket.close()

    def send(self, line: Line, data: bytes) -> None:
        """Send ``data``; what the socket does not take now goes when it has room.

        Raises:
            LineLostError: The connection has ended.
        """
        if not line.unsent:
            try:
                taken = line.socket.send(data)
            except _NOT_NOW:
                taken = 0
            except OSError as error:
                raise LineLostError(f"{line.name}: {error}") from error
            if taken == len(data):
                return
            self._epoll.modify(line.socket, _CONNECTED)
            data = data[taken:]
        line.unsent += data

    # -- time --------------------------------------------------------------------------------------

    def turn(self, timeout: float) -> bool:
        """Wait for something to happen, at most ``timeout`` seconds, and handle it.

        Returns whether any bytes came.

        Raises:
            LineLostError: A connection has ended.
        """
        ready = self._epoll.poll(0, _EVENTS)
        if not ready and timeout > 0:
            # epoll's own timeout is a whole number of milliseconds, which is too coarse to pace by.
            select.select([self._epoll.fileno()], (), (), timeout)
            ready = self._epoll.poll(0, _EVENTS)
        heard = False
        for number, events in ready:
            line = self.lines.get(number)
            if line is None:
                continue  # closed by a line before it
            if events & select.EPOLLOUT:
                self._flush(line)
            if events & ~select.EPOLLOUT:
                heard = True
                self._receive(line)
        return heard

    def until(self, condition: Callable[[], bool], *, patience: float = PATIENCE) -> None:
        """Turn until ``condition``, which is looked at in every turn, holds.

        Raises:
            LineLostError: A connection has ended.
            TimeoutError: Nothing came for ``patience`` seconds.
        """
        last = time.monotonic()
        while not condition():
            if self.turn(0.02):
                last = time.monotonic()
            elif time.monotonic() - last > patience:
                raise TimeoutError(f"nothing came for {patience} s")

    def for_seconds(self, seconds: float) -> None:
        """Turn for ``seconds``."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.turn(min(left, 0.02))

    def quiet(self, seconds: float = 0.3) -> None:
        """Turn until nothing has come for ``seconds``."""
        last = time.monotonic()
        while time.monotonic() - last < seconds:
            if self.turn(0.02):
                last = time.monotonic()

    def _receive(self, line: Line) -> None:
        self._take(line)
        # What is encrypted comes in records, and epoll knows nothing of those that were read.
        while isinstance(line.socket, ssl.SSLSocket) and line.socket.pending():
            self._take(line)

    def _take(self, line: Line) -> None:
        try:
            count = line.socket.recv_into(self._into)
        except _NOT_NOW:
            return
        except OSError as error:
            raise LineLostError(f"{line.name}: {error}") from error
        if not count:
            raise LineLostError(f"{line.name}: the server hung up, after {line.last_words!r}")
        line.heard(self._buffer, FRONT + count)

    def _flush(self, line: Line) -> None:
        if line.unsent:
            try:
                del line.unsent[: line.socket.send(line.unsent)]
            except _NOT_NOW:
                return
            except OSError as error:
                raise LineLostError(f"{line.name}: {error}") from error
        if not line.unsent:
            self._epoll.modify(line.socket, select.EPOLLIN)

    # -- coming in ---------------------------------------------------------------------------------

    def arrive(
        self,
        guests: Iterable[tuple[Line, Iterable[Step]]],
        marker: bytes,
        *,
        at_once: int = 64,
    ) -> None:
        """Let each line go through its steps, ``at_once`` at a time, then count ``marker``.

        The lines are asked for as their turn comes, so that they may be dialled then.
        """
        waiting = iter(guests)
        walking: set[Line] = set()

        def begin() -> None:
            while len(walking) < at_once and (guest := next(waiting, None)) is not None:
                line, steps = guest
                walking.add(line)
                walk(line, deque(steps))

        def walk(line: Line, steps: deque[Step]) -> None:
            if steps:
                step = steps.popleft()
                line.watch(step.until)
                line.on_found = lambda _: walk(line, steps)
                self.send(line, step.say)
            else:
                line.watch(marker)
                line.on_found = None
                walking.remove(line)
                begin()

        begin()
        self.until(lambda: not walking)
