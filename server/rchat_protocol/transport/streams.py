"""What stands in a server's table of streams: an answer that is being worked on, or a stream.

`OutboundStream` is where backpressure happens. Two things bound what it takes: the receiver's
credit (``request(n)``) and the connection's output budget. It never queues: what it does not take
stays with its source, which is told when there is room again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol

from rsocket.frame import CancelFrame, RequestNFrame

from rchat_protocol.codec import encode_error
from rchat_protocol.transport.endpoint import Stream, internal_error
from rchat_protocol.transport.errors import ProtocolViolationError
from rchat_protocol.transport.frames import (
    MAX_REQUEST_N,
    PAYLOAD_OVERHEAD,
    PayloadFrames,
    complete_frame,
    error_frame,
    payload_frame,
    payload_frames,
)

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from rchat_protocol.errors import ChatError
    from rchat_protocol.transport.base import Transport

logger = logging.getLogger(__name__)


class Batch(Protocol):
    """Items that go to many streams."""

    payloads: Sequence[bytes]
    """The items' data, in order. Nobody changes them."""
    frames: Any
    """Room for what is made of them once for all streams: `frames.PayloadFrames`, or None."""


class StreamSource(Protocol):
    """Where a stream's items come from."""

    def room(self) -> None:
        """There is room again, after `OutboundStream.offer` took less than all."""

    def close(self) -> None:
        """The stream has ended: completed, failed, cancelled, or its connection is gone.

        Called exactly once.
        """


class AnswerHost(Protocol):
    """The endpoint, as its answers see it."""

    transport: Transport

    def answered(self, answer: Answer) -> None:
        """Take an answer that is done out of the table."""

    def refused(self, error: ChatError) -> None:
        """Note that the answer is an error."""


class StreamHost(Protocol):
    """The endpoint, as its streams see it."""

    transport: Transport

    def finish_stream(self, stream_id: int) -> None:
        """Take a stream out of the table."""

    def refused(self, error: ChatError) -> None:
        """Note that a stream ended with an error."""

    def starved(self, stream: OutboundStream) -> None:
        """Call `OutboundStream.feed` when the output budget has room again."""


class Answer(Stream):
    """The answer to a request-response: given once, now or later. Structurally a ``Reply``.

    Args:
        host: Its endpoint.
        stream_id: The request's number.
    """

    __slots__ = ("_host", "done", "stream_id", "task")

    def __init__(self, host: AnswerHost, stream_id: int) -> None:
        self.stream_id = stream_id
        self.done = False
        """Whether it was given, or nobody waits for it any more."""
        self.task: asyncio.Task[None] | None = None
        """Who works on it, where that is a task."""
        self._host = host

    def send(self, data: bytes) -> None:
        """Answer. Harmless when it is done."""
        if not self.done:
            self.done = True
            self._host.transport.write(payload_frame(self.stream_id, data, complete=True))
            self._host.answered(self)

    def fail(self, error: ChatError) -> None:
        """Refuse. Harmless when it is done."""
        if not self.done:
            self.done = True
            self._host.refused(error)
            self._host.transport.write(error_frame(self.stream_id, encode_error(error)))
            self._host.answered(self)

    def frame_received(self, frame: Any) -> None:
        """Stop working when the other side cancels."""
        if isinstance(frame, CancelFrame):
            self.dispose()
        elif not isinstance(frame, RequestNFrame):
            raise ProtocolViolationError("A request-response takes no such frame.")

    def dispose(self) -> None:
        """Stop working."""
        if self.done:
            return
        self.done = True
        if self.task is not None:
            self.task.cancel()  # it leaves the table when it has ended
        else:
            self._host.answered(self)


