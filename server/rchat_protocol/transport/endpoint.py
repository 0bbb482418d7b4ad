"""What both ends of a connection share: one `run()` that reads, a watchdog, one clean-up.

`Endpoint` takes the place of the library's ``RSocketBase``. It keeps the library's frames and its
table of streams (``StreamControl``), and drops its two tasks a connection and the queue without
bound between them: frames go straight to a transport that has a budget, and whoever owns the
connection awaits `Endpoint.run`.
"""

from __future__ import annotations

import abc
import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from rsocket.disposable import Disposable
from rsocket.error_codes import ErrorCode as RSocketCode
from rsocket.frame import (
    CancelFrame,
    ErrorFrame,
    KeepAliveFrame,
    LeaseFrame,
    MetadataPushFrame,
    PayloadFrame,
    RequestChannelFrame,
    RequestFireAndForgetFrame,
    RequestNFrame,
    RequestStreamFrame,
    ResumeFrame,
    ResumeOKFrame,
    SetupFrame,
)
from rsocket.stream_control import StreamControl

from rchat_protocol.codec import decode_error, encode_error
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.models import ErrorBody
from rchat_protocol.transport.errors import ProtocolViolationError
from rchat_protocol.transport.fragments import Reassembler
from rchat_protocol.transport.frames import RequestResponse, error_frame, frame_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_protocol.transport.base import Transport
    from rchat_protocol.transport.timers import TimerHandle

logger = logging.getLogger(__name__)

CLOSE_GRACE: Final = 1.0
"""Seconds in which the other side can take our last words before the connection is aborted."""

WATCHDOG_CHECKS: Final = 4
"""How often the watchdog looks in the time it allows.

It counts looks that found silence instead of seconds: a process that was suspended for an hour
wakes up to one look, and not to a room full of connections that all seem dead.
"""

_FRAMES_A_TURN: Final = 64
"""Frames that are handled before other connections have their turn, and before the answers to them
show in the output budget."""

_CONNECTION_FRAMES: Final = frozenset(
    (SetupFrame, ResumeFrame, ResumeOKFrame, LeaseFrame, KeepAliveFrame, MetadataPushFrame)
)
"""Frames that stand on stream 0; ERROR may stand anywhere, all others must not."""

_FRAGMENTABLE: Final = frozenset(
    (
        PayloadFrame,
        RequestResponse,
        RequestStreamFrame,
        RequestChannelFrame,
        RequestFireAndForgetFrame,
    )
)

_OTHERS_TEXT: Final = 200
"""Most characters of a foreign error's text that are kept."""


class Stream(Disposable, abc.ABC):
    """What stands in the table of streams."""

    @abc.abstractmethod
    def frame_received(self, frame: Any) -> None:
        """Take a frame of this stream.

        Raises:
            ProtocolViolationError: This kind of stream takes no such frame.
        """

    @abc.abstractmethod
    def dispose(self) -> None:
        """Take note that the connection has ended. Must not raise."""


class _Streams(StreamControl):
    """The library's table, without a word to the log about each stream that ends."""

    def finish_stream(self, stream_id: int) -> None:
        """Take a stream out."""
        self._streams.pop(stream_id, None)


