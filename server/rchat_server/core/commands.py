"""What waits in a conversation's queue."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rchat_protocol.errors import ChatError
from rchat_server.core import rules
from rchat_server.core.ports import Appended, Deed, Entry, Joined, Left, Ruled
from rchat_server.core.records import Audit

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_server.core.identity import Identity
    from rchat_server.core.ports import Change, NewDeed, NewEntry
    from rchat_server.core.rules import Rules
    from rchat_server.core.rulings import Actor, Room, Ruling


Outcome = Appended | ChatError
"""What became of a new entry: its place in the log, or why it is not there."""


class Receipt:
    """Told once what became of a message, and tells everybody who asks.

    Nobody's going away takes the message back: it is posted in any case. Two requests may wait for
    one receipt, as when a client sends the same id again. No future, since each would take a turn
    of the event loop: measured, a fifth of the server's time with ten members.
    """

    __slots__ = ("_asking", "_outcome")

    def __init__(self) -> None:
        self._outcome: Outcome | None = None
        self._asking: list[Callable[[Outcome], None]] = []

    def then(self, tell: Callable[[Outcome], None]) -> None:
        """Call ``tell`` with the outcome: now, or as soon as it is known. It must not raise."""
        if self._outcome is None:
            self._asking.append(tell)
        else:
            tell(self._outcome)

    def settle(self, outcome: Outcome) -> None:
        """Tell the outcome. The first one counts."""
        if self._outcome is None:
            self._outcome = outcome
            asking, self._asking = self._asking, []
            for tell in asking:
                tell(outcome)

    async def outcome(self) -> Appended:
        """Wait for the message's place.

        Raises:
            ChatError: There is none.
        """
        done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.then(lambda outcome: None if done.cancelled() else done.set_result(outcome))
        outcome = await done
        if isinstance(outcome, ChatError):
            raise outcome
        return outcome


class Post(Receipt):
    """A message is to be delivered; its own receipt, since each object more is felt here.

    Args:
        author: Who wrote it.
        entry: What is to be stored.
        size: Bytes of content.
        spoken_to: Whom it mentions, members or not.
    """

    __slots__ = ("author", "entry", "placed", "size", "spoken_to")

    def __init__(
        self, author: Identity, entry: NewEntry, size: int, spoken_to: tuple[Identity, ...]
    ) -> None:
        super().__init__()
        self.author = author
        self.entry = entry
        self.size = size
        self.spoken_to = spoken_to
        self.placed: Entry | None = None
        """What stands in the log, once it is committed; None where the id was known."""

    def place(self, seq: int) -> None:
        """It is committed under that number."""
        new = self.entry
        self.placed = Entry(
            seq, new.author, new.user, new.content, new.id, new.at, new.reply or None
        )


class Act(Receipt):
    """A message is to be acted on, or the topic to be set; its own receipt.

    Args:
        author: Who does it.
        entry: What is to be stored, unless that changes nothing.
        size: Bytes of content.
    """

    __slots__ = ("author", "entry", "idle", "placed", "size")

    def __init__(self, author: Identity, entry: NewDeed, size: int) -> None:
        super().__init__()
        self.author = author
        self.entry = entry
        self.size = size
        self.idle = False
        """Whether it is as he wants it already: nothing is to be stored."""
        self.placed: Deed | None = None
        """What stands in the log, once it is committed; None where there is nothing new."""

    def place(self, seq: int) -> None:
        """It is committed under that number."""
        new = self.entry
        self.placed = Deed(
            seq=seq,
            author=new.author,
            user=new.user,
            content=new.content,
            id=new.id,
            at=new.at,
            kind=new.kind,
            target=new.target,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Enter:
    """Somebody comes in, or is seen again."""

    identity: Identity
    name: str
    """What he was called when he came."""
    joins: bool
    """Whether he becomes a member; otherwise others just see him again, if he is one."""
    done: asyncio.Future[None]
    key: str = ""
    """The hash of the channel's password, where he gave that."""


@dataclass(frozen=True, slots=True, eq=False)
class Leave:
    """Somebody leaves for good, or is no longer seen."""

    identity: Identity
    for_good: bool
    done: asyncio.Future[None]


@dataclass(slots=True, eq=False)
class Moderate:
    """Something is done to the channel or its people."""

    actor: Actor
    decide: Callable[[Rules, Room, Actor], Ruling]
    """Says what it comes to, or raises `ChatError`."""
    done: asyncio.Future[None]
    ruling: Ruling | None = None
    """What it came to."""


Command = Post | Act | Enter | Leave | Moderate

NUMBERED: Final = (Post, Act)
"""What becomes an entry of the log, and is answered with its place."""


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """How much may wait in one conversation's queue; more is answered ``busy``."""

    commands: int = 8192
    bytes: int = 16 * 1024 * 1024


def needs_vetting(command: Command) -> bool:
    """Return whether something has to be looked up for a command, whatever the rules are."""
    if isinstance(command, Post):
        return bool(command.entry.reply)
    return isinstance(command, (Act, Moderate))


def change_of(command: Command) -> Change | None:
    """Return what of a command goes to the disk, if anything."""
    if isinstance(command, Post):
        return command.entry
    if isinstance(command, Act):
        return None if command.idle else command.entry
    if isinstance(command, Moderate):
        return None if command.ruling is None else ruled(command.actor, command.ruling)
    if isinstance(command, Enter):
        return Joined(command.identity.id) if command.joins and command.identity.known else None
    return Left(command.identity.id) if command.for_good else None


def ruled(actor: Actor, ruling: Ruling) -> Ruled:
    """Return what is stored of a ruling."""
    return Ruled(
        rules.encode(ruling.rules),
        Audit(actor.at, actor.name, ruling.act, ruling.subject, ruling.reason),
        tuple(person.id for person in ruling.expelled),
    )


def answer(command: Post | Act, outcome: Outcome) -> None:
    """Tell what became of a new entry."""
    command.author.posted.pop(command.entry.id, None)
    command.settle(outcome)


def refuse(command: Command, error: ChatError) -> None:
    """Answer a command that is not carried out, unless it was answered before."""
    if isinstance(command, NUMBERED):
        answer(command, error)
    elif not command.done.done():
        command.done.set_exception(error)
        # Often nobody asks, as where the first message to somebody brings both of them in.
        command.done.exception()
