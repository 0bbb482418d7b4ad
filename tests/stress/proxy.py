"""A line between clients and a server, with faults: each drawn from a seed."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable

_READ: Final = 64 * 1024
_NEVER: Final = 2**62


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to one connection. The default is: nothing."""

    cut_up: int = _NEVER
    """Bytes from the client that are passed on before the line is cut …"""
    cut_down: int = _NEVER
    """… or from the server, whichever comes first."""
    reset: bool = True
    """Whether both ends see a reset; otherwise an end, as if the other had closed."""
    pieces: int = _READ
    """Largest piece in which bytes are passed on."""
    delay: float = 0.0
    """Longest wait before a piece, in seconds."""


class Proxy:
    """Listens on a port of its own, and passes on what comes.

    Args:
        target: The server's port; asked for each connection.
        fate: What happens to the nth connection.
        seed: Of sizes and waits.
    """

    def __init__(
        self, target: Callable[[], int], fate: Callable[[int], Fate], *, seed: object
    ) -> None:
        self.port = 0
        self.accepted = 0
        self.cut = 0
        """Connections that were cut."""
        self._target = target
        self._fate = fate
        self._seed = seed
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._lines: set[_Pair] = set()
        self._swallowing = False
        self._open = asyncio.Event()
        self._open.set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=_READ)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    @property
    def unnoticed(self) -> int:
        """How many swallowed lines are taken by either side for ones that stand."""
        return sum(pair.swallowed for pair in self._lines)

    def hold(self) -> None:
        """Pass nothing on from now on."""
        self._open.clear()

    def swallow(self) -> None:
        """Lose what comes on the lines that stand, for good, and on new ones until `release`.

        Neither side hears of it, nor that the other has given the line up.
        """
        self._swallowing = True
        for pair in self._lines:
            pair.swallowed = True

    def release(self) -> None:
        """Pass on again: what was held, and new lines."""
        self._swallowing = False
        self._open.set()

    def cut_all(self) -> None:
        """Cut every line that stands."""
        for pair in tuple(self._lines):
            self.cut += 1
            pair.end(reset=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        number = self.accepted
        self.accepted += 1
        try:
            await self._serve(number, reader, writer)
        except asyncio.CancelledError:
            pass  # by `__aexit__`; asyncio's streams would take it for a fault
        finally:
            self._tasks.discard(task)
            _close(writer, reset=True)

    async def _serve(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(
                "127.0.0.1", self._target(), limit=_READ
            )
        except OSError:
            return
        fate = self._fate(number)
        pair = _Pair(writer, far_writer, swallowed=self._swallowing)
        self._lines.add(pair)
        try:
            async with asyncio.TaskGroup() as group:
                rng = random.Random(f"{self._seed}/{number}/up")
                group.create_task(self._pump(pair, (reader, far_writer), fate.cut_up, fate, rng))
                rng = random.Random(f"{self._seed}/{number}/down")
                group.create_task(self._pump(pair, (far_reader, writer), fate.cut_down, fate, rng))
        finally:
            self._lines.discard(pair)
            pair.end(reset=True)

    async def _pump(
        self,
        pair: _Pair,
        ends: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        budget: int,
        fate: Fate,
        rng: random.Random,
    ) -> None:
        """Pass one direction on until its end, or until the line is cut."""
        reader, writer = ends
        try:
            while data := await reader.read(rng.randint(1, fate.pieces)):
                await self._open.wait()
                if fate.delay:
                    await asyncio.sleep(rng.uniform(0, fate.delay))
                if pair.swallowed:
                    continue
                writer.write(data[:budget])
                budget -= len(data)
                if budget <= 0:
                    # What was passed on so far arrives, or does not: as the kernel has it.
                    await asyncio.sleep(0)
                    if not pair.ended:
                        self.cut += 1
                    pair.end(reset=fate.reset)
                    return
                await writer.drain()
            if not pair.swallowed and writer.can_write_eof() and not pair.ended:
                writer.write_eof()
        except OSError:
            # The other side hears of it, but for a black hole.
            if not pair.swallowed:
                pair.end(reset=True)


class _Pair:
    """The two ends of one line."""

    def __init__(
        self, near: asyncio.StreamWriter, far: asyncio.StreamWriter, *, swallowed: bool
    ) -> None:
        self.swallowed = swallowed
        self.ended = False
        self._writers = (near, far)

    def end(self, *, reset: bool) -> None:
        """End both."""
        self.ended = True
        for writer in self._writers:
            _close(writer, reset=reset)


def _close(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    sock = writer.get_extra_info("socket")
    if writer.is_closing() or sock is None:
        return
    if reset:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    else:
        writer.close()
