"""Searching: what is looked for, and what was found. Nobody finds what he may not read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rchat_protocol import limits, models, searching
from rchat_server.core.history import message_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rchat_protocol.searching import Criteria, Place
    from rchat_server.core.conversation import Conversation
    from rchat_server.core.ports import Entry, Log


@dataclass(frozen=True, slots=True)
class Sought:
    """Which messages are looked for, and where."""

    criteria: Criteria
    through: Mapping[str, int]
    """The conversations that are searched, each with the last number that may be found."""
    limit: int = 20
    max_bytes: int = limits.HISTORY_BYTES
    older_than: Place | None = None

    def admits(self, conversation: str, entry: Entry) -> bool:
        """Return whether a message is one of them."""
        if entry.deleted:
            return False
        if self.older_than is not None and place_of(conversation, entry) >= self.older_than:
            return False
        return self.criteria.met_by(entry.user, entry.at, entry.content)


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found."""

    conversation: str
    entry: Entry
    reactions: Sequence[tuple[str, str]] = ()
    """Each reaction and who reacted, in the order in which they came."""

    @property
    def size(self) -> int:
        """How much it is in an answer, in bytes."""
        own = len(self.entry.content.encode())
        return own + sum(len(emoji.encode()) + len(who.encode()) for emoji, who in self.reactions)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found."""

    hits: Sequence[Hit]
    """Newest first."""
    whole: bool
    """Whether there are no more."""
    complete: bool = True
    """False where some messages could not be looked at yet."""


def place_of(conversation: str, entry: Entry) -> Place:
    """Return where a message stands among all."""
    return entry.at, conversation, entry.seq


def first_hits(hits: Sequence[Hit], sought: Sought) -> tuple[list[Hit], bool]:
    """Return as many of ``hits`` as an answer may have, and whether these are all."""
    size = 0
    for index, hit in enumerate(hits):
        size += hit.size
        if index == sought.limit or (index and size > sought.max_bytes):
            return list(hits[:index]), False
    return list(hits), True


async def search(
    log: Log, readable: Sequence[Conversation], asked: models.SearchRequest
) -> models.SearchReply:
    """Return what was found in conversations that the asker may read.

    Raises:
        ChatError: ``bad-request``, where nothing that could be found is asked for, or the cursor is
            none; ``busy``, where it takes too long; ``storage-unavailable``.
    """
    sought = Sought(
        searching.criteria(asked),
        # What was not handed out yet cannot be found yet.
        {each.id: each.published for each in readable},
        limit=asked.limit,
        older_than=None if asked.cursor is None else searching.place(asked.cursor),
    )
    found = await log.search(sought)
    hits = [
        models.SearchHit(hit.conversation, message_of(hit.entry, hit.reactions))
        for hit in found.hits
    ]
    following = None
    if not found.whole and found.hits:
        last = found.hits[-1]
        following = searching.cursor(place_of(last.conversation, last.entry))
    return models.SearchReply(hits, following, found.complete)
