"""A client as somebody writes it who follows the chat tutorial of the RSocket library.

It uses the library's own client and transport, and nothing of ours: what it can do, the clients
that are out there can do.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

from reactivestreams.subscriber import DefaultSubscriber
from rsocket.awaitable.awaitable_rsocket import AwaitableRSocket
from rsocket.extensions.helpers import composite, route
from rsocket.extensions.mimetypes import WellKnownMimeTypes
from rsocket.helpers import single_transport_provider
from rsocket.payload import Payload
from rsocket.rsocket_client import RSocketClient
from rsocket.transports.tcp import TransportTCP

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class TutorialClient:
    """The tutorial's methods over the library's client."""

    def __init__(self, rsocket: Any) -> None:
        self.rsocket = rsocket
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._listener: Any = None

    async def call(self, name: str, data: bytes | None = None) -> Any:
        """Ask for one answer."""
        return await self.rsocket.request_response(Payload(data, composite(route(name))))

    async def listing(
        self, name: str, data: bytes | None = None, rate: int = 2**31 - 1
    ) -> list[str]:
        """Ask for a list, ``rate`` items at a time."""
        request = Payload(data, composite(route(name)))
        answer = await AwaitableRSocket(self.rsocket).request_stream(request, limit_rate=rate)
        return [item.data.decode() for item in answer]

    async def login(self, name: str) -> str:
        """Log in; return the session id."""
        return str((await self.call("login", name.encode())).data.decode())

    async def join(self, channel: str) -> Any:
        """Join a channel."""
        return await self.call("channel.join", channel.encode())

    async def leave(self, channel: str) -> Any:
        """Leave a channel."""
        return await self.call("channel.leave", channel.encode())

    async def send(
        self, *, user: str | None = None, channel: str | None = None, content: str
    ) -> Any:
        """Send a message, all three fields set as the tutorial's dataclass has them."""
        message = {"user": user, "content": content, "channel": channel}
        return await self.call("message", json.dumps(message).encode())

    def listen(self) -> None:
        """Let messages come into `inbox`."""
        self._listener = DefaultSubscriber(
            on_next=lambda value, _complete: self.inbox.put_nowait(json.loads(value.data))
        )
        request = Payload(metadata=composite(route("messages.incoming")))
        self.rsocket.request_stream(request).subscribe(self._listener)

    def stop_listening(self) -> None:
        """Let no more come."""
        self._listener.subscription.cancel()


@contextlib.asynccontextmanager
async def tutorial_client(port: int) -> AsyncIterator[TutorialClient]:
    """Connect as the tutorial does."""
    connection = await asyncio.open_connection("127.0.0.1", port)
    async with RSocketClient(
        single_transport_provider(TransportTCP(*connection)),
        metadata_encoding=WellKnownMimeTypes.MESSAGE_RSOCKET_COMPOSITE_METADATA,
        fragment_size_bytes=1_000_000,
    ) as rsocket:
        yield TutorialClient(rsocket)
