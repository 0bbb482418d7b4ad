"""The client's end of a connection.

::

    transport = await open_tcp(host, port)             # OSError where nobody answers
    endpoint = ClientEndpoint(transport)               # sends SETUP at once
    running = asyncio.create_task(endpoint.run())      # ends when the connection has

    data: bytes = await endpoint.request_response(route_metadata("channels"), b"")
    stream = endpoint.request_stream(metadata, data, receiver, credit=64)
    stream.request(32)
    stream.cancel()

    endpoint.close()                                   # run() then ends soon
    endpoint.reason                                    # the ErrorBody that ended it, or None

- Requests are written before the call returns: calls keep their order on the wire, and stream ids
  are 1, 3, 5, … in the order of calls.
- Deadlines are the caller's: ``asyncio.timeout`` around the future does, since cancelling it sends
  CANCEL.
- When the connection ends, for whatever reason, all that is pending fails at once with
  `ConnectionClosedError`. A server that is silent for `LIFETIME` is given up.

`rchat_protocol.transport.memory.memory_pair` gives two transports without sockets for tests.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from rsocket.error_codes import ErrorCode as RSocketCode
from rsocket.frame import (
    CancelFrame,
    ErrorFrame,
    LeaseFrame,
    PayloadFrame,
    RequestChannelFrame,
    RequestFireAndForgetFrame,
    RequestNFrame,
    RequestStreamFrame,
)
from rsocket.frame_builders import (
    to_cancel_frame,
    to_keepalive_frame,
    to_request_n_frame,
    to_request_response_frame,
    to_request_stream_frame,
    to_setup_frame,
)
from rsocket.payload import Payload

from rchat_protocol.codec import encode_error
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.transport.endpoint import Endpoint, Stream, error_body
from rchat_protocol.transport.errors import (
    ConnectionClosedError,
    ProtocolViolationError,
    RemoteError,
    TransportError,
)
from rchat_protocol.transport.frames import (
    MAX_REQUEST_N,
    RequestResponse,
    error_frame,
    frame_bytes,
)
from rchat_protocol.transport.metadata import COMPOSITE_METADATA, JSON

if TYPE_CHECKING:
    from rchat_protocol.transport.base import Transport
    from rchat_protocol.transport.timers import TimerHandle

logger = logging.getLogger(__name__)

KEEPALIVE: Final = 5.0
"""Seconds from one keepalive to the next."""

LIFETIME: Final = 20.0
"""Seconds of silence after which the server is given up; announced in SETUP as ours, too."""


class StreamReceiver(Protocol):
    """Where a stream's items go. Called from `ClientEndpoint.run`: must neither wait nor raise."""

    def on_next(self, data: bytes) -> None:
        """Take an item. Never more of them than were asked for."""

    def on_complete(self) -> None:
        """Take note that the stream ended well. The last call."""

    def on_error(self, error: TransportError) -> None:
        """Take note of a `RemoteError` or a `ConnectionClosedError`. The last call."""


class ClientEndpoint(Endpoint):
    """The client's end. Made on a transport that stands, in a running loop; sends SETUP at once.

    Args:
        transport: A `TcpTransport` or `MemoryTransport`; it is closed when `run` ends.
        keepalive: Seconds from one keepalive to the next.
        lifetime: Seconds of the server's silence after which it is given up.
    """

    def __init__(
        self, transport: Transport, *, keepalive: float = KEEPALIVE, lifetime: float = LIFETIME
    ) -> None:
        super().__init__(transport, first_stream_id=1)
        self._keepalive = keepalive
        self._keepalive_timer: TimerHandle | None = None
        self._handlers |= {
            LeaseFrame: self._ignore,
            RequestResponse: self._refuse,
            RequestStreamFrame: self._refuse,
            RequestChannelFrame: self._refuse,
            RequestFireAndForgetFrame: self._ignore,
        }
        self.transport.write(
            frame_bytes(
                to_setup_frame(
                    None,
                    data_encoding=JSON,
                    metadata_encoding=COMPOSITE_METADATA,
                    keep_alive_period=timedelta(seconds=keepalive),
                    max_lifetime_period=timedelta(seconds=lifetime),
                )
            )
        )
        self._arm_keepalive()
        self._watch(lifetime)

    def request_response(self, metadata: bytes, data: bytes) -> asyncio.Future[bytes]:
        """Send a request and return the future of its answer's data.

        The future fails with `RemoteError` or `ConnectionClosedError`; cancelling it cancels the
        request.

        Raises:
            ConnectionClosedError: The connection has ended already.
            ChatError: ``busy``: the output budget is used up.
        """
        self._check_sendable()
        pending = _PendingResponse(self, self._streams.allocate_stream())
        self._streams.register_stream(pending.stream_id, pending)
        frame = to_request_response_frame(pending.stream_id, Payload(data, metadata))
        self.transport.write(frame_bytes(frame))
        return pending.future

    def request_stream(
        self, metadata: bytes, data: bytes, receiver: StreamReceiver, *, credit: int = MAX_REQUEST_N
    ) -> InboundStream:
        """Ask for a stream, ``credit`` items of it at first, and return the handle to it.

        Raises:
            ConnectionClosedError: The connection has ended already.
            ChatError: ``busy``: the output budget is used up.
            ValueError: ``credit`` is not between 1 and 2³¹-1 (which means: without limit).
        """
        _check_credit(credit)
        self._check_sendable()
        stream = InboundStream(self, self._streams.allocate_stream(), receiver, credit)
        self._streams.register_stream(stream.stream_id, stream)
        frame = to_request_stream_frame(
            stream.stream_id, Payload(data, metadata), initial_request_n=credit
        )
        self.transport.write(frame_bytes(frame))
        return stream

    def close(self) -> None:
        """Let `run` end: what was written still goes out. Harmless when it has ended."""
        self._ending = True
        self.transport.wake()

    def _check_sendable(self) -> None:
        if self.ended or self.transport.ended:
            raise ConnectionClosedError(self.reason)
        if self.transport.full:
            raise ChatError(ErrorCode.BUSY, "The server is not taking anything now.", retry=1.0)

    def _arm_keepalive(self) -> None:
        self._keepalive_timer = self.transport.timers.call_later(
            self._keepalive, self._send_keepalive
        )

    def _send_keepalive(self) -> None:
        if self.ended:
            return
        if self.transport.room:
            self.transport.write(frame_bytes(to_keepalive_frame(b"")))
        self._arm_keepalive()

    def _clean_up(self) -> None:
        if self._keepalive_timer is not None:
            self._keepalive_timer.cancel()
        super()._clean_up()

    def _refuse(self, frame: Any) -> None:
        error = ChatError(ErrorCode.NO_SUCH_ROUTE, "A client answers no requests.")
        self.transport.write(
            error_frame(frame.stream_id, encode_error(error), RSocketCode.REJECTED)
        )


