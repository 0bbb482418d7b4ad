"""Which messages are looked for: one rule for the server and for a client without a line. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rchat_protocol import names, words
from rchat_protocol.errors import ChatError, ErrorCode

if TYPE_CHECKING:
    from rchat_protocol.models import SearchRequest
    from rchat_protocol.words import Query

Place = tuple[int, str, int]
"""Where a message stands among all: its time, conversation and number. Newer ones are greater."""

_LINKS: Final = ("http://", "https://")


def has_link(content: str) -> bool:
    """Return whether a message has a link in it."""
    return any(link in content for link in _LINKS)


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a message has to be, all of it."""

    query: Query
    user: str | None = None
    """The author's name, as names are compared."""
    after: int | None = None
    """Milliseconds since 1970-01-01 UTC: the first moment …"""
    before: int | None = None
    """… and the one after the last."""
    links: bool = False

    def met_by(self, user: str, at: int, content: str) -> bool:
        """Return whether a message of that author and moment is one of them."""
        if self.user is not None and names.key(user) != self.user:
            return False
        if self.after is not None and at < self.after:
            return False
        if self.before is not None and at >= self.before:
            return False
        if self.links and not has_link(content):
            return False
        return self.query.matches(content)


def criteria(asked: SearchRequest) -> Criteria:
    """Return what is asked for.

    Raises:
        ChatError: ``bad-request``: there is something to look for, and no word in it.
    """
    query = words.query(asked.words, prefix=asked.prefix)
    if asked.words and not query.phrases:
        raise ChatError(
            ErrorCode.BAD_REQUEST, "There is no word in that: look for letters, digits or emoji."
        )
    user = None if asked.user is None else names.key(asked.user)
    return Criteria(query, user, asked.after, asked.before, asked.links)


def cursor(place: Place) -> str:
    """Return a place as ``SearchReply.next`` has it."""
    at, conversation, seq = place
    return f"{at}.{seq}.{conversation}"


def place(cursor: str) -> Place:
    """Return the place that a cursor names.

    Raises:
        ChatError: ``bad-request``: it is none.
    """
    at, _, rest = cursor.partition(".")
    seq, _, conversation = rest.partition(".")
    if not (_is_number(at) and _is_number(seq) and conversation):
        raise ChatError(ErrorCode.BAD_REQUEST, "That is no cursor of an earlier answer.")
    return int(at), conversation, int(seq)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18  # noqa: PLR2004 - below 2**63
