"""Lines to a server, by the scheme of its address. Whoever adds a transport adds a class here."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, Self, cast

from websockets.client import ClientProtocol
from websockets.frames import Frame as WebFrame
from websockets.frames import Opcode
from websockets.http11 import Response
from websockets.uri import WebSocketURI

from stress.frames import Frame, Splitter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_LENGTH: Final = 3
"""Bytes of a frame's length."""

_AT_ONCE: Final = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    scheme: str
    host: str
    port: int
    path: str = "/"

    @classmethod
    def parse(cls, url: str) -> Self:
        """Return the address that a ``scheme://host:port/path`` names."""
        scheme, _, rest = url.partition("://")
        place, _, path = rest.partition("/")
        host, _, port = place.rpartition(":")
        return cls(scheme, host, int(port), f"/{path}")


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


class WebLine(TcpLine):
    """A line over WebSocket: what is said goes as messages, and what is sent below them."""

    def __init__(self, heard: Callable[[Frame], None], address: Address) -> None:
        super().__init__(heard)
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when frames can be said."""
        where = WebSocketURI(False, address.host, address.port, address.path, "")  # noqa: FBT003
        self._protocol = ClientProtocol(where)
        self._finished = False
        self._rest = bytearray()
        """What is not a whole frame yet."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a WebSocket."""
        super().connection_made(transport)
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Tell of the frames that have come."""
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                if not self.open.done():
                    self.open.set_result(None)
            elif isinstance(event, WebFrame) and event.opcode is Opcode.BINARY:
                frame = bytes(event.data)
                super().data_received(len(frame).to_bytes(3) + frame)
        self._flush()  # what answers a ping, or a close

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end."""
        super().connection_lost(exc)
        if not self.open.done():
            self.open.set_result(None)

    def say(self, frames: bytes) -> None:
        """Send frames, each in a message as soon as it is whole."""
        self._rest += frames
        while len(self._rest) >= _LENGTH:
            end = _LENGTH + int.from_bytes(self._rest[:_LENGTH])
            if len(self._rest) < end:
                return
            self._say_one(end)

    def _say_one(self, end: int) -> None:
        message = WebFrame(Opcode.BINARY, bytes(self._rest[_LENGTH:end]))
        self.send(message.serialize(mask=True, extensions=[]))
        del self._rest[:end]

    def finish(self) -> None:
        """Say that no more comes, not even an answer to a ping."""
        if self._rest:
            self._say_one(len(self._rest))
        super().finish()
        self._finished = True

    def _flush(self) -> None:
        if self._finished:
            return
        for data in self._protocol.data_to_send():
            if data:
                self.send(data)


async def _dial_web(address: Address, heard: Callable[[Frame], None]) -> Line:
    loop = asyncio.get_running_loop()
    _, line = await loop.create_connection(
        lambda: WebLine(heard, address), address.host, address.port
    )
    await line.open
    return line


async def _dial_tcp(address: Address, heard: Callable[[Frame], None]) -> Line:
    loop = asyncio.get_running_loop()
    _, line = await loop.create_connection(lambda: TcpLine(heard), address.host, address.port)
    return line


DIALS: Final[dict[str, Callable[[Address, Callable[[Frame], None]], Awaitable[Line]]]] = {
    "tcp": _dial_tcp,
    "ws": _dial_web,
}
"""How a line is made, by the scheme of the address."""


async def dial(address: Address, heard: Callable[[Frame], None]) -> Line:
    """Return a line that stands.

    Raises:
        OSError: Nobody listens there.
    """
    return await DIALS[address.scheme](address, heard)
