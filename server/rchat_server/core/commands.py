"""What waits in a conversation's queue."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rchat_server.core.identity import Identity
    from rchat_server.core.ports import Appended, NewEntry


T = TypeVar("T")


class KeptFuture(asyncio.Future[T]):
    """A future that nobody's going away cancels: the message is posted in any case.

    Two requests may wait for it, as when a client sends the same id again. One that is cancelled
    ends when the future is done. `asyncio.shield` does the same, but takes another turn of the
    event loop for each message: measured, a quarter more of the server's time with ten members.
    """

    def cancel(self, msg: object = None) -> bool:  # noqa: ARG002 - asyncio's signature
        """Refuse."""
        return False


@dataclass(frozen=True, slots=True, eq=False)
class Post:
    """A message is to be delivered."""

    author: Identity
    entry: NewEntry
    size: int
    """Bytes of content."""
    spoken_to: tuple[Identity, ...]
    """Whom it mentions, members or not."""
    done: asyncio.Future[Appended]


@dataclass(frozen=True, slots=True, eq=False)
class Enter:
    """Somebody comes in, or is seen again."""

    identity: Identity
    name: str
    """What he was called when he came."""
    joins: bool
    """Whether he becomes a member; otherwise others just see him again, if he is one."""
    done: asyncio.Future[None]


@dataclass(frozen=True, slots=True, eq=False)
class Leave:
    """Somebody leaves for good, or is no longer seen."""

    identity: Identity
    for_good: bool
    done: asyncio.Future[None]


Command = Post | Enter | Leave


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """How much may wait in one conversation's queue; more is answered ``busy``."""

    commands: int = 8192
    bytes: int = 16 * 1024 * 1024
