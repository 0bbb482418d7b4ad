"""Five hundred people who come at the same moment."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
from typing import TYPE_CHECKING

import pytest

from rchat_protocol.transport.client import ClientEndpoint
from rchat_protocol.transport.metadata import route_metadata
from rchat_protocol.transport.tcp import open_tcp
from rchat_server.compose import compose_server
from support.kernel import listen_drops

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rchat_protocol.transport.errors import TransportError

PEOPLE = 500


class GarbageCollectedServer:
    """A server on a thread and loop of its own, where the garbage collector runs all the time."""

    def __init__(self) -> None:
        self.port = 0
        self.collections = 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))

    def start(self) -> None:
        """Return when it listens."""
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        """Return when it has ended."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        self._loop.close()

    async def _run(self) -> None:
        async with compose_server("127.0.0.1", 0) as server:
            self.port = server.address[1]
            self._ready.set()
            self._collect()
            await self._stop.wait()

    def _collect(self) -> None:
        gc.collect()
        self.collections += 1
        self._loop.call_later(0.1, self._collect)


class Listener:
    """Notes what one stream brings."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.something = asyncio.Event()

    def on_next(self, data: bytes) -> None:
        """Note it."""
        self.heard.append(data)
        self.something.set()

    def on_complete(self) -> None:
        """Not expected."""
        self.something.set()

    def on_error(self, _error: TransportError) -> None:
        """Not expected either, until the test is over."""
        self.something.set()


@pytest.fixture
def server() -> Iterator[GarbageCollectedServer]:
    """A server for one test."""
    running = GarbageCollectedServer()
    running.start()
    yield running
    running.stop()


async def test_all_are_served_and_none_is_lost(server: GarbageCollectedServer) -> None:
    """With a short backlog most would wait for a resent SYN; held by nothing, they would be cut."""
    dropped = listen_drops()
    async with contextlib.AsyncExitStack() as stack:

        async def come(number: int) -> tuple[ClientEndpoint, Listener]:
            endpoint = ClientEndpoint(await open_tcp("127.0.0.1", server.port))
            running = asyncio.create_task(endpoint.run())

            async def leave() -> None:
                endpoint.close()
                await running

            stack.push_async_callback(leave)
            name = f"person{number}".encode()
            await endpoint.request_response(route_metadata("login"), name)
            await endpoint.request_response(route_metadata("channel.join"), b"square")
            listener = Listener()
            endpoint.request_stream(route_metadata("messages.incoming"), b"", listener)
            return endpoint, listener

        people = await asyncio.gather(*(come(number) for number in range(PEOPLE)))
        message = b'{"user": null, "content": "everybody?", "channel": "square"}'
        await people[0][0].request_response(route_metadata("message"), message)
        for _, listener in people:
            await listener.something.wait()
        assert [listener.heard for _, listener in people] == [
            [b'{"user":"person0","content":"everybody?","channel":"square"}']
        ] * PEOPLE
        assert all(not endpoint.ended for endpoint, _ in people)
        assert server.collections > 1
        assert listen_drops() == dropped
