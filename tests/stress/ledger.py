"""What happened, as everybody in a round saw it. It judges nothing: `verdict` does."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Entry:
    """A message with its place in a conversation's log."""

    seq: int
    id: str
    user: str
    content: str
    at: int


@dataclass(frozen=True, slots=True)
class Ack:
    """A place that the server has acknowledged."""

    conversation: str
    epoch: str
    seq: int
    id: str
    at: int


@dataclass(slots=True)
class Sent:
    """A message that somebody has sent, or tried to. Its content is unique in the round."""

    author: str
    hand: str
    """Who of the author's terminals wrote it: within one of them they keep their order."""
    place: str
    """The channel, or ``@`` and a person."""
    content: str
    order: int
    """Which of that terminal's messages to that place it is."""
    id: str = ""
    """Its id, where the sender knows it."""
    acks: list[Ack] = field(default_factory=list)
    kept: bool = False
    """Whether an outbox on disk has it: then it has to arrive as if it had been acknowledged."""
    refused: str = ""
    """The code, where the server said no for good."""


@dataclass(slots=True)
class Stream:
    """One conversation, as one receiver saw it from his join on."""

    name: str
    """The channel, or ``@`` and a person."""
    epoch: str
    start: int
    """Number of the last entry that he did not have to see."""
    heard: list[Entry] = field(default_factory=list)
    """His logical stream, in the order in which it came."""
    skipped: list[tuple[int, int]] = field(default_factory=list)
    """Ranges that he was told to fetch."""
    fetched: dict[int, Entry] = field(default_factory=dict)
    """What he fetched of them."""
    ended: bool = False
    """Whether its receiver is no more, as a client that was killed: nothing after `last` had to
    come."""
    repeated: int = 0
    """Entries that came again on the wire, and were known by their number."""

    @property
    def last(self) -> int:
        """Number of the newest entry."""
        return max(self.start, self.heard[-1].seq if self.heard else 0)

    def told_to_fetch(self, seq: int) -> bool:
        """Say whether an entry is one that he was told to fetch."""
        return any(first <= seq <= last for first, last in self.skipped)

    @property
    def missing(self) -> int:
        """How many entries up to `last` he has not got (nor could have: see `start`)."""
        return self.last - self.start - len(self.heard) - len(self.fetched)


class Ledger:
    """One round's."""

    def __init__(self) -> None:
        self.sent: dict[str, Sent] = {}
        """By content."""
        self.streams: dict[tuple[str, str], Stream] = {}
        """By receiver and conversation id."""
        self.unordered: set[str] = set()
        """Hands whose messages may be stored in another order than they were written."""
        self.problems: list[str] = []
        """What no member should ever see: a log that went back, an identity that is forgotten."""
        self.faults: Counter[str] = Counter()
        """What was done to them, and what came of it: so that a round in which nothing happened
        does not pass for a good one."""
        self.figures: dict[str, float] = {}
        """What was measured by the way; of many rounds the largest is shown."""
        self.acknowledged = 0
        self.hopeless = ""
        """Why the round cannot go on, where it cannot."""
        self._orders: Counter[tuple[str, str]] = Counter()
        self._changed = asyncio.Event()

    # -- noting ------------------------------------------------------------------------------------

    def write(
        self, author: str, place: str, content: str, message_id: str = "", *, hand: str = ""
    ) -> Sent:
        """Note that somebody is about to send something."""
        hand = hand or author
        order = self._orders[hand, place]
        self._orders[hand, place] += 1
        sent = Sent(author, hand, place, content, order, message_id)
        if self.sent.setdefault(content, sent) is not sent:
            raise ValueError("a message's content has to be unique")
        return sent

    def acked(self, sent: Sent, ack: Ack) -> None:
        """Note an acknowledgement."""
        if not sent.acks:
            self.acknowledged += 1
        sent.acks.append(ack)
        self.pulse()

    def stream(self, receiver: str, conversation: str, name: str, epoch: str, at: int) -> Stream:
        """Return a receiver's view of a conversation, made at its first mention."""
        key = receiver, conversation
        if key not in self.streams:
            self.streams[key] = Stream(name, epoch, at)
        return self.streams[key]

    def problem(self, sentence: str, *, hopeless: bool = False) -> None:
        """Note what should not be; ``hopeless`` where nobody need wait for anything after it."""
        self.problems.append(sentence)
        if hopeless:
            self.hopeless = sentence
            self.pulse()

    def pulse(self) -> None:
        """Something has changed: whoever waits in `until` looks again."""
        self._changed.set()

    # -- waiting -----------------------------------------------------------------------------------

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until ``condition`` holds, looking after each change. The round's end bounds it.

        Raises:
            AssertionError: It will never hold.
        """
        while not condition():
            if self.hopeless:
                raise AssertionError(f"given up: {self.hopeless}")
            self._changed.clear()
            await self._changed.wait()
