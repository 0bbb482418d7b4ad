"""The open door: accepts connections, and owns every one until it has ended."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import logging
import socket
import time
from typing import TYPE_CHECKING, Final, Generic

from rchat_protocol.errors import ChatError
from rchat_protocol.limits import REQUEST_FRAME_BYTES
from rchat_protocol.transport.base import TransportLimits
from rchat_protocol.transport.endpoint import CLOSE_GRACE
from rchat_protocol.transport.messages import SharedMessages
from rchat_protocol.transport.rounds import Rounds
from rchat_protocol.transport.tcp import TcpTransport
from rchat_protocol.transport.timers import LoopTimers
from rchat_protocol.transport.websocket import WebSocketTransport
from rchat_server.core.sites import Origin
from rchat_server.gateway.connection import Connection
from rchat_server.gateway.door import Door, DoorLimits
from rchat_server.gateway.doorstep import Doorstep, Kind
from rchat_server.gateway.service import CallerT, Service
from rchat_server.gateway.web import HttpLine, Site

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine
    from typing import Any

    from rchat_protocol.transport.base import Transport
    from rchat_protocol.transport.server import ServerPolicy
    from rchat_protocol.transport.timers import Timers
    from rchat_server.gateway.doorstep import Enter

logger = logging.getLogger(__name__)

BACKLOG: Final = 4096
"""Connections that may wait to be accepted. With asyncio's 100, of 500 that come at once most wait
3 s for a SYN to be sent again. The system may cap it (Linux: ``net.core.somaxconn``)."""

HANDSHAKE: Final = 10.0
"""Seconds in which a connection is encrypted, or it is closed."""

RETURNS_A_SECOND: Final = 1000
"""Clients that are told to come back in one second, when a server ends."""

LIMITS: Final = TransportLimits(max_frame_bytes=REQUEST_FRAME_BYTES)
"""The bounds of every connection."""


class Listener(Generic[CallerT]):
    """Accepts connections and runs each in a task of its own, which it keeps and awaits.

    Args:
        service: What is served.
        policy: What a connection may do.
        limits: The bounds of its transport.
        timers: For its deadlines; the running loop's by default.
        door: How many come from one address; anything by default.
    """

    def __init__(
        self,
        service: Service[CallerT],
        *,
        policy: ServerPolicy | None = None,
        limits: TransportLimits = LIMITS,
        timers: Timers | None = None,
        door: DoorLimits | None = None,
    ) -> None:
        door = door or DoorLimits()
        self._login_deadline = door.login
        self._door = Door(door, time.monotonic)
        self._service = service
        self._policy = policy or door.policy
        self.proxies = door.proxies
        self.limits = limits
        self.timers: Timers = timers or LoopTimers()
        self.shared = SharedMessages()
        """What is offered to many, for those who come by WebSocket."""
        self._rounds = Rounds(self.timers)
        self._doorsteps: list[Doorstep] = []
        # The event loop holds tasks weakly: what nobody else keeps, the garbage collector takes,
        # and a live connection with it.
        self._running: dict[asyncio.Task[None], Connection[CallerT]] = {}
        self._closing: ChatError | None = None
        self._asking: set[HttpLine] = set()
        """Connections that are HTTP's yet."""
        self._nobody_asks = asyncio.Event()
        self._told_of_proxy = False
        self._answering: set[asyncio.Task[None]] = set()
        """What is being done for them, and for those who are just accepted."""

    @property
    def connections(self) -> int:
        """How many there are."""
        return len(self._running)

    def connections_by_kind(self) -> dict[str, int]:
        """Return how many there are by TCP, by WebSocket, and by HTTP, which may become one."""
        web = sum(isinstance(each.transport, WebSocketTransport) for each in self._running.values())
        return {"tcp": len(self._running) - web, "websocket": web, "http": len(self._asking)}

    async def listen(
        self,
        host: str,
        port: int,
        tls: ssl.SSLContext | None = None,
        *,
        site: Site | None = None,
    ) -> int:
        """Accept connections; return the port, which is a free one where ``port`` is 0.

        Args:
            host: Where to listen: on all addresses that it resolves to.
            port: On which port.
            tls: Encrypts each connection; None leaves them as they are.
            site: What HTTP finds there, WebSocket's chat for one; None: plain TCP is spoken.

        Raises:
            OSError: The address is in use, is not ours, or does not resolve.
        """
        hosts = await _hosts(host, port)
        if not port:
            hosts = hosts[:1]  # each address would get a free port of its own
        make = functools.partial(self._protocol, site)
        plain = site is None and tls is None
        kind = Kind(make, tls, speaks_at_once=plain, deadline=HANDSHAKE)
        if site is not None:
            kind = dataclasses.replace(kind, counts=lambda host: not self.proxies.has(host))
        doorstep = Doorstep(self, kind)
        self._doorsteps.append(doorstep)
        return doorstep.open(hosts, port, BACKLOG)

    def serve(
        self,
        transport: Transport,
        leave: Callable[[], None] | None = None,
        *,
        origin: Origin | None = None,
    ) -> Connection[CallerT]:
        """Serve a connection that stands. It ends by itself, or with `aclose`.

        Args:
            transport: The connection.
            leave: Called when it is gone.
            origin: Where it comes from, if not from the transport's other end.
        """
        transport.join_rounds(self._rounds)
        origin = origin or Origin(transport.host, transport.encrypted)
        connection = Connection(
            transport, self._service, self._policy, self._login_deadline, origin
        )
        task = asyncio.get_running_loop().create_task(connection.run())
        self._running[task] = connection
        task.add_done_callback(self._ended)
        if leave is not None:
            task.add_done_callback(lambda _task: leave())
        if self._closing is not None:
            connection.end(self._closing)
        return connection

    def stop_accepting(self) -> None:
        """Close the door; who is in stays."""
        for doorstep in self._doorsteps:
            doorstep.close()

    async def aclose(self, error: ChatError) -> None:
        """Close the door, tell everybody ``error``, and wait until they have gone.

        An error that says when to come back says so to each a little later than to the one before,
        `RETURNS_A_SECOND` of them in a second: no wave runs against the next server.

        Nobody is waited for longer than `CLOSE_GRACE` and a little: then he is cut off.
        """
        self.stop_accepting()
        self._closing = error
        for number, connection in enumerate(self._running.values()):
            connection.end(_later(error, number / RETURNS_A_SECOND))
        await self._hang_up_http()
        if self._running:
            await asyncio.wait(self._running, timeout=2 * CLOSE_GRACE)
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)

    async def _hang_up_http(self) -> None:
        """Answer nobody any more who has no WebSocket: whoever asks comes again by himself."""
        for task in self._answering:
            task.cancel()
        if self._answering:
            await asyncio.wait(self._answering)
        if self._asking:
            self._nobody_asks.clear()
            for line in self._asking:
                line.abort()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_GRACE):
                    await self._nobody_asks.wait()

    def _protocol(self, site: Site | None, enter: Enter) -> asyncio.Protocol:
        """Return what a connection begins as, that ``enter`` counts."""
        if site is not None:
            return HttpLine(site, self, enter)
        return TcpTransport(self.limits, self.timers, lambda line: self._connected(line, enter))

    def _connected(self, transport: TcpTransport, enter: Enter) -> None:
        refusal = enter(transport.host)
        connection = self.serve(transport, leave=lambda: self._door.leave(transport.host))
        if refusal is not None:
            connection.end(refusal)

    # -- for those who are just accepted: see `doorstep.Hall` ----------------------------------

    def enter(self, host: str) -> ChatError | None:
        """Count a connection; return why it may not stay, or None."""
        return self._door.enter(host)

    def crowds(self, host: str) -> bool:
        """Say whether there are so many that nobody is told why."""
        return self._door.crowds(host)

    def leave(self, host: str) -> None:
        """Such a connection is gone."""
        self._door.leave(host)

    def turned_away(self, host: str, error: ChatError) -> None:
        """Count somebody who may not stay, and was told why."""
        self._service.refused(error.code)
        logger.debug("%s: turned away: %s", host, error.code)

    # -- for those who come by HTTP: see `web.Host` --------------------------------------------

    def came(self, line: HttpLine) -> ChatError | None:
        """Keep a connection; return why it may not stay, or None."""
        self._asking.add(line)
        if line.enter is not None:
            return line.enter(line.address)
        return self._door.enter(line.address) if line.counted else None

    def gone(self, line: HttpLine) -> None:
        """Such a connection is gone."""
        self._asking.discard(line)
        if not self._asking:
            self._nobody_asks.set()
        if line.counted:
            self._door.leave(line.address)

    def relayed(self, line: HttpLine) -> ChatError | None:
        """Count a connection that was not counted yet; return why it may not stay, or None."""
        line.counted = True
        return self._door.enter(line.address)

    def unclear(self, proxy: str) -> None:
        """Say once that a proxy of this machine lets everybody be this machine."""
        if not self._told_of_proxy:
            self._told_of_proxy = True
            logger.warning(
                "a proxy sends connections on that count as this machine's own, without a limit,"
                " until ws-proxies names it and it says X-Forwarded-For",
                extra={"proxy": proxy},
            )

    def upgraded(self, line: HttpLine, transport: WebSocketTransport) -> None:
        """Serve what has become of it."""
        self._asking.discard(line)
        address = line.address  # and not the line, with the head of its request
        connection = self.serve(
            transport, leave=lambda: self._door.leave(address), origin=line.origin
        )
        if line.refusal is not None:
            connection.end(line.refusal)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something for one of them, in a task that ends with the server."""
        task = asyncio.get_running_loop().create_task(work)
        self._answering.add(task)
        task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._answering.discard(task)
        _log_fault(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        _log_fault(task)


async def _hosts(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _log_fault(task: asyncio.Task[None]) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        error = task.exception()
        if error is not None:
            logger.error("fault in a connection", exc_info=error)


def _later(error: ChatError, seconds: float) -> ChatError:
    """Return ``error`` with a later time to come back, where it names one."""
    if error.retry is False:
        return error
    return ChatError(error.code, error.message, retry=round(float(error.retry) + seconds, 3))
