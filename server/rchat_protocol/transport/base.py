"""What every transport does, whatever line it runs over.

**In**: bytes go to a `FrameDecoder`, and no more of them are taken from the line than the
read-ahead (and one frame): an endpoint that asks for no frames is a connection that is not read.

**Out**: what one turn of the event loop writes goes to the line in one piece, and what is offered
goes with it, or with the next of the `Rounds` where there are any. What the line has not taken
counts against the budget: above the high water mark the transport is `full` until it is below the
low one. Nothing here waits or drops; who writes looks at `room` first. When the line takes nothing
at all for the write deadline, the connection is aborted.
"""

from __future__ import annotations

import abc
import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.transport.frames import FrameDecoder
from rchat_protocol.transport.timers import LoopTimers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rchat_protocol.transport.rounds import Rounds
    from rchat_protocol.transport.timers import TimerHandle, Timers

PROGRESS_CHECKS: Final = 4
"""How often the write deadline is looked at: it is kept to a quarter of itself."""


@dataclass(frozen=True, slots=True)
class TransportLimits:
    """How much a transport holds, and for how long."""

    max_frame_bytes: int
    """Largest frame that is read."""
    read_ahead: int = 64 * 1024
    """Bytes that are read before somebody asks for them, one read of the line apart."""
    high_water: int = 1024 * 1024
    """The output budget: with this many bytes that the line has not taken it is full."""
    low_water: int = 256 * 1024
    """Having been full, it takes more when this many bytes are left."""
    write_deadline: float = 30.0
    """Seconds without any progress in writing, after which the connection is aborted."""


class Decoder(Protocol):
    """Turns what comes over a line into frames."""

    @property
    def buffered(self) -> int:
        """Bytes that were fed and not yet handed out as frames."""

    def feed(self, data: bytes) -> None:
        """Add what came over the wire."""

    def next_frame(self) -> Any | None:
        """Return the next frame, or None until more was fed.

        Raises:
            ProtocolViolationError: It is malformed or too large.
        """

    def discard(self) -> None:
        """Drop what waits: no frame will be asked for any more."""


