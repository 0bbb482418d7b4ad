"""What changes a message after it was said, and the last such changes that were heard of. Pure.

A page of history and the events come on two ways: a page that was read before a change may arrive
after it. So the last changes are remembered, and a page is brought up to date with them.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import msgspec

from rchat_protocol.models import Message, MessageDeleted, MessageEdited, MessageReaction

if TYPE_CHECKING:
    from collections.abc import Iterable

Change = MessageEdited | MessageDeleted | MessageReaction

REMEMBERED: Final = 1_000
"""Most changes that are remembered, of all conversations together: 16 MiB at the most."""


def changed(message: Message, change: Change) -> Message:
    """Return ``message`` after ``change``, which may be of another one. Twice changes nothing."""
    if message.seq != change.target or message.deleted:
        return message
    match change:
        case MessageDeleted():
            return msgspec.structs.replace(
                message, content="", edited=None, deleted=True, reactions={}
            )
        case MessageEdited():
            # Without content it was deleted since: the deletion follows.
            new = {"content": change.content, "edited": change.at} if change.content else {}
            return msgspec.structs.replace(message, **new)
        case MessageReaction():
            return msgspec.structs.replace(message, reactions=_reacted(message.reactions, change))


def _reacted(before: dict[str, list[str]], change: MessageReaction) -> dict[str, list[str]]:
    names = list(before.get(change.emoji, ()))
    if change.on and change.user not in names:
        return {**before, change.emoji: [*names, change.user]}
    if not change.on and change.user in names:
        names.remove(change.user)
        rest = {**before, change.emoji: names}
        return {emoji: left for emoji, left in rest.items() if left}
    return before


class Recent:
    """The changes that were heard of last."""

    def __init__(self) -> None:
        self._changes: deque[tuple[str, Change]] = deque()
        self._known_from: dict[str, int] = {}
        """By conversation: every change after the entry of this number is remembered."""
        self._told_from: dict[str, int] = {}
        """By conversation: every change after the entry of this number was told."""

    def begin(self, conversation: str, seq: int) -> None:
        """Nothing is known of changes up to entry ``seq``, or of another log of that name."""
        self._known_from[conversation] = self._told_from[conversation] = seq

    def forget(self, conversation: str) -> None:
        """There is no such conversation any more."""
        self._known_from.pop(conversation, None)
        self._told_from.pop(conversation, None)
        self._changes = deque(each for each in self._changes if each[0] != conversation)

    def note(self, conversation: str, change: Change) -> None:
        """Remember one more; of what was deleted only that."""
        if isinstance(change, MessageDeleted):
            self._changes = deque(
                each
                for each in self._changes
                if each[0] != conversation or each[1].target != change.target
            )
        self._changes.append((conversation, change))
        if len(self._changes) > REMEMBERED:
            of, oldest = self._changes.popleft()
            if of in self._known_from:
                self._known_from[of] = max(self._known_from[of], oldest.seq)

    def told_from(self, conversation: str) -> int:
        """Return the entry after which every change was told: another one where some were not."""
        return self._told_from.get(conversation, 0)

    def reaches(self, conversation: str, seq: int) -> bool:
        """Return whether every change after entry ``seq`` is remembered."""
        return seq >= self._known_from.get(conversation, 0)

    def applied(
        self, conversation: str, messages: Iterable[Message], *, after: int = 0
    ) -> list[Message]:
        """Return messages of a conversation with the changes that came after entry ``after``."""
        here = {message.seq: message for message in messages}
        for of, change in self._changes:
            if of == conversation and change.seq > after and change.target in here:
                here[change.target] = changed(here[change.target], change)
        return list(here.values())