class OutboundStream(Stream):
    """A stream of items to the other side. Structurally a ``core.ports.Sink``.

    Args:
        host: Its endpoint.
        stream_id: Its number.
        credit: Items that the other side asked for with the request.
    """

    def __init__(self, host: StreamHost, stream_id: int, credit: int) -> None:
        self.stream_id = stream_id
        self.done = False
        """Whether it has ended."""
        self._host = host
        self._transport = host.transport
        self._credit = 0
        self._source: StreamSource | None = None
        self._starved = False
        self._add_credit(credit)

    # -- for the source ------------------------------------------------------------------------

    def offer(self, batch: Batch) -> int:
        """Take items from the front, as many as credit and output budget allow.

        Never waits and never raises. Returns how many were taken: when fewer than all, the source's
        `StreamSource.room` is called once there is room again. 0 once the stream has ended.
        """
        # The way of nearly every delivery: as few steps as can be.
        count = len(batch.payloads)
        if 0 < count <= self._credit:
            frames = batch.frames
            if frames is None:
                frames = batch.frames = PayloadFrames(batch.payloads)
            if self._transport.offer(frames.of(self.stream_id)):
                if self._credit != MAX_REQUEST_N:
                    self._credit -= count
                return count
        return self._offer_part(batch)

    def _offer_part(self, batch: Batch) -> int:
        taken = self._take(batch)
        if taken < len(batch.payloads) and not self.done:
            self._starved = True
            if self._credit:
                self._host.starved(self)
        return taken

    def complete(self) -> None:
        """End the stream well. Harmless when it has ended."""
        if not self.done:
            self._transport.write(complete_frame(self.stream_id))
            self._finish()

    def fail(self, error: ChatError) -> None:
        """End the stream with an error. Harmless when it has ended."""
        if not self.done:
            self._host.refused(error)
            self._transport.write(error_frame(self.stream_id, encode_error(error)))
            self._finish()

    # -- for the endpoint ----------------------------------------------------------------------

    def attach(self, source: StreamSource) -> None:
        """Say where the items come from. A source of a stream that has ended is closed at once."""
        self._source = source
        if self.done:
            self._close_source()

    def feed(self) -> None:
        """Let the source go on, where it was refused something and there is room now."""
        if not self._starved or not self._credit or not self._transport.room:
            return
        if self._source is None:
            return
        self._starved = False
        try:
            self._source.room()
        except Exception:
            logger.exception("fault in a stream's source")
            self.fail(internal_error())

    def frame_received(self, frame: Any) -> None:
        """Take credit, or the other side's cancel."""
        if isinstance(frame, RequestNFrame):
            self._add_credit(frame.request_n)
            self.feed()
        elif isinstance(frame, CancelFrame):
            self._finish()
        else:
            raise ProtocolViolationError("A request-stream takes no such frame.")

    def dispose(self) -> None:
        """End: the connection has."""
        if not self.done:
            self._finish()

    def _add_credit(self, n: int) -> None:
        if not 1 <= n <= MAX_REQUEST_N:
            raise ProtocolViolationError("Credit is a number between 1 and 2**31 - 1.")
        # 2³¹-1 means without limit, and so does whatever adds up to it.
        self._credit = min(self._credit + n, MAX_REQUEST_N)

    def _take(self, batch: Batch) -> int:
        payloads = batch.payloads
        room = self._transport.room
        most = _fitting(payloads, min(len(payloads), self._credit), room)
        if most:
            if self._credit != MAX_REQUEST_N:
                self._credit -= most
            self._transport.write(payload_frames(self.stream_id, payloads[:most]))
        return most

    def _finish(self) -> None:
        self.done = True
        self._credit = 0
        self._host.finish_stream(self.stream_id)
        self._close_source()

    def _close_source(self) -> None:
        source, self._source = self._source, None
        if source is None:
            return
        try:
            source.close()
        except Exception:
            # The other streams of the connection are to be closed, too.
            logger.exception("fault while closing a stream's source")


def _fitting(payloads: Sequence[bytes], most: int, room: int) -> int:
    """Return how many of the first ``most`` payloads to take into ``room`` bytes, at least one.

    The one that crosses the mark is taken: the transport is full then, and tells when it is not.
    """
    for taken in range(most):
        if room <= 0:
            return taken
        room -= len(payloads[taken]) + PAYLOAD_OVERHEAD
    return most
