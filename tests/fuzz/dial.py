"""Lines to a server, by the scheme of its address. Whoever adds a transport adds a class here."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, Self, cast

from stress.frames import Frame, Splitter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_AT_ONCE: Final = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, url: str) -> Self:
        """Return the address that a ``scheme://host:port`` names."""
        scheme, _, rest = url.partition("://")
        host, _, port = rest.rpartition(":")
        return cls(scheme, host, int(port))


class Line(Protocol):
    """One connection. What comes is told frame by frame as it comes."""

    ended: asyncio.Future[None]
    """Done when the server has closed the line, or it broke."""

    def send(self, data: bytes) -> None:
        """Send bytes below the transport's own framing, as they are."""

    def say(self, frames: bytes) -> None:
        """Send whole frames, each after its length in three bytes."""

    def finish(self) -> None:
        """Say that no more comes; what the server still says is heard."""

    def stop_listening(self) -> None:
        """Read nothing more."""

    def reset(self) -> None:
        """Be gone at once."""


class TcpLine(asyncio.Protocol):
    """A line over TCP: what is said and what is sent are the same.

    Args:
        heard: Called with each frame that comes; what it raises ends up in `failure`.
    """

    def __init__(self, heard: Callable[[Frame], None]) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._heard = heard
        self._splitter = Splitter()
        self._line: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        # Not checked: uvloop's transports are none of asyncio's by inheritance.
        self._line = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Tell of the frames that are whole now."""
        for frame in self._splitter.feed(data):
            self._heard(frame)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Note the end."""
        if not self.ended.done():
            self.ended.set_result(None)

    def send(self, data: bytes) -> None:
        """Send bytes."""
        if self._line is not None and not self._line.is_closing():
            self._line.write(data)

    def say(self, frames: bytes) -> None:
        """Send whole frames."""
        self.send(frames)

    def finish(self) -> None:
        """Say that no more comes."""
        if self._line is not None and not self._line.is_closing():
            self._line.write_eof()

    def stop_listening(self) -> None:
        """Read nothing more."""
        if self._line is not None and not self._line.is_closing():
            self._line.pause_reading()

    def reset(self) -> None:
        """Be gone, with what was not sent."""
        if self._line is None or self._line.is_closing():
            return
        sock = self._line.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self._line.abort()


async def _dial_tcp(address: Address, heard: Callable[[Frame], None]) -> Line:
    loop = asyncio.get_running_loop()
    _, line = await loop.create_connection(lambda: TcpLine(heard), address.host, address.port)
    return line


DIALS: Final[dict[str, Callable[[Address, Callable[[Frame], None]], Awaitable[Line]]]] = {
    "tcp": _dial_tcp,
}
"""How a line is made, by the scheme of the address."""


async def dial(address: Address, heard: Callable[[Frame], None]) -> Line:
    """Return a line that stands.

    Raises:
        OSError: Nobody listens there.
    """
    return await DIALS[address.scheme](address, heard)
