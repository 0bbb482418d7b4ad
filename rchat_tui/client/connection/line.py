"""`Connection`: requests with a deadline, streams with credit, and one end that all hear of."""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import TYPE_CHECKING, Final, Self

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.limits import METADATA_BYTES, REQUEST_FRAME_BYTES
from rchat_protocol.models import ErrorBody
from rchat_protocol.transport.client import KEEPALIVE, LIFETIME, ClientEndpoint
from rchat_protocol.transport.errors import ConnectionClosedError, RemoteError
from rchat_protocol.transport.metadata import route_metadata
from rchat_tui.client.display import safe_line
from rchat_tui.client.errors import ConnectionLost, RchatError, RequestTimeout, ServerError
from rchat_tui.client.trust import refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from rchat_protocol.credentials import Credential
    from rchat_protocol.routes import Route
    from rchat_protocol.transport.base import Transport
    from rchat_protocol.transport.client import InboundStream
    from rchat_protocol.transport.errors import TransportError
    from rchat_tui.client.address import ServerAddress

LIST_CREDIT: Final = 256
"""Items of a finite stream that are asked for at a time."""
LIST_ITEMS: Final = 100_000
"""Most items of a finite stream that are taken."""
_LIST_ITEM_BYTES: Final = 1024
"""Largest item of a finite stream: a name has at most 64 characters."""

_REQUEST_BYTES: Final = REQUEST_FRAME_BYTES - METADATA_BYTES
"""Largest data of a request: a server would drop the line for a larger frame."""

_logger = logging.getLogger(__name__)
_SILENT: Final = "write tcps:// if it encrypts, ws:// if it speaks WebSocket."
_SILENT_TLS: Final = (
    "name a certificate of yours in tls-cert if it wants to see one, write wss:// if it speaks"
    " WebSocket."
)


