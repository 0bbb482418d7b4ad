"""Lets others see that one is writing: rarely, and only what is meant for them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_protocol.limits import TYPISTS_AMONG

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_tui.client.state import Conversation

REPEAT: Final = 3.0
"""Seconds after which it is said again, while one goes on."""


class Writing:
    """What others believe of this keyboard.

    Args:
        tell: lets those in a conversation (its id) see that one is writing, or has stopped.
        now: seconds, from any beginning.
    """

    def __init__(self, tell: Callable[[str, bool], object], now: Callable[[], float]) -> None:
        self._tell = tell
        self._now = now
        self._place: str | None = None
        self._told: tuple[str, float] | None = None
        """Where one is seen to write, and when that was said last."""

    def follow(self, conversation: Conversation | None, text: str, *, by_hand: bool) -> None:
        """What is written has changed.

        Args:
            conversation: for which it is.
            text: all of it.
            by_hand: whether somebody wrote it just now: a draft of before says nothing.
        """
        place = conversation.id if conversation is not None and _few(conversation) else None
        came, self._place = place != self._place, place
        writes = place is not None and bool(text.strip()) and not text.startswith("/")
        if self._told is not None and (not writes or self._told[0] != place):
            self._tell(self._told[0], False)  # noqa: FBT003 - a callback
            self._told = None
        if place is None or not writes or came or not by_hand:
            return
        if self._told is None or self._now() - self._told[1] >= REPEAT:
            self._tell(place, True)  # noqa: FBT003 - a callback
            self._told = (place, self._now())

    def sent(self) -> None:
        """What was written is said: that tells others as much."""
        self._told = None


def _few(conversation: Conversation) -> bool:
    return len(conversation.members) <= TYPISTS_AMONG
