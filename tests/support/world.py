"""A real server without sockets, for clients: lines that can be cut, time that stands still."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import TYPE_CHECKING, Any, Self, TypeVar

from rchat_protocol.transport.memory import memory_pair
from rchat_server.compose import compose_server
from rchat_server.gateway.listener import Listener
from rchat_server.gateway.service import Service
from rchat_server.service import FEEDS, LISTS, POSTS, READS, RESPONSES
from rchat_tui.client import ChatState, ConnectFailed, Online, fold
from rchat_tui.client.client import ChatClient
from rchat_tui.client.connection import Connection
from rchat_tui.client.ticker import TASK_NAME, TICK

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from rchat_protocol.errors import ChatError
    from rchat_protocol.transport.memory import MemoryTransport
    from rchat_server.core.ports import Sink
    from rchat_server.gateway.server import Server
    from rchat_server.service import Caller, Request
    from rchat_tui.client import ClientEvent
    from rchat_tui.client.address import ServerAddress
    from rchat_tui.client.store.ports import ClientStore

E = TypeVar("E")

URL = "tcp://world:6565"


class ManualClock:
    """A client's clock: who sleeps sleeps until `wake`; the look once a second until `tick`."""

    def __init__(self) -> None:
        self.time = 1_000_000.0
        self.asleep_for = 0.0
        """Seconds for which the machine slept: its monotonic clock stood still."""
        self.asked: list[float] = []
        """How long each sleep was to be, except those of a tick."""
        self._sleepers: list[asyncio.Future[None]] = []
        self._asleep = asyncio.Event()
        self._ticks: asyncio.Queue[None] = asyncio.Queue()
        self._ticked = asyncio.Event()

    def now_ms(self) -> int:
        """Return the time of day."""
        return int((self.time + self.asleep_for) * 1000)

    def monotonic(self) -> float:
        """Return the time in seconds."""
        return self.time

    async def tick(self) -> None:
        """Let a second pass, and whoever looks once a second look; wait until he has."""
        self.time += TICK
        self._ticked.clear()
        self._ticks.put_nowait(None)
        await self._ticked.wait()

    async def sleep(self, seconds: float) -> None:
        """Sleep until somebody calls `wake`."""
        task = asyncio.current_task()
        if task is not None and task.get_name() == TASK_NAME:
            self._ticked.set()
            await self._ticks.get()
            return
        self.asked.append(seconds)
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers.append(sleeper)
        self._asleep.set()
        try:
            await sleeper
        finally:
            self._sleepers.remove(sleeper)
            if not self._sleepers:
                self._asleep.clear()

    async def asleep(self) -> float:
        """Wait until somebody sleeps; return for how long he wants to."""
        await self._asleep.wait()
        return self.asked[-1]

    async def wake(self) -> None:
        """Wait until somebody sleeps, and end that."""
        await self._asleep.wait()
        for sleeper in self._sleepers:
            if not sleeper.done():
                sleeper.set_result(None)
        self._asleep.clear()


class Longest(random.Random):
    """Chance that always gives the longest wait."""

    def uniform(self, a: float, b: float) -> float:
        """Return the most that there is."""
        return max(a, b)


class _Answer:
    """A `Reply` that can be waited for."""

    def __init__(self) -> None:
        self.future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def send(self, data: bytes) -> None:
        """Answer."""
        self.future.set_result(data)

    def fail(self, error: ChatError) -> None:
        """Refuse."""
        self.future.set_exception(error)


async def store(caller: Caller, request: Request) -> bytes:
    """Do what a good server does with a message, for one that then does something else."""
    answer = _Answer()
    POSTS["message"](caller, request.data, answer)
    return await answer.future


class World:
    """A server, and the lines to it.

    Args:
        responses: Routes that answer otherwise than a good server's.
        feeds: Streams that do.
    """

    def __init__(
        self,
        *,
        responses: dict[str, Callable[[Caller, Request], Coroutine[Any, Any, bytes]]] | None = None,
        feeds: dict[str, Callable[[Caller, Request, Sink], object]] | None = None,
    ) -> None:
        self.refusing = False
        """Whether nobody answers the next dial."""
        self.dials = 0
        self.lines: list[MemoryTransport] = []
        """The clients' ends, in the order in which they were dialled."""
        self._responses = RESPONSES | (responses or {})
        self._reads = {name: read for name, read in READS.items() if name not in self._responses}
        self._posts = {name: post for name, post in POSTS.items() if name not in self._responses}
        self._feeds = FEEDS | (feeds or {})
        self._server = self._new_server()
        self._clients: list[ChatClient] = []

    def client(
        self,
        user: str | None = None,
        *,
        clock: ManualClock | None = None,
        deadline: float = 5.0,
        store: ClientStore | None = None,
    ) -> ChatClient:
        """Return a client that dials this server; the world closes it in the end."""
        chat = ChatClient(
            URL,
            user=user,
            deadline=deadline,
            rng=Longest(),
            dial=self.dial,
            clock=clock,
            store=store,
        )
        self._clients.append(chat)
        return chat

    async def dial(self, address: ServerAddress) -> Connection:
        """Connect, as a client does."""
        self.dials += 1
        if self.refusing:
            raise ConnectFailed(f"{address.authority} refused the connection.")
        ours, theirs = memory_pair()
        self.lines.append(ours)
        self._server._listener.serve(theirs)
        return Connection(address, ours)

    def cut(self) -> None:
        """Let every line drop."""
        for line in self.lines:
            line.abort()

    async def restart(self) -> None:
        """Let the server end, and another one begin that remembers nothing."""
        await self._server.aclose()
        self._server = self._new_server()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for chat in self._clients:
            await chat.aclose()
        await self._server.aclose()

    def _new_server(self) -> Server[Caller]:
        server = compose_server("memory", 0)
        new_caller = server._listener._service.new_caller
        service: Service[Caller] = Service(
            new_caller=new_caller,
            responses=self._responses,
            reads=self._reads,
            posts=self._posts,
            lists=LISTS,
            feeds=self._feeds,  # type: ignore[arg-type]
        )
        server._listener = Listener(service)
        return server


class Ear:
    """Consumes a client's events in a task, and lets a test wait for what it wants to hear."""

    def __init__(self, chat: ChatClient) -> None:
        self.heard: list[ClientEvent] = []
        self.state = ChatState()
        self._chat = chat
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._consume())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def of(self, kind: type[E]) -> list[E]:
        """Return what was heard of one type."""
        return [event for event in self.heard if isinstance(event, kind)]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until ``condition`` holds, looking after each event; give up after 20 seconds."""
        async with asyncio.timeout(20):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def hears(self, kind: type[E], count: int = 1) -> list[E]:
        """Wait until so many of one type were heard; return them."""
        await self.until(lambda: len(self.of(kind)) >= count)
        return self.of(kind)

    async def online(self, times: int = 1) -> Online:
        """Wait until the client has come online so many times; return the last."""
        return (await self.hears(Online, times))[-1]

    async def _consume(self) -> None:
        async for event in self._chat.events():
            self.heard.append(event)
            self.state = fold(self.state, event)
            self._changed.set()
