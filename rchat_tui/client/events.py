"""What `ChatClient.events` yields: the server's events, and what becomes of the line to it.

The server's events are values of `rchat_protocol.models`, re-exported here, so that a consumer
imports everything from one place. The other three tell about the connection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rchat_protocol.models import (
    ConversationState,
    Event,
    Expired,
    Live,
    MemberJoined,
    MemberLeft,
    Members,
    MessagePosted,
    Parted,
    ReadMarker,
    Skipped,
)

if TYPE_CHECKING:
    from rchat_protocol.models import ServerInfo

__all__ = [
    "ClientEvent",
    "Connecting",
    "ConnectionEvent",
    "ConversationState",
    "Event",
    "Expired",
    "Live",
    "MemberJoined",
    "MemberLeft",
    "Members",
    "MessagePosted",
    "Offline",
    "Online",
    "Parted",
    "ReadMarker",
    "Skipped",
]


@dataclass(frozen=True, slots=True)
class Connecting:
    """The server is being dialled."""

    url: str


@dataclass(frozen=True, slots=True)
class Online:
    """Connected and logged in. The `ConversationState` of every conversation follows."""

    user: str
    """The name that you have there."""
    url: str
    server: ServerInfo
    fresh: bool
    """A new identity, not the one of before taken up: private conversations of before are gone."""


@dataclass(frozen=True, slots=True)
class Offline:
    """There is no connection."""

    reason: str
    """A sentence for a person: what is wrong."""
    retry_in: float | None
    """Seconds until the next try; None when none comes by itself.

    Then it takes a person: another name (`ChatClient.login`), or `ChatClient.retry_now`.
    """
    code: str | None = None
    """`rchat_protocol.errors.ErrorCode`, where a server said no (``name-in-use`` …)."""


ConnectionEvent = Connecting | Online | Offline

ClientEvent = Event | ConnectionEvent
