"""Who is writing where, as far as was told. Pure: what time it is, is an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_tui.client.events import MemberLeft, MessagePosted, Offline, Parted, TypingChanged

if TYPE_CHECKING:
    from rchat_tui.client.events import ClientEvent

FORGOTTEN: Final = 6.0
"""Seconds after which somebody is taken to have stopped: a writer says every three that he has not.
"""

MOST: Final = 1_000
"""People who write that are remembered; of more the first ones are forgotten."""


class Typists:
    """Those who are writing."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}
        """By conversation and name, when each is forgotten; in that order."""

    def hear(self, event: ClientEvent, now: float) -> None:
        """Take note of an event.

        Args:
            event: any; what somebody says ends his writing.
            now: seconds, from any beginning.
        """
        if isinstance(event, TypingChanged):
            key = (event.conversation, event.user)
            self._until.pop(key, None)
            if event.on:
                self._until[key] = now + FORGOTTEN
                if len(self._until) > MOST:
                    del self._until[next(iter(self._until))]
        elif not self._until:
            return  # nearly always
        elif isinstance(event, MessagePosted | MemberLeft):
            self._until.pop((event.conversation, event.user), None)
        elif isinstance(event, Parted):
            for key in [key for key in self._until if key[0] == event.conversation]:
                del self._until[key]
        elif isinstance(event, Offline):
            self._until.clear()

    def who(self, conversation: str, now: float) -> list[str]:
        """Return the names of those who are writing in a conversation, in no order."""
        for key in [key for key, until in self._until.items() if until <= now]:
            del self._until[key]
        return [name for id_, name in self._until if id_ == conversation]

    def wait(self, conversation: str, now: float) -> float | None:
        """Return in how many seconds somebody is forgotten there; None: nobody is writing."""
        times = [until - now for (id_, _), until in self._until.items() if id_ == conversation]
        return max(0.0, min(times)) if times else None
