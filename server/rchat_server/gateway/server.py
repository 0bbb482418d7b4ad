"""A server's life: the order in which things begin and end."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Generic, Self

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.gateway.service import CallerT

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from rchat_server.gateway.listener import Listener
    from rchat_server.gateway.web import Site

logger = logging.getLogger(__name__)

DRAIN_GRACE: Final = 5.0
"""Seconds in which what was taken is delivered when the server ends."""

RETRY_AFTER: Final = 1.0
"""Seconds after which clients may come back, which they are told when the server ends."""


class Server(Generic[CallerT]):
    """A server: ``async with server:`` listens, and ends in good order.

    Args:
        listener: The door.
        drain: Takes nothing new from then on, and returns when all that was taken is delivered.
        host: Where to listen.
        port: Likewise; 0 takes a free one.
        tls: Encrypts every connection; None leaves them as they are.
        web: Where to listen for WebSocket, and what is there; None: nowhere.
    """

    def __init__(
        self,
        listener: Listener[CallerT],
        *,
        drain: Callable[[], Awaitable[None]],
        host: str,
        port: int,
        tls: ssl.SSLContext | None = None,
        web: tuple[int, Site] | None = None,
    ) -> None:
        self._listener = listener
        self._drain = drain
        self._host = host
        self._port = port
        self._tls = tls
        self._web = web
        self._closed = False

    @property
    def address(self) -> tuple[str, int]:
        """Host, as it was given, and port: the real one, once the server listens."""
        return self._host, self._port

    @property
    def scheme(self) -> str:
        """``tcp``, or ``tcps`` where connections are encrypted."""
        return "tcp" if self._tls is None else "tcps"

    @property
    def urls(self) -> list[str]:
        """Where clients find it: TCP first, then WebSocket, if it is there."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        urls = [f"{self.scheme}://{host}:{self._port}"]
        if self._web is not None:
            port, site = self._web
            urls.append(f"{'ws' if self._tls is None else 'wss'}://{host}:{port}{site.path}")
        return urls

    @property
    def connections(self) -> int:
        """How many there are."""
        return self._listener.connections

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: The address is in use, is not ours, or does not resolve. The `filename` of one
                that is about WebSocket's is ``host:port``.
        """
        self._port = await self._listener.listen(self._host, self._port, self._tls)
        if self._web is not None:
            port, site = self._web
            try:
                port = await self._listener.listen(self._host, port, self._tls, site=site)
            except BaseException as error:
                self._listener.stop_accepting()
                if isinstance(error, OSError):
                    error.filename = f"{self._host}:{port}"
                raise
            self._web = port, site

    async def aclose(self) -> None:
        """End in good order. Harmless when that was done before.

        Stop accepting, deliver and answer what was taken, tell the clients to come back, close.
        """
        if self._closed:
            return
        self._closed = True
        self._listener.stop_accepting()
        try:
            async with asyncio.timeout(DRAIN_GRACE):
                await self._drain()
        except TimeoutError:
            logger.warning("not all could be delivered in time", extra={"seconds": DRAIN_GRACE})
        finally:
            await self._listener.aclose(
                ChatError(
                    ErrorCode.SHUTTING_DOWN,
                    "The server is going down; try again soon.",
                    retry=RETRY_AFTER,
                )
            )
