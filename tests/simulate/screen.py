"""What stands on somebody's screen: what he was told, in the order in which he was told it.

It knows the protocol and nothing of the client's own fold: pages put messages there as they say
they are, events change them, and what is left out makes all that stands there doubtful, so it goes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rchat_tui.client.events import MessageDeleted, MessageEdited, MessageReaction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rchat_protocol.models import Message
    from rchat_tui.client.events import MessagePosted
    from simulate.image import Image


@dataclass(slots=True)
class Shown:
    """One message."""

    user: str
    content: str
    deleted: bool
    reply: int | None
    reactions: set[tuple[str, str]] = field(default_factory=set)
    """Emoji and name."""


class Screen:
    """The messages of every conversation, by number."""

    def __init__(self) -> None:
        self.shown: dict[str, dict[int, Shown]] = {}
        """By conversation."""

    def clear(self, conversation: str) -> None:
        """Show none of it any more."""
        self.shown.pop(conversation, None)

    def post(self, conversation: str, message: MessagePosted) -> None:
        """Show a message that was told live or again."""
        new = Shown(message.user, message.content, message.deleted, message.reply)
        self.shown.setdefault(conversation, {})[message.seq] = new

    def page(self, conversation: str, messages: Iterable[Message]) -> None:
        """Show messages as they are said to be."""
        for message in messages:
            reactions = {
                (emoji, name) for emoji, names in message.reactions.items() for name in names
            }
            new = Shown(message.user, message.content, message.deleted, message.reply, reactions)
            self.shown.setdefault(conversation, {})[message.seq] = new

    def change(self, event: MessageEdited | MessageDeleted | MessageReaction) -> None:
        """Change a message, where it is shown and was not deleted."""
        message = self.shown.get(event.conversation, {}).get(event.target)
        if message is None or message.deleted:
            return
        match event:
            case MessageEdited():
                message.content = event.content or message.content
            case MessageDeleted():
                message.content, message.deleted = "", True
                message.reactions.clear()
            case MessageReaction(on=True):
                message.reactions.add((event.emoji, event.user))
            case MessageReaction():
                message.reactions.discard((event.emoji, event.user))

    def wrong(self, image: Image) -> str:
        """Return what is not as it is on the disk; empty where all is."""
        for conversation, messages in self.shown.items():
            for seq, shown in messages.items():
                entry = image.message(conversation, seq)
                if entry is None:
                    continue  # no longer kept: as it was then
                here = image.reactions.get((conversation, seq), ())
                reactions = {(each.emoji, each.user) for each in here}
                right = Shown(entry.user, entry.content, entry.deleted, entry.reply, reactions)
                if shown != right:
                    return f"{conversation}/{seq} as {shown}, and it is {right}"
        return ""