class Connection:
    """A line that stands; SETUP is on its way. Make it inside a running loop, and close it.

    Args:
        address: Where it leads, for sentences.
        transport: The bytes.
        keepalive: Seconds from one keepalive to the next.
        lifetime: Seconds of the server's silence after which the line is given up.
    """

    def __init__(
        self,
        address: ServerAddress,
        transport: Transport,
        *,
        keepalive: float = KEEPALIVE,
        lifetime: float = LIFETIME,
    ) -> None:
        self.address = address
        self._endpoint = ClientEndpoint(transport, keepalive=keepalive, lifetime=lifetime)
        self._failure: RchatError | None = None
        self._running = asyncio.create_task(self._endpoint.run(), name=f"line to {address}")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Hang up: what was written still goes out, for at most a second. Idempotent."""
        self._endpoint.close()
        await self._running

    @property
    def over(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._endpoint.ended or self._endpoint.transport.ended

    def abort(self, why: ConnectionLost) -> None:
        """Give the line up at once, as one from which nothing more will come."""
        self._failure = self._failure or why
        self._endpoint.close()
        self._endpoint.transport.abort()

    async def ended(self) -> RchatError:
        """Wait until the line is gone, however long; return why."""
        await asyncio.shield(self._running)
        return self.loss()

    def loss(self) -> RchatError:
        """Return why there is no line any more."""
        if self._failure is not None:
            return self._failure
        reason = self._endpoint.reason
        if reason is not None:
            return _server_error(reason)
        transport = self._endpoint.transport
        if isinstance(transport.error, ssl.SSLError):
            return ConnectionLost(refusal(self.address.host, transport.error, b""))
        if not transport.heard:
            # Asyncio's servers hang up on a handshake that fails, and do not say why.
            hint = _SILENT_TLS if self.address.tls else _SILENT
            return ConnectionLost(f"{self.address.authority} hung up without a word: {hint}")
        return ConnectionLost(f"The connection to {self.address.authority} was lost.")

    async def request(
        self, route: Route, data: bytes, *, deadline: float, credential: Credential | None = None
    ) -> bytes:
        """Ask, and return the answer's data.

        Args:
            route: What is asked for.
            data: The request.
            deadline: Seconds to wait for the answer.
            credential: What proves who one is, to send along.

        Raises:
            ServerError: The server refused.
            RequestTimeout: No answer came before the deadline.
            ConnectionLost: The line went before the answer came, or was gone already.
        """
        if len(data) > _REQUEST_BYTES:
            raise ServerError(ErrorCode.BAD_REQUEST, "The request is larger than a server takes.")
        metadata = route_metadata(route.name, credential=credential)
        try:
            async with asyncio.timeout(deadline):
                return await self._endpoint.request_response(metadata, data)
        except TimeoutError:
            raise self._late(deadline) from None
        except ChatError as error:
            raise ServerError(error.code, error.message, retry=error.retry) from None
        except RemoteError as error:
            raise _server_error(error.body) from None
        except ConnectionClosedError:
            raise self._lost_meanwhile() from None

    async def collect(self, route: Route, data: bytes, *, deadline: float) -> list[bytes]:
        """Ask for a finite stream and return its items. Raises as `request` does."""
        if len(data) > _REQUEST_BYTES:
            raise ServerError(ErrorCode.BAD_REQUEST, "The request is larger than a server takes.")
        items = _Items()
        metadata = route_metadata(route.name)
        try:
            async with asyncio.timeout(deadline):
                stream = self._endpoint.request_stream(metadata, data, items, credit=LIST_CREDIT)
                items.stream = stream
                try:
                    return await items.done
                finally:
                    stream.cancel()
        except TimeoutError:
            raise self._late(deadline) from None
        except ChatError as error:
            raise ServerError(error.code, error.message, retry=error.retry) from None
        except RemoteError as error:
            raise _server_error(error.body) from None
        except ConnectionClosedError:
            raise self._lost_meanwhile() from None

    def subscribe(
        self, route: Route, data: bytes, take: Callable[[bytes], None], *, credit: int
    ) -> InboundStream:
        """Ask for an endless stream. When it ends, or brings what cannot be, the line is dropped.

        Args:
            route: What is asked for.
            data: The request.
            take: Called with each item; it raises `ChatError` for one that cannot be.
            credit: Items that may come before `InboundStream.request` asks for more.

        Raises:
            ConnectionLost: The line is gone already.
        """
        receiver = _Subscription(take, self._drop)
        try:
            return self._endpoint.request_stream(
                route_metadata(route.name), data, receiver, credit=credit
            )
        except (ConnectionClosedError, ChatError):
            raise self._lost_meanwhile() from None

    def _drop(self, why: ErrorBody | None) -> None:
        """Give the line up: it is of no use without its stream."""
        if self._failure is None and not self._endpoint.ended:
            if why is None:  # as after a logout
                _logger.info("%s: the server ended the events", self.address)
            else:
                self._failure = _server_error(why)
                _logger.warning("%s: dropped: %s", self.address, self._failure)
        self._endpoint.close()

    def _late(self, deadline: float) -> RequestTimeout:
        return RequestTimeout(f"{self.address.authority} did not answer within {deadline:g} s.")

    def _lost_meanwhile(self) -> ConnectionLost:
        loss = self.loss()
        return loss if isinstance(loss, ConnectionLost) else ConnectionLost(str(loss))


class _Items:
    """The receiver of a finite stream."""

    def __init__(self) -> None:
        self.done: asyncio.Future[list[bytes]] = asyncio.get_running_loop().create_future()
        self.stream: InboundStream | None = None
        self._items: list[bytes] = []

    def on_next(self, data: bytes) -> None:
        """Take an item, and ask for more where the last ones asked for have come."""
        self._items.append(data)
        if len(data) > _LIST_ITEM_BYTES or len(self._items) > LIST_ITEMS:
            self._fail(
                ChatError(ErrorCode.PROTOCOL_VIOLATION, "The server's list is too large to take.")
            )
        elif len(self._items) % LIST_CREDIT == 0 and self.stream is not None:
            self.stream.request(LIST_CREDIT)

    def on_complete(self) -> None:
        """All have come."""
        if not self.done.done():
            self.done.set_result(self._items)

    def on_error(self, error: TransportError) -> None:
        """There will be no more."""
        self._fail(error)

    def _fail(self, error: Exception) -> None:
        if self.stream is not None:
            self.stream.cancel()
        if not self.done.done():
            self.done.set_exception(error)
            # Whoever waited may be gone already; that is no fault to be logged.
            self.done.exception()


class _Subscription:
    """The receiver of an endless stream."""

    def __init__(
        self, take: Callable[[bytes], None], drop: Callable[[ErrorBody | None], None]
    ) -> None:
        self._take = take
        self._drop = drop

    def on_next(self, data: bytes) -> None:
        """Hand an item on."""
        try:
            self._take(data)
        except ChatError as error:
            self._drop(ErrorBody(error.code, error.message))

    def on_complete(self) -> None:
        """Drop the line: there are no events on it any more."""
        self._drop(None)

    def on_error(self, error: TransportError) -> None:
        """Drop the line, with the server's reason where it gave one."""
        self._drop(error.body if isinstance(error, RemoteError) else None)


def _server_error(body: ErrorBody) -> ServerError:
    retry = body.retry if body.retry is not True else 0.0
    return ServerError(safe_line(body.code, limit=64), safe_line(body.message), retry=retry)
