"""One connection: its requests go to the service, its end is told to the core."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.routes import ROUTES, Interaction
from rchat_protocol.transport.server import ServerEndpoint
from rchat_protocol.transport.websocket import WebSocketTransport
from rchat_server.gateway.service import CallerT, Service
from rchat_server.service.caller import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from rchat_protocol.transport.base import Transport
    from rchat_protocol.transport.metadata import RequestMetadata
    from rchat_protocol.transport.server import ServerPolicy
    from rchat_protocol.transport.streams import Answer, OutboundStream, StreamSource
    from rchat_server.core.sites import Origin

logger = logging.getLogger(__name__)

_PAGE_ITEMS: Final = 256
"""Items of a finite stream that are made into frames at a time."""


class Connection(Generic[CallerT]):
    """One connection. Whoever makes it awaits `run`.

    Args:
        transport: The line, which stands.
        service: What is served.
        policy: What a connection may do.
        login_deadline: Seconds in which somebody has to log in, or it is closed.
        origin: Where it comes from.
    """

    def __init__(
        self,
        transport: Transport,
        service: Service[CallerT],
        policy: ServerPolicy,
        login_deadline: float,
        origin: Origin,
    ) -> None:
        self._login_deadline = login_deadline
        self._service = service
        self._endpoint = ServerEndpoint(transport, self, policy)
        self._reading = asyncio.Lock()
        self._origin = origin
        self._caller = service.new_caller(origin, self._endpoint.end)
        self._timers = transport.timers

    @property
    def transport(self) -> Transport:
        """The line."""
        return self._endpoint.transport

    async def run(self) -> None:
        """Serve until the connection ends, and clean up after it."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        told: dict[str, object] = {"peer": self.transport.peer, "kind": _kind(self.transport)}
        if self._origin.address != self.transport.host:
            told["client"] = self._origin.address
        logger.debug("connection opened", extra=told)
        late = self._timers.call_later(self._login_deadline, self._nobody_came)
        try:
            await self._endpoint.run()
        finally:
            late.cancel()
        told["seconds"] = round(loop.time() - began, 1)
        reason = self._endpoint.reason
        if reason is None:
            logger.debug("connection closed", extra=told)
        else:
            self._service.refused(reason.code)
            told["code"] = reason.code
            # Who floods the door is told of as one: see `limited`.
            turned_away = reason.code == ErrorCode.TOO_MANY_CONNECTIONS
            logger.log(
                logging.DEBUG if turned_away else logging.INFO, "connection closed", extra=told
            )

    def _nobody_came(self) -> None:
        if not self._caller.logged_in:
            self.end(ChatError(ErrorCode.TOO_SLOW, "Nobody logged in in time.", retry=1.0))

    def end(self, error: ChatError) -> None:
        """Tell the other side ``error``, and let `run` end."""
        self._endpoint.end(error)

    # -- what the endpoint asks ----------------------------------------------------------------

    def respond(
        self, metadata: RequestMetadata, data: bytes, answer: Answer
    ) -> Coroutine[Any, Any, bytes] | None:
        """Answer a request-response."""
        post = self._service.posts.get(metadata.route)
        if post is not None:
            post(self._caller, data, answer)
            return None
        read = self._service.reads.get(metadata.route)
        if read is not None:
            return self._read(read, _request(metadata, data))
        handler = self._service.responses.get(metadata.route)
        if handler is None:
            raise _no_such_route(metadata.route, Interaction.RESPONSE)
        return handler(self._caller, _request(metadata, data))

    async def _read(
        self, read: Callable[[CallerT, Request], Coroutine[Any, Any, bytes]], request: Request
    ) -> bytes:
        """Answer in turn, when there is room for what may be much."""
        async with self._reading:
            await self._endpoint.room()
            return await read(self._caller, request)

    def stream(
        self, metadata: RequestMetadata, data: bytes, stream: OutboundStream
    ) -> StreamSource:
        """Begin a request-stream."""
        request = _request(metadata, data)
        feed = self._service.feeds.get(metadata.route)
        if feed is not None:
            return feed(self._caller, request, stream)
        items = self._service.lists.get(metadata.route)
        if items is not None:
            source = ListSource(items(self._caller, request), stream)
            source.room()
            return source
        raise _no_such_route(metadata.route, Interaction.STREAM)

    def refused(self, code: str) -> None:
        """Count it."""
        self._service.refused(code)

    def closed(self) -> None:
        """Tell the core."""
        self._caller.closed()


@dataclass(slots=True)
class _Page:
    payloads: Sequence[bytes]
    frames: Any = None


class ListSource:
    """Sends a list as fast as the receiver takes it, then completes the stream.

    Args:
        items: All of them, as they were when they were asked for: no change of what they tell of
            can shorten the stream or keep it from its end.
        stream: Where they go.
    """

    def __init__(self, items: Sequence[bytes], stream: OutboundStream) -> None:
        self._items = items
        self._stream = stream
        self._position = 0

    def room(self) -> None:
        """Send on."""
        while self._position < len(self._items):
            page = self._items[self._position : self._position + _PAGE_ITEMS]
            taken = self._stream.offer(_Page(page))
            self._position += taken
            if taken < len(page):
                return
        self._stream.complete()

    def close(self) -> None:
        """Drop what was not sent."""
        self._items = ()


def _kind(transport: Transport) -> str:
    """Return what a connection is of, as the scheme of an address says it."""
    scheme = "ws" if isinstance(transport, WebSocketTransport) else "tcp"
    return f"{scheme}s" if transport.encrypted else scheme


def _request(metadata: RequestMetadata, data: bytes) -> Request:
    return Request(data, metadata.credential)


def _no_such_route(name: str, asked: Interaction) -> ChatError:
    route = ROUTES.get(name)
    if route is not None and route.interaction is not asked:
        message = f"This route is a {route.interaction}, and was asked for as a {asked}."
    else:
        message = "There is no such route here."
    return ChatError(ErrorCode.NO_SUCH_ROUTE, message)