class Transport(abc.ABC):
    """One connection's frames in, bytes out. One reader: the endpoint's `run()`."""

    def __init__(self, limits: TransportLimits, timers: Timers | None = None) -> None:
        self.limits = limits
        self.timers: Timers = timers or LoopTimers()
        self.failure: ChatError | None = None
        """Why the transport aborted the connection, where it did so by itself."""
        self.error: Exception | None = None
        """What the line ended with, where it was no ordinary end."""
        self.heard = False
        """Whether anything ever came."""
        self._loop = asyncio.get_running_loop()
        self._decoder: Decoder = FrameDecoder(limits.max_frame_bytes)
        self._waiter: asyncio.Future[None] | None = None
        self._reading_paused = False
        self._ended = False
        self._closing = False
        self._gone = False
        self._high_water = limits.high_water
        self._rounds: Rounds | None = None
        self._in_round = False
        self._flush_is_due = False
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._sent_bytes = 0
        self._full = False
        self._deadline: TimerHandle | None = None
        self._progress_mark = 0
        self._checks_without_progress = 0

    # -- reading -------------------------------------------------------------------------------

    @property
    @abc.abstractmethod
    def peer(self) -> str:
        """Who is on the other end, for logs."""

    @property
    def host(self) -> str:
        """The other side's address, without its port."""
        return self.peer

    @property
    def encrypted(self) -> bool:
        """Whether nobody on the way can read along."""
        return False

    @property
    def ended(self) -> bool:
        """Whether nothing more will come. What came before may still be read."""
        return self._ended

    @property
    def gone(self) -> bool:
        """Whether the line is closed: nothing more will be sent either."""
        return self._gone

    def next_frame(self) -> Any | None:
        """Return the next frame that is there, or None: `wait` for more.

        Raises:
            ProtocolViolationError: The frame is malformed or too large.
        """
        frame = self._decoder.next_frame()
        if self._reading_paused and (
            frame is None or self._decoder.buffered <= self.limits.read_ahead
        ):
            self._reading_paused = False
            self._resume_reading()
        return frame

    async def wait(self) -> None:
        """Wait until something has changed: bytes came, output drained, the end, or `wake`.

        Look at the state first: there is nothing between looking and waiting that could be missed,
        as long as nothing is awaited in between.
        """
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def wake(self) -> None:
        """Let `wait` return. Harmless when nobody waits."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # -- writing -------------------------------------------------------------------------------

    @property
    def full(self) -> bool:
        """Whether the output budget is used up."""
        return self._full

    @property
    def room(self) -> int:
        """Bytes left of the output budget; 0 while full, and when nothing can be sent any more."""
        if self._full or self._closing or self._gone:
            return 0
        return max(0, self.limits.high_water - self._out_bytes - self._unsent())

    def join_rounds(self, rounds: Rounds) -> None:
        """From now on, let what is offered wait for the next of these."""
        self._rounds = rounds

    def write(self, data: bytes) -> None:
        """Send ``data`` after what was written before, in this turn of the loop. Never waits.

        Beyond the budget it is taken all the same (and the transport is full): keep to `room` with
        everything that is not an answer. After the end it goes nowhere.
        """
        if self._closing or self._gone:
            return
        self._flush_soon()
        self._out.append(data)
        self._out_bytes += len(data)
        if not self._full and self._out_bytes + self._unsent() >= self.limits.high_water:
            self._full = True

    def offer(self, data: bytes) -> bool:
        """Send ``data`` if there is room for all of it; return whether there is."""
        if self._full or self._closing or self._gone:
            return False
        size = self._out_bytes + len(data)
        after = size + self._unsent()
        if after > self._high_water:
            return False
        self._out.append(data)
        self._out_bytes = size
        self._full = after == self._high_water
        if self._rounds is None:
            self._flush_soon()
        elif not self._in_round:
            self._in_round = True
            self._rounds.add(self)
        return True

    def flush(self) -> None:
        """Give the line what was offered: this is its round."""
        self._in_round = False
        self._flush()

    def _flush_soon(self) -> None:
        if not self._flush_is_due:
            self._flush_is_due = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_is_due = False
        if not self._out or self._gone:
            return
        pieces, self._out = self._out, []
        self._sent_bytes += self._out_bytes
        self._out_bytes = 0
        self._send(pieces)
        if self._full:
            self._output_drained()
        if self._deadline is None and self._unsent():
            self._checks_without_progress = 0
            self._arm_deadline()

    def _output_drained(self) -> None:
        """See whether a full transport has room again. For the line to call when it took bytes."""
        if self._full and self._out_bytes + self._unsent() <= self.limits.low_water:
            self._full = False
            self.wake()

    def _arm_deadline(self) -> None:
        self._deadline = self.timers.call_later(
            self.limits.write_deadline / PROGRESS_CHECKS, self._check_progress
        )

    def _check_progress(self) -> None:
        self._deadline = None
        unsent = self._unsent()
        if not unsent or self._gone:
            return
        taken = self._sent_bytes - unsent
        if taken != self._progress_mark:
            self._progress_mark = taken
            self._checks_without_progress = 0
        self._checks_without_progress += 1
        if self._checks_without_progress > PROGRESS_CHECKS:
            self.failure = ChatError(
                ErrorCode.TOO_SLOW, "The connection took nothing for too long.", retry=1.0
            )
            self.abort()
        else:
            self._arm_deadline()

    # -- the end -------------------------------------------------------------------------------

    async def close(self, grace: float) -> None:
        """Send what was written, say that no more comes, and wait for the other side to close.

        Reading on (into nothing) until the other side closes is what lets it see our last words: a
        socket that is closed with unread bytes resets the connection, and the reset overtakes them.

        Args:
            grace: Seconds to wait before the connection is aborted.
        """
        self._flush()
        self._closing = True
        self._discard_input()
        if not self._gone:
            timer = self.timers.call_later(grace, self.abort)
            self._finish_writing()
            try:
                while not self._gone:
                    await self.wait()
            finally:
                timer.cancel()
                if not self._gone:
                    # Nobody waits any longer.
                    self.abort()

    def abort(self) -> None:
        """Close the connection now; what the line has not taken is lost."""
        self._closing = True
        self._ended = True
        self._out.clear()
        self._out_bytes = 0
        if not self._gone:
            self._abort_line()
        self.wake()

    def _discard_input(self) -> None:
        self._decoder.discard()
        if self._reading_paused:
            self._reading_paused = False
            if not self._gone:
                self._resume_reading()

    # -- for the line to call ------------------------------------------------------------------

    def _received(self, data: bytes) -> None:
        self.heard = True
        if self._closing:
            return
        self._decoder.feed(data)
        if not self._reading_paused and self._decoder.buffered > self.limits.read_ahead:
            self._reading_paused = True
            self._pause_reading()
        self.wake()

    def _input_ended(self) -> None:
        self._ended = True
        self.wake()

    def _line_closed(self) -> None:
        self._ended = True
        self._gone = True
        self._out.clear()
        self._out_bytes = 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self.wake()

    # -- what a line does ----------------------------------------------------------------------

    @abc.abstractmethod
    def _send(self, pieces: Sequence[bytes]) -> None:
        """Give ``pieces`` to the line, in order, which keeps what it cannot pass on at once."""

    @abc.abstractmethod
    def _unsent(self) -> int:
        """Return how many bytes the line keeps."""

    @abc.abstractmethod
    def _finish_writing(self) -> None:
        """Tell the other side, after what the line keeps, that no more comes."""

    @abc.abstractmethod
    def _abort_line(self) -> None:
        """Close the line now, and call `_line_closed` soon."""

    @abc.abstractmethod
    def _pause_reading(self) -> None:
        """Call `_received` no more."""

    @abc.abstractmethod
    def _resume_reading(self) -> None:
        """Undo `_pause_reading`."""
