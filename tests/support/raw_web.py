"""A peer that speaks HTTP and WebSocket by hand, and breaks their rules."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Self

from websockets.client import ClientProtocol
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import WebSocketURI

from support.wire import decode_all

if TYPE_CHECKING:
    from typing import Any

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455, 1.3


def upgrade_request(path: str = "/chat", **headers: str) -> bytes:
    """Return a request for a WebSocket, with more headers, whose underscores are hyphens."""
    lines = {
        "Host": "localhost",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    said = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"GET {path} HTTP/1.1\r\n{said}\r\n".encode()


class RawWeb:
    """One connection. ``async with`` it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._protocol = ClientProtocol(WebSocketURI(False, "localhost", 80, "/", ""), state=OPEN)  # noqa: FBT003

    @classmethod
    async def dial(cls, port: int) -> Self:
        """Connect, and say nothing."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.transport.abort()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    async def ask(self, request: bytes) -> tuple[int, str]:
        """Send a request; return status and head of the answer."""
        self.writer.write(request)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        return int(head.split(" ", 2)[1]), head

    async def get(self, path: str, *, method: str = "GET", more: str = "") -> tuple[int, str]:
        """Ask for a page; return status and body."""
        status, _ = await self.ask(f"{method} {path} HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode())
        return status, (await self.reader.read()).decode()

    async def open(self, path: str = "/chat", **headers: str) -> None:
        """Get a WebSocket."""
        status, head = await self.ask(upgrade_request(path, **headers))
        assert status == 101, head
        assert "sec-websocket-extensions" not in head.lower()

    def send(self, *frames: bytes) -> None:
        """Send frames of WebSocket, as they are."""
        self.writer.write(b"".join(frames))

    async def heard(self, count: int = 1) -> list[Frame]:
        """Return the next frames."""
        found: list[Frame] = []
        while len(found) < count:
            data = await self.reader.read(65536)
            assert data, f"it ended after {found}"
            self._protocol.receive_data(data)
            found += [each for each in self._protocol.events_received() if isinstance(each, Frame)]
        return found

    async def all_heard(self) -> list[Frame]:
        """Return all frames until the end of the line."""
        data = await self.reader.read()
        self._protocol.receive_data(data)
        return [each for each in self._protocol.events_received() if isinstance(each, Frame)]


def close_code(frames: list[Frame]) -> int:
    """Return why the other side closed, which was its last word."""
    assert frames[-1].opcode is Opcode.CLOSE, frames
    return Close.parse(frames[-1].data).code


def rsocket_frames(frames: list[Frame]) -> list[Any]:
    """Return the frames of RSocket in messages."""
    found = []
    for frame in frames:
        if frame.opcode is Opcode.BINARY:
            found += decode_all(len(frame.data).to_bytes(3) + bytes(frame.data))
    return found
