"""Bad neighbours, of every kind. Each is a coroutine that goes on until it is cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any, Final, NoReturn

from stress import frames, loris
from stress.line import Line, Refused, connected, dial

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from stress.scene import Scene

_AGAIN: Final = 0.2
"""Seconds before somebody who lost his line comes back."""
_STREAMS: Final = 320
_FRAGMENTS: Final = 40
_IN_FLIGHT: Final = 64
HOP: Final = "logins on a connection that had one"
"""What nobody may do."""
_AT_A_TIME: Final = 200
"""Connections of a crowd that are dialled before the first of them have to stand."""


# -- floods: ten times what is allowed --------------------------------------------------------


async def guests(scene: Scene) -> None:
    """Come in from one address as a new guest, again and again."""
    address = scene.address()
    while True:
        with scene.noting():
            (await scene.guest(address)).abort()
        await asyncio.sleep(scene.pause(32, 32 / 600))


async def passwords(scene: Scene) -> None:
    """Give passwords, right ones and wrong ones, from one address; another connection each time."""
    address = scene.address()
    while True:
        with scene.noting():
            line = await dial(scene.target.port, source=address, tls=scene.target.trust)
            try:
                await _guess(scene, line)
            finally:
                line.abort()
        await asyncio.sleep(_AGAIN)


async def _guess(scene: Scene, line: Line) -> None:
    """Give passwords until one is right, or the time for that is over."""
    while True:
        name = f"account{scene.rng.randrange(scene.order['accounts'])}"
        right = scene.rng.random() < 0.5
        password = scene.order["password"] if right else "wrong-password"
        if await scene.ask(line, "login", b"", account=(name, password)):
            return
        await asyncio.sleep(scene.pause(3, 3 / 60))


async def joins(scene: Scene, line: Line) -> None:
    """Make channels."""
    while True:
        name = f"mud-{scene.order['addresses']}-{scene.number()}"
        await scene.ask(line, "channel.join", name.encode())
        await asyncio.sleep(scene.pause(5, 6 / 60))


async def messages(scene: Scene, line: Line) -> None:
    """Write."""
    await scene.ask(line, "channel.join", b"mud")
    while True:
        await scene.ask(line, "message", _message("x" * 1000))
        await asyncio.sleep(scene.pause(5, 2))


async def streams(scene: Scene, line: Line) -> None:
    """Open ten times as many streams as a connection may have, drop them, and begin anew."""
    while True:
        first = line.new_stream() + 2
        opened = [line.first_of("events", b"") for _ in range(_STREAMS)]
        for each in opened:
            try:
                await each
            except Refused as refused:
                scene.tally.refuse(refused)
            else:
                scene.tally.done["stream"] += 1
        dropped = range(first, first + 2 * _STREAMS, 2)
        line.say(b"".join(frames.cancel(stream) for stream in dropped))
        await asyncio.sleep(0.5)


async def fragments(scene: Scene, line: Line) -> None:
    """Keep requests in pieces of a byte, and in the end ten times as many as one may."""
    ids = [line.new_stream() for _ in range(4)]
    line.say(b"".join(frames.fragment(each, "message", b"{") for each in ids))
    for _ in range(int(scene.order["seconds"] / 2 / 0.02)):
        line.say(b"".join(frames.more(each, b" ") for each in ids) * 25)
        scene.tally.done["fragment"] += 100
        await asyncio.sleep(0.02)
    more = [line.new_stream() for _ in range(_FRAGMENTS)]
    line.say(b"".join(frames.fragment(each, "message", b"{") for each in more))
    await _end_of(line)


# -- and what has no measure ---------------------------------------------------------------------


async def hammering(scene: Scene, line: Line) -> None:
    """Write as fast as the server reads."""
    await scene.ask(line, "channel.join", b"mud")
    while True:
        some = [scene.ask(line, "message", _message("x")) for _ in range(_IN_FLIGHT)]
        for ended in await asyncio.gather(*some, return_exceptions=True):
            if isinstance(ended, BaseException):
                raise ended


async def hopping(scene: Scene, line: Line) -> None:
    """Come in and go out on one connection, as somebody else each time, and make the most of it."""
    while True:
        await scene.ask(line, "channel.join", b"mud")
        for _ in range(6):
            await scene.ask(line, "message", _message("hop"))
        await line.request("logout", b"")
        await line.request("login", f"hop{scene.number()}".encode())
        scene.tally.done[HOP] += 1


async def garbage(scene: Scene) -> None:
    """Say what makes no sense, on both ports."""
    while True:
        for port in (scene.target.port, scene.target.web_port):
            with scene.noting():
                sock = await connected(port, scene.address())
                with sock, contextlib.suppress(OSError):
                    loop = asyncio.get_running_loop()
                    async with asyncio.timeout(1):
                        await loop.sock_sendall(sock, scene.rng.randbytes(20_000))
                        while await loop.sock_recv(sock, 4096):
                            pass
                scene.tally.done["garbage"] += 1
        await asyncio.sleep(0.1)


async def flapping(scene: Scene) -> None:
    """Connect, and hang up at once."""
    while True:
        with scene.noting():
            (await connected(scene.target.port, scene.address())).close()
            scene.tally.done["connection for nothing"] += 1
        await asyncio.sleep(0.05)


async def deaf(scene: Scene, line: Line) -> None:
    """Be where others talk, ask for all that is said, and read nothing."""
    line.stream("events", b"", lambda _: None, frames.UNLIMITED)
    await scene.ask(line, "channel.join", scene.order["place"].encode())
    line.pause()
    await _end_of(line)


async def dawdling(scene: Scene) -> None:
    """Be slow at every step."""
    while True:
        for kind in loris.kinds(tls=scene.target.trust is not None):
            with scene.noting():
                raw = await loris.come(kind, scene.target, scene.address(), f"slow{scene.number()}")
                await loris.dawdle(kind, raw, scene.target, 10.0)
                scene.tally.done["slow connection"] += 1


# -- a crowd ---------------------------------------------------------------------------------------


class _One(asyncio.Protocol):
    """One of a crowd: says nothing, and hears why it may not stay."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._heard = b""
        self._transport: asyncio.BaseTransport | None = None

    def leave(self) -> None:
        """Hang up, where the server has not."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._scene.tally.done["stood"] += 1

    def data_received(self, data: bytes) -> None:
        self._heard += data

    def connection_lost(self, _exc: Exception | None) -> None:
        if self._transport is None:
            return  # it was we who left
        self._transport = None
        tally = self._scene.tally
        tally.done["closed"] += 1
        at = self._heard.find(b"{")
        if at < 0:
            return
        told = json.loads(self._heard[at : self._heard.index(b"}") + 1])
        tally.refuse(Refused(told["code"], told["message"], told["retry"]))


async def crowd(scene: Scene, *, count: int, web: bool, hold: float) -> None:
    """Come with very many connections from one address at once; hang up after ``hold`` seconds.

    Args:
        scene: Where.
        count: How many.
        web: Whether to the port where WebSocket is spoken.
        hold: Seconds.
    """
    port = scene.target.web_port if web else scene.target.port
    address, loop = scene.address(), asyncio.get_running_loop()
    turns = asyncio.Semaphore(_AT_A_TIME)
    lines: list[_One] = []

    async def come() -> None:
        async with turns:
            with scene.noting():
                sock = await connected(port, address)
                _, line = await loop.create_connection(lambda: _One(scene), sock=sock)
                lines.append(line)

    try:
        await asyncio.gather(*(come() for _ in range(count)))
        await asyncio.sleep(hold)
    finally:
        for line in lines:
            line.leave()


async def crowds(scene: Scene) -> None:
    """Come in crowds, to one port and the other."""
    while True:
        for web in (False, True):
            await crowd(scene, count=500, web=web, hold=2.0)


# -- within ----------------------------------------------------------------------------------------


def _in(
    habit: Callable[[Scene, Line], Coroutine[Any, Any, None]], **options: Any
) -> Callable[[Scene], Coroutine[Any, Any, None]]:
    """Have a habit as a guest, and come back from another address when that is over."""

    async def attack(scene: Scene) -> None:
        while True:
            with scene.noting():
                line = await scene.guest(**options)
                try:
                    await habit(scene, line)
                finally:
                    line.abort()
            await asyncio.sleep(_AGAIN)

    return attack


async def _end_of(line: Line) -> NoReturn:
    """Wait until a line has ended, and say how."""
    await line.ended.wait()
    assert line.loss is not None
    raise line.loss


def _message(content: str) -> bytes:
    return json.dumps({"channel": "mud", "user": None, "content": content}).encode()


FLOODS: Final[dict[str, Callable[[Scene], Coroutine[Any, Any, None]]]] = {
    "guests": guests,
    "passwords": passwords,
    "joins": _in(joins),
    "messages": _in(messages),
    "streams": _in(streams),
    "fragments": _in(fragments),
}

ATTACKS: Final[dict[str, Callable[..., Coroutine[Any, Any, None]]]] = {
    **FLOODS,
    "hammering": _in(hammering),
    "hopping": _in(hopping),
    "garbage": garbage,
    "flapping": flapping,
    "deaf": _in(deaf, receive_buffer=4096),
    "dawdling": dawdling,
    "crowd": crowd,
    "crowds": crowds,
}
