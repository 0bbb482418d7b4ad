"""Sends a member's messages, each again under its id until the server says what became of it."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from stress.ledger import Ack, Ledger, Sent
from stress.line import Line, LineLost, Refused

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from stress.member import Member

_PATIENCE: Final = 0.1
"""Most seconds that are waited before the next try, whatever the server asks for."""


class Answer(msgspec.Struct):
    """The acknowledgement of a message."""

    conversation: str
    epoch: str
    seq: int
    id: str
    at: int


@dataclass(frozen=True, slots=True)
class Work:
    """What somebody is going to say. Drawn from the round's seed."""

    place: str
    """A channel, or ``@`` and a person."""
    count: int
    in_flight: int = 1
    """Messages that may wait for their acknowledgement at a time."""
    pause: float = 0.0
    """Longest wait between two of them, in seconds."""
    largest: int = 200
    """Longest filler, in characters."""
    smallest: int = 1


class Writer:
    """One place's messages of one member.

    Args:
        member: Whose lines it uses.
        work: What is to be said.
        ledger: Where it is noted.
        rng: Sizes and waits.
    """

    def __init__(self, member: Member, work: Work, ledger: Ledger, rng: random.Random) -> None:
        self.refusals: dict[str, int] = {}
        """How often each code came that may be tried again."""
        self._member = member
        self._work = work
        self._ledger = ledger
        self._rng = rng
        self._left = work.count
        self._pending: deque[Sent] = deque()

    @property
    def waiting(self) -> int:
        """Messages that were sent, and of which nothing is known yet."""
        return len(self._pending)

    def stop(self) -> None:
        """Write no more than was begun."""
        self._left = 0

    async def run(self) -> None:
        """Say everything, over as many lines as it takes."""
        while self._left or self._pending:
            line = await self._member.up()
            try:
                wait = await self._pump(line)
            except LineLost:
                # The member dials again. Not before the loop has turned, or this would not end.
                await line.ended.wait()
                await asyncio.sleep(0)
            else:
                await asyncio.sleep(wait)

    async def _pump(self, line: Line) -> float:
        """Use a line until it ends, or a refusal asks for a pause; return that pause."""
        flights = deque((sent, self._ask(line, sent)) for sent in self._pending)
        wait = 0.0
        while flights or (self._left and not wait):
            while self._left and not wait and len(flights) < self._work.in_flight:
                sent = self._next()
                flights.append((sent, self._ask(line, sent)))
            sent, answer = flights.popleft()
            try:
                reply = msgspec.json.decode(await answer, type=Answer)
            except Refused as refused:
                wait = max(wait, self._refused(sent, refused))
            else:
                self._pending.remove(sent)
                self._ledger.acked(
                    sent, Ack(reply.conversation, reply.epoch, reply.seq, reply.id, reply.at)
                )
            if self._work.pause:
                await asyncio.sleep(self._rng.uniform(0, self._work.pause))
        return wait

    def _refused(self, sent: Sent, refused: Refused) -> float:
        if refused.retry is False:
            sent.refused = refused.code
            self._pending.remove(sent)
            return 0.0
        self.refusals[refused.code] = self.refusals.get(refused.code, 0) + 1
        self._ledger.pulse()
        if self._work.in_flight > 1:
            # What followed the refused one may be stored before it.
            self._ledger.unordered.add(self._member.name)
        return min(_PATIENCE, float(refused.retry) or _PATIENCE)

    def _next(self) -> Sent:
        self._left -= 1
        content = filled(self._rng, self._work, self._member.name)
        sent = self._ledger.write(
            self._member.name, self._work.place, content, f"{self._rng.getrandbits(96):024x}"
        )
        self._pending.append(sent)
        return sent

    def _ask(self, line: Line, sent: Sent) -> asyncio.Future[bytes]:
        return line.request("message", request_of(sent))


def request_of(sent: Sent) -> bytes:
    """Return the data of a ``message`` request."""
    to = (
        {"user": sent.place[1:], "channel": None}
        if sent.place.startswith("@")
        else {"user": None, "channel": sent.place}
    )
    return msgspec.json.encode({**to, "content": sent.content, "id": sent.id})


def filled(rng: random.Random, work: Work, author: str) -> str:
    """Return a text that nobody else says in the round: most are short, a few as long as may be."""
    longest = work.largest if rng.random() < 0.1 else max(work.smallest, work.largest // 8)
    filler = rng.choice(_FILLERS)(rng.randint(work.smallest, longest))
    return f"{author} to {work.place} {rng.getrandbits(64):016x} {filler}"


_FILLERS: Final[tuple[Callable[[int], str], ...]] = (
    lambda size: "x" * size,
    lambda size: "ä€ñ🙂"[: max(1, size % 5)] * max(1, size // 12),
    lambda size: '"\\\n\t' * max(1, size // 8),
)
