from __future__ import annotations

import asyncio
import contextlib
import gc
import json
from typing import TYPE_CHECKING

import pytest
import uvloop

from rchat_protocol.credentials import Bearer
from rchat_protocol.transport.client import ClientEndpoint
from rchat_protocol.transport.metadata import route_metadata
from rchat_protocol.transport.tcp import open_tcp
from rchat_server.compose import compose_server
from support.kernel import listen_drops
from support.wire import until

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from rchat_protocol.transport.errors import TransportError

    Run = Callable[[Coroutine[None, None, None]], None]

LOOPS = pytest.mark.parametrize(
    "run", [pytest.param(asyncio.run, id="asyncio"), pytest.param(uvloop.run, id="uvloop")]
)
CROWD = 500


class Listening:
    """Counts messages."""

    def __init__(self) -> None:
        self.items: list[bytes] = []
        self.heard = asyncio.Event()
        self.ended = False

    def on_next(self, data: bytes) -> None:
        """Keep an item."""
        self.items.append(data)
        self.heard.set()

    def on_complete(self) -> None:
        """Note the end."""
        self.ended = True

    def on_error(self, error: TransportError) -> None:  # noqa: ARG002 - the receiver's signature
        """Note the end."""
        self.ended = True


class Guest:
    """A connection that logs in, joins and listens."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.incoming = Listening()

    async def dial(self, port: int) -> None:
        """Connect."""
        self.endpoint = ClientEndpoint(await open_tcp("127.0.0.1", port))

    async def come_in(self, tasks: asyncio.TaskGroup) -> None:
        """Log in, listen and join."""
        self.running = tasks.create_task(self.endpoint.run())
        await self.ask("login", self.name)
        self.endpoint.request_stream(route_metadata("messages.incoming"), b"", self.incoming)
        await self.ask("channel.join", "hall")

    async def ask(self, route: str, data: str) -> bytes:
        """Send a request and return the answer."""
        return await self.endpoint.request_response(route_metadata(route), data.encode())

    async def say(self, content: str) -> None:
        """Post to the channel."""
        message = {"user": self.name, "content": content, "channel": "hall"}
        await self.ask("message", json.dumps(message))


@LOOPS
def test_a_crowd_that_comes_at_once_is_served_at_once(run: Run) -> None:
    """With a short backlog most wait for a SYN to be sent again; unheld ones are collected."""

    async def scenario() -> None:
        async with compose_server("127.0.0.1", 0) as server, asyncio.TaskGroup() as tasks:
            guests = [Guest(f"guest{i}") for i in range(CROWD)]
            dropped = listen_drops()
            await asyncio.gather(*(guest.dial(server.address[1]) for guest in guests))
            assert listen_drops() == dropped
            await asyncio.gather(*(guest.come_in(tasks) for guest in guests))
            gc.collect()
            assert server.connections == CROWD
            await guests[0].say("hello, everybody")
            async with asyncio.timeout(10):
                await asyncio.gather(*(guest.incoming.heard.wait() for guest in guests))
            assert not any(guest.incoming.ended for guest in guests)
            for guest in guests:
                guest.endpoint.close()

    run(scenario())


@LOOPS
@pytest.mark.parametrize("reset", [False, True])
def test_who_hangs_up_leaves_nothing_behind(run: Run, *, reset: bool) -> None:
    """Where the library's transports miss a peer's end, its tasks and its name stay for ever."""

    async def scenario() -> None:
        async with compose_server("127.0.0.1", 0) as server:
            before = len(asyncio.all_tasks())
            async with asyncio.TaskGroup() as tasks:
                guests = [Guest(f"guest{i}") for i in range(20)]
                for guest in guests:
                    await guest.dial(server.address[1])
                    await guest.come_in(tasks)
                assert server.connections == 20
                for guest in guests:
                    if reset:
                        guest.endpoint.transport.abort()
                    else:
                        guest.endpoint.close()
            await until(lambda: not server.connections and len(asyncio.all_tasks()) <= before)

    run(scenario())


async def test_a_credential_is_looked_at_when_somebody_logs_in() -> None:
    """The library's verifier runs at each request: a password's hash would stop the server."""
    async with compose_server("127.0.0.1", 0) as server, asyncio.TaskGroup() as tasks:
        guest = Guest("alice")
        await guest.dial(server.address[1])
        await guest.come_in(tasks)
        metadata = route_metadata("channel.join", credential=Bearer("nobody's"))
        assert await guest.endpoint.request_response(metadata, b"hall") == b"{}"
        guest.endpoint.close()


@LOOPS
def test_a_server_ends_in_good_order(run: Run) -> None:
    """What was acknowledged is delivered, clients learn why it ends, and its port is free again."""

    async def scenario() -> None:
        server = compose_server("127.0.0.1", 0)
        async with asyncio.TaskGroup() as tasks:
            async with server:
                port = server.address[1]
                guest = Guest("alice")
                await guest.dial(port)
                await guest.come_in(tasks)
                await guest.say("the last word")
            await guest.running
            assert len(guest.incoming.items) == 1
            assert guest.endpoint.reason is not None
            assert guest.endpoint.reason.code == "shutting-down"
            assert guest.endpoint.reason.retry == 1.0
            with pytest.raises(OSError, match=r"(?i)connect"):
                await open_tcp("127.0.0.1", port)
        async with compose_server("127.0.0.1", port):
            pass

    run(scenario())


async def test_a_port_in_use_is_an_os_error() -> None:
    """The command makes a sentence of it; a server that seems to listen would be worse."""
    async with compose_server("127.0.0.1", 0) as server:
        with pytest.raises(OSError, match="in use"):
            await compose_server("127.0.0.1", server.address[1]).start()


async def test_a_name_with_two_addresses_gets_one_free_port(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """``localhost`` is often two addresses: each would take another free port, and one be named."""

    async def two_addresses(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", ("127.0.0.1", 0)), (0, 0, 0, "", ("::1", 0))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", two_addresses)
    async with compose_server("localhost", 0) as server:
        assert server.address[0] == "localhost"
        (listening,) = server._listener._doorsteps
        assert len(listening._sockets) == 1


@LOOPS
def test_one_that_is_cancelled_while_it_begins_leaves_no_socket(run: Run) -> None:
    """A demo that is ended at once must not leave a port open that nobody serves."""

    async def scenario() -> None:
        # The name is resolved on a thread: how many turns that takes, nobody can say.
        for turns in [*range(20)] * 10:
            server = compose_server("127.0.0.1", 0)
            starting = asyncio.ensure_future(server.start())
            for _ in range(turns):
                await asyncio.sleep(0)
            starting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await starting
            await server.aclose()
        gc.collect()  # an open socket that nobody has is a warning, and so an error

    run(scenario())
