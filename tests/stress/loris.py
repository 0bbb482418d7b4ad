"""Those who say nothing, or what they say byte by byte, at every step of a connection."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stress import frames
from stress.raw import Raw, head, hello

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stress.raw import Target

LIFETIME: Final = 10.0
"""Seconds that they announce: after so long a silence they may be given up, and no sooner."""

_KEEPALIVE: Final = 0.5
_SETUP: Final = frames.setup(_KEEPALIVE, LIFETIME)
_DRIPS: Final = 40
"""Bytes that are sent in the time that a deadline gives: each of the words has more."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How far somebody comes as he should, and what he does from there."""

    transport: str
    """``tcp``, ``tcps``, ``ws`` or ``wss``."""
    reached: str
    """The last step that he took: ``nothing``, ``tls``, ``upgrade``, ``setup`` or ``login``."""
    drips: str
    """What he says byte by byte; empty: he says nothing."""
    deadline: str
    """Which one ends that."""

    @property
    def name(self) -> str:
        """For people."""
        does = f"{self.drips} byte by byte" if self.drips else "silent"
        return f"{self.transport}, after {self.reached}: {does}"

    @property
    def web(self) -> bool:
        """Whether he comes by WebSocket."""
        return self.transport.startswith("ws")

    @property
    def tls(self) -> bool:
        """Whether he comes encrypted."""
        return self.transport in ("tcps", "wss")

    @property
    def is_told(self) -> bool:
        """Whether RSocket is spoken by then, so that he is told why he may not stay."""
        return self.deadline not in ("handshake", "head")


def kinds(*, tls: bool) -> Iterator[Kind]:
    """Yield all there are, of a server that encrypts or does not."""
    for transport in ("tcps", "wss") if tls else ("tcp", "ws"):
        reached = "nothing"
        steps = [("tls", "hello", "handshake")] if tls else []
        steps += [("upgrade", "head", "head")] if transport.startswith("ws") else []
        steps += [("setup", "SETUP", "setup"), ("login", "login", "login")]
        for step, word, deadline in (*steps, ("", "a message", "silence")):
            for drips in ("", word):
                yield Kind(transport, reached, drips, deadline)
            reached = step


async def come(
    kind: Kind, target: Target, source: str, name: str, *, lifetime: float = LIFETIME
) -> Raw:
    """Return a connection on which all has been said that is said as it should be.

    Args:
        kind: How far.
        target: Where to.
        source: From which address.
        name: As whom he logs in.
        lifetime: Seconds of silence that he announces.

    Raises:
        OSError: It was not let that far.
    """
    raw = await Raw.dial(target, source, web=kind.web)
    try:
        if kind.tls and kind.reached != "nothing":
            await raw.encrypt()
        if kind.web and kind.reached not in ("nothing", "tls"):
            await raw.upgrade()
        since = raw.since
        if kind.reached in ("setup", "login"):
            raw.say(raw.framed(frames.setup(min(_KEEPALIVE, lifetime / 4), lifetime)))
        if kind.reached == "login":
            raw.say(raw.framed(frames.request_response(1, "login", name.encode())))
            await raw.until(b".")  # in the answer: a session, a dot, a token
            since = asyncio.get_running_loop().time()
    except BaseException:
        raw.abort()
        raise
    raw.since = since
    return raw


async def dawdle(kind: Kind, raw: Raw, target: Target, allowed: float) -> float:
    """Say nothing, or a byte now and then; return the seconds until the server closed.

    Args:
        kind: What he does.
        raw: His connection.
        target: Where that goes.
        allowed: Seconds that he has.
    """
    dripping = asyncio.create_task(raw.drip(_words(kind, raw, target), allowed / _DRIPS))
    try:
        return await raw.closed()
    finally:
        dripping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await dripping
        raw.abort()


def _words(kind: Kind, raw: Raw, target: Target) -> bytes:
    match kind.drips:
        case "hello":
            assert target.trust is not None
            # What is dripped never comes whole.
            return hello(target.trust)[:-1]
        case "head":
            return head()[:-1]
        case "SETUP":
            return raw.framed(_SETUP)[:-1]
        case "login":
            return raw.framed(frames.request_response(1, "login", b"x" * 30))[:-1]
        case "a message":
            return raw.framed(frames.request_response(3, "message", b"x" * 1000))[:-1]
        case _:
            return b""
