"""Searching: what is looked for, and what was found. Nobody finds what he may not read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rchat_protocol import limits, models, names, words
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.history import message_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rchat_protocol.words import Query
    from rchat_server.core.conversation import Conversation
    from rchat_server.core.ports import Entry, Log

Place = tuple[int, str, int]
"""Where a message stands among all: its time, conversation and number. Newer ones are greater."""

_LINKS = ("http://", "https://")


def has_link(content: str) -> bool:
    """Return whether a message has a link in it."""
    return any(link in content for link in _LINKS)


@dataclass(frozen=True, slots=True)
class Sought:
    """Which messages are looked for: those that meet all of it."""

    query: Query
    through: Mapping[str, int]
    """The conversations that are searched, each with the last number that may be found."""
    user: str | None = None
    """The author's name, as names are compared."""
    after: int | None = None
    """Milliseconds since 1970-01-01 UTC: the first moment …"""
    before: int | None = None
    """… and the one after the last."""
    links: bool = False
    limit: int = 20
    max_bytes: int = limits.HISTORY_BYTES
    older_than: Place | None = None

    def admits(self, conversation: str, entry: Entry) -> bool:
        """Return whether a message is one of them."""
        if entry.deleted or (self.user is not None and names.key(entry.user) != self.user):
            return False
        if self.after is not None and entry.at < self.after:
            return False
        if self.before is not None and entry.at >= self.before:
            return False
        if self.older_than is not None and place_of(conversation, entry) >= self.older_than:
            return False
        if self.links and not has_link(entry.content):
            return False
        return self.query.matches(entry.content)


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
    query = words.query(asked.words, prefix=asked.prefix)
    if asked.words and not query.phrases:
        raise ChatError(
            ErrorCode.BAD_REQUEST, "There is no word in that: look for letters, digits or emoji."
        )
    sought = Sought(
        query,
        # What was not handed out yet cannot be found yet.
        {each.id: each.published for each in readable},
        user=None if asked.user is None else names.key(asked.user),
        after=asked.after,
        before=asked.before,
        links=asked.links,
        limit=asked.limit,
        older_than=None if asked.cursor is None else _place(asked.cursor),
    )
    found = await log.search(sought)
    hits = [
        models.SearchHit(hit.conversation, message_of(hit.entry, hit.reactions))
        for hit in found.hits
    ]
    following = None
    if not found.whole and found.hits:
        following = _cursor(place_of(found.hits[-1].conversation, found.hits[-1].entry))
    return models.SearchReply(hits, following, found.complete)


def _cursor(place: Place) -> str:
    at, conversation, seq = place
    return f"{at}.{seq}.{conversation}"


def _place(cursor: str) -> Place:
    at, _, rest = cursor.partition(".")
    seq, _, conversation = rest.partition(".")
    if not (_is_number(at) and _is_number(seq) and conversation):
        raise ChatError(ErrorCode.BAD_REQUEST, "That is no cursor of an earlier answer.")
    return int(at), conversation, int(seq)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18  # noqa: PLR2004 - below 2**63
