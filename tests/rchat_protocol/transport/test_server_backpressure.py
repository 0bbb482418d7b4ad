from __future__ import annotations

import pytest

from rchat_protocol.errors import ErrorCode
from rchat_protocol.limits import REQUEST_FRAME_BYTES
from rchat_protocol.transport.base import TransportLimits
from rchat_protocol.transport.server import ServerPolicy
from support.endpoint import Items, Scene
from support.wire import (
    credit_bytes,
    keepalive_bytes,
    pass_time,
    response_bytes,
    setup_bytes,
    stream_bytes,
    turns,
    until,
)

# -- credit and budget -------------------------------------------------------------------------


async def test_a_stream_sends_what_was_asked_for_and_no_more() -> None:
    """Backpressure is the point of RSocket; the tutorial's server ignores it."""
    scene = Scene()
    scene.handler.items = [str(i).encode() for i in range(10)]
    scene.peer.send(stream_bytes(1, credit=2))
    await until(lambda: len(scene.peer.items(1)) == 2)
    scene.peer.send(credit_bytes(1, 3), credit_bytes(1, 1))
    await until(lambda: len(scene.peer.items(1)) == 6)
    await turns()
    assert scene.peer.items(1) == [b"0", b"1", b"2", b"3", b"4", b"5"]
    # 2³¹-1 is no limit, and so is what adds up to it: it must not wrap or run out.
    scene.peer.send(credit_bytes(1, 2**31 - 1), credit_bytes(1, 2**31 - 1))
    await until(lambda: len(scene.peer.items(1)) == 10)
    scene.peer.transport.abort()
    await scene.running


async def test_members_that_share_a_stream_id_share_the_frames() -> None:
    """Joining a batch's frames once is what makes a large channel cheap."""
    first, second = Scene(), Scene()
    for scene in (first, second):
        scene.peer.send(stream_bytes(3))
        await until(lambda scene=scene: len(scene.handler.sources) == 1)  # type: ignore[misc]
    batch = Items([b"one", b"two"])
    for scene in (first, second):
        assert scene.handler.sources[0].stream.offer(batch) == 2
        await until(lambda scene=scene: scene.peer.items(3) == [b"one", b"two"])  # type: ignore[misc]
    assert batch.frames.of(3) is batch.frames.of(3)
    for scene in (first, second):
        scene.peer.transport.abort()
        await scene.running


SMALL = TransportLimits(
    max_frame_bytes=REQUEST_FRAME_BYTES, high_water=4000, low_water=1000, write_deadline=30.0
)


async def test_a_reader_that_stops_is_offered_nothing_and_not_read() -> None:
    """In the library one reader that stopped held 56,000 frames in the server's memory."""
    scene = Scene(limits=SMALL)
    scene.handler.items = [bytes(500) for _ in range(100)]
    scene.peer.transport.stall()
    # Behind a request whose task is about to begin, both streams are read before either begins.
    scene.peer.send(response_bytes(7, "echo"), stream_bytes(1), stream_bytes(3))
    await until(lambda: len(scene.handler.sources) == 2)
    scene.peer.send(response_bytes(5, "echo"))
    await turns()
    first, second = scene.handler.sources
    assert 100 - len(first.items) <= 4000 // 500 + 1
    assert len(second.items) == 100
    assert scene.handler.begun == ["echo", "feed", "feed"]
    assert first.stream.offer(Items([b"x"])) == 0

    scene.peer.transport.unstall()
    await until(lambda: len(scene.peer.items(1)) == len(scene.peer.items(3)) == 100)
    await until(lambda: scene.peer.completed(5))
    scene.peer.transport.abort()
    await scene.running


async def test_a_reader_that_takes_nothing_for_the_write_deadline_is_cut_off() -> None:
    """Otherwise its buffers, its session and its name stay taken for ever."""
    scene = Scene(limits=SMALL)
    scene.handler.items = [bytes(500) for _ in range(100)]
    scene.peer.transport.stall()
    scene.peer.send(stream_bytes(1))
    await until(lambda: scene.transport.full)
    await pass_time(scene.clock, 29)
    assert not scene.running.done()
    await pass_time(scene.clock, 9)
    await scene.running
    assert scene.endpoint.reason is not None
    assert scene.endpoint.reason.code == ErrorCode.TOO_SLOW
    assert scene.handler.sources[0].closed == 1


async def test_a_reader_that_is_only_slow_is_kept() -> None:
    """The deadline is for who takes nothing at all: a thin line is no fault."""
    scene = Scene(limits=SMALL)
    scene.handler.items = [bytes(500) for _ in range(100)]
    scene.peer.transport.stall()
    scene.peer.send(stream_bytes(1))
    await until(lambda: scene.transport.full)
    for _ in range(4):
        await pass_time(scene.clock, 20)
        scene.peer.transport.unstall()
        scene.peer.transport.stall()
        scene.peer.send(keepalive_bytes())
    assert not scene.running.done()
    scene.peer.transport.abort()
    await scene.running


# -- silence -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keepalive", "lifetime", "allowed"),
    [
        pytest.param(0.5, 600.0, 30.0, id="the tutorial's clients"),
        pytest.param(5.0, 20.0, 20.0, id="ours"),
        pytest.param(0.5, 2.0, 10.0, id="floor"),
        pytest.param(60.0, 3600.0, 300.0, id="ceiling"),
    ],
)
async def test_a_silent_client_is_given_up_when_it_said_it_could_be(
    keepalive: float, lifetime: float, allowed: float
) -> None:
    """The library never gives one up: a laptop that is put away keeps its place for ever."""
    scene = Scene(set_up=False)
    scene.peer.send(setup_bytes(keepalive=keepalive, lifetime=lifetime))
    await pass_time(scene.clock, allowed - 1)
    scene.peer.send(keepalive_bytes())
    await pass_time(scene.clock, allowed - 1)
    assert scene.peer.error(0) is None
    await pass_time(scene.clock, allowed / 2 + 1)
    await scene.ended()
    error = scene.peer.error(0)
    assert error is not None
    assert error.code == ErrorCode.TOO_SLOW


async def test_who_is_not_read_is_not_silent() -> None:
    """What it says in the meantime waits in the socket, where no watchdog can hear it."""
    scene = Scene(policy=ServerPolicy(pending_requests=1))
    scene.peer.send(response_bytes(1, "wait"))
    await pass_time(scene.clock, 200)
    assert not scene.running.done()
    scene.handler.gate.set()
    await until(lambda: scene.peer.completed(1))
    scene.peer.transport.abort()
    await scene.running


async def test_who_never_says_setup_is_cut_off() -> None:
    """Otherwise connections that say nothing use the server's sockets up."""
    scene = Scene(set_up=False)
    await pass_time(scene.clock, 11)
    await scene.ended()
    assert scene.handler.closed_count == 1
