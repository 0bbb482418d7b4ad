from __future__ import annotations

import asyncio
import gc
import inspect
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.ports import View
from rchat_server.gateway.door import DoorLimits
from rchat_server.gateway.listener import Listener
from rchat_server.gateway.service import Service
from support.clock import FakeClock
from support.wire import (
    RawPeer,
    cancel_bytes,
    credit_bytes,
    pass_time,
    raw_pair,
    response_bytes,
    setup_bytes,
    stream_bytes,
    turns,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_server.core.ports import Sink
    from rchat_server.core.sites import Origin
    from rchat_server.service.caller import Request


@dataclass(eq=False)
class Guest:
    """A caller that keeps what happens to it."""

    origin: Origin
    end: Callable[[ChatError], None]
    closed_count: int = 0
    logged_in: bool = True

    def closed(self) -> None:
        """Count."""
        self.closed_count += 1


@dataclass(eq=False)
class Feed:
    """A feed that a test drives."""

    sink: Sink
    rooms: int = 0
    closed_count: int = 0

    def room(self) -> None:
        """Count."""
        self.rooms += 1

    def close(self) -> None:
        """Count."""
        self.closed_count += 1


@dataclass
class Chat:
    """A small service: ``login``, the list ``channels`` and the feed ``events``."""

    names: list[bytes] = field(default_factory=list)
    guests: list[Guest] = field(default_factory=list)
    feeds: list[Feed] = field(default_factory=list)
    reads: int = 0

    async def login(self, guest: Guest, request: Request) -> bytes:
        """Greet."""
        assert guest in self.guests
        return b"hello " + request.data

    async def history(self, _guest: Guest, request: Request) -> bytes:
        """Answer with as many bytes as are asked for."""
        self.reads += 1
        return bytes(int(request.data))

    def channels(self, _guest: Guest, _request: Request) -> list[bytes]:
        """Return the names as they are."""
        return list(self.names)

    def events(self, _guest: Guest, _request: Request, sink: Sink) -> Feed:
        """Make a feed."""
        self.feeds.append(Feed(sink))
        return self.feeds[-1]

    def new_guest(self, origin: Origin, end: Callable[[ChatError], None]) -> Guest:
        """Make a caller."""
        self.guests.append(Guest(origin, end))
        return self.guests[-1]

    def service(self) -> Service[Guest]:
        """Return the tables."""
        return Service(
            new_caller=self.new_guest,
            responses={"login": self.login},
            reads={"history": self.history},
            posts={},
            lists={"channels": self.channels},
            feeds={"events": self.events},
        )


class Scene:
    """A gateway with one connection, and its peer."""

    def __init__(self, names: list[bytes] | None = None) -> None:
        self.chat = Chat(names or [])
        self.listener = Listener(self.chat.service())
        self.peer = self.connect()

    def connect(self) -> RawPeer:
        """Return the peer of one more connection."""
        peer, transport = raw_pair()
        self.listener.serve(transport)
        peer.send(setup_bytes())
        return peer

    async def end(self) -> None:
        """Let the peer hang up."""
        self.peer.transport.abort()
        await until(lambda: self.listener.connections == 0)


async def test_a_request_reaches_its_route() -> None:
    """Otherwise nothing works."""
    scene = Scene()
    scene.peer.send(response_bytes(1, "login", b"alice"))
    await until(lambda: scene.peer.items(1) == [b"hello alice"])
    assert scene.peer.completed(1)
    await scene.end()


@pytest.mark.parametrize(
    ("wire", "sentence"),
    [
        (response_bytes(1, "nowhere"), "no such route"),
        (stream_bytes(1, "nowhere"), "no such route"),
        (response_bytes(1, "events"), "is a request-stream"),
        (stream_bytes(1, "login"), "is a request-response"),
    ],
)
async def test_a_route_that_does_not_exist_is_named_as_such(wire: bytes, sentence: str) -> None:
    """Whoever writes another client learns from it what he did wrong."""
    scene = Scene()
    scene.peer.send(wire)
    await until(lambda: scene.peer.error(1) is not None)
    error = scene.peer.error(1)
    assert error is not None
    assert error.code == ErrorCode.NO_SUCH_ROUTE
    assert sentence in error.message
    await scene.end()


async def test_a_list_comes_as_it_is_asked_for_and_completes() -> None:
    """The tutorial's server ignores request(n), and sends a list's items without being asked."""
    scene = Scene([b"a", b"b", b"c"])
    scene.peer.send(stream_bytes(1, "channels", credit=2))
    await until(lambda: scene.peer.items(1) == [b"a", b"b"])
    await turns()
    assert not scene.peer.completed(1)
    scene.peer.send(credit_bytes(1, 1))
    await until(lambda: scene.peer.completed(1))
    assert scene.peer.items(1) == [b"a", b"b", b"c"]
    await scene.end()


async def test_a_list_that_changes_meanwhile_is_sent_as_it_was() -> None:
    """The tutorial's stream of a list that shrinks never completes: its reader waits for ever."""
    scene = Scene([b"a", b"b", b"c"])
    scene.peer.send(stream_bytes(1, "channels", credit=1))
    await until(lambda: scene.peer.items(1) == [b"a"])
    scene.chat.names.clear()
    scene.peer.send(credit_bytes(1, 9))
    await until(lambda: scene.peer.completed(1))
    assert scene.peer.items(1) == [b"a", b"b", b"c"]
    await scene.end()


async def test_an_empty_list_completes() -> None:
    """The tutorial's never does."""
    scene = Scene()
    scene.peer.send(stream_bytes(1, "channels", credit=1))
    await until(lambda: scene.peer.completed(1))
    assert scene.peer.items(1) == []
    await scene.end()


async def test_a_long_list_comes_whole() -> None:
    """It goes out in pages: none may be lost or doubled where one ends."""
    names = [str(i).encode() for i in range(1000)]
    scene = Scene(names)
    scene.peer.send(stream_bytes(1, "channels", credit=300))
    await until(lambda: len(scene.peer.items(1)) == 300)
    scene.peer.send(credit_bytes(1, 2**31 - 1))
    await until(lambda: scene.peer.completed(1))
    assert scene.peer.items(1) == names
    await scene.end()


async def test_a_feed_takes_what_was_asked_for_and_tells_of_room() -> None:
    """The core counts on it: what a sink does not take stays a number in a cursor."""
    scene = Scene()
    scene.peer.send(stream_bytes(1, "events", credit=2))
    await until(lambda: len(scene.chat.feeds) == 1)
    feed = scene.chat.feeds[0]
    view = View([b"1", b"2", b"3"])
    assert feed.sink.offer(view) == 2
    assert feed.sink.offer(View([b"3"])) == 0
    await until(lambda: scene.peer.items(1) == [b"1", b"2"])
    assert feed.rooms == 0
    scene.peer.send(credit_bytes(1, 5))
    await until(lambda: feed.rooms == 1)
    assert feed.sink.offer(View([b"3"])) == 1
    scene.peer.send(cancel_bytes(1))
    await until(lambda: feed.closed_count == 1)
    assert feed.sink.offer(View([b"4"])) == 0
    await scene.end()
    assert feed.closed_count == 1


async def test_the_end_of_a_connection_is_told_once_and_after_its_streams() -> None:
    """A session that is let go twice, or never, is a ghost in the channel or a lost name."""
    scene = Scene()
    scene.peer.send(stream_bytes(1, "events"))
    await until(lambda: len(scene.chat.feeds) == 1)
    await scene.end()
    assert scene.chat.feeds[0].closed_count == 1
    assert scene.chat.guests[0].closed_count == 1


async def test_the_core_can_end_a_connection_with_a_reason() -> None:
    """A session that was replaced by a newer one must not go on as if nothing had happened."""
    scene = Scene()
    scene.chat.guests[0].end(ChatError(ErrorCode.REPLACED, "Elsewhere."))
    await until(lambda: scene.peer.transport.ended)
    error = scene.peer.error(0)
    assert error is not None
    assert error.code == ErrorCode.REPLACED
    await scene.end()
    assert scene.chat.guests[0].closed_count == 1


async def test_connections_outlive_the_garbage_collector() -> None:
    """The event loop holds tasks weakly: of 10 clients of the tutorial's server 10 were cut off."""
    chat = Chat()
    listener = Listener(chat.service())
    transports = []
    for _ in range(10):
        peer, transport = raw_pair(FakeClock())
        listener.serve(transport)
        peer.send(setup_bytes())
        transports.append(weakref.ref(transport))
    await turns()
    del peer, transport
    chat.guests.clear()
    gc.collect()
    alive = [transport() for transport in transports]
    assert None not in alive
    assert listener.connections == 10
    for each in alive:
        assert each is not None
        each.abort()
    await until(lambda: listener.connections == 0)


async def test_a_connection_inspects_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's router, made anew for each connection, looks at every handler's signature."""

    def inspected(*_: Any, **__: Any) -> None:
        raise AssertionError("a signature was inspected")

    scene = Scene()
    monkeypatch.setattr(inspect, "signature", inspected)
    peer = scene.connect()
    peer.send(response_bytes(1, "login", b"x"))
    await until(lambda: bool(peer.items(1)))
    peer.transport.abort()
    await scene.end()


async def test_large_answers_wait_for_room() -> None:
    """Sixty-four pages of history for a reader who takes none are the server's memory."""
    scene = Scene()
    scene.peer.transport.stall()
    scene.peer.send(*(response_bytes(2 * n + 1, "history", b"400000") for n in range(20)))
    await turns()
    assert scene.chat.reads == 3  # three are more than the output budget of 1 MiB
    scene.peer.transport.unstall()
    await until(lambda: scene.peer.completed(39))
    assert [len(scene.peer.items(2 * n + 1)[0]) for n in range(20)] == [400_000] * 20
    scene.peer.transport.abort()
    await scene.end()


async def test_a_gateway_that_closes_tells_everybody_and_waits_for_them() -> None:
    """Clients come back in a second when they know why; tasks that outlive a server are leaks."""
    scene = Scene()
    other = scene.connect()
    await turns()
    closing = asyncio.create_task(
        scene.listener.aclose(ChatError(ErrorCode.SHUTTING_DOWN, "Going down.", retry=1.0))
    )
    # Each a little after the one before: thousands that come in one moment are the next outage.
    for peer, retry in ((scene.peer, 1.0), (other, 1.001)):
        await until(lambda peer=peer: peer.transport.ended)  # type: ignore[misc]
        error = peer.error(0)
        assert error is not None
        assert (error.code, error.retry) == (ErrorCode.SHUTTING_DOWN, retry)
        peer.transport.abort()
    await closing
    assert scene.listener.connections == 0
    assert [guest.closed_count for guest in scene.chat.guests] == [1, 1]


async def test_a_connection_on_which_nobody_logs_in_is_closed() -> None:
    """Otherwise whoever opens connections and says nothing takes them all."""
    clock = FakeClock()
    peer, transport = raw_pair(clock)
    chat = Chat()
    listener = Listener(chat.service(), timers=clock, door=DoorLimits(login=5.0))
    listener.serve(transport)
    chat.guests[0].logged_in = False
    peer.send(setup_bytes())
    await pass_time(clock, 4.5)
    assert listener.connections == 1
    await pass_time(clock, 1.0)
    told = peer.error(0)
    assert told is not None
    assert (told.code, told.message) == (ErrorCode.TOO_SLOW, "Nobody logged in in time.")
    peer.transport.abort()
    await until(lambda: listener.connections == 0)
