"""What is known of people beside who is in which conversation. Pure but for the time it is told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rchat_tui.client.display import safe_line
from rchat_tui.client.typists import Typists

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_tui.client.events import ClientEvent
    from rchat_tui.client.state import Conversation

_NAMED = 3
"""People who write that are named; of more it is told how many."""


class Company:
    """The people around you.

    Args:
        now: seconds, from any beginning; they never go back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._typists = Typists()
        self._told_away: dict[str, str] = {}

    def hear(self, event: ClientEvent) -> None:
        """Take note of an event."""
        self._typists.hear(event, self.now())

    def writing(self, conversation: str) -> tuple[str, float]:
        """Return who is writing there, as a few words, and after how many seconds to ask again.

        Empty and 0 where nobody is.
        """
        now = self.now()
        names = [safe_line(name) for name in sorted(self._typists.who(conversation, now))]
        if not names:
            return "", 0.0
        more = len(names) - _NAMED
        if more > 1:
            names[_NAMED:] = [f"{more:,} others"]
        who = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
        words = f"{who} {'is' if len(names) == 1 else 'are'} writing…"
        return words, self._typists.wait(conversation, now) or 0.0

    def away_unheard(self, conversation: Conversation) -> str | None:
        """Return the words of the other person who is away, once; None: there is nothing to tell.

        Args:
            conversation: a private one, in which you write.
        """
        words = conversation.away.get(conversation.name)
        if words is None:
            self._told_away.pop(conversation.id, None)
        elif self._told_away.get(conversation.id) != words:
            self._told_away[conversation.id] = words
            return words
        return None
