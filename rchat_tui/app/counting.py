"""What calls for you, in numbers: pure.

`unread` and `mentions` are the server's, so that all terminals of one person show the same.
Keywords are known to this terminal alone, and only of what came to it: they are counted apart.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

from rchat_protocol import names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rchat_tui.app.ignored import Ignored
    from rchat_tui.app.items import Said
    from rchat_tui.app.keywords import Keywords
    from rchat_tui.app.model import ChatModel
    from rchat_tui.client.state import Conversation

_MOST: Final = 1_000
"""Unread messages with a keyword that are counted in one conversation: as many as mentions."""


class Count(NamedTuple):
    """How much of a conversation is unread."""

    unread: int = 0
    """Messages of others."""
    mentions: int = 0
    """Those among them that are for you: that mention you, or all that are private."""
    keywords: int = 0
    """Those among them that have a keyword in them, and are no mentions."""
    muted: bool = False

    @property
    def calls(self) -> bool:
        """Whether somebody may wait for you here."""
        return bool(self.mentions or self.keywords) and not self.muted


def count(model: ChatModel, conversation: Conversation) -> Count:
    """Return what is unread in a conversation: nothing of one that is being looked at."""
    muted = model.preferences.muted(conversation)
    unread = model.unread(conversation)
    if not unread:
        return Count(muted=muted)
    if conversation.kind == "private":
        return Count(unread, unread, 0, muted)
    spoken = min(model.company.ignored.mentions(conversation), unread)
    keywords = min(model.hits.after(conversation.id, conversation.read), unread - spoken)
    return Count(unread, spoken, keywords, muted)


def total(model: ChatModel) -> Count:
    """Return what is unread altogether, but for what is muted."""
    unread = spoken = keywords = 0
    for conversation in model.state.conversations.values():
        if conversation.unread:
            each = count(model, conversation)
            if not each.muted:
                unread += each.unread
                spoken += each.mentions
                keywords += each.keywords
    return Count(unread, spoken, keywords)


def mentions(said: Said, me: str | None) -> bool:
    """Return whether somebody else's message mentions ``me``."""
    return not said.mine and me is not None and names.key(me) in names.mentioned(said.content)


def calls(said: Said, me: str | None, keywords: Keywords) -> bool:
    """Return whether somebody else's message mentions ``me``, or has a keyword in it."""
    heard = not (said.mine or said.hidden)
    return heard and (mentions(said, me) or keywords.found(said.content))


class Hits:
    """Numbers of messages that have a keyword in them, as far as they came to this terminal."""

    def __init__(self, keywords: Keywords, ignored: Ignored | None = None) -> None:
        self.keywords = keywords
        """What is looked for."""
        self._ignored = ignored
        """Hears of the same messages."""
        self._numbers: dict[str, list[int]] = {}

    def hear(
        self, conversation: Conversation | None, messages: Sequence[Said], me: str | None
    ) -> None:
        """Count messages with a keyword, but not those that the server counts as mentions."""
        if conversation is None:
            return
        if self._ignored is not None:
            self._ignored.pass_over(conversation, messages, me)
        if not self.keywords.words:
            return
        for said in messages:
            heard = not (said.mine or said.hidden)
            if heard and self.keywords.found(said.content) and not mentions(said, me):
                self.add(conversation.id, said.seq, conversation.read)

    def add(self, conversation: str, seq: int, read: int) -> None:
        """Count a message, once; what was ``read`` meanwhile is forgotten."""
        numbers = self._numbers.setdefault(conversation, [])
        if numbers and numbers[0] <= read:
            del numbers[: bisect_right(numbers, read)]
        at = bisect_right(numbers, seq)
        if seq > read and len(numbers) < _MOST and not (at and numbers[at - 1] == seq):
            numbers.insert(at, seq)

    def remove(self, conversation: str, seq: int) -> None:
        """Count a message no longer: it was deleted."""
        if self._ignored is not None:
            self._ignored.remove(conversation, seq)
        numbers = self._numbers.get(conversation, [])
        if seq in numbers:
            numbers.remove(seq)

    def after(self, conversation: str, read: int) -> int:
        """Return how many there are after the read marker."""
        numbers = self._numbers.get(conversation)
        return len(numbers) - bisect_right(numbers, read) if numbers else 0

    def forget(self, conversation: str) -> None:
        """Its numbers mean nothing any more."""
        if self._ignored is not None:
            self._ignored.forget(conversation)
        self._numbers.pop(conversation, None)
