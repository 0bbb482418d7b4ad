"""The server's end of a connection: a strict state machine with bounds on everything.

Nothing is served before a SETUP that we understand, and nothing after the first break of the rules:
the connection gets an ERROR frame that names it, and is closed. Every answer is worked on in a task
of its own, started in the order in which the requests came; the endpoint owns these tasks and waits
for them before `run` returns.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from rsocket.error_codes import ErrorCode as RSocketCode
from rsocket.frame import (
    RequestChannelFrame,
    RequestFireAndForgetFrame,
    RequestStreamFrame,
    ResumeFrame,
    SetupFrame,
)

from rchat_protocol.codec import encode_error
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.limits import OPEN_STREAMS, PENDING_REQUESTS
from rchat_protocol.transport.endpoint import Endpoint, internal_error
from rchat_protocol.transport.errors import ProtocolViolationError
from rchat_protocol.transport.fragments import MAX_CONCURRENT, Reassembler
from rchat_protocol.transport.frames import RequestResponse, error_frame
from rchat_protocol.transport.metadata import COMPOSITE_METADATA, RequestMetadata, parse_metadata
from rchat_protocol.transport.streams import Answer, OutboundStream, StreamSource

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from rchat_protocol.transport.base import Transport
    from rchat_protocol.transport.timers import TimerHandle

logger = logging.getLogger(__name__)

_MAJOR_VERSION: Final = 1
_KEEPALIVES_MISSED: Final = 20
_REFUSALS_COUNTED: Final = 1.0
"""Seconds for which refusals are counted together."""


@dataclass(frozen=True, slots=True)
class ServerPolicy:
    """What one connection may do. Times are seconds."""

    pending_requests: int = PENDING_REQUESTS
    """Requests that are being worked on; with so many, the connection is not read from."""
    open_streams: int = OPEN_STREAMS
    """One more is answered ``too-many-streams``."""
    fragments: int = MAX_CONCURRENT
    """Requests that are being put together at a time."""
    refusals: int = 200
    """Requests that are refused within a second; with so many, it is not read from until that is
    over. To refuse one costs us more than to ask: without a bound, one connection that keeps asking
    takes most of a core."""
    setup_deadline: float = 10.0
    """From the connection to its SETUP."""
    silence_floor: float = 10.0
    """A client is never given up sooner, whatever it announces …"""
    silence_ceiling: float = 300.0
    """… and never kept longer in silence."""
    silence_usual: float = 30.0
    """A client that keeps a long lifetime, but short keepalives, is given up after so long (or 20
    keepalives, if that is more)."""

    def silence_allowed(self, keepalive: float, lifetime: float) -> float:
        """Return after how long a silence to give a client up that announced these in its SETUP."""
        usual = max(_KEEPALIVES_MISSED * keepalive, self.silence_usual)
        return min(max(min(lifetime, usual), self.silence_floor), self.silence_ceiling)


class RequestHandler(Protocol):
    """What answers the requests of one connection."""

    def respond(
        self, metadata: RequestMetadata, data: bytes, answer: Answer
    ) -> Coroutine[Any, Any, bytes] | None:
        """Give ``answer``, now or later, or return a coroutine that returns the answer's data.

        Raises:
            ChatError: What to answer instead; the coroutine may raise it, too.
        """

    def stream(
        self, metadata: RequestMetadata, data: bytes, stream: OutboundStream
    ) -> StreamSource:
        """Begin to send a stream's items, and return what is told of room and of the end.

        Raises:
            ChatError: What to answer instead.
        """

    def refused(self, code: str) -> None:
        """A request was answered with an error of this code."""

    def closed(self) -> None:
        """The connection has ended, and nothing of it runs any more. Called exactly once."""


class ServerEndpoint(Endpoint):
    """The server's end.

    Args:
        transport: The connection; it is closed when `run` ends.
        handler: Answers the requests.
        policy: The bounds.
    """

    def __init__(
        self, transport: Transport, handler: RequestHandler, policy: ServerPolicy | None = None
    ) -> None:
        super().__init__(transport, first_stream_id=2)
        self._handler = handler
        self._policy = policy or ServerPolicy()
        self._fragments = Reassembler(transport.limits.max_frame_bytes, self._policy.fragments)
        self._loop = asyncio.get_running_loop()
        self._answers: dict[int, Answer] = {}
        self._later: deque[Callable[[], bool]] = deque()
        """Requests that came after one whose task has not begun yet. They are among the answers and
        streams, which have their bounds."""
        self._is_beginning = False
        self._open_streams: set[int] = set()
        self._starved_streams: dict[OutboundStream, None] = {}
        self._refusals = 0
        self._forgiving: TimerHandle | None = None
        self._waiting_for_room: list[asyncio.Future[None]] = []
        self._handlers |= {
            SetupFrame: self._on_setup_again,
            RequestResponse: self._on_request_response,
            RequestStreamFrame: self._on_request_stream,
            RequestChannelFrame: self._on_request_channel,
            RequestFireAndForgetFrame: self._ignore,
        }
        self._handlers_once_set_up = self._handlers
        self._handlers = {SetupFrame: self._on_setup}
        self._setup_timer = transport.timers.call_later(
            self._policy.setup_deadline, self._setup_is_late
        )

    # -- setup ---------------------------------------------------------------------------------

    def _unexpected(self, frame: Any) -> ProtocolViolationError:
        if self._handlers is self._handlers_once_set_up:
            return super()._unexpected(frame)
        if isinstance(frame, ResumeFrame):
            return ProtocolViolationError(
                "Resuming is not supported: begin anew.", RSocketCode.REJECTED_RESUME
            )
        return ProtocolViolationError("A connection begins with SETUP.", RSocketCode.INVALID_SETUP)

    def _on_setup_again(self, _frame: Any) -> None:
        raise ProtocolViolationError("There is one SETUP.", RSocketCode.INVALID_SETUP)

    def _on_setup(self, frame: Any) -> None:
        if frame.major_version != _MAJOR_VERSION:
            raise ProtocolViolationError(
                "Version 1 of RSocket is spoken here.", RSocketCode.UNSUPPORTED_SETUP
            )
        if frame.flags_resume or frame.flags_lease:
            raise ProtocolViolationError(
                "Neither resuming nor leases are supported.", RSocketCode.UNSUPPORTED_SETUP
            )
        if bytes(frame.metadata_encoding) != COMPOSITE_METADATA:
            raise ProtocolViolationError(
                f"The metadata type has to be {COMPOSITE_METADATA.decode()}.",
                RSocketCode.UNSUPPORTED_SETUP,
            )
        self._handlers = self._handlers_once_set_up
        self._setup_timer.cancel()
        self._watch(
            self._policy.silence_allowed(
                frame.keep_alive_milliseconds / 1000, frame.max_lifetime_milliseconds / 1000
            )
        )

    def _setup_is_late(self) -> None:
        self.end(
            ChatError(ErrorCode.TOO_SLOW, "No SETUP came in time.", retry=1.0),
            RSocketCode.INVALID_SETUP,
        )

    # -- requests ------------------------------------------------------------------------------

    def _on_request_response(self, frame: Any) -> None:
        stream_id = self._new_stream_id(frame)
        answer = self._answers[stream_id] = Answer(self, stream_id)
        self._streams.register_stream(stream_id, answer)
        if self._is_beginning:
            self._later.append(lambda: self._begin(answer, frame))
        elif self._begin(answer, frame):
            self._begin_later()

    def _begin_later(self) -> None:
        """Let what comes from now on begin in the loop's next turn, after the task just made."""
        self._is_beginning = True
        self._loop.call_soon(self._begin_waiting)

    def _begin_waiting(self) -> None:
        self._is_beginning = False
        while self._later:
            if self._later.popleft()():
                self._begin_later()
                return

    def _begin(self, answer: Answer, frame: Any) -> bool:
        """Begin to answer; return whether that is a task, which begins in the next turn."""
        if answer.done:
            return False
        try:
            work = self._handler.respond(parse_metadata(frame.metadata), frame.data, answer)
        except ChatError as error:
            answer.fail(error)
        except Exception:
            logger.exception("fault in a request's handler")
            answer.fail(internal_error())
        else:
            if work is not None:
                answer.task = self._loop.create_task(self._work(answer, work))
                answer.task.add_done_callback(lambda _: self._worked(answer, work))
                return True
        return False

    def _on_request_stream(self, frame: Any) -> None:
        stream_id = self._new_stream_id(frame)
        if len(self._open_streams) >= self._policy.open_streams:
            self._send_error(
                stream_id,
                ChatError(
                    ErrorCode.TOO_MANY_STREAMS,
                    f"A connection may have {self._policy.open_streams} streams open at a time.",
                ),
            )
            return
        stream = OutboundStream(self, stream_id, frame.initial_request_n)
        self._open_streams.add(stream_id)
        self._streams.register_stream(stream_id, stream)
        if self._is_beginning:
            self._later.append(lambda: self._start_stream(stream, frame.metadata, frame.data))
        else:
            self._start_stream(stream, frame.metadata, frame.data)

    def _on_request_channel(self, frame: Any) -> None:
        stream_id = self._new_stream_id(frame)
        error = ChatError(ErrorCode.NO_SUCH_ROUTE, "No route takes a request-channel.")
        self._send_error(stream_id, error)

    def _new_stream_id(self, frame: Any) -> int:
        stream_id: int = frame.stream_id
        if not stream_id & 1:
            raise ProtocolViolationError("A client's stream ids are odd.")
        if stream_id in self._streams._streams:  # noqa: SLF001 - its way to ask raises
            raise ProtocolViolationError("A stream id is in use.")
        return stream_id

    async def _work(self, answer: Answer, work: Coroutine[Any, Any, bytes]) -> None:
        try:
            answer.send(await work)
        except ChatError as error:
            answer.fail(error)
        except Exception:
            logger.exception("fault in a request's handler")
            answer.fail(internal_error())

    def _worked(self, answer: Answer, work: Coroutine[Any, Any, bytes]) -> None:
        work.close()  # where it was cancelled before it began
        self.answered(answer)

    def answered(self, answer: Answer) -> None:
        """Take an answer that is done out of the table, once nobody works on it."""
        if answer.task is not None and not answer.task.done():
            return
        at_bound = len(self._answers) >= self._policy.pending_requests
        if self._answers.pop(answer.stream_id, None) is not None:
            self._streams.finish_stream(answer.stream_id)
            if at_bound:
                self.transport.wake()

    def _start_stream(self, stream: OutboundStream, metadata: bytes, data: bytes) -> bool:
        """Begin to send a stream's items; there is no task that would begin later."""
        if stream.done:
            return False
        try:
            source = self._handler.stream(parse_metadata(metadata), data, stream)
        except ChatError as error:
            stream.fail(error)
        except Exception:
            logger.exception("fault in a stream's handler")
            stream.fail(internal_error())
        else:
            stream.attach(source)
        return False

    def refused(self, error: ChatError) -> None:
        """Tell the handler that an answer is an error, and count it."""
        self._handler.refused(error.code)
        self._refusals += 1
        if self._forgiving is None:
            self._forgiving = self.transport.timers.call_later(_REFUSALS_COUNTED, self._forgive)

    def _forgive(self) -> None:
        self._forgiving = None
        self._refusals = 0
        self.transport.wake()

    def _send_error(self, stream_id: int, error: ChatError) -> None:
        self.refused(error)
        self.transport.write(error_frame(stream_id, encode_error(error)))

    # -- streams -------------------------------------------------------------------------------

    async def room(self) -> None:
        """Wait until the output budget has room. For answers that may be large."""
        while self.transport.full:
            waiter = self._loop.create_future()
            self._waiting_for_room.append(waiter)
            await waiter

    def finish_stream(self, stream_id: int) -> None:
        """Take a stream out of the table."""
        self._open_streams.discard(stream_id)
        super().finish_stream(stream_id)

    def starved(self, stream: OutboundStream) -> None:
        """Feed ``stream`` when the output budget has room again."""
        self._starved_streams[stream] = None

    def _before_reading(self) -> None:
        if self._waiting_for_room and self.transport.room:
            waiters, self._waiting_for_room = self._waiting_for_room, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)
        if not self._starved_streams or not self.transport.room:
            return
        starved, self._starved_streams = list(self._starved_streams), {}
        for position, stream in enumerate(starved):
            if not self.transport.room:
                # Who had no turn now comes first when there is room again.
                waiting = dict.fromkeys(starved[position:])
                self._starved_streams = waiting | self._starved_streams
                return
            stream.feed()

    # -- bounds and the end --------------------------------------------------------------------

    def _may_read(self) -> bool:
        return (
            not self.transport.full
            and len(self._answers) < self._policy.pending_requests
            and self._refusals < self._policy.refusals
        )

    def _clean_up(self) -> None:
        self._setup_timer.cancel()
        super()._clean_up()
        if self._forgiving is not None:
            self._forgiving.cancel()
        self._later.clear()
        self._starved_streams.clear()

    async def _settle(self) -> None:
        try:
            tasks = [each.task for each in self._answers.values() if each.task is not None]
            if tasks:
                await asyncio.wait(tasks)
        finally:
            self._tell_handler()

    def _tell_handler(self) -> None:
        try:
            self._handler.closed()
        except Exception:
            # The connection still has to be closed.
            logger.exception("fault while cleaning up after a connection")