class _PendingResponse(Stream):
    """A request that waits for its answer."""

    def __init__(self, endpoint: ClientEndpoint, stream_id: int) -> None:
        self.stream_id = stream_id
        self.future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.future.add_done_callback(self._cancel_if_cancelled)
        self._endpoint = endpoint

    def frame_received(self, frame: Any) -> None:
        """Take the answer."""
        if isinstance(frame, PayloadFrame):
            self._endpoint.finish_stream(self.stream_id)
            # It may have been cancelled in this very turn of the loop.
            if not self.future.done():
                self.future.set_result(bytes(frame.data or b""))
        elif isinstance(frame, ErrorFrame):
            self._endpoint.finish_stream(self.stream_id)
            self._fail(RemoteError(error_body(frame)))
        else:
            raise ProtocolViolationError("A request-response takes no such frame.")

    def dispose(self) -> None:
        """Fail: the connection has ended."""
        self._fail(ConnectionClosedError(self._endpoint.reason))

    def _fail(self, error: TransportError) -> None:
        if not self.future.done():
            self.future.set_exception(error)
            # Whoever made the request may be gone already; that is no fault to be logged.
            self.future.exception()

    def _cancel_if_cancelled(self, future: asyncio.Future[bytes]) -> None:
        if future.cancelled() and not self._endpoint.ended:
            self._endpoint.finish_stream(self.stream_id)
            self._endpoint.transport.write(frame_bytes(to_cancel_frame(self.stream_id)))


class InboundStream(Stream):
    """A stream that was asked for: made by `ClientEndpoint.request_stream`."""

    def __init__(
        self, endpoint: ClientEndpoint, stream_id: int, receiver: StreamReceiver, credit: int
    ) -> None:
        self.stream_id = stream_id
        self._endpoint = endpoint
        self._receiver = receiver
        self._credit = credit
        self._done = False

    def request(self, n: int) -> None:
        """Ask for ``n`` items more. Harmless when the stream has ended.

        Raises:
            ValueError: ``n`` is not between 1 and 2³¹-1.
        """
        _check_credit(n)
        if self._done or self._endpoint.ended:
            return
        self._credit = min(self._credit + n, MAX_REQUEST_N)
        self._endpoint.transport.write(frame_bytes(to_request_n_frame(self.stream_id, n)))

    def cancel(self) -> None:
        """Ask for no more: the receiver is not called again. Harmless when the stream has ended."""
        if self._done:
            return
        self._finish()
        if not self._endpoint.ended:
            self._endpoint.transport.write(frame_bytes(to_cancel_frame(self.stream_id)))

    def frame_received(self, frame: Any) -> None:
        """Take an item or the end."""
        if isinstance(frame, PayloadFrame):
            if frame.flags_next:
                self._spend()
                self._receiver.on_next(bytes(frame.data or b""))
            if frame.flags_complete and not self._done:
                self._finish()
                self._receiver.on_complete()
        elif isinstance(frame, ErrorFrame):
            self._finish()
            self._receiver.on_error(RemoteError(error_body(frame)))
        elif not isinstance(frame, CancelFrame | RequestNFrame):
            raise ProtocolViolationError("A stream takes no such frame.")

    def dispose(self) -> None:
        """Fail: the connection has ended."""
        if self._done:
            return
        self._finish()
        try:
            self._receiver.on_error(ConnectionClosedError(self._endpoint.reason))
        except Exception:
            # The other streams of the connection are to hear of the end, too.
            logger.exception("a receiver failed when its stream ended")

    def _spend(self) -> None:
        if self._credit == 0:
            raise ProtocolViolationError("A stream has more items than were asked for.")
        if self._credit != MAX_REQUEST_N:
            self._credit -= 1

    def _finish(self) -> None:
        self._done = True
        self._endpoint.finish_stream(self.stream_id)


def _check_credit(n: int) -> None:
    if not 1 <= n <= MAX_REQUEST_N:
        raise ValueError("credit is a number between 1 and 2**31 - 1")
