from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rsocket.frame import FrameType, PayloadFrame, RequestResponseFrame, ResumeFrame
from rsocket.frame_builders import to_fire_and_forget_frame, to_request_channel_frame
from rsocket.payload import Payload

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.limits import REQUEST_FRAME_BYTES
from rchat_protocol.transport.base import TransportLimits
from rchat_protocol.transport.frames import frame_bytes
from rchat_protocol.transport.metadata import RequestMetadata, route_metadata
from rchat_protocol.transport.server import ServerEndpoint, ServerPolicy
from support.clock import FakeClock
from support.wire import (
    RawPeer,
    cancel_bytes,
    credit_bytes,
    keepalive_bytes,
    pass_time,
    raw_pair,
    response_bytes,
    setup_bytes,
    stream_bytes,
    turns,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Hashable

    from rchat_protocol.transport.memory import MemoryTransport
    from rchat_protocol.transport.streams import OutboundStream


@dataclass
class Items:
    """A batch."""

    payloads: list[bytes]
    frames: dict[Hashable, bytes] = field(default_factory=dict)


class Source:
    """Items that are offered until they are all taken."""

    def __init__(self, stream: OutboundStream, items: list[bytes]) -> None:
        self.stream = stream
        self.items = items
        self.closed = 0
        self.breaks = False

    def room(self) -> None:
        del self.items[: self.stream.offer(Items(list(self.items)))]

    def close(self) -> None:
        self.closed += 1
        if self.breaks:
            raise RuntimeError("secret of the source")


class Handler:
    """Answers ``echo``; ``wait`` waits for `gate`; ``break`` breaks; streams send `items`."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.begun: list[str] = []
        self.sources: list[Source] = []
        self.items: list[bytes] = []
        self.closed_count = 0
        self.cancelled = 0

    async def respond(self, metadata: RequestMetadata, data: bytes) -> bytes:
        self.begun.append(f"{metadata.route}{data.decode()}")
        match metadata.route:
            case "break":
                raise RuntimeError("secret of the handler")
            case "refuse":
                raise ChatError(ErrorCode.BUSY, "Not now.", retry=2.0)
            case "wait":
                try:
                    await self.gate.wait()
                except asyncio.CancelledError:
                    self.cancelled += 1
                    raise
        return data

    def stream(self, metadata: RequestMetadata, data: bytes, stream: OutboundStream) -> Source:
        self.begun.append(f"{metadata.route}{data.decode()}")
        if metadata.route == "break":
            raise RuntimeError("secret of the handler")
        source = Source(stream, list(self.items))
        self.sources.append(source)
        source.room()
        return source

    def closed(self) -> None:
        self.closed_count += 1


class Scene:
    """A server's endpoint that runs, and a peer that says what a test wants."""

    def __init__(
        self,
        *,
        limits: TransportLimits | None = None,
        policy: ServerPolicy | None = None,
        set_up: bool = True,
    ) -> None:
        self.clock = FakeClock()
        self.peer, self.transport = raw_pair(self.clock, limits=limits)
        self.handler = Handler()
        self.endpoint = ServerEndpoint(self.transport, self.handler, policy)
        self.running = asyncio.create_task(self.endpoint.run())
        if set_up:
            self.peer.send(setup_bytes())

    async def ended(self) -> None:
        """Wait for the end, as a peer that closes when it is told to."""
        await until(lambda: self.peer.transport.ended)
        self.peer.hear()
        self.peer.transport.abort()
        await self.running


def resume_frame() -> bytes:
    frame = ResumeFrame()
    frame.resume_identification_token = b"token"
    frame.last_server_position = frame.first_client_position = 0
    return frame_bytes(frame)


def fragment(stream_id: int, data: bytes, *, first: bool, follows: bool) -> bytes:
    frame = RequestResponseFrame() if first else PayloadFrame()
    frame.stream_id = stream_id
    frame.data = data
    frame.metadata = route_metadata("echo") if first else b""
    frame.flags_follows = follows
    return frame_bytes(frame)


# -- the state machine -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(response_bytes(1), id="no SETUP"),
        pytest.param(keepalive_bytes(), id="a keepalive instead of SETUP"),
        pytest.param(resume_frame(), id="RESUME"),
        pytest.param(setup_bytes(lease=True), id="a lease"),
        pytest.param(setup_bytes(metadata_type=b"application/json"), id="other metadata"),
        pytest.param(setup_bytes(major=2), id="another version"),
        pytest.param(setup_bytes() + setup_bytes(), id="a second SETUP"),
        pytest.param(setup_bytes() + response_bytes(0), id="a request on stream 0"),
        pytest.param(setup_bytes() + response_bytes(2), id="an even stream id"),
        pytest.param(
            setup_bytes() + response_bytes(1, "wait") + response_bytes(1), id="an id in use"
        ),
        pytest.param(setup_bytes() + stream_bytes(1) + response_bytes(1), id="a stream's id"),
        pytest.param(setup_bytes() + stream_bytes(1, credit=0), id="no credit"),
        pytest.param(setup_bytes() + stream_bytes(1) + credit_bytes(1, 0), id="credit of 0"),
        pytest.param(setup_bytes() + b"\0\0\0", id="an empty frame"),
        pytest.param(setup_bytes() + b"\xff\xff\xff", id="a frame of 16 MiB"),
        pytest.param(setup_bytes() + b"\0\0\6\0\0\0\1\xf0\0", id="an unknown frame"),
        pytest.param(
            setup_bytes() + b"\0\0\7\0\0\0\1" + bytes((FrameType.REQUEST_N << 2, 0, 1)),
            id="a frame cut short",
        ),
    ],
)
async def test_who_breaks_the_rules_is_told_and_cut_off(wire: bytes) -> None:
    """The library answers some of this with an error, ignores the rest, and serves on."""
    scene = Scene(set_up=False)
    scene.peer.send(wire, response_bytes(99, "echo", b"served"))
    await scene.ended()
    error = scene.peer.error(0)
    assert error is not None
    assert error.code == ErrorCode.PROTOCOL_VIOLATION
    assert scene.peer.items(99) == []
    assert scene.handler.closed_count == 1


