from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from rsocket.frame import RequestStreamFrame, SetupFrame

from rchat_protocol.codec import encode_error
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.transport.base import TransportLimits
from rchat_protocol.transport.client import ClientEndpoint
from rchat_protocol.transport.errors import ConnectionClosedError, RemoteError
from rchat_protocol.transport.frames import (
    RequestResponse,
    complete_frame,
    error_frame,
    payload_frame,
    payload_frames,
)
from rchat_protocol.transport.memory import memory_pair
from rchat_protocol.transport.metadata import route_metadata
from support.clock import FakeClock
from support.wire import RawPeer, keepalive_bytes, pass_time, response_bytes, turns, until

if TYPE_CHECKING:
    from rchat_protocol.transport.errors import TransportError

METADATA = route_metadata("channels")


@dataclass
class Receiver:
    """Keeps what it is told."""

    items: list[bytes] = field(default_factory=list)
    completed: int = 0
    errors: list[TransportError] = field(default_factory=list)

    def on_next(self, data: bytes) -> None:
        """Keep an item."""
        self.items.append(data)

    def on_complete(self) -> None:
        """Count the end."""
        self.completed += 1

    def on_error(self, error: TransportError) -> None:
        """Keep the error."""
        self.errors.append(error)


class Scene:
    """A client's endpoint that runs, and a server that says what a test wants."""

    def __init__(self, *, limits: TransportLimits | None = None) -> None:
        self.clock = FakeClock()
        client, server = memory_pair(timers=self.clock, client_limits=limits)
        self.server = RawPeer(server)
        self.endpoint = ClientEndpoint(client)
        self.running = asyncio.create_task(self.endpoint.run())

    async def end(self) -> None:
        """Let the server hang up."""
        self.server.transport.abort()
        await self.running


async def test_requests_keep_their_order_and_take_odd_ids() -> None:
    """The server's fan-out counts on the second request of a connection being stream 3."""
    scene = Scene()
    pending = scene.endpoint.request_response(METADATA, b"a")
    scene.endpoint.request_stream(METADATA, b"b", Receiver(), credit=7)
    _ = scene.endpoint.request_response(METADATA, b"c")
    await until(lambda: len(scene.server.hear()) == 4)
    setup, first, second, third = scene.server.frames
    assert isinstance(setup, SetupFrame)
    assert isinstance(first, RequestResponse)
    assert isinstance(second, RequestStreamFrame)
    assert [frame.stream_id for frame in (first, second, third)] == [1, 3, 5]
    assert [bytes(frame.data) for frame in (first, second, third)] == [b"a", b"b", b"c"]
    assert second.initial_request_n == 7
    scene.server.send(payload_frame(1, b"answer", complete=True))
    assert await pending == b"answer"
    await scene.end()


async def test_an_error_is_the_servers_own() -> None:
    """The code decides what the app does, the sentence is what the user reads."""
    scene = Scene()
    pending = scene.endpoint.request_response(METADATA, b"")
    error = ChatError(ErrorCode.BUSY, "Not now.", retry=2.0)
    scene.server.send(error_frame(1, encode_error(error)))
    with pytest.raises(RemoteError) as caught:
        await pending
    assert (caught.value.body.code, caught.value.body.retry) == ("busy", 2.0)
    foreign = scene.endpoint.request_response(METADATA, b"")
    scene.server.send(error_frame(3, b"\xff what?"))
    with pytest.raises(RemoteError) as caught:
        await foreign
    assert caught.value.body.code == "application-error"
    await scene.end()


async def test_all_that_is_pending_fails_at_once_when_the_connection_ends() -> None:
    """In the library a request on a dead connection waits for ever."""
    scene = Scene()
    receiver = Receiver()
    pending = scene.endpoint.request_response(METADATA, b"")
    scene.endpoint.request_stream(METADATA, b"", receiver)
    await turns()
    scene.server.transport.abort()
    with pytest.raises(ConnectionClosedError):
        await pending
    assert len(receiver.errors) == 1
    await scene.running
    with pytest.raises(ConnectionClosedError):
        _ = scene.endpoint.request_response(METADATA, b"")
    with pytest.raises(ConnectionClosedError):
        scene.endpoint.request_stream(METADATA, b"", Receiver())


async def test_the_servers_reason_for_the_end_is_kept() -> None:
    """A client that is told to come back in a second must know it, and why."""
    scene = Scene()
    pending = scene.endpoint.request_response(METADATA, b"")
    error = ChatError(ErrorCode.SHUTTING_DOWN, "Going down.", retry=1.0)
    scene.server.send(error_frame(0, encode_error(error)))
    with pytest.raises(ConnectionClosedError, match="Going down"):
        await pending
    await until(lambda: scene.server.transport.ended)
    await scene.end()
    assert scene.endpoint.reason is not None
    assert scene.endpoint.reason.retry == 1.0


async def test_a_silent_server_is_given_up_and_a_living_one_is_kept() -> None:
    """A dead line shows nothing: without this an app would say "online" for hours."""
    scene = Scene()
    pending = scene.endpoint.request_response(METADATA, b"")
    for _ in range(10):
        await pass_time(scene.clock, 15)
        scene.server.send(keepalive_bytes(b"beat"))
    assert scene.server.keepalives().count(b"beat") >= 9
    assert scene.server.keepalives().count(b"") >= 29
    assert not pending.done()
    scene.server.transport.stall()
    await pass_time(scene.clock, 26)
    with pytest.raises(ConnectionClosedError, match="silent"):
        await pending
    await pass_time(scene.clock, 1)
    await scene.running


