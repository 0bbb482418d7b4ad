"""What one is about to do with messages, and which of them it is about: pure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, TypeGuard

from msgspec import Struct

from rchat_tui.app.items import Said

if TYPE_CHECKING:
    from rchat_tui.app.items import Item
    from rchat_tui.app.transcript import Transcript

_RECENT: Final = 12
"""Reactions that are offered again first."""

_WAY_BACK: Final = 50
"""Jumps that can be gone back."""


class Intent(Struct, frozen=True):
    """What the next line that is written does to a message."""

    seq: int
    """The message's number."""
    epoch: str
    """That its number belongs to."""
    edits: bool = False
    """It takes the place of what the message says; else it answers the message."""
    begun: str = ""
    """What was being written before an edit, to be given back after it."""


class Acting:
    """Whether keys act on a message, what the next line is for, and what is to be confirmed."""

    def __init__(self) -> None:
        self.selecting = False
        """Whether keys are commands for the message that is selected."""
        self.sure = ""
        """Id of the message that is deleted when one says so once more; empty where none is."""
        self.recent: deque[str] = deque(maxlen=_RECENT)
        """The reactions that were given last, the newest first."""
        self.way_back: deque[int] = deque(maxlen=_WAY_BACK)
        """Numbers of the messages from which one jumped to what they answer."""
        self._intents: dict[str, Intent] = {}

    def intend(self, conversation: str, intent: Intent) -> None:
        """Let the next line in a conversation do this."""
        self._intents[conversation] = intent

    def intent(self, conversation: str | None, transcript: Transcript | None) -> Intent | None:
        """Return what the next line in a conversation does; None: it is an ordinary one."""
        intent = self._intents.get(conversation or "")
        if intent is None or transcript is None or intent.epoch != transcript.epoch:
            return None  # a server that has lost its memory knows no such message
        return intent

    @property
    def edited(self) -> list[str]:
        """The conversations in which the next line changes a message."""
        return [id_ for id_, intent in self._intents.items() if intent.edits]

    def give_up(self, conversation: str | None) -> Intent | None:
        """Let the next line be an ordinary one; return what it was to be."""
        return self._intents.pop(conversation or "", None)

    def end(self, transcript: Transcript | None) -> None:
        """Select nothing any more."""
        self.selecting = False
        self.sure = ""
        self.way_back.clear()
        if transcript is not None:
            transcript.select(None)

    def reacted(self, emoji: str) -> None:
        """Offer a reaction first, from now on."""
        if emoji in self.recent:
            self.recent.remove(emoji)
        self.recent.appendleft(emoji)


def can_be_selected(item: Item) -> TypeGuard[Said]:
    """Return whether something is a message that one sees."""
    return isinstance(item, Said) and not item.hidden


def newest(transcript: Transcript, *, own: bool) -> Said | None:
    """Return the newest message that the server knows, of yours or of others."""
    for item in reversed(transcript.items):
        if can_be_selected(item) and item.mine is own and numbered(transcript, item):
            return item
    return None


def last(transcript: Transcript, *, oldest: bool = False) -> Said | None:
    """Return the newest message, or the oldest that is loaded; None where there is none."""
    items = transcript.items if oldest else reversed(transcript.items)
    return next((item for item in items if can_be_selected(item)), None)


def step(transcript: Transcript, said: Said, by: int) -> Said | None:
    """Return the message after one, or before it; None at the end."""
    items = transcript.items
    index = transcript.index(said)
    if index is None:
        return None
    index += by
    while 0 <= index < len(items):
        item = items[index]
        if can_be_selected(item):
            return item
        index += by
    return None


def numbered(transcript: Transcript, said: Said) -> bool:
    """Return whether the server knows a message by its number."""
    return said.stored and transcript.find(said.seq) is said
