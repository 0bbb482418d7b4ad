"""The door for browsers and proxies: HTTP until a request is answered, or is a WebSocket.

A connection here is no task. Its request's head has a bound in bytes and one in seconds; then it
becomes a `WebSocketTransport`, or gets one answer and is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Literal, Protocol, cast

from rchat_protocol.limits import DEFAULT_PATH
from rchat_protocol.transport.endpoint import CLOSE_GRACE
from rchat_protocol.transport.tcp import host_of
from rchat_protocol.transport.upgrade import SWITCHING, Asked, Head, accept, parse_request
from rchat_protocol.transport.websocket import WebSocketTransport
from rchat_server.core.sites import site_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from typing import Any

    from rchat_protocol.errors import ChatError
    from rchat_protocol.transport.base import TransportLimits
    from rchat_protocol.transport.messages import SharedMessages
    from rchat_protocol.transport.timers import TimerHandle, Timers
    from rchat_server.core.sites import Origin
    from rchat_server.gateway.proxies import Proxies

HEAD_DEADLINE: Final = 10.0
"""Seconds in which a request's head comes, and its answer is taken."""

Access = Literal["local", "all", "off"]
"""Who sees the pages about the server: this machine, everybody, nobody."""

_SENTENCES: Final = {
    HTTPStatus.BAD_REQUEST: "This is no request that is understood here: HTTP/1.1, without a body.",
    HTTPStatus.FORBIDDEN: "This page may not connect here: whoever runs the server can allow its"
    " origin, in ws-origins.",
    HTTPStatus.NOT_FOUND: "There is nothing here.",
    HTTPStatus.METHOD_NOT_ALLOWED: "GET is all that is answered here.",
    HTTPStatus.UPGRADE_REQUIRED: "A chat is here, for clients that speak RSocket over WebSocket.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The head of a request has 8 KiB at most.",
}
_NO_ADDRESSES: Final = "X-Forwarded-For takes addresses, and nothing else, between commas."
_CLIENT_HELLO: Final = b"\x16"
"""With which TLS begins."""
_FOR_LOCALS: Final = (
    'This page is for the server\'s own machine: metrics = "all" shows it to everybody.'
)


