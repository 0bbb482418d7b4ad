"""What was written and is not acknowledged: the rules of the outbox. Pure; a store applies them.

::

    post ──> waiting ──claim──> on its way ──acknowledged────────> delivered
                ^                   │ ├──────refused for good────> failed
                │                   │ └──────the server failed───> unknown
                ├──refused for now──┤
                ├──no answer────────┤
                └──its process died─┘

    failed, unknown ──retry──> waiting
    all but what may be stored without our knowing ──withdraw──> gone

- An entry has its id from birth, and keeps it: the server answers for an id that it knows with the
  first one's place.
- One entry of a lane is on its way at a time, over all processes; the others wait in their order.
- A claim is held by a process and ends with it. Nothing here counts seconds.
- Where no answer came, the outcome is open: it is sent again under its id as long as the identity
  lives. What is open under an identity that is no more can never be known: it is `unknown`, and no
  other identity stores it a second time unless a person says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from rchat_protocol import names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rchat_protocol.models import Ack, ConversationKind

Status = Literal["waiting", "failed", "unknown", "delivered"]

ENTRIES: Final = 10_000
"""Most entries of an outbox that are not delivered; one more is not taken, and its writer told."""

GONE: Final = "The person it was for is gone: the name may be somebody else's now."
UNKNOWN: Final = (
    "The server has forgotten you since it was sent: it may have been stored before or not."
)
FULL: Final = "Too many messages wait to be sent already: this one was not kept."
NO_ANSWER: Final = "No acknowledgement came; it is sent again under the same id."


class Claim(Struct, frozen=True):
    """Who sends an entry now."""

    owner: str
    """The process, by an id that no other ever has."""
    identity: int
    """Under which it sends."""


class Entry(Struct, frozen=True):
    """Something that was written."""

    id: str
    kind: ConversationKind
    conversation: str
    """The id of the conversation that it was written in."""
    name: str
    """The channel's name, or the other person's, at that time."""
    content: str
    at: int
    """When: milliseconds since 1970-01-01 UTC."""
    identity: int
    """Under which it was written: `SavedLogin.identity`."""
    status: Status = "waiting"
    reason: str = ""
    """A sentence for a person: why it is as it is."""
    tried: int = 0
    """The identity under which it was sent and its outcome is open; 0 where no outcome is."""
    claim: Claim | None = None
    ack: Ack | None = None
    """Where it was stored, once it is delivered."""
    reply: int | None = None
    """Number of the message that it answers, in the log of ``epoch``."""
    epoch: str = ""
    """That of the conversation when it was written."""

    @property
    def lane(self) -> str:
        """What it must not overtake: the channel by name, the person by conversation."""
        return lane(self.kind, self.conversation, self.name)

    @property
    def open(self) -> bool:
        """Whether it may be stored without our knowing."""
        return self.claim is not None or (self.status == "waiting" and self.tried != 0)


def lane(kind: ConversationKind, conversation: str, name: str) -> str:
    """Return the lane of what is written in a conversation."""
    return f"#{names.key(name)}" if kind == "channel" else conversation


class Acked(Struct, frozen=True):
    """The server stored it."""

    ack: Ack


class Refused(Struct, frozen=True):
    """The server will not have it, and did not store it."""

    reason: str


class Postponed(Struct, frozen=True):
    """The server did not store it this time, and may the next: busy, no space, shutting down."""

    reason: str


class Unanswered(Struct, frozen=True):
    """It went out, and no answer came."""


class Doubtful(Struct, frozen=True):
    """The server answered, and does not know itself whether it stored it."""

    reason: str


Outcome = Acked | Refused | Postponed | Unanswered | Doubtful


def sendable(entries: Iterable[Entry], identity: int) -> Entry | None:
    """Return the entry of one lane that may be sent now; None where there is none.

    Args:
        entries: All of the lane, in their order.
        identity: Of who would send it.
    """
    waiting = [entry for entry in entries if entry.status == "waiting"]
    if not waiting or any(entry.claim for entry in waiting):
        # Also a later one: the first may be one that a person lets be sent again.
        return None
    return waiting[0] if waiting[0].tried in (0, identity) else None


def claimed(entry: Entry, claim: Claim) -> Entry:
    """Return the entry on its way."""
    return replace(entry, claim=claim)


def settled(entry: Entry, outcome: Outcome) -> Entry:
    """Return the entry after a try. What a server said goes before what was thought meanwhile."""
    tried = entry.claim.identity if entry.claim is not None else entry.tried
    entry = replace(entry, claim=None)
    match outcome:
        case Acked(ack):
            # Its content is in the log now.
            return replace(entry, status="delivered", content="", reason="", tried=0, ack=ack)
        case Refused(reason) if entry.status != "delivered":
            return replace(entry, status="failed", reason=reason, tried=0)
        case Doubtful(reason) if entry.status != "delivered":
            return replace(entry, status="unknown", reason=reason, tried=0)
        case Postponed(reason) if entry.status == "waiting":
            return replace(entry, reason=reason)
        case Unanswered() if entry.status == "waiting":
            return replace(entry, reason=NO_ANSWER, tried=tried)
    return entry


def orphaned(entry: Entry) -> Entry:
    """Return the entry after the process that was sending it has died."""
    return settled(entry, Unanswered())


def under(entry: Entry, identity: int) -> Entry:
    """Return what becomes of an entry when the server has made a new identity."""
    if entry.status != "waiting":
        return entry
    if (entry.claim and entry.claim.identity != identity) or entry.tried not in (0, identity):
        return replace(entry, status="unknown", reason=UNKNOWN)
    if entry.kind == "private" and entry.identity != identity:
        return replace(entry, status="failed", reason=GONE)
    return entry


def retryable(entry: Entry) -> bool:
    """Say whether a person may send it again."""
    return entry.status in ("failed", "unknown") and entry.claim is None


def retried(entry: Entry) -> Entry:
    """Return the entry waiting again, in its place, as if it had never been sent."""
    return replace(entry, status="waiting", reason="", tried=0)


def withdrawable(entry: Entry) -> bool:
    """Say whether it can be taken back: not where it may be stored without our knowing."""
    return entry.status != "delivered" and not entry.open
