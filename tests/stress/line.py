"""One connection of our own: requests, one stream of events, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Final

import msgspec

from stress import frames

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

LIFETIME: Final = 20.0
"""Seconds of silence after which a line is given up, and that are announced to the server."""

_BIND_ADDRESS_NO_PORT: Final = 24
"""Linux' ``IP_BIND_ADDRESS_NO_PORT``, which Python does not name."""

_CHECKS: Final = 5
"""Keepalives that are sent in that time."""


class Refused(Exception):  # noqa: N818 - the field's word
    """The server said no."""

    def __init__(self, code: str, message: str, retry: float | bool) -> None:  # noqa: FBT001
        super().__init__(f"{code}: {message}")
        self.code = code
        self.retry = retry


class LineLost(Exception):  # noqa: N818 - likewise
    """The connection has ended.

    Attributes:
        why: what the server said on stream 0, if anything.
    """

    def __init__(self, why: Refused | None = None) -> None:
        super().__init__("the line was lost" if why is None else str(why))
        self.why = why


class _Error(msgspec.Struct):
    code: str = "?"
    message: str = "?"
    retry: float | bool = False


class Line(asyncio.Protocol):
    """A connection. `dial` makes one.

    Args:
        lifetime: Seconds of silence after which it is given up.
        fault: Told of what no server may send.
    """

    def __init__(
        self, lifetime: float = LIFETIME, fault: Callable[[str], None] | None = None
    ) -> None:
        self.loss: LineLost | None = None
        """Set when it has ended."""
        self.ended = asyncio.Event()
        self._lifetime = lifetime
        self._fault = fault
        self._silent_checks = 0
        self._paused = False
        self._transport: asyncio.Transport | None = None
        self._splitter = frames.Splitter()
        self._answers: dict[int, asyncio.Future[bytes]] = {}
        self._streams: dict[int, Callable[[bytes], None]] = {}
        self._next_stream = 1
        self._said: Refused | None = None
        self._timer: asyncio.TimerHandle | None = None

    # -- asking ------------------------------------------------------------------------------------

    def request(
        self,
        route: str,
        data: bytes,
        *,
        token: str = "",
        account: tuple[str, str] | None = None,
    ) -> asyncio.Future[bytes]:
        """Send a request at once; its future fails with `Refused` or `LineLost`."""
        return self._ask(
            lambda stream: frames.request_response(
                stream, route, data, token=token, account=account
            )
        )

    def first_of(self, route: str, data: bytes) -> asyncio.Future[bytes]:
        """Ask for a stream, and return its first item, or how it was refused, as of `request`."""
        return self._ask(lambda stream: frames.request_stream(stream, route, data))

    def say(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._write(data)

    def new_stream(self) -> int:
        """Return a stream id for what `say` sends."""
        return self._allocate()

    def _ask(self, make: Callable[[int], bytes]) -> asyncio.Future[bytes]:
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        # Whoever asked may be gone when the answer fails.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        if self.loss is not None:
            future.set_exception(LineLost(self.loss.why))
            return future
        stream = self._allocate()
        self._answers[stream] = future
        self._write(make(stream))
        return future

    def stream(
        self, route: str, data: bytes, take: Callable[[bytes], None], credit: int
    ) -> Callable[[int], None]:
        """Ask for a stream; return what gives it more credit."""
        stream = self._allocate()
        self._streams[stream] = take
        self._write(frames.request_stream(stream, route, data, credit=credit))
        return lambda n: self._write(frames.request_n(stream, n))

    def pause(self) -> None:
        """Read nothing from now on."""
        self._paused = True
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        self._paused = False
        self._silent_checks = 0
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def abort(self) -> None:
        """Hang up, without a word."""
        if self._transport is not None:
            self._transport.abort()

    # -- asyncio calls these -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send SETUP."""
        self._transport = transport  # type: ignore[assignment] # uvloop's is none by inheritance
        self._write(frames.setup(self._lifetime / _CHECKS, self._lifetime))
        self._keep_alive()

    def data_received(self, data: bytes) -> None:
        """Hand frames on."""
        self._silent_checks = 0
        try:
            for frame in self._splitter.feed(data):
                self._dispatch(frame)
        except Exception as error:
            if self._fault is None:
                raise
            self._fault(f"the server sent what cannot be: {error!r}")
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Tell everybody who waits."""
        self.loss = LineLost(self._said)
        if self._timer is not None:
            self._timer.cancel()
        for future in self._answers.values():
            if not future.done():
                future.set_exception(LineLost(self._said))
        self._answers.clear()
        self._streams.clear()
        self.ended.set()

    # -- within ------------------------------------------------------------------------------------

    def _dispatch(self, frame: frames.Frame) -> None:
        if frame.kind == frames.PAYLOAD:
            take = self._streams.get(frame.stream)
            if take is not None:
                if frame.flags & frames.NEXT:
                    take(frame.data)
                if frame.flags & frames.COMPLETE:
                    self.abort()  # a line without its events is of no use
            elif (answer := self._answers.pop(frame.stream, None)) and not answer.done():
                answer.set_result(frame.data)
        elif frame.kind == frames.ERROR:
            self._refused(frame)
        elif frame.kind == frames.KEEPALIVE and frame.flags & frames.RESPOND:
            self._write(frames.keepalive(respond=False, data=frame.data))
        elif frame.kind != frames.KEEPALIVE:
            raise ValueError(f"a frame of kind {frame.kind}")

    def _refused(self, frame: frames.Frame) -> None:
        error = msgspec.json.decode(frame.data, type=_Error)
        refusal = Refused(error.code, error.message, error.retry)
        if frame.stream == 0 or frame.stream in self._streams:
            self._said = refusal
            self.abort()
        elif (answer := self._answers.pop(frame.stream, None)) and not answer.done():
            answer.set_exception(refusal)

    def _keep_alive(self) -> None:
        """Say that we are here, and see whether the other side is."""
        self._silent_checks += not self._paused
        if self._silent_checks > _CHECKS:
            self.abort()
            return
        self._write(frames.keepalive(respond=True))
        delay = self._lifetime / _CHECKS
        self._timer = asyncio.get_running_loop().call_later(delay, self._keep_alive)

    def _allocate(self) -> int:
        stream = self._next_stream
        self._next_stream += 2
        return stream

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)


async def dial(
    port: int,
    *,
    lifetime: float = LIFETIME,
    receive_buffer: int | None = None,
    fault: Callable[[str], None] | None = None,
    source: str = "",
    tls: ssl.SSLContext | None = None,
) -> Line:
    """Connect to a port of this machine.

    Args:
        port: Where.
        lifetime: Seconds of silence after which the line is given up.
        receive_buffer: Bytes that the kernel keeps for a reader that does not read.
        fault: Told of what no server may send.
        source: The address of this machine that it comes from; empty: as the system likes.
        tls: Encrypts it; None leaves it as it is.

    Raises:
        OSError: Nobody answers there.
    """
    loop = asyncio.get_running_loop()
    sock = await connected(port, source, receive_buffer=receive_buffer)
    try:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _, line = await loop.create_connection(
            lambda: Line(lifetime, fault),
            sock=sock,
            ssl=tls,
            server_hostname=None if tls is None else "localhost",
        )
    except BaseException:
        sock.close()
        raise
    return line


async def connected(
    port: int, source: str = "", *, receive_buffer: int | None = None
) -> socket.socket:
    """Return a socket that is connected to a port of this machine; arguments as of `dial`.

    Raises:
        OSError: Nobody answers there.
    """
    sock = socket.socket()
    sock.settimeout(0)
    try:
        if receive_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            # Its port is chosen when it connects: bound before, ten thousand would find none.
            sock.setsockopt(socket.IPPROTO_IP, _BIND_ADDRESS_NO_PORT, 1)
            sock.bind((source, 0))
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
    except BaseException:
        sock.close()
        raise
    return sock
