"""A transport pair without sockets, for tests and for what lives in one process.

It carries bytes through the same decoder, with the same budget and deadlines as TCP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol.limits import REPLY_FRAME_BYTES, REQUEST_FRAME_BYTES
from rchat_protocol.transport.base import Transport, TransportLimits
from rchat_protocol.transport.timers import LoopTimers, Timers

if TYPE_CHECKING:
    from collections.abc import Sequence


class MemoryTransport(Transport):
    """One end of a pair: see `memory_pair`."""

    def __init__(self, limits: TransportLimits, timers: Timers, name: str) -> None:
        super().__init__(limits, timers)
        self._name = name
        self._other: MemoryTransport | None = None
        self._inbound = bytearray()
        self._stalled = False
        self._finished = False

    @property
    def peer(self) -> str:
        """The name of the other end."""
        return self._name

    def stall(self) -> None:
        """Read nothing more from the line, as a process that is stopped."""
        self._stalled = True

    def unstall(self) -> None:
        """Undo `stall`."""
        self._stalled = False
        self._deliver()

    def inject(self, data: bytes) -> None:
        """Send raw bytes to the other end, past everything that makes frames of them."""
        self.write(data)

    def _join(self, other: MemoryTransport) -> None:
        self._other = other

    def _deliver(self) -> None:
        """Hand on what the other end has sent."""
        other = self._other
        if self._stalled or self._reading_paused or self._gone or other is None:
            return
        if self._inbound:
            data = bytes(self._inbound)
            self._inbound.clear()
            self._received(data)
            other._output_drained()  # noqa: SLF001 - its other end
        if other._finished and not self._inbound and not self._ended:  # noqa: SLF001 - its other end
            self._input_ended()
            if self._closing:
                self._abort_line()

    def _send(self, pieces: Sequence[bytes]) -> None:
        if self._other is not None and not self._other.gone:
            self._other._inbound += b"".join(pieces)  # noqa: SLF001 - its other end
            self._loop.call_soon(self._other._deliver)  # noqa: SLF001 - its other end

    def _unsent(self) -> int:
        return 0 if self._other is None else len(self._other._inbound)  # noqa: SLF001 - its other end

    def _finish_writing(self) -> None:
        self._finished = True
        if self._other is None or self._ended:
            self._abort_line()
        else:
            self._loop.call_soon(self._other._deliver)  # noqa: SLF001 - its other end

    def _abort_line(self) -> None:
        self._finished = True
        self._loop.call_soon(self._hang_up)

    def _hang_up(self) -> None:
        if self._gone:
            return
        self._line_closed()
        if self._other is not None and not self._other.gone:
            # As a socket: what was sent is still delivered, then the line is closed.
            self._other._deliver()  # noqa: SLF001 - its other end
            self._other._line_closed()  # noqa: SLF001 - its other end

    def _pause_reading(self) -> None:
        """Nothing to do: `_deliver` looks."""

    def _resume_reading(self) -> None:
        self._loop.call_soon(self._deliver)


def memory_pair(
    *,
    client_limits: TransportLimits | None = None,
    server_limits: TransportLimits | None = None,
    timers: Timers | None = None,
) -> tuple[MemoryTransport, MemoryTransport]:
    """Return the client's and the server's end of a connection."""
    timers = timers or LoopTimers()
    client = MemoryTransport(
        client_limits or TransportLimits(max_frame_bytes=REPLY_FRAME_BYTES), timers, "memory:server"
    )
    server = MemoryTransport(
        server_limits or TransportLimits(max_frame_bytes=REQUEST_FRAME_BYTES),
        timers,
        "memory:client",
    )
    client._join(server)  # noqa: SLF001 - made here
    server._join(client)  # noqa: SLF001 - made here
    return client, server