async def test_what_crosses_the_end_of_a_stream_is_no_fault() -> None:
    """Credit and cancel may be on their way when a stream ends: honest clients would be cut off."""
    scene = Scene()
    scene.peer.send(response_bytes(1), cancel_bytes(1), credit_bytes(7, 5), cancel_bytes(7))
    fire_and_forget = to_fire_and_forget_frame(9, Payload(b"", route_metadata("echo")))
    scene.peer.send(frame_bytes(fire_and_forget), response_bytes(3, "echo", b"still here"))
    await until(lambda: scene.peer.items(3) == [b"still here"])
    scene.peer.transport.abort()
    await scene.running


async def test_a_request_channel_is_answered_that_there_is_none() -> None:
    """Otherwise whoever asks for one waits for ever."""
    scene = Scene()
    channel = to_request_channel_frame(1, Payload(b"", route_metadata("echo")))
    scene.peer.send(frame_bytes(channel))
    await until(lambda: scene.peer.error(1) is not None)
    error = scene.peer.error(1)
    assert error is not None
    assert error.code == ErrorCode.NO_SUCH_ROUTE
    scene.peer.transport.abort()
    await scene.running


# -- errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize("wire", [response_bytes(1, "break"), stream_bytes(1, "break")])
async def test_a_fault_is_logged_and_its_text_stays_here(
    wire: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception's text may hold anything: paths, queries, other people's words."""
    scene = Scene()
    scene.peer.send(wire, response_bytes(3, "echo", b"still here"))
    await until(lambda: scene.peer.items(3) == [b"still here"])
    error = scene.peer.error(1)
    assert error is not None
    assert error.code == ErrorCode.INTERNAL
    assert "secret" not in error.message
    assert "secret of the handler" in caplog.text
    scene.peer.transport.abort()
    await scene.running


async def test_a_refusal_carries_its_code_and_when_to_come_back() -> None:
    """The client's outbox decides by it whether to keep a message or to mark it failed."""
    scene = Scene()
    scene.peer.send(response_bytes(1, "refuse"))
    await until(lambda: scene.peer.error(1) is not None)
    error = scene.peer.error(1)
    assert error is not None
    assert (error.code, error.message, error.retry) == ("busy", "Not now.", 2.0)
    scene.peer.transport.abort()
    await scene.running


# -- requests ----------------------------------------------------------------------------------


async def test_a_slow_request_delays_neither_others_nor_keepalives() -> None:
    """In the library one handler that waits stops its connection, until the client gives it up."""
    scene = Scene()
    scene.peer.send(
        response_bytes(1, "wait"), response_bytes(3, "echo", b"quick"), keepalive_bytes(b"beat")
    )
    await until(lambda: scene.peer.items(3) == [b"quick"])
    await until(lambda: scene.peer.keepalives() == [b"beat"])
    assert scene.peer.items(1) == []
    scene.handler.gate.set()
    await until(lambda: scene.peer.completed(1))
    scene.peer.transport.abort()
    await scene.running


async def test_requests_and_streams_begin_in_the_order_in_which_they_came() -> None:
    """A message sent before another must get the lower number, and a feed what came after it."""
    scene = Scene()
    scene.peer.send(
        response_bytes(1, "echo", b"1"),
        stream_bytes(3, "feed", b"2"),
        response_bytes(5, "echo", b"3"),
        stream_bytes(7, "feed", b"4"),
    )
    await until(lambda: len(scene.handler.begun) == 4)
    assert scene.handler.begun == ["echo1", "feed2", "echo3", "feed4"]
    scene.peer.transport.abort()
    await scene.running


async def test_with_many_requests_pending_the_connection_is_not_read() -> None:
    """Otherwise one client makes tasks as fast as it can send frames."""
    scene = Scene(policy=ServerPolicy(pending_requests=4))
    scene.peer.send(*(response_bytes(2 * i + 1, "wait") for i in range(10)))
    await turns()
    assert len(scene.handler.begun) == 4
    scene.handler.gate.set()
    await until(lambda: all(scene.peer.completed(2 * i + 1) for i in range(10)))
    scene.peer.transport.abort()
    await scene.running


async def test_too_many_streams_are_refused_until_one_ends() -> None:
    """The library let one connection open 20,000 of them."""
    scene = Scene(policy=ServerPolicy(open_streams=2))
    scene.peer.send(stream_bytes(1), stream_bytes(3), stream_bytes(5))
    await until(lambda: scene.peer.error(5) is not None)
    error = scene.peer.error(5)
    assert error is not None
    assert error.code == ErrorCode.TOO_MANY_STREAMS
    scene.peer.send(cancel_bytes(1), stream_bytes(7))
    await until(lambda: len(scene.handler.sources) == 3)
    assert scene.peer.error(7) is None
    scene.peer.transport.abort()
    await scene.running


async def test_a_cancelled_request_stops_and_is_not_answered() -> None:
    """Otherwise work goes on that nobody waits for, and its place stays taken."""
    scene = Scene(policy=ServerPolicy(pending_requests=1))
    scene.peer.send(response_bytes(1, "wait"))
    await until(lambda: scene.handler.begun == ["wait"])
    # The bound counts what is pending, so that the cancel itself has to get through.
    scene.endpoint._policy = ServerPolicy(pending_requests=2)
    scene.transport.wake()
    scene.peer.send(cancel_bytes(1), response_bytes(3, "echo", b"next"))
    await until(lambda: scene.peer.items(3) == [b"next"])
    assert scene.handler.cancelled == 1
    assert not scene.peer.completed(1)
    scene.peer.transport.abort()
    await scene.running


async def test_a_stream_cancelled_before_it_began_never_begins() -> None:
    """The library's own stream breaks on a cancel that comes before it has begun."""
    scene = Scene()
    scene.peer.send(stream_bytes(1), cancel_bytes(1), response_bytes(3, "echo", b"next"))
    await until(lambda: scene.peer.items(3) == [b"next"])
    assert scene.handler.sources == []
    scene.peer.transport.abort()
    await scene.running


# -- fragments ---------------------------------------------------------------------------------


async def test_a_fragmented_request_is_put_together() -> None:
    """A client may cut what it sends, as the tutorial's would above 1 MB."""
    scene = Scene()
    scene.peer.send(
        fragment(1, b"a", first=True, follows=True),
        fragment(3, b"x", first=True, follows=True),
        fragment(1, b"b", first=False, follows=True),
        fragment(3, b"y", first=False, follows=False),
        fragment(1, b"c", first=False, follows=False),
    )
    await until(lambda: scene.peer.completed(1) and scene.peer.completed(3))
    assert scene.peer.items(1) == [b"abc"]
    assert scene.peer.items(3) == [b"xy"]
    scene.peer.transport.abort()
    await scene.running


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(
            fragment(1, bytes(1000), first=True, follows=True)
            + fragment(1, bytes(REQUEST_FRAME_BYTES - 1000), first=False, follows=True),
            id="too large together",
        ),
        pytest.param(
            b"".join(fragment(2 * i + 1, b"x", first=True, follows=True) for i in range(5)),
            id="too many at a time",
        ),
        pytest.param(
            fragment(1, b"x", first=True, follows=True)
            + fragment(1, b"", first=False, follows=True),
            id="an empty one",
        ),
        pytest.param(
            fragment(1, b"x", first=True, follows=True)
            + fragment(1, b"x", first=True, follows=False),
            id="a request within a request",
        ),
    ],
)
async def test_fragments_are_bounded(wire: bytes) -> None:
    """The library keeps any number of them for ever: 61 MB on one stream, before any login."""
    scene = Scene()
    scene.peer.send(wire)
    await scene.ended()
    error = scene.peer.error(0)
    assert error is not None
    assert error.code == ErrorCode.PROTOCOL_VIOLATION


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
    assert list(batch.frames) == [3]
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
    scene.peer.send(stream_bytes(1), stream_bytes(3))
    await until(lambda: len(scene.handler.sources) == 2)
    scene.peer.send(response_bytes(5, "echo"))
    await turns()
    first, second = scene.handler.sources
    assert 100 - len(first.items) <= 4000 // 500 + 1
    assert len(second.items) == 100
    assert scene.handler.begun == ["feed", "feed"]
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


