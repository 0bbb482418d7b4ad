"""What holds for a connection of every kind: in the clear and encrypted, TCP and WebSocket."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest
import uvloop

from rchat_protocol.errors import ErrorCode
from rchat_protocol.transport.frames import payload_frame
from support.clock import FakeClock
from support.lines import (
    EVERY_LINE,
    LIMITS,
    accepted_transport,
    frames_sent,
    line_pair,
    sent_by_client,
)
from support.wire import response_bytes, until

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from rchat_protocol.transport.tcp import TcpTransport

    Run = Callable[[Coroutine[None, None, None]], None]

LOOPS = pytest.mark.parametrize(
    "run", [pytest.param(asyncio.run, id="asyncio"), pytest.param(uvloop.run, id="uvloop")]
)
UNENCRYPTED = pytest.mark.parametrize("kind", ["tcp", "ws"])


async def hear(transport: TcpTransport, count: int) -> list[bytes]:
    """Return the data of the next ``count`` frames."""
    found: list[bytes] = []
    while len(found) < count:
        frame = transport.next_frame()
        if frame is None:
            assert not transport.ended
            await transport.wait()
        else:
            found.append(bytes(frame.data))
    return found


async def end_of(transport: TcpTransport) -> None:
    """Wait until nothing more will come."""
    while not transport.ended:
        await transport.wait()


def is_full(transport: TcpTransport) -> bool:
    """Say whether there is no room."""
    return transport.room == 0


class Line(asyncio.Transport):
    """A socket that keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self._states: list[str] = []

    def states(self) -> list[str]:
        """Return how reading was paused and resumed."""
        return self._states.copy()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep it."""
        self.writes.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        """Say that all was sent."""
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Do nothing."""

    def is_closing(self) -> bool:
        """Say no."""
        return False

    def pause_reading(self) -> None:
        """Note it."""
        self._states.append("paused")

    def resume_reading(self) -> None:
        """Note it."""
        self._states.append("reading")

    def abort(self) -> None:
        """Do nothing."""


@EVERY_LINE
@LOOPS
@pytest.mark.parametrize("written", [0, 1])
def test_what_is_offered_arrives_whole_and_in_order(run: Run, written: int, kind: str) -> None:
    """An offer goes by another way than an answer: neither may overtake or be cut short."""

    async def scenario() -> None:
        peer, transport = await line_pair(kind)
        assert transport._line is not None
        # A socket that takes a part of what it is given.
        small = transport._line.get_extra_info("socket")
        small.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        assert transport.offer(payload_frame(1, b"first"))
        taken: list[bytes] = [b"first"]
        for number in range(200):
            data = bytes([number]) * 200_000
            if number % 3 == written and transport.room:
                transport.write(payload_frame(1, data))
            elif not transport.offer(payload_frame(1, data)):
                break
            taken.append(data)
            if number % 7 == 6:
                await asyncio.sleep(0)
        else:
            pytest.fail("a reader who takes nothing has no bound")
        assert await hear(peer, len(taken)) == taken
        await until(lambda: transport.room > 0)
        assert transport.offer(payload_frame(1, b"last"))
        assert await hear(peer, 1) == [b"last"]
        transport.abort()
        assert not transport.offer(payload_frame(1, b"too late"))
        await end_of(peer)
        peer.abort()

    run(scenario())


@UNENCRYPTED
async def test_what_one_turn_writes_goes_out_in_one_piece(kind: str) -> None:
    """A system call for every answer is most of what a small channel would cost."""
    transport, line = accepted_transport(kind), Line()
    transport.connection_made(line)
    one, two = payload_frame(1, b"one"), payload_frame(1, b"two")
    transport.write(one)
    transport.write(two)
    assert line.writes == []
    await asyncio.sleep(0)
    (written,) = line.writes
    assert frames_sent(kind, written) == [one[3:], two[3:]]


@UNENCRYPTED
async def test_what_nobody_asks_for_is_not_read(kind: str) -> None:
    """This is what a connection over its bounds is: not read, so that TCP holds its peer back."""
    transport, line = accepted_transport(kind), Line()
    transport.connection_made(line)
    frame = sent_by_client(kind, response_bytes(1, "echo", bytes(1000)))
    sent = 0
    while not line.states():
        transport.data_received(frame)
        sent += 1
    assert sent * len(frame) <= LIMITS.read_ahead + len(frame)
    while transport.next_frame() is not None:
        sent -= 1
    assert sent == 0
    assert line.states() == ["paused", "reading"]


