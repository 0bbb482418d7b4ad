"""Well-behaved people, and how long what they say takes to reach all of them."""

from __future__ import annotations

import asyncio
import gc
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from stress.ledger import Ack
from stress.line import LineLost, Refused
from stress.member import Reading
from stress.writer import Answer, request_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stress.arena import Arena
    from stress.ledger import Sent
    from stress.member import Member

PLACE: Final = "square"
"""The channel that all of them are in."""

_PATIENCE: Final = 10.0
"""Seconds after the last message in which all of them have come."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long deliveries took, from when each message was due, in seconds."""

    all: Sequence[float]
    """In order."""
    late: float
    """The 99th percentile of how much later than due the harness itself wrote: it is in these."""

    def part(self, share: float) -> float:
        """Return the time in which ``share`` of them had come, 0 to 1."""
        return self.all[min(int(share * len(self.all)), len(self.all) - 1)] if self.all else 0.0

    @property
    def p99(self) -> float:
        """The 99th percentile."""
        return self.part(0.99)


class Regulars:
    """They write on a schedule, whatever the server does: a stall counts for all that it held up.

    Args:
        arena: The round.
        count: How many they are. Each comes from an address of his own.
        pause: Seconds between two messages of one of them: within what the server allows.
    """

    def __init__(self, arena: Arena, count: int, pause: float) -> None:
        self._arena = arena
        self._pause = pause
        self._members: list[Member] = []
        self._times: list[float] = []
        self._count = count
        self._said = 0

    async def come(self) -> None:
        """Let all of them be there."""
        for number in range(self._count):
            source = f"127.1.{number // 200}.{number % 200 + 1}"
            member = self._arena.member(
                f"regular{number}",
                channels=[PLACE],
                reading=Reading(source=source, tls=self._arena.tls),
            )
            member.on_message = self._heard
            self._members.append(member)
        for member in self._members:
            await member.up()

    async def talk(self, seconds: float) -> Times:
        """Let each write in turn for so long, wait until all has come; return how long it took."""
        self._times, expected = [], 0
        late: list[float] = []
        step = self._pause / self._count
        gc.collect()
        gc.disable()  # of a hundred thousand messages that are kept for the verdict
        try:
            first = time.monotonic() + step
            for number in range(max(self._count, int(seconds / step))):
                due = first + number * step
                await asyncio.sleep(due - time.monotonic())
                late.append(max(0.0, time.monotonic() - due))
                self._say(self._members[number % self._count], due)
                expected += self._count
            await self._all_came(expected)
        finally:
            gc.enable()
        late.sort()
        return Times(sorted(self._times), late[int(0.99 * len(late))])

    def see_that_all_stayed(self) -> None:
        """Note who was not left in peace."""
        for member in self._members:
            for loss in member.losses:
                self._arena.ledger.problem(f"{member.name} was cut off: {loss}")

    async def _all_came(self, expected: int) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._arena.ledger.until(lambda: len(self._times) >= expected)
        except TimeoutError:
            missing = expected - len(self._times)
            self._arena.ledger.problem(f"{missing} deliveries to regulars did not come in time")

    def _say(self, member: Member, due: float) -> None:
        ledger, number = self._arena.ledger, self._said
        self._said += 1
        content = f"{int(due * 1e9)} {member.name} says {number}"
        sent = ledger.write(member.name, PLACE, content, f"{number:024x}")
        if member.line is None:
            ledger.problem(f"{member.name} is not there when he writes")
            return
        asked = member.line.request("message", request_of(sent))
        asked.add_done_callback(lambda done: self._answered(sent, done))

    def _answered(self, sent: Sent, answer: asyncio.Future[bytes]) -> None:
        if answer.cancelled():
            return
        error = answer.exception()
        if isinstance(error, Refused):
            sent.refused = error.code
            self._arena.ledger.problem(f"{sent.author} was refused: {error}")
        elif not isinstance(error, LineLost):
            told = msgspec.json.decode(answer.result(), type=Answer)
            ack = Ack(told.conversation, told.epoch, told.seq, told.id, told.at)
            self._arena.ledger.acked(sent, ack)

    def _heard(self, content: str) -> None:
        due, _, _ = content.partition(" ")
        self._times.append(time.monotonic() - int(due) / 1e9)
