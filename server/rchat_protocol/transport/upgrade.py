"""How a connection becomes a WebSocket one: HTTP's part of it, for both sides.

The head of a request or an answer is bounded; what follows it belongs to the transport.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from websockets.client import ClientProtocol
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.uri import WebSocketURI

from rchat_protocol.transport.errors import NotWebSocketError
from rchat_protocol.transport.tcp import CLIENT_LIMITS
from rchat_protocol.transport.websocket import WebSocketTransport

if TYPE_CHECKING:
    import ssl
    from collections.abc import Collection, Iterable

    from websockets.typing import Origin

    from rchat_protocol.transport.base import TransportLimits
    from rchat_protocol.transport.timers import Timers

logger = logging.getLogger(__name__)

HEAD_BYTES: Final = 8 * 1024
"""Largest head of a request or an answer: what most HTTP servers take."""

_END: Final = b"\r\n\r\n"
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})[ \r]")
_HTTP: Final = b"HTTP/1."
SWITCHING: Final = 101
"""HTTP's number for: this is a WebSocket from here on."""
_OF_PROXIES: Final = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


class _Quiet(logging.LoggerAdapter[logging.Logger]):
    """Where `websockets` logs to: at its lower levels it would tell what people say."""

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - its name in the standard library
        """Say no below a warning."""
        return level >= logging.WARNING and super().isEnabledFor(level)


class Head:
    """The head of a request or an answer, while it comes."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self.rest = b""
        """What came behind it."""

    @property
    def too_large(self) -> bool:
        """Whether it is larger than `HEAD_BYTES`."""
        return len(self._bytes) > HEAD_BYTES

    @property
    def begin(self) -> bytes:
        """The first bytes that there are of it."""
        return bytes(self._bytes[: len(_HTTP)])

    def feed(self, data: bytes) -> bytes | None:
        """Add what came; return all of it, once it is whole and not `too_large`."""
        searched = max(0, len(self._bytes) - len(_END) + 1)
        self._bytes += data
        end = self._bytes.find(_END, searched)
        if end < 0:
            return None
        end += len(_END)
        self.rest = bytes(self._bytes[end:])
        del self._bytes[end:]
        return None if self.too_large else bytes(self._bytes)


# -- the server's side -------------------------------------------------------------------------


class Asked(NamedTuple):
    """A request, as far as a server of WebSockets needs it."""

    method: str
    path: str
    """Without a query."""
    forwarded: bool
    """Whether a proxy sent it on for somebody else."""
    clients: tuple[str, ...]
    """For whom, as ``X-Forwarded-For`` has it; anybody can write that."""
    schemes: tuple[str, ...]
    """By what he came to the proxies, as ``X-Forwarded-Proto`` has it."""
    protocol: ServerProtocol
    """What accepts it."""
    request: Request


def parse_request(head: bytes, *, origins: Collection[str], max_frame_bytes: int) -> Asked | None:
    """Return the request in ``head``; None where it is none, or one with a body.

    Args:
        head: All of it.
        origins: Of which pages' browsers connections are taken; who is no browser names none.
        max_frame_bytes: Largest message that is read.
    """
    allowed = [None, *(cast("Origin", each) for each in origins)]
    protocol = ServerProtocol(origins=allowed, max_size=max_frame_bytes, logger=_Quiet(logger))
    protocol.receive_data(head)
    for event in protocol.events_received():
        if isinstance(event, Request):
            headers = event.headers
            return Asked(
                method=event.method,
                path=event.path.partition("?")[0],
                forwarded=any(name in headers for name in _OF_PROXIES),
                clients=_listed(headers.get_all("X-Forwarded-For")),
                schemes=_listed(headers.get_all("X-Forwarded-Proto")),
                protocol=protocol,
                request=event,
            )
    return None


def _listed(values: Iterable[str]) -> tuple[str, ...]:
    """Return what stands between the commas of a header that may stand there more than once."""
    return tuple(each.strip() for value in values for each in value.split(",") if each.strip())


def accept(asked: Asked) -> tuple[int, bytes]:
    """Return HTTP's number for the answer to who wants a WebSocket, and the answer.

    He gets one where it is 101.
    """
    response = asked.protocol.accept(asked.request)
    asked.protocol.send_response(response)
    return response.status_code, b"".join(asked.protocol.data_to_send())


# -- the client's side -------------------------------------------------------------------------


class Dialled(asyncio.Protocol):
    """A line that stands, and is to become a WebSocket connection: `upgrade` it, or `abort`.

    Args:
        limits: Bounds of the transport that it becomes.
        timers: For its write deadline.
    """

    def __init__(self, limits: TransportLimits, timers: Timers | None) -> None:
        self._limits = limits
        self._timers = timers
        self._line: asyncio.Transport | None = None
        self._head = Head()
        self._answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    @property
    def certificate(self) -> bytes:
        """The other side's, in DER; empty where it showed none."""
        line = None if self._line is None else self._line.get_extra_info("ssl_object")
        return b"" if line is None else line.getpeercert(binary_form=True) or b""

    def abort(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.abort()

    async def upgrade(self, host: str, port: int, path: str) -> WebSocketTransport:
        """Ask for a WebSocket; whoever calls sets the deadline.

        Args:
            host: As it was asked for.
            port: Likewise.
            path: Which one.

        Raises:
            NotWebSocketError: The answer is another.
            OSError: The line broke; an `ssl.SSLError` where the other side refused us.
        """
        uri = WebSocketURI(self.certificate != b"", host, port, path, "")
        protocol = ClientProtocol(uri, max_size=self._limits.max_frame_bytes, logger=_Quiet(logger))
        line = cast("asyncio.Transport", self._line)
        try:
            await self._shake_hands(protocol, line)
        except BaseException:
            line.abort()
            raise
        transport = WebSocketTransport(protocol, self._limits, self._timers)
        line.set_protocol(transport)
        transport.connection_made(line)
        transport.heard = True
        if self._head.rest:
            transport.data_received(self._head.rest)
        return transport

    async def _shake_hands(self, protocol: ClientProtocol, line: asyncio.Transport) -> None:
        protocol.send_request(protocol.connect())
        line.write(b"".join(protocol.data_to_send()))
        head = await self._answer
        found = _STATUS.match(head)
        if found is None or int(found[1]) != SWITCHING:
            raise NotWebSocketError(None if found is None else int(found[1]))
        protocol.receive_data(head)
        protocol.events_received()
        if protocol.state is not OPEN:
            raise NotWebSocketError(SWITCHING)

    # -- asyncio calls these -------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._line = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take a part of the answer's head."""
        if self._answer.done():
            self._head.rest += data
            return
        whole = self._head.feed(data)
        if whole is not None:
            self._answer.set_result(whole)
        elif self._head.too_large or not _HTTP.startswith(self._head.begin):
            self._answer.set_result(b"")

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end."""
        if not self._answer.done():
            silent = not self._head.begin
            self._answer.set_exception(exc or NotWebSocketError(None, silent=silent))
            self._answer.exception()  # it is told to who waits, where anybody does


async def open_websocket(
    host: str,
    port: int,
    *,
    limits: TransportLimits = CLIENT_LIMITS,
    timers: Timers | None = None,
    tls: ssl.SSLContext | None = None,
    server_name: str | None = None,
) -> Dialled:
    """Dial ``host``; arguments and errors as of `tcp.open_tcp`."""
    _, dialled = await asyncio.get_running_loop().create_connection(
        lambda: Dialled(limits, timers),
        host,
        port,
        ssl=tls,
        server_hostname=server_name if tls is not None else None,
    )
    return dialled
