"""Connections on every transport, byte by byte where that is wanted: what attackers are made of."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stress.line import connected

if TYPE_CHECKING:
    from pathlib import Path

_HEAD: Final = (
    b"GET /rchat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_LARGE: Final = 126
_KEPT: Final = 4096


@dataclass(frozen=True, slots=True)
class Target:
    """Where a server is."""

    port: int
    web_port: int
    trust: ssl.SSLContext | None = None
    """What connections to it are encrypted with."""

    @classmethod
    def of(cls, port: int, web_port: int, authority: str) -> Target:
        """Return one that is told in words: ``authority`` is a file, or empty."""
        trust = ssl.create_default_context(cafile=authority) if authority else None
        return cls(port, web_port, trust)


class Raw(asyncio.Protocol):
    """A connection. `Raw.dial` makes one, which stands; `encrypt` and `upgrade` go on from there.

    Args:
        target: Where to.
        web: Whether to the port where WebSocket is spoken.
    """

    def __init__(self, target: Target, *, web: bool) -> None:
        self.since = 0.0
        """When the step began that stands now, on the clock that never goes back."""
        self.heard = b""
        """The last of what came."""
        self._target = target
        self._web = web
        self._changed = asyncio.Event()
        self._ended = 0.0
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def dial(cls, target: Target, source: str, *, web: bool) -> Raw:
        """Connect, and say nothing.

        Raises:
            OSError: Nobody answers there.
        """
        self = cls(target, web=web)
        sock = await connected(target.web_port if web else target.port, source)
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_connection(lambda: self, sock=sock)
        self.since = time.monotonic()
        return self

    async def encrypt(self) -> None:
        """Begin with TLS.

        Raises:
            OSError: That does not work.
        """
        assert self._transport is not None
        assert self._target.trust is not None
        self._transport = await asyncio.get_running_loop().start_tls(
            self._transport, self, self._target.trust, server_hostname="localhost"
        )
        self.since = time.monotonic()

    async def upgrade(self) -> None:
        """Ask for a WebSocket, and get it.

        Raises:
            OSError: It is not given.
        """
        self.say(_HEAD)
        await self.until(b"\r\n\r\n")
        if b" 101 " not in self.heard:
            raise ConnectionRefusedError(self.heard[:100])
        self.since = time.monotonic()

    def framed(self, frames: bytes) -> bytes:
        """Return frames as they go over this transport, each after its length before."""
        if not self._web:
            return frames
        pieces = []
        while frames:
            end = 3 + int.from_bytes(frames[:3])
            pieces.append(_message(frames[3:end]))
            frames = frames[end:]
        return b"".join(pieces)

    def say(self, data: bytes) -> None:
        """Send bytes as they are."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    async def drip(self, data: bytes, pause: float) -> None:
        """Send bytes one by one, for as long as it takes."""
        for number in range(len(data)):
            self.say(data[number : number + 1])
            await asyncio.sleep(pause)

    async def until(self, word: bytes) -> None:
        """Wait until ``word`` has come.

        Raises:
            OSError: The end came before.
        """
        while word not in self.heard:
            if self._ended:
                raise ConnectionResetError(f"the end, after {self.heard[-200:]!r}")
            self._changed.clear()
            await self._changed.wait()

    async def closed(self) -> float:
        """Wait until the other side has closed; return the seconds since the step began."""
        while not self._ended:
            self._changed.clear()
            await self._changed.wait()
        return self._ended - self.since

    def abort(self) -> None:
        """Hang up, without a word."""
        if self._transport is not None:
            self._transport.abort()

    # -- asyncio calls these -----------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Keep the last of what came."""
        self.heard = (self.heard + data)[-_KEPT:]
        self._changed.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Note the end."""
        self._ended = time.monotonic()
        self._changed.set()


def head() -> bytes:
    """Return a request for a WebSocket."""
    return _HEAD


def hello(trust: ssl.SSLContext) -> bytes:
    """Return what TLS begins with."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    side = trust.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        side.do_handshake()
    return outgoing.read()


def authority_of(folder: Path, *, tls: bool) -> str:
    """Return how `Target.of` is told of an authority."""
    return str(folder / "authority.pem") if tls else ""


def _message(frame: bytes) -> bytes:
    """Return a binary message of a client's: masked, as it has to be, with zeros."""
    size = len(frame)
    if size < _LARGE:
        return bytes((0x82, 0x80 | size)) + bytes(4) + frame
    if size < 1 << 16:
        return bytes((0x82, 0x80 | _LARGE)) + size.to_bytes(2) + bytes(4) + frame
    return bytes((0x82, 0x80 | (_LARGE + 1))) + size.to_bytes(8) + bytes(4) + frame
