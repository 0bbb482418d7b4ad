from __future__ import annotations

import pytest
from rsocket.frame import (
    FrameType,
    KeepAliveFrame,
    LeaseFrame,
    PayloadFrame,
    RequestResponseFrame,
    ResumeFrame,
    SetupFrame,
)
from rsocket.frame_builders import to_fire_and_forget_frame, to_request_channel_frame
from rsocket.payload import Payload

from rchat_protocol.errors import ErrorCode
from rchat_protocol.limits import REQUEST_FRAME_BYTES
from rchat_protocol.transport.frames import frame_bytes
from rchat_protocol.transport.metadata import COMPOSITE_METADATA, JSON, route_metadata
from rchat_protocol.transport.server import ServerPolicy
from support.endpoint import Scene
from support.wire import (
    cancel_bytes,
    credit_bytes,
    keepalive_bytes,
    pass_time,
    response_bytes,
    setup_bytes,
    stream_bytes,
    turns,
    until,
)


def resume_frame() -> bytes:
    """Return a RESUME frame."""
    frame = ResumeFrame()
    frame.resume_identification_token = b"token"
    frame.last_server_position = frame.first_client_position = 0
    return frame_bytes(frame)


def resuming_setup() -> bytes:
    """Return a SETUP frame that would resume later."""
    frame = SetupFrame()
    frame.metadata_encoding, frame.data_encoding = COMPOSITE_METADATA, JSON
    frame.keep_alive_milliseconds = frame.max_lifetime_milliseconds = 10_000
    frame.flags_resume = True
    frame.resume_identification_token, frame.token_length = b"token", len(b"token")
    return frame_bytes(frame)


def lease_frame() -> bytes:
    """Return a LEASE frame."""
    frame = LeaseFrame()
    frame.time_to_live, frame.number_of_requests = 1000, 5
    return frame_bytes(frame)


def fragment(stream_id: int, data: bytes, *, first: bool, follows: bool) -> bytes:
    """Return a fragment of a request."""
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
        pytest.param(setup_bytes() + lease_frame(), id="LEASE"),
        pytest.param(resuming_setup(), id="a SETUP to resume"),
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


@pytest.mark.parametrize("kind", [SetupFrame, KeepAliveFrame])
async def test_a_fault_of_the_connection_is_logged_and_its_text_stays_here(
    kind: type[object], caplog: pytest.LogCaptureFixture
) -> None:
    """The library tells a client the text of whatever exception its SETUP, or a frame, causes."""

    def breaking(_frame: object) -> None:
        raise RuntimeError("secret of the endpoint")

    scene = Scene(set_up=False)
    for handlers in (scene.endpoint._handlers, scene.endpoint._handlers_once_set_up):
        if kind in handlers:
            handlers[kind] = breaking
    scene.peer.send(setup_bytes(), keepalive_bytes())
    await scene.ended()
    error = scene.peer.error(0)
    assert error is not None
    assert error.code == ErrorCode.INTERNAL
    assert "secret" not in error.message
    assert "secret of the endpoint" in caplog.text
    assert scene.handler.closed_count == 1


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


async def test_who_is_refused_too_often_is_read_more_slowly() -> None:
    """Otherwise one connection that asks again and again takes most of a core."""
    scene = Scene(policy=ServerPolicy(pending_requests=2, refusals=4))
    scene.peer.send(*(response_bytes(2 * number + 1, "refuse") for number in range(10)))
    await turns(100)
    told = len(scene.handler.refusals)
    assert told in (4, 5)  # what was being worked on then is refused, too
    scene.peer.send(response_bytes(101), keepalive_bytes())
    await pass_time(scene.clock, 0.9, step=0.1)
    assert len(scene.handler.refusals) == told
    await pass_time(scene.clock, 10.0)
    assert len(scene.handler.refusals) == 10
    assert scene.peer.completed(101)
    assert scene.peer.keepalives() == [b""]
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


async def test_an_answer_without_a_task_keeps_its_place() -> None:
    """A message must not overtake the login before it, nor be counted when nobody waits for it."""
    scene = Scene(policy=ServerPolicy(pending_requests=3))
    scene.peer.send(
        response_bytes(1, "echo", b"1"),
        response_bytes(3, "now", b"2"),
        response_bytes(5, "later", b"3"),
        response_bytes(7, "echo", b"4"),
    )
    await until(lambda: scene.peer.items(7) == [b"4"])
    assert scene.handler.begun == ["echo1", "now2", "later3", "echo4"]
    assert scene.peer.items(3) == [b"2"]
    scene.peer.send(cancel_bytes(5))
    scene.peer.send(*(response_bytes(number, "later") for number in (9, 11, 13, 15)))
    await turns()
    assert len(scene.handler.late) == 4  # the cancelled one, and as many as may be pending
    scene.handler.answer_late()
    await until(lambda: scene.peer.completed(13) and bool(scene.handler.late))
    scene.handler.answer_late()
    await until(lambda: scene.peer.completed(15))
    assert scene.peer.items(5) == []
    scene.peer.transport.abort()
    await scene.running


async def test_a_stream_cancelled_before_it_began_never_begins() -> None:
    """The library's own stream breaks on a cancel that comes before it has begun."""
    scene = Scene()
    scene.peer.send(
        response_bytes(5, "echo"),  # the stream begins after its task has
        stream_bytes(1),
        cancel_bytes(1),
        response_bytes(3, "echo", b"next"),
    )
    await until(lambda: scene.peer.items(3) == [b"next"])
    assert scene.handler.sources == []
    scene.peer.transport.abort()
    await scene.running


async def test_what_is_large_is_sent_whole() -> None:
    """Cut into fragments by the library, two large items of a stream arrive mixed."""
    scene = Scene()
    items = [bytes([number]) * 100_000 for number in range(3)]
    scene.handler.items = list(items)
    scene.peer.send(stream_bytes(1), response_bytes(3, "echo", items[0]))
    await until(lambda: scene.peer.completed(3) and len(scene.peer.items(1)) == 3)
    assert scene.peer.items(1) == items
    assert scene.peer.items(3) == items[:1]
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
