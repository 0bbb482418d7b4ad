"""What the core asks of the world around it. Each is a constructor argument somewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from rchat_protocol.errors import ChatError
    from rchat_server.core.records import (
        Audit,
        AuditRow,
        ConversationRecord,
        IdentityRecord,
        InvitationRecord,
        Snapshot,
    )
    from rchat_server.core.search import Found, Sought


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


class NewEntry(msgspec.Struct, frozen=True):
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
    mentions: tuple[str, ...] = ()
    """Identity ids of the members that it speaks to, the author left out."""
    reply: int = 0
    """Number of the message that it answers; 0: none."""


DeedKind = Literal["edit", "delete", "react", "unreact", "topic"]
"""What an entry does that is no message."""


class NewDeed(msgspec.Struct, frozen=True):
    """An entry on its way into a log that is no message: it acts on one, or sets the topic.

    Its effect is stored with it: the message says something else, or nothing any more, and then its
    earlier edits and its reactions are gone, too.
    """

    kind: DeedKind
    author: str
    """Identity id of who does it."""
    user: str
    """What he is called now; where he takes a reaction back, what he was called when he put it."""
    content: str
    """What the message says now, the reaction, or the topic."""
    id: str
    """As of a `NewEntry`."""
    at: int
    target: int = 0
    """Number of the message that it acts on."""
    mentions: tuple[str, ...] = ()
    """Identity ids of those who have not read the message that is deleted, and to whom it spoke."""
    audit: Audit | None = None
    """Where it is an act of moderation."""


class Joined(msgspec.Struct, frozen=True):
    """Somebody becomes a member here; what was said before counts as read. Harmless for one."""

    identity: str


class Left(msgspec.Struct, frozen=True):
    """Somebody is a member no longer. Harmless for one who is none."""

    identity: str


class Ruled(msgspec.Struct, frozen=True):
    """Something was done to a channel or its people: it is in the record from then on."""

    rules: str
    """What holds now, as JSON."""
    audit: Audit
    expelled: tuple[str, ...] = ()
    """Identity ids of those who are members no longer."""


Change = NewEntry | NewDeed | Joined | Left | Ruled
"""What is committed to a conversation."""


class Entry(msgspec.Struct, frozen=True):
    """An entry of a conversation's log: a message as it is now, where it is no `Deed`."""

    seq: int
    author: str
    """The author's identity id; empty where nobody knows him any more."""
    user: str
    content: str
    """Empty where the message was deleted, for its edits likewise."""
    id: str
    at: int
    reply: int | None = None
    """Number of the message that it answers."""
    edited: int | None = None
    """When it was edited last."""
    deleted: bool = False


class Deed(Entry, frozen=True, kw_only=True):
    """An entry that is no message."""

    kind: DeedKind
    target: int = 0
    """Number of the message that it acts on."""


class Appended(msgspec.Struct, frozen=True):
    """What became of a `NewEntry` or a `NewDeed`."""

    conversation: str
    """Where the entry stands: for a known id, where it was posted first."""
    seq: int
    id: str
    at: int
    fresh: bool
    """False where its id was in the log already: nothing was added, nobody hears it again."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """A run of entries in the log's order."""

    entries: Sequence[Entry]
    first: int
    """Number of the first entry that is kept; head + 1 when none is."""


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A run of messages in the log's order, without the entries between them."""

    messages: Sequence[Entry]
    reactions: Mapping[int, Sequence[tuple[str, str]]]
    """By number of the message: each reaction and who reacted, in the order in which they came."""
    whole: bool
    """Whether there are no more of those that were asked for."""
    first: int
    """Number of the first entry that is kept; head + 1 when none is."""
    head: int
    """The messages are as they were after the entry of this number."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """That somebody reacted to a message."""

    identity: str
    """Empty where nobody knows him any more."""
    emoji: str
    user: str
    """What he was called then."""


@dataclass(frozen=True, slots=True)
class Target:
    """A message that is to be acted on."""

    author: str
    """Identity id; empty where nobody knows him any more."""
    deleted: bool
    reactions: Sequence[Reaction] = ()
    """In the order in which they came."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a log knows that has to be known before something is acted on."""

    targets: Mapping[int, Target]
    """By number: those that are messages, and kept."""
    known: Mapping[tuple[str, str], Appended]
    """By author and id: what became of those entries that are there already."""


