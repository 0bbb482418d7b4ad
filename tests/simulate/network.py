"""Lines between processes as a network makes them: late, in pieces, cut at any byte, or silent.

Each end is a `Transport` like the one on TCP, with the same bounds and deadlines. Below it is what
a kernel does: what was handed to it arrives, in order, after a while, until the line is cut; a
reader that does not read fills it up; a process that is killed lets it say goodbye, a machine that
loses power does not.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rchat_protocol.transport.base import Transport
from rchat_protocol.transport.tcp import CLIENT_LIMITS

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    from rchat_protocol.transport.base import TransportLimits
    from simulate.loop import Process, VirtualLoop


@dataclass(slots=True)
class Weather:
    """How the network is. Times are seconds."""

    latency: float = 0.001
    """From one end to the other, at the least."""
    jitter: float = 0.002
    """On top of it, at the most, for each piece."""
    pieces: float = 0.2
    """How often what is sent at once arrives in pieces."""
    window: int = 64 * 1024
    """Bytes that are on their way, before the sender has to keep the rest."""


class Pipe:
    """One direction of a line. What happens in it happens in the kernel, not in a process.

    Args:
        loop: Time.
        weather: How the network is.
        rng: The chance in it.
    """

    def __init__(self, loop: VirtualLoop, weather: Weather, rng: random.Random) -> None:
        self.data = bytearray()
        """What was sent and has not been taken."""
        self.hole = False
        """Whether nothing arrives, and nobody hears of it."""
        self.receiver: Wire
        self.sender: Wire
        self._loop = loop
        self._weather = weather
        self._rng = rng
        self._due: deque[tuple[float, int]] = deque()
        self._last_due = 0.0
        self._ends: float | None = None

    @property
    def closed(self) -> bool:
        """Whether nothing more can be sent."""
        return self._ends is not None

    @property
    def kept(self) -> int:
        """Bytes that the sender still has itself."""
        return max(0, len(self.data) - self._weather.window)

    def send(self, data: bytes) -> None:
        """Take bytes: they arrive, unless something comes between."""
        if self._ends is not None:
            return
        self.data += data
        rng, size = self._rng, len(data)
        cuts = [size]
        if size > 1 and rng.random() < self._weather.pieces:
            cuts = [*sorted({rng.randrange(1, size) for _ in range(rng.randint(1, 3))}), size]
        begin = 0
        for cut in cuts:
            due = self.later()
            self._due.append((due, cut - begin))
            self._at(due)
            begin = cut

    def finish(self) -> None:
        """Let the receiver know, after all that was sent, that no more comes."""
        if self._ends is None:
            self._ends = self.later()
            self._at(self._ends)

    def lose(self, size: int) -> None:
        """Lose the last bytes, which had not left the sender."""
        if size:
            self.cut(len(self.data) - size)

    def cut(self, keep: int) -> None:
        """Lose all but the first ``keep`` bytes; nothing follows them."""
        del self.data[keep:]
        due: deque[tuple[float, int]] = deque()
        for when, size in self._due:
            due.append((when, min(size, keep)))
            keep -= due[-1][1]
        self._due = due
        self.finish()

    def arrive(self) -> None:
        """Hand over what is due, as far as the receiver takes it."""
        receiver, due, now = self.receiver, self._due, self._loop.now
        if self.hole:
            return
        if not receiver.process.alive or receiver.gone:
            self._refuse()
            return
        if receiver.process.waiting is not None:  # stalled: when it goes on
            receiver.call(self._arrive_later)
            return
        while due and due[0][0] <= now:
            if not receiver.reads:
                return
            size = due.popleft()[1]
            piece = bytes(self.data[:size])
            del self.data[:size]
            if piece:
                receiver.take(piece)
        if self._ends is not None and self._ends <= now and receiver.reads:
            receiver.take_end()
        if self.sender.waits:
            self.sender.call(self.sender.drained)

    def resume(self) -> None:
        """End a hole: what was sent meanwhile arrives after all."""
        if self.hole:
            self.hole = False
            self._at(self._loop.now)

    def refuse(self) -> None:
        """The receiver is gone: its kernel says so when something comes."""
        self._at(self._loop.now)

    def later(self) -> float:
        """Return when what is sent now arrives: never before what was sent earlier."""
        weather = self._weather
        due = self._loop.now + weather.latency + self._rng.random() * weather.jitter
        self._last_due = max(self._last_due, due)
        return self._last_due

    def _arrive_later(self) -> None:
        self._at(self._loop.now)

    def _refuse(self) -> None:
        """Nobody is there any more: who sends learns of it."""
        if self.data:
            self.data.clear()
            self._due.clear()
            self.sender.reset(self.later())

    def _at(self, when: float) -> None:
        self._loop.call_at(when, self.arrive, context=self._loop.harness.context)


class Wire(Transport):
    """One end of a line.

    Args:
        loop: Time.
        process: Whose end it is.
        limits: As of any transport.
        name: What the other end is called.
        pipes: Where to, and where from.
    """

    def __init__(
        self,
        loop: VirtualLoop,
        process: Process,
        limits: TransportLimits,
        name: str,
        pipes: tuple[Pipe, Pipe],
    ) -> None:
        super().__init__(limits)
        self.process = process
        self.outward, self.inward = pipes
        self._virtual = loop
        self._name = name
        self._hanging_up = False

    @property
    def peer(self) -> str:
        """Who is on the other end."""
        return self._name

    # -- for the pipes -----------------------------------------------------------------------------

    @property
    def reads(self) -> bool:
        """Whether it takes bytes now."""
        return not self._reading_paused

    @property
    def waits(self) -> bool:
        """Whether it wants to hear when bytes have left."""
        return self._full or self._hanging_up

    def call(self, callback: Callable[[], None]) -> None:
        """Call something in this end's process."""
        self._virtual.call_soon(callback, context=self.process.context)

    def take(self, piece: bytes) -> None:
        """Bytes have come."""
        self._received(piece)

    def take_end(self) -> None:
        """The other end sends no more."""
        if not self._ended:
            self._input_ended()
            if self._closing:
                self._hang_up()

    def drained(self) -> None:
        """Bytes have left."""
        self._output_drained()
        if self._hanging_up:
            self._hang_up()

    def reset(self, when: float) -> None:
        """The line is dead: hear of it then."""
        self._virtual.call_at(when, self._lost, context=self.process.context)

    def _lost(self) -> None:
        if not self._gone:
            self.outward.finish()
            self._line_closed()

    # -- Transport ---------------------------------------------------------------------------------

    def _send(self, pieces: Sequence[bytes]) -> None:
        self.outward.send(b"".join(pieces))

    def _unsent(self) -> int:
        return self.outward.kept

    def _finish_writing(self) -> None:
        if self._ended:
            self._hang_up()
        else:
            self.outward.finish()

    def _hang_up(self) -> None:
        """Close the socket once the kernel has taken what was written."""
        self._hanging_up = True
        if not self.outward.kept:
            self.outward.finish()
            self.call(self._lost)

    def _abort_line(self) -> None:
        self.outward.lose(self.outward.kept)
        self.outward.finish()
        self.call(self._lost)

    def _pause_reading(self) -> None:
        """Nothing to do: the pipe looks."""

    def _resume_reading(self) -> None:
        self.call(self.inward.arrive)


