"""A server's endpoint that runs, and a handler for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.transport.server import ServerEndpoint, ServerPolicy
from support.clock import FakeClock
from support.wire import (
    raw_pair,
    setup_bytes,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from rchat_protocol.transport.base import TransportLimits
    from rchat_protocol.transport.metadata import RequestMetadata
    from rchat_protocol.transport.streams import Answer, OutboundStream


@dataclass
class Items:
    """A batch."""

    payloads: Sequence[bytes]
    frames: Any = None


class Source:
    """Items that are offered until they are all taken."""

    def __init__(self, stream: OutboundStream, items: list[bytes]) -> None:
        self.stream = stream
        self.items = items
        self.closed = 0
        self.breaks = False

    def room(self) -> None:
        """Offer what is left."""
        del self.items[: self.stream.offer(Items(list(self.items)))]

    def close(self) -> None:
        """Count, and break where told to."""
        self.closed += 1
        if self.breaks:
            raise RuntimeError("secret of the source")


class Handler:
    """Answers ``echo``; ``wait`` waits for `gate`; ``break`` breaks; streams send `items`.

    ``now`` and ``later`` are answered without a task: at once, and when `answer_late` is called.
    """

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.begun: list[str] = []
        self.sources: list[Source] = []
        self.items: list[bytes] = []
        self.late: list[tuple[Answer, bytes]] = []
        self.refusals: list[str] = []
        self.closed_count = 0
        self.cancelled = 0

    def respond(
        self, metadata: RequestMetadata, data: bytes, answer: Answer
    ) -> Coroutine[Any, Any, bytes] | None:
        """Do what the route's name says."""
        if metadata.route not in ("now", "later"):
            return self._work(metadata, data)
        self.begun.append(f"{metadata.route}{data.decode()}")
        if metadata.route == "now":
            answer.send(data)
        else:
            self.late.append((answer, data))
        return None

    def answer_late(self) -> None:
        """Answer what waits for it."""
        while self.late:
            answer, data = self.late.pop(0)
            answer.send(data)

    async def _work(self, metadata: RequestMetadata, data: bytes) -> bytes:
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
        """Begin to send the items."""
        self.begun.append(f"{metadata.route}{data.decode()}")
        if metadata.route == "break":
            raise RuntimeError("secret of the handler")
        source = Source(stream, list(self.items))
        self.sources.append(source)
        source.room()
        return source

    def refused(self, code: str) -> None:
        """Keep the code."""
        self.refusals.append(code)

    def closed(self) -> None:
        """Count."""
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