class Log(Protocol):
    """The entries of every conversation. What it has acknowledged, it keeps."""

    @property
    def epoch(self) -> str:
        """A random word that changes when the log may have gone back."""

    async def append(self, conversation: str, changes: Sequence[Change]) -> list[Appended]:
        """Commit ``changes`` in one piece; return what became of each new entry, in order.

        An author's read marker moves to his own message with it. A `NewDeed` on a message that is
        not there any more is an entry all the same, and has no effect.

        Raises:
            ChatError: ``storage-unavailable``; then nothing of it is in the log.
        """

    async def find(self, author: str, message_id: str) -> Appended | None:
        """Return what became of the entry that ``author`` posted under that id, if there is one.

        Raises:
            ChatError: ``storage-unavailable``.
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

        Raises:
            ChatError: ``storage-unavailable``.
        """

    async def messages_after(
        self, conversation: str, *, after: int, through: int, limit: int, max_bytes: int
    ) -> MessagePage:
        """Return the first messages with ``after < seq <= through``, as they are now.

        Arguments and errors as of `read`; the reactions count as content.
        """

    async def messages_before(
        self, conversation: str, *, before: int, limit: int, max_bytes: int
    ) -> MessagePage:
        """Return the last messages with ``seq < before``, oldest first. As `messages_after`."""

    async def inspect(
        self, conversation: str, targets: Collection[int], ids: Collection[tuple[str, str]]
    ) -> Findings:
        """Look up what is to be acted on, all at one moment.

        Args:
            conversation: Its id.
            targets: Numbers of messages.
            ids: Authors and ids of entries that may be there already.

        Raises:
            ChatError: ``storage-unavailable``.
        """

    async def audit(
        self, conversation: str, *, before: int | None, limit: int
    ) -> Sequence[AuditRow]:
        """Return the record of what was done to a channel and its people, newest first.

        Args:
            conversation: Its id.
            before: Key of the row after those that are wanted; None: the newest ones.
            limit: Most rows to return.

        Raises:
            ChatError: ``storage-unavailable``.
        """

    async def search(self, sought: Sought) -> Found:
        """Return messages that are looked for, newest first, as they are now.

        Raises:
            ChatError: ``busy``, where it would take too long; ``storage-unavailable``.
        """

    def first(self, conversation: str) -> int:
        """Return the number of the first entry that is kept; head + 1 when none is."""


class Accounts(Protocol):
    """Who is known, which conversations there are, and who has read how far.

    The functions that are no coroutines never wait. What they are told goes to the disk with the
    next commit; of several words about one thing the last one counts, so that what waits has a
    bound, and a commit that fails loses none of it.
    """

    def load(self) -> Snapshot:
        """Return what is stored. Asked once, before anything else."""

    def put_identity(self, record: IdentityRecord) -> None:
        """Store an identity, new or changed."""

    def drop_identity(self, identity: str) -> None:
        """Forget an identity, its tokens, its memberships and the ids that it has used."""

    def put_invitation(self, record: InvitationRecord) -> None:
        """Store an invitation, new or used; one that has no more uses is forgotten."""

    def put_conversation(self, record: ConversationRecord) -> None:
        """Store a new conversation."""

    def forget(self, conversation: str) -> None:
        """Nobody can read this conversation any more: drop it, at the latest some time later."""

    def put_read(self, identity: str, conversation: str, seq: int) -> None:
        """Store how far a member has read. It never goes back."""

    async def settled(self) -> None:
        """Wait until all that was said so far is stored.

        Raises:
            ChatError: ``storage-unavailable``; it stays to be stored.
        """


class Passwords(Protocol):
    """Stretches passwords, elsewhere than on the event loop.

    Both raise `ChatError` ``busy`` where too many wait already.
    """

    async def hashed(self, password: str) -> str:
        """Return what is stored of a password."""

    async def match(self, password: str, stored: str | None) -> bool:
        """Return whether it is the one; for None, after as much work, that it is not."""

    def close(self) -> None:
        """Stretch nothing any more."""


class Reply(Protocol):
    """The answer to one request: one of the two, once. Harmless when the asker is gone."""

    def send(self, data: bytes) -> None:
        """Answer."""

    def fail(self, error: ChatError) -> None:
        """Refuse."""


class Store(Log, Accounts, Protocol):
    """All that a server keeps: in one place, since joins and messages are committed together."""


@dataclass(slots=True)
class View:
    """What one form of stream sees of a batch of events: encoded once, shared by all who see it."""

    payloads: Sequence[bytes]
    frames: Any = None
    """For the sinks: what they made of the payloads, once for all of them."""


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
