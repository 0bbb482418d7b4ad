"""What was written, on its way out of the outbox: one task a lane, while there is a line.

The outbox is the store's; this is who takes from it. Whatever happens to an entry is on disk before
it is told, and an entry is on disk as taken before its first byte goes out.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import TYPE_CHECKING, Final

from rchat_protocol import routes
from rchat_protocol.errors import ErrorCode
from rchat_protocol.models import Ack, SendMessage
from rchat_tui.client import outbox
from rchat_tui.client.errors import ConnectionLost, RchatError, ServerError, StorageFailed
from rchat_tui.client.waiting import first
from rchat_tui.client.wire import decoded, encoded

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Collection

    from rchat_tui.client.clock import Clock
    from rchat_tui.client.connection import Connection
    from rchat_tui.client.ledger import Ledger
    from rchat_tui.client.outbox import Entry, Outcome
    from rchat_tui.client.store.ports import ClientStore

LANES: Final = 16
"""Most entries that are on their way at a time, each of another lane. A server works on
`limits.PENDING_REQUESTS` of one connection; the rest is for everything else."""

LONGEST_PAUSE: Final = 60.0
"""Seconds: a server that asks for more patience is asked again all the same."""
SHORTEST_PAUSE: Final = 0.1

AGAIN: Final = 1.0
"""Seconds to wait after what went wrong in a way that says nothing of waiting."""

GOODBYE: Final = 1.0
"""Seconds that what waits still has, when all ends: somebody waits for his prompt."""

_logger = logging.getLogger(__name__)


class Courier:
    """Sends what waits in the outbox.

    Args:
        store: Where the outbox is.
        ledger: Told of whatever happens to an entry.
        answers: The number of the message that an entry answers, as far as there is one now.
        clock: For pauses.
        rng: The chance in them.
        deadline: Seconds that the server may take for an answer.
    """

    def __init__(
        self,
        store: ClientStore,
        ledger: Ledger,
        *,
        answers: Callable[[Entry], int | None],
        clock: Clock,
        rng: random.Random,
        deadline: float,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._answers = answers
        self._clock = clock
        self._rng = rng
        self._deadline = deadline
        self._connection: Connection | None = None
        self._identity = 0
        self._down = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._wanted: dict[str, None] = {}
        self._blocked: dict[str, None] = {}
        self._unsettled: set[str] = set()

    @property
    def unsettled(self) -> Collection[str]:
        """Entries of which the outcome is known, and not on disk yet."""
        return self._unsettled

    # -- when there is something to do -------------------------------------------------------------

    def up(self, connection: Connection, identity: int) -> None:
        """There is a line, under that identity."""
        self._connection = connection
        self._identity = identity
        self._down = asyncio.Event()
        for lane in self._ledger.lanes:
            self.wake(lane)

    def down(self) -> None:
        """There is none any more."""
        self._connection = None
        self._down.set()

    def wake(self, lane: str) -> None:
        """Something may be sent in a lane."""
        if self._connection is not None:
            self._wanted[lane] = None
            self._start()

    def look_again(self) -> None:
        """See whether those lanes have become free that others were sending in."""
        blocked, self._blocked = self._blocked, {}
        for lane in blocked:
            self.wake(lane)

    async def aclose(self) -> None:
        """Let what waits go out, for a moment, and end."""
        try:
            if self._tasks:
                await asyncio.wait(self._tasks.values(), timeout=GOODBYE)
        finally:
            self.down()
            self._wanted.clear()
            tasks = tuple(self._tasks.values())
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)

    def _start(self) -> None:
        connection = self._connection
        for lane in [lane for lane in self._wanted if lane not in self._tasks]:
            if connection is None or len(self._tasks) >= LANES:
                return
            del self._wanted[lane]
            task = asyncio.create_task(self._deliver(lane, connection), name=f"send in {lane}")
            self._tasks[lane] = task
            task.add_done_callback(functools.partial(self._done, lane))

    def _done(self, lane: str, task: asyncio.Task[None]) -> None:
        del self._tasks[lane]
        if not task.cancelled() and (fault := task.exception()) is not None:
            _logger.error("sending failed", exc_info=fault)
        self._start()

    # -- a lane ------------------------------------------------------------------------------------

    async def _deliver(self, lane: str, connection: Connection) -> None:
        """Send what waits in a lane, one after the other, as long as the line holds."""
        while self._connection is connection and not connection.over:
            try:
                entry = await self._store.claim(lane, self._identity)
            except StorageFailed as error:
                self._ledger.blame(lane, str(error))
                await self._pause(AGAIN)
                continue
            if entry is None:
                if lane in self._ledger.lanes:
                    # Another process is sending here, or has not told yet that it is not.
                    self._blocked[lane] = None
                return
            self._ledger.note(entry)
            outcome, pause = await self._try(entry, connection)
            await self._settle(entry, outcome)
            if pause:
                await self._pause(pause)

    async def _try(self, entry: Entry, connection: Connection) -> tuple[Outcome, float]:
        """Send an entry; return what became of it, and how many seconds to wait afterwards."""
        if connection.over:
            return outbox.Postponed(""), 0.0
        channel = entry.name if entry.kind == "channel" else None
        conversation = None if channel else entry.conversation
        message = SendMessage(
            entry.content,
            channel=channel,
            conversation=conversation,
            id=entry.id,
            reply=self._answers(entry),
        )
        try:
            reply = await connection.request(
                routes.MESSAGE, encoded(message), deadline=self._deadline
            )
            return outbox.Acked(decoded(reply, Ack)), 0.0
        except ServerError as error:
            outcome = verdict(error)
            postponed = isinstance(outcome, outbox.Postponed)
            return outcome, self._patience(error) if postponed else 0.0
        except ConnectionLost:
            return outbox.Unanswered(), 0.0
        except RchatError:
            return outbox.Unanswered(), AGAIN

    async def _settle(self, entry: Entry, outcome: Outcome) -> None:
        # What a server has said is told, also while the disk refuses to take it. Where it never
        # does, the next process sends the entry again under its id, and hears the same.
        self._unsettled.add(entry.id)
        self._ledger.note(outbox.settled(entry, outcome))
        while True:
            try:
                settled = await self._store.settle(entry.id, outcome)
            except StorageFailed:
                await self._clock.sleep(AGAIN)
            else:
                self._unsettled.discard(entry.id)
                if self._ledger.get(entry.id) is not None:  # not taken out the moment it failed
                    self._ledger.note(settled)
                return

    def _patience(self, error: ServerError) -> float:
        if error.retry is False:
            return AGAIN
        asked = min(max(float(error.retry), SHORTEST_PAUSE), LONGEST_PAUSE)
        return asked + self._rng.uniform(0.0, asked)

    async def _pause(self, seconds: float) -> None:
        await first(self._clock.sleep(seconds), self._down.wait())


def verdict(error: ServerError) -> Outcome:
    """Return what a server's refusal says about the entry."""
    if error.retry is not False or error.code == ErrorCode.NOT_LOGGED_IN:
        return outbox.Postponed(str(error))
    if error.code == ErrorCode.INTERNAL:
        return outbox.Doubtful(str(error))
    return outbox.Refused(str(error))
