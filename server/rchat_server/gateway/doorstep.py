"""Before the door, where connections are encrypted: who is there counts already.

asyncio tells of a connection when its handshake is done, and until then it costs up to a quarter of
a megabyte: whoever never gets done would be nobody's. So they are accepted here.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from typing import TYPE_CHECKING, Final, Protocol

from rchat_protocol.transport.endpoint import CLOSE_GRACE

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine, Sequence
    from typing import Any, TypeAlias

    from rchat_protocol.errors import ChatError

    Enter: TypeAlias = Callable[[str], ChatError | None]
    """Counts a connection of a host, and says why it may not stay, or None."""

logger = logging.getLogger(__name__)

_NO_FILES: Final = 1.0
"""Seconds to wait where the system has no descriptor for another connection, as asyncio does."""


class Hall(Protocol):
    """Whoever counts the connections, and owns what is done for them."""

    def enter(self, host: str) -> ChatError | None:
        """Count a connection; return why it may not stay, or None."""

    def crowds(self, host: str) -> bool:
        """Say whether there are so many that nobody is told why."""

    def leave(self, host: str) -> None:
        """Such a connection is gone."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` in a task, and own it."""


class Doorstep:
    """Accepts connections, and encrypts them. Used like an `asyncio.Server`.

    Args:
        hall: Who counts them.
        make: Makes what a connection becomes, which asks once for why it may not stay, and from
            then on says by itself when it is gone.
        tls: Encrypts them.
        deadline: Seconds for that. Who may not stay has `CLOSE_GRACE`.
    """

    def __init__(
        self,
        hall: Hall,
        make: Callable[[Enter], asyncio.Protocol],
        tls: ssl.SSLContext,
        deadline: float,
    ) -> None:
        self._hall = hall
        self._make = make
        self._tls = tls
        self._deadline = deadline
        self._sockets: list[socket.socket] = []
        self._accepting: list[asyncio.Task[None]] = []

    def open(self, hosts: Sequence[str], port: int, backlog: int) -> int:
        """Listen on addresses; return the port.

        Raises:
            OSError: One is in use, or is not ours.
        """
        try:
            for host in hosts:
                family = socket.AF_INET6 if ":" in host else socket.AF_INET
                listening = socket.create_server((host, port), family=family, backlog=backlog)
                listening.settimeout(0)
                self._sockets.append(listening)
        except OSError:
            self.close()
            raise
        loop = asyncio.get_running_loop()
        self._accepting = [loop.create_task(self._accept(each)) for each in self._sockets]
        return int(self._sockets[0].getsockname()[1])

    def close(self) -> None:
        """Accept no more; who is about to encrypt is the hall's."""
        for task in self._accepting:
            task.cancel()
        for each in self._sockets:
            each.close()
        self._sockets.clear()

    async def wait_closed(self) -> None:
        """Wait until nothing of it runs any more, after `close`."""
        if self._accepting:
            await asyncio.wait(self._accepting)

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, address = await loop.sock_accept(listening)
            except ConnectionError:
                continue  # it was gone before it was taken
            except OSError as error:
                logger.error("no connection can be accepted: %s", error)  # noqa: TRY400 - told
                await asyncio.sleep(_NO_FILES)
                continue
            host = str(address[0])
            refusal = self._hall.enter(host)
            if self._hall.crowds(host):
                accepted.close()
                self._hall.leave(host)
            else:
                self._hall.spawn(self._encrypt(accepted, host, refusal))

    async def _encrypt(self, accepted: socket.socket, host: str, refusal: ChatError | None) -> None:
        taken = False

        def enter(_host: str) -> ChatError | None:
            nonlocal taken
            taken = True
            return refusal

        try:
            with contextlib.suppress(OSError):
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: self._make(enter),
                accepted,
                ssl=self._tls,
                ssl_handshake_timeout=self._deadline if refusal is None else CLOSE_GRACE,
                ssl_shutdown_timeout=CLOSE_GRACE,
            )
        except OSError as error:
            logger.debug("%s: no handshake: %s", host, error)
        finally:
            if not taken:
                self._hall.leave(host)