@dataclass(frozen=True, slots=True)
class Response:
    """What a page says."""

    status: HTTPStatus
    body: str
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    def serialize(self) -> bytes:
        """Return it as it goes over the line."""
        body = self.body.encode()
        head = {
            "Content-Type": self.content_type,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Connection": "close",
            **self.headers,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        return f"HTTP/1.1 {self.status.value} {self.status.phrase}\r\n{lines}\r\n".encode() + body


@dataclass(frozen=True, slots=True)
class Site:
    """What is where."""

    path: str = DEFAULT_PATH
    """Of the chat."""
    origins: tuple[str, ...] = ()
    """Whose pages' browsers may connect, such as ``https://chat.example.org``."""
    access: Access = "local"
    """Who sees the pages."""
    pages: Mapping[str, Callable[[], Coroutine[Any, Any, Response]]] = field(default_factory=dict)
    """By path."""


class Host(Protocol):
    """Whoever owns the connections."""

    limits: TransportLimits
    timers: Timers
    shared: SharedMessages
    proxies: Proxies
    """Who is believed for whom he asks."""

    def came(self, line: HttpLine) -> ChatError | None:
        """Keep a connection; return why it may not stay, or None."""

    def gone(self, line: HttpLine) -> None:
        """Such a connection is gone."""

    def relayed(self, line: HttpLine) -> ChatError | None:
        """Count a connection that was not counted yet; return why it may not stay, or None."""

    def crowds(self, host: str) -> bool:
        """Say whether there are so many that to tell why is not worth what it costs."""

    def turned_away(self, host: str, error: ChatError) -> None:
        """Somebody was told why he may not stay."""

    def unclear(self, proxy: str) -> None:
        """For whom a proxy asks is not known: it is not named, or does not say so."""

    def upgraded(self, line: HttpLine, transport: WebSocketTransport) -> None:
        """Serve what has become of it."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` in a task, and own it."""


class HttpLine(asyncio.Protocol):
    """A connection until its request is answered, or it is a WebSocket.

    Args:
        site: What is where.
        host: Who owns it.
        enter: Counts it, and says why it may not stay; None: the host's own.
    """

    def __init__(
        self, site: Site, host: Host, enter: Callable[[str], ChatError | None] | None = None
    ) -> None:
        self.enter = enter
        self.address = ""
        """The other side's, without its port."""
        self.refusal: ChatError | None = None
        """Why it may not stay."""
        self.origin: Origin | None = None
        """Where it comes from, where a proxy is believed about that."""
        self.counted = True
        """Whether it counts as of its address: a proxy's does when it has said for whom it is."""
        self._site = site
        self._host = host
        self._head = Head()
        self._line: asyncio.Transport | None = None
        self._deadline: TimerHandle | None = None
        self._answered = False

    def abort(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.abort()

    # -- asyncio calls these -------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._line = line = cast("asyncio.Transport", transport)
        self.address = host_of(line)
        self.counted = not self._host.proxies.has(self.address)
        self.refusal = self._host.came(self)
        # Who may not stay is told so in answer to his request, for which nobody waits long.
        seconds = HEAD_DEADLINE if self.refusal is None else CLOSE_GRACE
        self._deadline = self._host.timers.call_later(seconds, self.abort)

    def data_received(self, data: bytes) -> None:
        """Take a part of the head; what comes behind a request that is answered is dropped."""
        if self._answered:
            return
        head = self._head.feed(data)
        if head is not None:
            self._asked(head)
        elif self._head.too_large:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._head.begin[:1] == _CLIENT_HELLO:
            self._refuse(HTTPStatus.BAD_REQUEST)  # to TLS any answer in words says: not here
        elif not self._head.begin[:1].isalpha():
            # A client of tcp://, to whom HTTP says nothing: he would wait as long as we do.
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Note the end."""
        self._stop_timer()
        self._line = None
        self._host.gone(self)

    # -- answers -------------------------------------------------------------------------------

    def _asked(self, head: bytes) -> None:
        site = self._site
        most = self._host.limits.max_frame_bytes
        asked = parse_request(head, origins=site.origins, max_frame_bytes=most)
        if asked is None:
            self._refuse(HTTPStatus.BAD_REQUEST)
        elif asked.path == site.path:
            self._upgrade(asked)
        elif self.refusal is not None:
            self._answer(Response(HTTPStatus.TOO_MANY_REQUESTS, f"{self.refusal.message}\n"))
        elif asked.path not in site.pages or site.access == "off":
            self._refuse(HTTPStatus.NOT_FOUND)
        elif asked.method != "GET":
            self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, Allow="GET")
        elif site.access == "local" and (asked.forwarded or site_of(self.address) is not None):
            self._answer(Response(HTTPStatus.FORBIDDEN, f"{_FOR_LOCALS}\n"))
        else:
            self._answered = True
            self._host.spawn(self._show(site.pages[asked.path]))

    async def _show(self, page: Callable[[], Coroutine[Any, Any, Response]]) -> None:
        self._answer(await page())

    def _upgrade(self, asked: Asked) -> None:
        status, answer = accept(asked)
        line, host = self._line, self._host
        if line is None:
            return
        if status != SWITCHING:
            headers = {"Allow": "GET"} if status == HTTPStatus.METHOD_NOT_ALLOWED else {}
            if status == HTTPStatus.UPGRADE_REQUIRED:
                headers["Upgrade"] = "websocket"
            self._refuse(HTTPStatus(status), **headers)
            return
        try:
            self._relay(asked)
        except ValueError:
            self._answer(Response(HTTPStatus.BAD_REQUEST, f"{_NO_ADDRESSES}\n"))
            return
        if self.origin is not None and self.refusal is not None and host.crowds(self.address):
            host.turned_away(self.address, self.refusal)
            self._answer(Response(HTTPStatus.TOO_MANY_REQUESTS, f"{self.refusal.message}\n"))
            return
        self._stop_timer()
        line.write(answer)
        transport = WebSocketTransport(asked.protocol, host.limits, host.timers, host.shared)
        line.set_protocol(transport)
        transport.connection_made(line)
        host.upgraded(self, transport)
        if self._head.rest:
            transport.data_received(self._head.rest)

    def _relay(self, asked: Asked) -> None:
        """Take it as of whom a proxy asks for.

        Raises:
            ValueError: The proxy does not say that in words that are understood.
        """
        host = self._host
        if host.proxies.has(self.address):
            self.origin = host.proxies.origin(asked.clients, asked.schemes)
            if self.origin is not None:
                self.address = self.origin.address
            self.refusal = host.relayed(self)
            clear = bool(asked.clients)
        else:
            clear = site_of(self.address) is not None  # anybody else's word is his own affair
        if asked.forwarded and not clear:
            host.unclear(self.address)

    def _refuse(self, status: HTTPStatus, **headers: str) -> None:
        sentence = _SENTENCES.get(status, _SENTENCES[HTTPStatus.BAD_REQUEST])
        self._answer(Response(status, f"{sentence}\n", headers=headers))

    def _answer(self, response: Response) -> None:
        """Say it, and close when it was taken: closed with unread bytes, it might be lost."""
        self._answered = True
        self._stop_timer()
        line = self._line
        if line is None:
            return
        line.write(response.serialize())
        if line.can_write_eof():
            with contextlib.suppress(OSError):  # the other side has gone: we are told of it soon
                line.write_eof()
            self._deadline = self._host.timers.call_later(CLOSE_GRACE, self.abort)
        else:
            line.close()

    def _stop_timer(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
