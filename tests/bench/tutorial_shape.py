"""A server in the tutorial's shape, to compare with: a queue and a payload a member a message.

Its connections are held, so that they live; otherwise it does what the tutorial does, with the
library's own server and transport.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from reactivestreams.publisher import DefaultPublisher
from reactivestreams.subscription import DefaultSubscription
from rsocket.helpers import create_response
from rsocket.payload import Payload
from rsocket.routing.request_router import RequestRouter
from rsocket.routing.routing_request_handler import RoutingRequestHandler
from rsocket.rsocket_server import RSocketServer
from rsocket.transports.tcp import TransportTCP


class Feed(DefaultPublisher, DefaultSubscription):  # type: ignore[misc] # the library has no types
    """Sends one member's queue."""

    def __init__(self, queue: asyncio.Queue[bytes]) -> None:
        self._queue = queue
        self._task: asyncio.Task[None] | None = None

    def subscribe(self, subscriber: Any) -> None:
        """Begin."""
        super().subscribe(subscriber)
        subscriber.on_subscribe(self)
        self._task = asyncio.create_task(self._send())

    def cancel(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()

    async def _send(self) -> None:
        while True:
            self._subscriber.on_next(Payload(await self._queue.get()))


class Chat:
    """One channel, as the tutorial keeps it."""

    def __init__(self) -> None:
        self.held: list[Any] = []
        self._members: list[asyncio.Queue[bytes]] = []
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def deliver(self) -> None:
        """Put each message into the queue of each member."""
        while True:
            message = await self._messages.get()
            for queue in self._members:
                queue.put_nowait(json.dumps(message).encode())

    def handler(self) -> RoutingRequestHandler:
        """Return what answers one connection."""
        router = RequestRouter()
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        session = {"user": ""}

        @router.response("login")  # type: ignore[untyped-decorator]
        async def login(payload: Payload) -> Any:
            session["user"] = payload.data.decode()
            return create_response(b"session")

        @router.response("channel.join")  # type: ignore[untyped-decorator]
        async def join() -> Any:
            self._members.append(queue)
            return create_response()

        @router.response("message")  # type: ignore[untyped-decorator]
        async def message(payload: Payload) -> Any:
            self._messages.put_nowait({**json.loads(payload.data), **session})
            return create_response()

        @router.stream("messages.incoming")  # type: ignore[untyped-decorator]
        async def incoming() -> Any:
            return Feed(queue)

        return RoutingRequestHandler(router)


async def main() -> None:
    """Listen on a free port, and say which."""
    chat = Chat()

    def connected(*connection: Any) -> None:
        chat.held.append(RSocketServer(TransportTCP(*connection), handler_factory=chat.handler))

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        print(f"listening on tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await chat.deliver()


if __name__ == "__main__":
    asyncio.run(main())
