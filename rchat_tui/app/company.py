"""What is known of people beside who is in which conversation. Pure but for the time it is told."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from rchat_protocol import names
from rchat_tui.app.ignored import Ignored
from rchat_tui.client.display import safe_line
from rchat_tui.client.typists import Typists

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_tui.client.events import ClientEvent, Invited
    from rchat_tui.client.state import Conversation

_INVITATIONS: Final = 20
"""Channels that one is invited to; of more the first ones are forgotten."""

_AGAIN: Final = 60.0
"""Seconds for which the same invitation is told once."""

_NAMED: Final = 3
"""People who write that are named; of more it is told how many."""


class Company:
    """The people around you.

    Args:
        now: seconds, from any beginning; they never go back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self.ignored = Ignored()
        self._typists = Typists()
        self._invitations: OrderedDict[str, tuple[Invited, float]] = OrderedDict()
        """By key of the channel, and when each was told."""
        self._told_away: dict[str, str] = {}

    def hear(self, event: ClientEvent) -> None:
        """Take note of an event."""
        self._typists.hear(event, self.now())

    def writing(self, conversation: str) -> tuple[str, float]:
        """Return who is writing there, as a few words, and after how many seconds to ask again.

        Empty and 0 where nobody is.
        """
        now = self.now()
        who = [user for user in self._typists.who(conversation, now) if user not in self.ignored]
        shown = [safe_line(name) for name in sorted(who)]
        if not shown:
            return "", 0.0
        more = len(shown) - _NAMED
        if more > 1:
            shown[_NAMED:] = [f"{more:,} others"]
        listed = " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
        words = f"{listed} {'is' if len(shown) == 1 else 'are'} writing…"
        return words, self._typists.wait(conversation, now) or 0.0

    def invited(self, event: Invited) -> str | None:
        """Return what is to be told of an invitation; None where nothing is."""
        key, now = names.key(event.channel), self.now()
        before = self._invitations.pop(key, None)
        if event.user in self.ignored:
            return None
        self._invitations[key] = (event, now)
        if len(self._invitations) > _INVITATIONS:
            self._invitations.popitem(last=False)
        if before is not None and before[0].user == event.user and now - before[1] < _AGAIN:
            return None
        channel = f"#{safe_line(event.channel)}"
        return f"{safe_line(event.user)} invites you to {channel}: /accept joins it."

    def accept(self) -> str | None:
        """Return the channel that one was invited to last, once."""
        return self._invitations.popitem()[1][0].channel if self._invitations else None

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
