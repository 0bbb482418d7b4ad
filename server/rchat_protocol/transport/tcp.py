"""The TCP transport: asyncio's (or uvloop's) socket under `base.Transport`."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING, Final, cast

from rchat_protocol.limits import REPLY_FRAME_BYTES
from rchat_protocol.transport.base import Transport, TransportLimits

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

    from rchat_protocol.transport.timers import Timers

_PIECES: Final = 64
"""Pieces that go to the system as they are: it takes 1024, but joins few faster than many."""

CLIENT_LIMITS = TransportLimits(max_frame_bytes=REPLY_FRAME_BYTES)
"""A client's bounds."""


class TcpTransport(Transport, asyncio.Protocol):
    """One TCP connection.

    Args:
        limits: Its bounds.
        timers: For the write deadline; the running loop's by default.
        connected: Called with the transport when the connection stands.
    """

    def __init__(
        self,
        limits: TransportLimits,
        timers: Timers | None = None,
        connected: Callable[[TcpTransport], None] | None = None,
    ) -> None:
        super().__init__(limits, timers)
        self._connected = connected
        self._line: asyncio.Transport | None = None
        self._encrypted = False
        self._fd = -1
        self._peer = "nobody"

    @property
    def host(self) -> str:
        """The other side's address, without its port."""
        return _host(self._peer)

    @property
    def encrypted(self) -> bool:
        """Whether it is under TLS."""
        return self._encrypted

    @property
    def certificate(self) -> bytes:
        """The other side's, in DER; empty where it showed none."""
        line = None if self._line is None else self._line.get_extra_info("ssl_object")
        return b"" if line is None else line.getpeercert(binary_form=True) or b""

    @property
    def peer(self) -> str:
        """The other side's ``host:port``."""
        return self._peer

    # -- asyncio calls these -------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        # Not checked: uvloop's transports are none of asyncio's by inheritance.
        self._line = line = cast("asyncio.Transport", transport)
        # One mark for both: asyncio then tells of every fall below the low water mark. The high
        # one is ours to keep, since what this turn of the loop has written counts too.
        low = self.limits.low_water
        # Asked for every delivery: without a step between.
        self._unsent = line.get_write_buffer_size  # type: ignore[method-assign]
        line.set_write_buffer_limits(high=low, low=low)
        self._peer = _address(line.get_extra_info("peername"))
        self._encrypted = line.get_extra_info("sslcontext") is not None
        self._fd = -1 if self._encrypted else _socket_of(line)
        if self._connected is not None:
            self._connected(self)

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._received(data)

    def eof_received(self) -> bool:
        """Note that the other side sends no more; `close` closes the socket, not asyncio.

        Under TLS it is asyncio that closes it: nothing can be sent there any more either.
        """
        self._input_ended()
        return not self._encrypted

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end."""
        self.error = exc
        self._line_closed()

    def resume_writing(self) -> None:
        """Note that the socket took bytes."""
        self._output_drained()

    # -- Transport -----------------------------------------------------------------------------

    def _send(self, pieces: Sequence[bytes]) -> None:
        """Where nothing waits before it, it goes to the socket by no detour.

        With 500 members that is a third of what a delivery costs.
        """
        if self._line is None:
            return
        sent = 0
        if self._fd >= 0 and len(pieces) <= _PIECES and not self._unsent():
            # The line says that it is gone before the socket is closed: the descriptor is ours.
            # Where it takes nothing now, or is broken, the event loop will find out.
            with contextlib.suppress(OSError):
                sent = os.writev(self._fd, pieces)
        if sent < sum(map(len, pieces)):
            self._line.write(b"".join(pieces)[sent:])

    def _unsent(self) -> int:
        return 0 if self._line is None else self._line.get_write_buffer_size()

    def _finish_writing(self) -> None:
        if self._line is None:
            self._line_closed()
        elif self._ended or not self._line.can_write_eof():
            self._close_line()
        elif not self._line.is_closing():
            with contextlib.suppress(OSError):  # the other side has gone: we are told of it soon
                self._line.write_eof()

    def _input_ended(self) -> None:
        super()._input_ended()
        if self._closing:
            self._close_line()

    def _close_line(self) -> None:
        # Once: closed a second time, asyncio's TLS transport answers nothing any more.
        if self._line is not None and not self._line.is_closing():
            self._line.close()

    def _abort_line(self) -> None:
        if self._line is None:
            self._line_closed()
        else:
            self._line.abort()

    def _pause_reading(self) -> None:
        if self._line is not None and not self._line.is_closing():
            self._line.pause_reading()

    def _resume_reading(self) -> None:
        if self._line is not None and not self._line.is_closing():
            self._line.resume_reading()


async def open_tcp(
    host: str,
    port: int,
    *,
    limits: TransportLimits = CLIENT_LIMITS,
    timers: Timers | None = None,
    tls: ssl.SSLContext | None = None,
    server_name: str | None = None,
) -> TcpTransport:
    """Dial ``host``, every address that it resolves to in turn.

    Args:
        host: A name or an address.
        port: Its port.
        limits: Bounds of the transport.
        timers: For its write deadline.
        tls: Encrypts the connection; None leaves it as it is.
        server_name: Whose certificate is asked for, under TLS.

    Raises:
        OSError: Nobody answers there, or the name does not resolve (`socket.gaierror`), or it is
            not whom it should be (`ssl.SSLError`).
    """
    _, transport = await asyncio.get_running_loop().create_connection(
        lambda: TcpTransport(limits, timers),
        host,
        port,
        ssl=tls,
        server_hostname=server_name if tls is not None else None,
    )
    return transport


def host_of(line: asyncio.BaseTransport) -> str:
    """Return the address of a line's other side, without its port."""
    return _host(_address(line.get_extra_info("peername")))


def _host(address: str) -> str:
    return address.rpartition(":")[0].strip("[]")


def _socket_of(line: asyncio.Transport) -> int:
    """Return the descriptor of a line's socket; -1 where it has none."""
    sock = line.get_extra_info("socket")
    return -1 if sock is None else int(sock.fileno())


def _address(name: object) -> str:
    match name:
        case (str(host), int(port), *_):
            return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        case _:
            return "nobody"
