"""Both ends of a connection over the loopback, of every kind that there is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.uri import WebSocketURI

from rchat_protocol.limits import REQUEST_FRAME_BYTES
from rchat_protocol.transport.base import TransportLimits
from rchat_protocol.transport.frames import split_frames
from rchat_protocol.transport.messages import SharedMessages, masked_messages
from rchat_protocol.transport.tcp import TcpTransport, open_tcp
from rchat_protocol.transport.timers import LoopTimers
from rchat_protocol.transport.upgrade import open_websocket
from rchat_protocol.transport.websocket import WebSocketTransport
from rchat_server.gateway.proxies import Proxies
from rchat_server.gateway.web import HttpLine, Site
from support.papers import papers

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from rchat_protocol.errors import ChatError
    from rchat_protocol.transport.timers import Timers

KINDS = ("tcp", "tcps", "ws", "wss")
LIMITS = TransportLimits(max_frame_bytes=REQUEST_FRAME_BYTES)
EVERY_LINE = pytest.mark.parametrize("kind", KINDS)


class Hall:
    """Owns the connections of one test that come by HTTP. Structurally a `web.Host`."""

    def __init__(
        self, upgraded: Callable[[WebSocketTransport], object], timers: Timers | None = None
    ) -> None:
        self.limits = LIMITS
        self.timers: Timers = timers or LoopTimers()
        self.shared = SharedMessages()
        self.proxies = Proxies()
        self.lines: list[HttpLine] = []
        self._upgraded = upgraded

    def came(self, line: HttpLine) -> ChatError | None:
        """Let everybody in."""
        self.lines.append(line)
        return None

    def gone(self, line: HttpLine) -> None:
        """Note it."""
        self.lines.remove(line)

    def relayed(self, line: HttpLine) -> ChatError | None:
        """Believe nobody."""
        raise NotImplementedError

    def crowds(self, host: str) -> bool:
        """Turn nobody away."""
        raise NotImplementedError

    def turned_away(self, host: str, error: ChatError) -> None:
        """Turn nobody away."""
        raise NotImplementedError

    def unclear(self, proxy: str) -> None:
        """Bear it."""

    def upgraded(self, line: HttpLine, transport: WebSocketTransport) -> None:
        """Hand it over."""
        self.lines.remove(line)
        self._upgraded(transport)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Say that there are no pages."""
        work.close()
        raise NotImplementedError


async def line_pair(kind: str, clock: Timers | None = None) -> tuple[TcpTransport, TcpTransport]:
    """Return both ends of a connection: the dialled and the accepted one."""
    loop = asyncio.get_running_loop()
    accepted: asyncio.Future[TcpTransport] = loop.create_future()
    theirs, ours = papers().contexts() if kind.endswith("s") and kind != "ws" else (None, None)
    is_web = kind.startswith("ws")

    def protocol() -> asyncio.Protocol:
        if is_web:
            return HttpLine(Site("/chat"), Hall(accepted.set_result, clock))
        return TcpTransport(LIMITS, clock, accepted.set_result)

    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=theirs)
    port = server.sockets[0].getsockname()[1]
    dialled: TcpTransport
    if is_web:
        line = await open_websocket("127.0.0.1", port, tls=ours, server_name="localhost")
        dialled = await line.upgrade("localhost", port, "/chat")
    else:
        dialled = await open_tcp("127.0.0.1", port, tls=ours, server_name="localhost")
    transport = await accepted
    server.close()
    return dialled, transport


def accepted_transport(kind: str) -> TcpTransport:
    """Return a server's transport, which has no line yet."""
    if kind == "tcp":
        return TcpTransport(LIMITS)
    protocol = ServerProtocol(state=OPEN, max_size=LIMITS.max_frame_bytes)
    return WebSocketTransport(protocol, LIMITS)


def sent_by_client(kind: str, frames: bytes) -> bytes:
    """Return frames as a client sends them."""
    return frames if kind == "tcp" else masked_messages(frames)


def frames_sent(kind: str, data: bytes) -> list[bytes]:
    """Return the frames, without their length, that a server has sent."""
    if kind == "tcp":
        return [bytes(frame) for frame in split_frames(data)]
    return [bytes(frame.data) for frame in messages_sent(data) if frame.opcode is Opcode.BINARY]


def messages_sent(data: bytes) -> list[Frame]:
    """Return all that a server has sent, as an independent reader of RFC 6455 hears it."""
    reader = ClientProtocol(WebSocketURI(False, "localhost", 80, "/", ""), state=OPEN)  # noqa: FBT003
    reader.receive_data(data)
    assert reader.parser_exc is None
    return [event for event in reader.events_received() if isinstance(event, Frame)]


def from_client(opcode: Opcode, data: bytes = b"", *, fin: bool = True) -> bytes:
    """Return a frame of WebSocket as a client sends it."""
    return Frame(opcode, data, fin).serialize(mask=True)
