"""What is known of people beside who is in which conversation: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rchat_tui.client.state import Conversation


class Company:
    """The people around you."""

    def __init__(self) -> None:
        self._told_away: dict[str, str] = {}

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
