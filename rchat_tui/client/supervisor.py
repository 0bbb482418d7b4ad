"""The task that keeps the line up: dial, log in, wait for the end, wait a little, dial again."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from rchat_protocol.errors import ErrorCode
from rchat_tui.client.errors import ConnectionLost, RchatError, ServerError
from rchat_tui.client.events import Connecting, Offline, Online
from rchat_tui.client.waiting import first

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable

    from rchat_tui.client.address import ServerAddress
    from rchat_tui.client.archive import Archive
    from rchat_tui.client.backoff import Backoff
    from rchat_tui.client.clock import Clock
    from rchat_tui.client.connection import Connection
    from rchat_tui.client.events import ConnectionEvent
    from rchat_tui.client.feed import Feed
    from rchat_tui.client.session import Session

FINAL: Final = frozenset(
    (
        ErrorCode.NAME_IN_USE,
        ErrorCode.INVALID_NAME,
        # A password, an account or an invitation comes from a person.
        ErrorCode.PASSWORD_REQUIRED,
        ErrorCode.WRONG_PASSWORD,
        ErrorCode.PASSWORD_INVALID,
        ErrorCode.ENCRYPTION_REQUIRED,
        ErrorCode.ACCOUNT_REQUIRED,
        ErrorCode.ALREADY_REGISTERED,
        ErrorCode.INVITATION_REQUIRED,
        ErrorCode.TOO_MANY_ACCOUNTS,
        # Somebody wanted this machine out.
        ErrorCode.LOGGED_OUT,
        # Another terminal of the same person took over: two that fight would both lose.
        ErrorCode.REPLACED,
        # An older server than this client needs does not become a newer one by being asked again.
        ErrorCode.NO_SUCH_ROUTE,
    )
)
"""Codes after which trying again needs a person."""

PROBE: Final = 2.0
"""Seconds in which a server has to answer after this machine has slept, or the line is taken for
dead. Waiting for the silence to be noticed would take ten times as long."""

_logger = logging.getLogger(__name__)


class Supervisor:
    """Owner of the connection. Who dials, who logs in, and what time it is are arguments.

    Args:
        address: Where to dial.
        dial: Makes a connection, or raises `RchatError`.
        session: Logs in.
        archive: Is opened first, and hears when there is a line.
        feed: Hears how the line stands.
        backoff: How long to wait between tries.
        rng: The chance in it.
        clock: The time for it.
    """

    def __init__(
        self,
        address: ServerAddress,
        dial: Callable[[ServerAddress], Awaitable[Connection]],
        *,
        session: Session,
        archive: Archive,
        feed: Feed,
        backoff: Backoff,
        rng: random.Random,
        clock: Clock,
    ) -> None:
        self.connection: Connection | None = None
        """The line that requests may use; None while there is none."""
        self.status: ConnectionEvent | None = None
        """The last word about the line."""
        self._address = address
        self._dial = dial
        self._session = session
        self._archive = archive
        self._feed = feed
        self._backoff = backoff
        self._rng = rng
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._attempt: asyncio.Future[None] | None = None
        self._line: Connection | None = None
        self._failures = 0
        self._at_once = False
        self._wake = asyncio.Event()
        self._changed = asyncio.Event()

    # -- its owner's side --------------------------------------------------------------------------

    def start(self) -> None:
        """Begin, unless it has begun."""
        if self._task is None:
            self._new_attempt()
            self._task = asyncio.create_task(self._run(), name=f"supervise {self._address}")

    async def stop(self) -> None:
        """Hang up and dial no more. Idempotent."""
        if self.connection is not None:
            await self._session.end(self.connection)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))

    def retry_now(self) -> None:
        """Cut the wait short. Harmless while there is none."""
        if not isinstance(self.status, Online):
            self._new_attempt()
            self._wake.set()

    async def woke(self) -> None:
        """This machine has slept: dial at once, or see whether the line has outlived it."""
        self._failures = 0
        line = self._line
        if line is None:
            if isinstance(self.status, Offline) and self.status.retry_in is not None:
                self.retry_now()
        elif line is not self.connection or not await self._session.answers(line, PROBE):
            self._at_once = True
            line.abort(ConnectionLost("The connection was lost while this machine slept."))

    async def outcome(self) -> None:
        """Wait for what becomes of the attempt that is under way, or was ended last.

        Raises:
            RchatError: It failed, and so.
        """
        if self._attempt is not None:
            await asyncio.shield(self._attempt)

    async def redial(self, why: str) -> ConnectionEvent | None:
        """Say goodbye, dial at once, and return how it stands: online, or refused by the server.

        Who calls bounds the time.

        Args:
            why: A sentence for a person, who sees it in passing.

        Raises:
            ConnectionLost: There is no connection.
        """
        before = self.connection
        if before is None:
            raise ConnectionLost("There is no connection.")
        self._at_once = True
        await self._session.end(before)
        before.abort(ConnectionLost(why))
        while self.connection is None or self.connection is before:
            if isinstance(self.status, Offline) and self.status.code is not None:
                break
            await self._changed.wait()
        return self.status

    async def line(self, *, after: Connection) -> Connection:
        """Wait for another line than ``after``, over as many attempts as it takes.

        Who calls bounds the time.

        Raises:
            ConnectionLost: There will be none without a person's help.
        """
        while self.connection is None or self.connection is after:
            if isinstance(self.status, Offline) and self.status.retry_in is None:
                raise ConnectionLost(self.status.reason)
            await self._changed.wait()
        return self.connection

    # -- the task ----------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            while True:
                error, held = await self._one_line()
                self._failures = 1 if held >= self._backoff.stable else self._failures + 1
                offline = self._offline(error)
                self._tell(offline)
                self._settle(error)
                await self._pause(offline.retry_in)
        except Exception:
            _logger.exception("the supervisor of %s failed", self._address)
            fault = RchatError("rchat itself failed to keep the connection; see its log.")
            self._tell(Offline(str(fault), None))
            self._settle(fault)
        finally:
            closed = ConnectionLost("The client was closed.")
            self.status = Offline(str(closed), None)
            self._settle(closed)
            self._pulse()

    async def _one_line(self) -> tuple[RchatError, float]:
        """Dial and stay until the line ends; return why it did, and how many seconds it held."""
        self._wake.clear()
        self._at_once = False
        self._new_attempt()
        connection: Connection | None = None
        since: float | None = None
        try:
            await self._archive.open()  # before all else: what it remembers is to be seen first
            self._tell(Connecting(str(self._address)))
            self._line = connection = await self._dial(self._address)
            async with connection:
                if self._session.user is None:
                    await self._anonymous(connection)
                self.status = await self._session.begin(connection)
                since = self._clock.monotonic()
                self._up(connection)
                await self._session.rejoin(connection)
                await self._archive.up(connection)
                error = await connection.ended()
        except RchatError as failure:
            error = failure
            if connection is not None and isinstance(failure, ConnectionLost):
                error = connection.loss()  # with the server's reason, where it gave one
        finally:
            self.connection = self._line = None
            self._archive.down()
            self._feed.cut()
        return error, 0.0 if since is None else self._clock.monotonic() - since

    async def _anonymous(self, connection: Connection) -> None:
        """Hold a line that nobody has logged in on, until somebody does.

        Raises:
            RchatError: It ended before.
        """
        self._up(connection)
        while self._session.user is None:
            if await first(connection.ended(), self._wake.wait()):
                raise connection.loss()
            self._wake.clear()
        self.connection = None

    def _up(self, connection: Connection) -> None:
        self.connection = connection
        self._settle(None)
        self._pulse()

    def _offline(self, error: RchatError) -> Offline:
        code = error.code if isinstance(error, ServerError) else None
        if code in FINAL or self._session.user is None:
            return Offline(str(error), None, code)
        if self._at_once:
            return Offline(str(error), 0.0, code)
        asked = error.retry if isinstance(error, ServerError) else False
        delay = self._backoff.delay(self._failures, self._rng, at_least=float(asked))
        return Offline(str(error), delay, code)

    async def _pause(self, seconds: float | None) -> None:
        if seconds is None:
            await self._wake.wait()
        elif not self._at_once:
            await first(self._clock.sleep(seconds), self._wake.wait())

    # -- who hears of it ---------------------------------------------------------------------------

    def _tell(self, status: ConnectionEvent) -> None:
        self.status = status
        self._feed.tell(status)
        self._pulse()

    def _pulse(self) -> None:
        # Wakes all that wait now, and nobody who comes later.
        self._changed.set()
        self._changed.clear()

    def _new_attempt(self) -> None:
        if self._attempt is None or self._attempt.done():
            self._attempt = asyncio.get_running_loop().create_future()

    def _settle(self, error: RchatError | None) -> None:
        if self._attempt is None or self._attempt.done():
            return
        if error is None:
            self._attempt.set_result(None)
        else:
            self._attempt.set_exception(error)
            # Often nobody asks; the status says the same.
            self._attempt.exception()