class Line:
    """Two ends and what is between them.

    Args:
        loop: Time.
        client: Who dialled.
        server: Who answered.
        weather: How the network is.
        rng: The chance in it.
        limits: Of the server's end.
    """

    def __init__(
        self,
        loop: VirtualLoop,
        client: Process,
        server: Process,
        weather: Weather,
        rng: random.Random,
        *,
        limits: TransportLimits,
    ) -> None:
        out, back = Pipe(loop, weather, rng), Pipe(loop, weather, rng)
        self.client = Wire(loop, client, CLIENT_LIMITS, server.name, (out, back))
        self.server = Wire(loop, server, limits, client.name, (back, out))
        self.pipes = (out, back)
        """From the client, and to it."""
        for pipe, sender, receiver in (
            (out, self.client, self.server),
            (back, self.server, self.client),
        ):
            pipe.sender, pipe.receiver = sender, receiver
        self._rng = rng

    @property
    def stands(self) -> bool:
        """Whether either end takes it for a line."""
        return any(end.process.alive and not end.gone for end in (self.client, self.server))

    def cut(self, *, deaf: float) -> None:
        """Cut it at any byte of either direction.

        Args:
            deaf: How likely an end is not to hear of it.
        """
        for pipe in self.pipes:
            pipe.cut(self._rng.randint(0, len(pipe.data)))
            if self._rng.random() < deaf:
                pipe.hole = True
            else:
                pipe.receiver.reset(pipe.later())

    def finish(self) -> None:
        """Let one end hear that the other sends no more, which is not so."""
        self._rng.choice(self.pipes).finish()

    def swallow(self) -> None:
        """Let it swallow what is sent, in one direction or in both."""
        for pipe in self._rng.choice((self.pipes[:1], self.pipes[1:], self.pipes)):
            pipe.hole = True

    def resume(self) -> None:
        """Undo `swallow`."""
        for pipe in self.pipes:
            if pipe.sender.process.alive:
                pipe.resume()

    def orphan(self, process: Process, *, goodbye: bool) -> None:
        """The process of one end was killed.

        Args:
            process: Which one.
            goodbye: Whether its kernel still sends what it has, and says that it is gone. If not,
                the machine is off until `resume`.
        """
        for pipe in self.pipes:
            if pipe.sender.process is process:
                pipe.cut(len(pipe.data) - pipe.kept if goodbye else 0)
            elif goodbye:
                pipe.refuse()  # also what a process that stood still had not been handed yet
            pipe.hole = pipe.hole or not goodbye