# -- the end -----------------------------------------------------------------------------------


async def test_clean_up_happens_once_and_one_fault_in_it_skips_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In the library one stream whose clean-up fails leaves all the others, and the session."""
    scene = Scene()
    scene.peer.send(response_bytes(1, "wait"), stream_bytes(3), stream_bytes(5))
    await until(lambda: len(scene.handler.sources) == 2)
    scene.handler.sources[0].breaks = True
    scene.peer.transport.abort()
    await scene.running
    assert [source.closed for source in scene.handler.sources] == [1, 1]
    assert scene.handler.cancelled == 1
    assert scene.handler.closed_count == 1
    assert "secret of the source" in caplog.text


async def test_clean_up_happens_when_the_owner_gives_up() -> None:
    """A server that ends cancels what does not end by itself; sessions must be let go all the same."""
    scene = Scene()
    scene.peer.send(response_bytes(1, "wait"), stream_bytes(3))
    await until(lambda: len(scene.handler.sources) == 1)
    scene.running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scene.running
    assert scene.handler.sources[0].closed == 1
    assert scene.handler.closed_count == 1
    assert scene.peer.transport.gone


async def test_closing_takes_no_longer_than_its_grace() -> None:
    """The library waits without limit for a peer that does not take what is left."""
    scene = Scene(limits=SMALL)
    scene.peer.transport.stall()
    scene.endpoint.end(ChatError(ErrorCode.SHUTTING_DOWN, "Going down.", retry=1.0))
    await turns()
    assert scene.handler.closed_count == 1
    assert not scene.running.done()
    await pass_time(scene.clock, 1.1)
    await scene.running


async def test_nobody_keeps_an_endpoint_but_its_owner() -> None:
    """An endpoint that refers to itself by a task of its own lives on after its connection."""
    scene = Scene()
    scene.peer.send(response_bytes(1, "echo", b"x"))
    await until(lambda: scene.peer.completed(1))
    before = len(asyncio.all_tasks())
    gc.collect()
    scene.peer.send(response_bytes(3, "echo", b"y"))
    await until(lambda: scene.peer.completed(3))
    scene.peer.transport.abort()
    await scene.running
    assert len(asyncio.all_tasks()) == before - 1


# -- anything at all ---------------------------------------------------------------------------

ANY_FRAME = st.builds(
    lambda stream_id, frame_type, flags, body: (
        (6 + len(body)).to_bytes(3)
        + stream_id.to_bytes(4)
        + (frame_type << 10 | flags).to_bytes(2)
        + body
    ),
    st.integers(0, 9),
    st.integers(0, 15),
    st.integers(0, 1023),
    st.one_of(
        st.binary(max_size=40),
        st.builds(lambda data: len(ECHO).to_bytes(3) + ECHO + data, st.binary(max_size=9)),
        st.builds(
            lambda n, data: n.to_bytes(4) + len(ECHO).to_bytes(3) + ECHO + data,
            st.integers(0, 2**32 - 1),
            st.binary(max_size=9),
        ),
    ),
)
ECHO = route_metadata("echo")


async def talk(peer: RawPeer, transport: MemoryTransport, chunks: list[bytes]) -> Handler:
    handler = Handler()
    handler.items = [b"item"] * 5
    endpoint = ServerEndpoint(transport, handler)
    running = asyncio.create_task(endpoint.run())
    for chunk in chunks:
        peer.send(chunk)
        await turns(3)
    peer.transport.abort()
    async with asyncio.timeout(5):
        await running
    return handler


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(ANY_FRAME, st.binary(max_size=50)), max_size=12), st.booleans())
def test_whatever_a_client_sends_the_connection_ends_in_good_order(
    chunks: list[bytes],
    set_up: bool,  # noqa: FBT001 - Hypothesis gives it
) -> None:
    """No bytes may raise out of `run`, hang it, log a fault of ours, or leave a stream behind."""

    async def scenario() -> None:
        peer, transport = raw_pair()
        handler = await talk(peer, transport, [setup_bytes()] * set_up + chunks)
        assert handler.closed_count == 1
        assert all(source.closed == 1 for source in handler.sources)
        error = peer.error(0)
        assert error is None or error.code == ErrorCode.PROTOCOL_VIOLATION

    asyncio.run(scenario())