class Endpoint:
    """One end of a connection. Its owner awaits `run`; nothing else here is a task of its own.

    Args:
        transport: Whose frames it reads; it closes it.
        first_stream_id: 1 on the client, 2 on the server.
    """

    def __init__(self, transport: Transport, *, first_stream_id: int) -> None:
        self.transport = transport
        self.reason: ErrorBody | None = None
        """The error that either side named for the end, or None where the line just ended."""
        self._streams = _Streams(first_stream_id)
        self._fragments = Reassembler(transport.limits.max_frame_bytes)
        self._handlers: dict[type[Any], Callable[[Any], None]] = {
            CancelFrame: self._on_stream_frame,
            RequestNFrame: self._on_stream_frame,
            PayloadFrame: self._on_stream_frame,
            ErrorFrame: self._on_error,
            KeepAliveFrame: self._on_keepalive,
            MetadataPushFrame: self._ignore,
        }
        self._ending = False
        self._cleaned_up = False
        self._heard = False
        self._silent_checks = 0
        self._watchdog: TimerHandle | None = None

    # -- life ----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Read and answer frames until the connection ends, then clean up and close it.

        Whatever the other side sends, it ends without an exception. Cancelled, it cleans up all the
        same and aborts the connection.
        """
        try:
            await self._read_until_end()
        except asyncio.CancelledError:
            self.transport.abort()
            raise
        finally:
            self._clean_up()
            try:
                await self._settle()
            finally:
                await self.transport.close(CLOSE_GRACE)

    def end(self, error: ChatError, rsocket_code: int = RSocketCode.CONNECTION_ERROR) -> None:
        """Send ``error`` for the whole connection and let `run` end it. The first call counts."""
        if self._ending:
            return
        self._ending = True
        self.reason = ErrorBody(error.code, error.message, error.retry)
        self.transport.write(error_frame(0, encode_error(error), rsocket_code))
        self.transport.wake()

    @property
    def ended(self) -> bool:
        """Whether the connection has ended, or is about to."""
        return self._ending or self._cleaned_up

    def finish_stream(self, stream_id: int) -> None:
        """Take a stream out of the table."""
        self._streams.finish_stream(stream_id)
        self._fragments.drop(stream_id)

    async def _read_until_end(self) -> None:
        transport = self.transport
        try:
            while not self._ending:
                self._before_reading()
                handled = self._handle_waiting()
                if handled == _FRAMES_A_TURN:
                    await asyncio.sleep(0)
                elif transport.gone or (transport.ended and self._may_read()):
                    break
                elif not self._ending:
                    await transport.wait()
        except ProtocolViolationError as violation:
            logger.info("%s broke the protocol: %s", transport.peer, violation.message)
            self.end(
                ChatError(ErrorCode.PROTOCOL_VIOLATION, violation.message), violation.rsocket_code
            )
        except Exception:
            logger.exception("fault while handling a frame")
            self.end(internal_error())

    def _handle_waiting(self) -> int:
        """Handle the frames that are there, as many as one turn allows. Returns how many."""
        for handled in range(_FRAMES_A_TURN):
            if self._ending or not self._may_read():
                return handled
            frame = self.transport.next_frame()
            if frame is None:
                return handled
            self._heard = True
            self._dispatch(frame)
        return _FRAMES_A_TURN

    def _clean_up(self) -> None:
        if self._cleaned_up:
            return
        self._cleaned_up = True
        if self._watchdog is not None:
            self._watchdog.cancel()
        failure = self.transport.failure
        if self.reason is None and failure is not None:
            self.reason = ErrorBody(failure.code, failure.message, failure.retry)
        self._fragments.clear()
        self._streams.stop_all_streams()

    async def _settle(self) -> None:
        """Wait for what the clean-up has cancelled."""

    def _may_read(self) -> bool:
        """Say whether there is room for what the next frame may bring."""
        return True

    def _before_reading(self) -> None:
        """Do what has become possible since the last time."""

    # -- the watchdog --------------------------------------------------------------------------

    def _watch(self, timeout: float) -> None:
        """From now on end the connection when no frame comes for ``timeout`` seconds.

        It is noticed at most a quarter of that later. While we do not read ourselves, it waits.
        """
        self._silent_checks = 0
        self._arm_watchdog(timeout / WATCHDOG_CHECKS)

    def _arm_watchdog(self, delay: float) -> None:
        self._watchdog = self.transport.timers.call_later(delay, lambda: self._look(delay))

    def _look(self, delay: float) -> None:
        if self._heard or not self._may_read():
            self._heard = False
            self._silent_checks = 0
        else:
            self._silent_checks += 1
        if self._silent_checks < WATCHDOG_CHECKS:
            self._arm_watchdog(delay)
        else:
            logger.info("%s was silent for too long", self.transport.peer)
            self.end(
                ChatError(ErrorCode.TOO_SLOW, "The connection was silent for too long.", retry=1.0)
            )

    # -- frames --------------------------------------------------------------------------------

    def _dispatch(self, frame: Any) -> None:
        kind = type(frame)
        handler = self._handlers.get(kind)
        if handler is None:
            raise self._unexpected(frame)
        if kind is not ErrorFrame and (not frame.stream_id) != (kind in _CONNECTION_FRAMES):
            raise ProtocolViolationError("A frame came on a stream where it does not belong.")
        if kind in _FRAGMENTABLE and (frame.flags_follows or frame.stream_id in self._fragments):
            whole = self._reassemble(frame)
            if whole is None:
                return
            frame, handler = whole, self._handlers[type(whole)]
        handler(frame)

    def _unexpected(self, frame: Any) -> ProtocolViolationError:  # noqa: ARG002 - see the server's
        """Return what is wrong with a frame that nothing handles."""
        return ProtocolViolationError("A frame came that does not belong here.")

    def _reassemble(self, frame: Any) -> Any | None:
        if (
            type(frame) is PayloadFrame
            and frame.stream_id not in self._fragments
            and frame.stream_id not in self._streams._streams  # noqa: SLF001 - it has no way to ask
        ):
            return None  # of a stream that is no more
        return self._fragments.add(frame)

    def _on_stream_frame(self, frame: Any) -> None:
        if not self._streams.handle_stream(frame):
            # It crossed our end of the stream on the wire: no fault of theirs.
            self._fragments.drop(frame.stream_id)

    def _on_error(self, frame: Any) -> None:
        if frame.stream_id:
            self._on_stream_frame(frame)
            return
        self.reason = error_body(frame)
        self._ending = True

    def _on_keepalive(self, frame: Any) -> None:
        if frame.flags_respond:
            frame.flags_respond = False
            self.transport.write(frame_bytes(frame))

    def _ignore(self, frame: Any) -> None:
        logger.debug("%s sent a %s: ignored", self.transport.peer, type(frame).__name__)


def error_body(frame: Any) -> ErrorBody:
    """Return what an ERROR frame says, whoever made it."""
    data = bytes(frame.data or b"")
    body = decode_error(data)
    if body is not None:
        return body
    text = data[: 4 * _OTHERS_TEXT].decode(errors="replace")[:_OTHERS_TEXT]
    code = RSocketCode(frame.error_code).name.lower().replace("_", "-")
    return ErrorBody(code, text or "The other side reported an error.")


def internal_error() -> ChatError:
    """Return what the other side learns of a fault of ours: that there was one."""
    return ChatError(ErrorCode.INTERNAL, "Something went wrong here; the details are in the log.")