@UNENCRYPTED
async def test_a_frame_larger_than_the_read_ahead_gets_through(kind: str) -> None:
    """Otherwise it would wait for room that only it could make."""
    transport, line = accepted_transport(kind), Line()
    transport.connection_made(line)
    frame = sent_by_client(kind, response_bytes(1, "echo", bytes(100 * 1024)))
    transport.data_received(frame[: 80 * 1024])
    assert line.states() == ["paused"]
    assert transport.next_frame() is None
    assert line.states() == ["paused", "reading"]
    transport.data_received(frame[80 * 1024 :])
    assert transport.next_frame() is not None


@EVERY_LINE
@LOOPS
def test_frames_go_both_ways(run: Run, kind: str) -> None:
    """Otherwise nothing works; uvloop's transports differ from asyncio's where it hurts."""

    async def scenario() -> None:
        dialled, accepted = await line_pair(kind)
        dialled.write(payload_frame(1, b"up"))
        accepted.write(payload_frame(1, b"down"))
        assert await hear(accepted, 1) == [b"up"]
        assert await hear(dialled, 1) == [b"down"]
        closing = asyncio.create_task(accepted.close(grace=5))
        await end_of(dialled)
        await dialled.close(grace=5)
        await closing
        assert accepted.gone
        assert dialled.gone
        assert accepted._unsent() == dialled._unsent() == 0, "a deadline may still ask"

    run(scenario())


@UNENCRYPTED
@LOOPS
def test_the_last_words_arrive(run: Run, kind: str) -> None:
    """A socket that is closed with unread bytes is reset, and the reset may overtake the error."""

    async def scenario() -> None:
        peer, transport = await line_pair(kind)
        # More than the read-ahead: the rest waits in the socket, unread.
        for _ in range(300):
            peer.write(payload_frame(3, bytes(1000)))
        while not transport._reading_paused:
            await transport.wait()
        transport.write(payload_frame(3, b"goodbye"))
        closing = asyncio.create_task(transport.close(grace=5))
        assert await hear(peer, 1) == [b"goodbye"]
        await end_of(peer)
        await peer.close(grace=5)
        await closing

    run(scenario())


@EVERY_LINE
@LOOPS
def test_a_reader_that_takes_nothing_is_cut_off_at_the_write_deadline(run: Run, kind: str) -> None:
    """Over a real socket: what counts as progress is what the kernel took."""

    async def scenario() -> None:
        clock = FakeClock()
        dialled, accepted = await line_pair(kind, clock)
        sock = accepted._line.get_extra_info("socket")  # type: ignore[union-attr]
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * 1024)
        dialled._pause_reading()
        taken = -1
        while taken != (taken := accepted._sent_bytes - accepted._unsent()):
            while not is_full(accepted):
                accepted.write(payload_frame(1, bytes(64 * 1024)))
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.05)  # the system, and TLS, take more as they find room
        clock.advance(29)
        assert not accepted.ended, "too early"
        clock.advance(9)
        async with asyncio.timeout(10):
            await end_of(accepted)
        assert accepted.failure is not None
        assert accepted.failure.code is ErrorCode.TOO_SLOW
        dialled.abort()
        await dialled.close(grace=1)

    run(scenario())


@EVERY_LINE
@LOOPS
def test_a_full_transport_has_room_again_when_its_reader_goes_on(run: Run, kind: str) -> None:
    """Otherwise whoever was once over the budget would never hear anything again."""

    async def scenario() -> None:
        dialled, accepted = await line_pair(kind)
        dialled._pause_reading()
        sent = 0
        while not is_full(accepted):
            accepted.write(payload_frame(1, bytes(64 * 1024)))
            sent += 1
            await asyncio.sleep(0)
        dialled._resume_reading()
        received = asyncio.create_task(hear(dialled, sent))
        async with asyncio.timeout(10):
            while is_full(accepted):
                await accepted.wait()
            assert len(await received) == sent
        assert accepted.room > 0
        for transport in (dialled, accepted):
            transport.abort()
            await transport.close(grace=1)

    run(scenario())
