"""What a conversation shows, one thing at a time: frozen values, equal only to themselves.

A change makes another value in the same place; whatever was made of the one before is then stale
by itself.
"""

from __future__ import annotations

import enum

from msgspec import Struct


class Delivery(enum.Enum):
    """What is known of a message that you wrote."""

    STORED = enum.auto()
    """The server acknowledged it. Every message of others is stored."""
    WAITING = enum.auto()
    """It leaves by itself when its turn comes, or the connection."""
    SENDING = enum.auto()
    """It is on its way."""
    FAILED = enum.auto()
    """The server refused it for good."""
    UNKNOWN = enum.auto()
    """It went out, and nobody can tell any more whether it arrived."""

    @property
    def leaves(self) -> bool:
        """Whether it leaves by itself, or has left."""
        return self in (Delivery.WAITING, Delivery.SENDING)

    @property
    def stuck(self) -> bool:
        """Whether it takes a person to say what becomes of it."""
        return self in (Delivery.FAILED, Delivery.UNKNOWN)


class Reaction(Struct, frozen=True):
    """What some people answered a message with, without a word."""

    emoji: str
    """Safe to show, on one line."""
    users: tuple[str, ...]
    """Their names, safe to show, in the order in which they came."""
    mine: bool = False
    """You are among them."""


class Said(Struct, frozen=True, eq=False):
    """A message."""

    user: str
    content: str
    """Safe to show: no control characters but line ends."""
    at: int
    """Milliseconds since 1970-01-01 UTC."""
    id: str
    seq: int = 0
    """Its number; 0 until it is known."""
    delivery: Delivery = Delivery.STORED
    mine: bool = False
    """You wrote it, here or on another of your terminals."""
    reason: str = ""
    """Why it waits or failed: a sentence, safe to show."""
    written: str = ""
    """The content with its tabs, where it has some; safe to copy."""
    reply: int = 0
    """Number of the message that it answers; 0: it answers none."""
    edited: bool = False
    deleted: bool = False
    """What it said is erased: the content is empty."""
    reactions: tuple[Reaction, ...] = ()
    """In the order in which the first of each came."""
    hidden: bool = False
    """You ignore who said it."""

    @property
    def text(self) -> str:
        """What it says, as it was written."""
        return self.written or self.content

    @property
    def stored(self) -> bool:
        """Whether the server has it, and has what it says."""
        return self.seq > 0 and self.delivery is Delivery.STORED and not self.deleted


class NoticeKind(enum.Enum):
    """What a notice is about."""

    JOIN = enum.auto()
    LEAVE = enum.auto()
    TOPIC = enum.auto()
    INFO = enum.auto()
    ERROR = enum.auto()


class Notice(Struct, frozen=True, eq=False):
    """Something that happened, or the answer to a command. No entry of the log."""

    text: str
    at: int
    kind: NoticeKind = NoticeKind.INFO
    user: str = ""
    """Who came or went."""


class Divider(Struct, frozen=True, eq=False):
    """A line across: what is above has nothing to do with what is below."""

    text: str


class Gap(Struct, frozen=True, eq=False):
    """Entries ``first`` to ``last`` are not loaded."""

    first: int
    last: int
    problem: str = ""
    """Why the last try to load them failed: a sentence."""


class Beginning(Struct, frozen=True, eq=False):
    """Nothing was said before."""


class Cleared(Struct, frozen=True, eq=False):
    """Empty rows: what is above was cleared away, and is there for whoever scrolls back."""

    rows: int


Item = Said | Notice | Divider | Gap | Beginning | Cleared