async def test_cancelling_a_request_tells_the_server_and_bears_its_late_answer() -> None:
    """A deadline is a cancelled future; in the library an answer in that turn raises."""
    scene = Scene()
    pending = scene.endpoint.request_response(METADATA, b"")
    await turns()
    scene.endpoint.transport._received(payload_frame(1, b"late", complete=True))
    pending.cancel()
    await turns()
    assert scene.endpoint.reason is None
    stopped = scene.endpoint.request_response(METADATA, b"")
    stopped.cancel()
    await until(lambda: scene.server.cancelled(3))
    second = scene.endpoint.request_response(METADATA, b"")
    scene.server.send(payload_frame(5, b"fine", complete=True))
    assert await second == b"fine"
    await scene.end()


async def test_a_stream_asks_for_more_and_ends_once() -> None:
    """The receiver's room is bounded: items come as they were asked for."""
    scene = Scene()
    receiver = Receiver()
    stream = scene.endpoint.request_stream(METADATA, b"", receiver, credit=2)
    scene.server.send(payload_frames(1, [b"1", b"2"]))
    await until(lambda: receiver.items == [b"1", b"2"])
    stream.request(1)
    await until(lambda: scene.server.credits(1) == [1])
    scene.server.send(payload_frame(1, b"3", complete=True))
    await until(lambda: receiver.completed == 1)
    assert receiver.items == [b"1", b"2", b"3"]
    stream.request(1)
    stream.cancel()
    scene.server.send(complete_frame(1))
    await scene.end()
    assert (receiver.completed, receiver.errors) == (1, [])
    assert not scene.server.cancelled(1)


async def test_a_cancelled_stream_hears_nothing_more() -> None:
    """Who stopped listening may be gone: calling him would be a fault."""
    scene = Scene()
    receiver = Receiver()
    stream = scene.endpoint.request_stream(METADATA, b"", receiver)
    stream.cancel()
    scene.server.send(payload_frames(1, [b"1"]))
    await until(lambda: scene.server.cancelled(1))
    await scene.end()
    assert (receiver.items, receiver.completed, receiver.errors) == ([], 0, [])


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(payload_frames(1, [b"1", b"2", b"3"]), id="more than was asked for"),
        pytest.param(b"\0\0\0", id="an empty frame"),
        pytest.param(b"\xff\xff\xff", id="a frame of 16 MiB"),
        pytest.param(payload_frame(0, b""), id="a payload on stream 0"),
    ],
)
async def test_a_server_that_breaks_the_rules_is_left(wire: bytes) -> None:
    """Our side is bounded, too: a server must not fill a client's memory or end its tasks."""
    scene = Scene()
    receiver = Receiver()
    scene.endpoint.request_stream(METADATA, b"", receiver, credit=2)
    scene.server.send(wire)
    await until(lambda: scene.server.transport.ended)
    assert scene.server.error(0) is not None
    await scene.end()
    assert len(receiver.errors) == 1
    assert scene.endpoint.reason is not None
    assert scene.endpoint.reason.code == ErrorCode.PROTOCOL_VIOLATION


async def test_a_server_that_asks_is_refused() -> None:
    """RSocket lets a server ask; waiting for ever would be the wrong answer."""
    scene = Scene()
    scene.server.send(response_bytes(2))
    await until(lambda: scene.server.error(2) is not None)
    await scene.end()


async def test_with_its_output_full_the_client_says_busy() -> None:
    """Otherwise a server that takes nothing fills the client's memory with requests."""
    scene = Scene(limits=TransportLimits(max_frame_bytes=1 << 20, high_water=1000, low_water=100))
    scene.server.transport.stall()
    pending = scene.endpoint.request_response(METADATA, bytes(2000))
    with pytest.raises(ChatError) as caught:
        _ = scene.endpoint.request_response(METADATA, b"")
    assert caught.value.code is ErrorCode.BUSY
    scene.server.transport.unstall()
    await until(lambda: not scene.endpoint.transport.full)
    scene.endpoint.request_response(METADATA, b"").cancel()
    pending.cancel()
    await scene.end()


async def test_a_receiver_that_fails_at_the_end_does_not_silence_the_others() -> None:
    """One consumer's fault must not leave another waiting on a dead connection."""

    class Failing(Receiver):
        def on_error(self, error: TransportError) -> None:
            """Keep the error."""
            super().on_error(error)
            raise RuntimeError

    scene = Scene()
    receivers = [Failing(), Receiver()]
    for receiver in receivers:
        scene.endpoint.request_stream(METADATA, b"", receiver)
    await scene.end()
    assert [len(receiver.errors) for receiver in receivers] == [1, 1]


async def test_close_sends_what_was_written() -> None:
    """Whoever says goodbye and hangs up means both."""
    scene = Scene()
    _ = scene.endpoint.request_response(METADATA, b"last words")
    scene.endpoint.close()
    await until(lambda: scene.server.transport.ended)
    assert bytes(scene.server.hear()[-1].data) == b"last words"
    await scene.end()


@pytest.mark.parametrize("credit", [0, -1, 2**31])
async def test_impossible_credit_is_refused_here(credit: int) -> None:
    """On the wire it would be another number, or the end of the connection."""
    scene = Scene()
    with pytest.raises(ValueError, match="credit"):
        scene.endpoint.request_stream(METADATA, b"", Receiver(), credit=credit)
    await scene.end()
