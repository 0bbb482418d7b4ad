"""What the core asks of the world around it. Each is a constructor argument somewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence


class TimerHandle(Protocol):
    """A timer that has not fired yet."""

    def cancel(self) -> None:
        """Let it not fire. Harmless when it has."""


class Clock(Protocol):
    """Time, so that tests need not wait for it."""

    def now_ms(self) -> int:
        """Return the time of day: milliseconds since 1970-01-01 UTC. It may jump."""

    def monotonic(self) -> float:
        """Return seconds since some moment. It never goes back."""

    def call_later(self, delay: float, callback: Callable[[], None]) -> TimerHandle:
        """Call ``callback`` on the event loop after ``delay`` seconds."""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A message on its way into a log."""

    author: str
    """The author's identity id."""
    user: str
    """The author's name at that moment."""
    content: str
    id: str
    """Unique for its author, over all conversations; again, it gets the first entry."""
    at: int
    """Milliseconds since 1970-01-01 UTC."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a conversation's log."""

    seq: int
    author: str
    user: str
    content: str
    id: str
    at: int


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a `NewEntry`."""

    conversation: str
    """Where the entry stands: for a known id, where it was posted first."""
    entry: Entry
    fresh: bool
    """False where its id was in the log already: nothing was added, nobody hears it again."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """A run of entries in the log's order."""

    entries: Sequence[Entry]
    first: int
    """Number of the first entry that is kept; head + 1 when none is."""


class Log(Protocol):
    """The entries of every conversation. What it has acknowledged, it keeps."""

    @property
    def epoch(self) -> str:
        """A random word that changes when the log may have gone back."""

    async def append(self, conversation: str, entries: Sequence[NewEntry]) -> list[Appended]:
        """Commit ``entries`` in one piece and return them with their numbers, in order.

        Raises:
            ChatError: ``storage-unavailable``; then none of them is in the log.
        """

    async def read(
        self, conversation: str, *, after: int, through: int, limit: int, max_bytes: int
    ) -> LogPage:
        """Return the first entries with ``after < seq <= through``.

        Args:
            conversation: Its id; an unknown one has no entries.
            after: Number of the entry before the first one wanted.
            through: Number of the last one wanted.
            limit: Most entries to return.
            max_bytes: Stop before the content exceeds this, after at least one entry.
        """

    async def read_back(
        self, conversation: str, *, before: int, limit: int, max_bytes: int
    ) -> LogPage:
        """Return the last entries with ``seq < before``, oldest first. Bounds as in `read`."""

    def first(self, conversation: str) -> int:
        """Return the number of the first entry that is kept; head + 1 when none is."""

    def forget(self, conversation: str) -> None:
        """Nobody can read this conversation any more: drop it, at the latest some time later."""


@dataclass(slots=True)
class View:
    """What one form of stream sees of a batch of events: encoded once, shared by all who see it."""

    payloads: Sequence[bytes]
    frames: dict[Hashable, bytes] = field(default_factory=dict)
    """For the sink: what it made of the payloads, since most members share a stream id."""


class Sink(Protocol):
    """Where one stream's items go."""

    def offer(self, view: View) -> int:
        """Take payloads of ``view`` from the front, as many as there is room for.

        Room is the receiver's credit and the connection's output budget together. Never waits and
        never raises. Returns how many were taken: 0 once the stream is closed. A sink that took
        fewer than all calls `Outbox.room` when there is room again.
        """

    def complete(self) -> None:
        """End the stream well: nothing will be offered any more. Harmless when it has ended."""
