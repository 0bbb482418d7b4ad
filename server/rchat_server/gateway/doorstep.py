"""Before the door: connections are accepted, counted, and turned away as cheaply as can be.

asyncio accepts all that come before anybody else has his turn, and tells of an encrypted one when
its handshake is done, which costs up to a quarter of a megabyte until then: a crowd would hold up
everybody, and whoever never gets done would be nobody's.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from rchat_protocol.codec import encode_error
from rchat_protocol.transport.endpoint import CLOSE_GRACE
from rchat_protocol.transport.frames import end_frame

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine, Sequence
    from typing import Any, TypeAlias

    from rchat_protocol.errors import ChatError

    Enter: TypeAlias = Callable[[str], ChatError | None]
    """Counts a connection of a host, and says why it may not stay, or None."""

logger = logging.getLogger(__name__)

_AT_A_TIME: Final = 16
"""Connections that are accepted before others have their turn: a millisecond."""

_TOLD: Final = 1024
"""Who was told why he may not stay, and may still be reading it. The first one goes."""

_NO_FILES: Final = 1.0
"""Seconds to wait where the system has no descriptor for another connection, as asyncio does."""


class Hall(Protocol):
    """Whoever counts the connections, and owns what is done for them."""

    def enter(self, host: str) -> ChatError | None:
        """Count a connection; return why it may not stay, or None."""

    def crowds(self, host: str) -> bool:
        """Say whether there are so many that to tell why is not worth what it costs."""

    def leave(self, host: str) -> None:
        """Such a connection is gone."""

    def turned_away(self, host: str, error: ChatError) -> None:
        """Somebody was told why he may not stay."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` in a task, and own it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What connections of one port are."""

    make: Callable[[Enter], asyncio.Protocol]
    """Makes what one becomes, which asks once for why it may not stay, and from then on says by
    itself when it is gone."""
    tls: ssl.SSLContext | None = None
    """Encrypts them."""
    speaks_at_once: bool = True
    """Whether who may not stay is told so before he says anything: by plain TCP."""
    deadline: float = 10.0
    """Seconds in which they are encrypted. Who may not stay has `CLOSE_GRACE`."""
    counts: Callable[[str], bool] = lambda _host: True
    """Whether a host's connections are counted here: not where it says later for whom they are."""


class Doorstep:
    """Accepts the connections of one port. Used like an `asyncio.Server`.

    Args:
        hall: Who counts them.
        kind: What they are.
    """

    def __init__(self, hall: Hall, kind: Kind) -> None:
        self._hall = hall
        self._kind = kind
        self._loop = asyncio.get_running_loop()
        self._sockets: list[socket.socket] = []
        self._told: deque[tuple[float, socket.socket, str]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._pauses: set[asyncio.TimerHandle] = set()

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
        for each in self._sockets:
            self._loop.add_reader(each, self._accept, each)
        return int(self._sockets[0].getsockname()[1])

    def close(self) -> None:
        """Accept no more, and cut off who was told why; the others are the hall's."""
        for each in self._sockets:
            self._loop.remove_reader(each)
            each.close()
        self._sockets.clear()
        for pause in self._pauses:
            pause.cancel()
        self._pauses.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._told:
            self._cut_off()

    # -- accepting -----------------------------------------------------------------------------

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(_AT_A_TIME):
            try:
                accepted, address = listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionError:
                continue  # it was gone before it was taken
            except OSError as error:
                logger.error("no connection can be accepted: %s", error)  # noqa: TRY400 - told
                self._pause(listening)
                return
            accepted.settimeout(0)
            self._came(accepted, str(address[0]))

    def _pause(self, listening: socket.socket) -> None:
        self._loop.remove_reader(listening)

        def go_on() -> None:
            self._pauses.discard(pause)
            self._loop.add_reader(listening, self._accept, listening)

        pause = self._loop.call_later(_NO_FILES, go_on)
        self._pauses.add(pause)

    def _came(self, accepted: socket.socket, host: str) -> None:
        refusal = self._hall.enter(host) if self._kind.counts(host) else None
        if refusal is None:
            self._hall.spawn(self._take(accepted, host, None))
        elif self._kind.speaks_at_once:
            self._turn_away(accepted, host, refusal)
        elif self._hall.crowds(host):
            self._hall.turned_away(host, refusal)
            accepted.close()
            self._hall.leave(host)
        else:
            self._hall.spawn(self._take(accepted, host, refusal))

    async def _take(self, accepted: socket.socket, host: str, refusal: ChatError | None) -> None:
        """Let a connection be what it becomes."""
        tls, taken = self._kind.tls, False

        def enter(_host: str) -> ChatError | None:
            nonlocal taken
            taken = True
            return refusal

        try:
            with contextlib.suppress(OSError):
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            seconds = self._kind.deadline if refusal is None else CLOSE_GRACE
            opening = self._loop.create_task(
                self._loop.connect_accepted_socket(
                    lambda: self._kind.make(enter),
                    accepted,
                    ssl=tls,
                    ssl_handshake_timeout=None if tls is None else seconds,
                    ssl_shutdown_timeout=None if tls is None else CLOSE_GRACE,
                )
            )
            try:
                await asyncio.wait((opening,))
            except asyncio.CancelledError:
                # Were it cancelled itself, it could stand by then: event loops close it all the
                # same, and uvloop tells nobody. In the clear it stands at once anyway.
                if tls is not None and not taken:
                    with contextlib.suppress(OSError):
                        accepted.shutdown(socket.SHUT_RDWR)
                await asyncio.wait((opening,))
                raise
            finally:
                if opening.done():
                    await opening
        except OSError as error:
            logger.debug("%s: no connection came of it: %s", host, error)
        finally:
            if not taken and self._kind.counts(host):
                self._hall.leave(host)

    # -- turning away --------------------------------------------------------------------------

    def _turn_away(self, accepted: socket.socket, host: str, refusal: ChatError) -> None:
        """Say why, and hang up in a moment: closed with unread bytes, it might not be heard."""
        self._hall.turned_away(host, refusal)
        with contextlib.suppress(OSError):
            accepted.send(end_frame(encode_error(refusal)))
            accepted.shutdown(socket.SHUT_WR)
        self._told.append((self._loop.time() + CLOSE_GRACE, accepted, host))
        if len(self._told) > _TOLD:
            self._cut_off()
        if self._timer is None:
            self._timer = self._loop.call_later(CLOSE_GRACE, self._hang_up)

    def _hang_up(self) -> None:
        """Hang up on those who had their moment."""
        now = self._loop.time()
        while self._told and self._told[0][0] <= now:
            self._cut_off()
        self._timer = None
        if self._told:
            self._timer = self._loop.call_at(self._told[0][0], self._hang_up)

    def _cut_off(self) -> None:
        _, told, host = self._told.popleft()
        told.close()
        self._hall.leave(host)
