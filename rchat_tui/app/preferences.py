"""What one wants to hear of which conversation: pure.

A preference belongs to a place, the kind and the name of a conversation, and not to its id: so it
outlives a server that lost its memory, and a channel that was left and joined again.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final, Self

from msgspec import Struct
from msgspec.structs import replace

from rchat_protocol import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rchat_protocol.models import ConversationKind
    from rchat_tui.client.state import Conversation

AREA: Final = "conversation"
"""Where preferences are kept, by `key_of` a place."""

MOST: Final = 1_000
"""Places with a preference: as many as are kept (`rchat_tui.client.store.kept`). The oldest go
first."""

Place = tuple["ConversationKind", str]
"""Kind and `names.key` of a conversation."""


class Level(enum.Enum):
    """Which messages of a conversation the terminal tells of."""

    ALL = "all"
    MENTIONS = "mentions"
    """Those that mention you, or have a keyword in them."""
    NONE = "none"
    """Muted: it calls for nobody, and counts as unread only in its own row."""


_CLOSED: Final = "closed:"


class Preference(Struct, frozen=True):
    """What one wants of one conversation."""

    level: Level | None = None
    """None: what is usual for its kind."""
    muted: bool = False
    """`Level.NONE`, for a while: the level stays for when it is over."""
    pinned: bool = False
    closed: int = 0
    """One more than the newest entry's number at which a private conversation was closed: it stays
    closed until something is said there. 0: it was not closed."""

    def text(self) -> str:
        """Return it as it is kept: some words, none for what is usual."""
        level = "" if self.level is None else self.level.value
        words = (
            level,
            "muted" if self.muted else "",
            "pinned" if self.pinned else "",
            f"{_CLOSED}{self.closed}" if self.closed else "",
        )
        return " ".join(filter(None, words))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what was kept; words of a newer version are passed over."""
        words = text.split()
        level = next((level for level in Level if level.value in words), None)
        closed = [word.removeprefix(_CLOSED) for word in words if word.startswith(_CLOSED)]
        number = int(closed[0]) if closed and closed[0].isdecimal() else 0
        return cls(level, "muted" in words, "pinned" in words, number)


_USUAL: Final = Preference()


def usual(kind: ConversationKind) -> Level:
    """Return the level of a conversation for which none was chosen."""
    return Level.ALL if kind == "private" else Level.MENTIONS


def place_of(conversation: Conversation) -> Place:
    """Return the place of a conversation."""
    return (conversation.kind, names.key(conversation.name))


def key_of(place: Place) -> str:
    """Return what a place is called on the disk."""
    return " ".join(place)


def place_named(key: str) -> Place | None:
    """Return the place of that key; None where it is none."""
    kind, _, name = key.partition(" ")
    if kind == "channel" and name:
        return ("channel", name)
    return ("private", name) if kind == "private" and name else None


class Preferences:
    """The preferences of one person on one server."""

    def __init__(self) -> None:
        self._places: dict[Place, Preference] = {}

    def __iter__(self) -> Iterator[tuple[Place, Preference]]:
        return iter(self._places.items())

    def of(self, conversation: Conversation) -> Preference:
        """Return what was chosen for a conversation."""
        if not self._places:
            return _USUAL  # nearly always
        return self._places.get(place_of(conversation), _USUAL)

    def level(self, conversation: Conversation) -> Level:
        """Return which of a conversation's messages the terminal tells of."""
        chosen = self.of(conversation)
        return Level.NONE if chosen.muted else chosen.level or usual(conversation.kind)

    def muted(self, conversation: Conversation) -> bool:
        """Return whether a conversation is muted."""
        return self.of(conversation).muted

    def pinned(self, conversation: Conversation) -> bool:
        """Return whether a conversation is to stand first in the list."""
        return self.of(conversation).pinned

    def closed(self, conversation: Conversation) -> bool:
        """Return whether a conversation is not to be seen until something is said in it."""
        return self.of(conversation).closed == conversation.head + 1

    def listed(self, conversations: Iterable[Conversation]) -> list[Conversation]:
        """Return those that are not closed, as the list shows them."""
        return [each for each in self.ordered(conversations) if not self.closed(each)]

    def ordered(self, conversations: Iterable[Conversation]) -> list[Conversation]:
        """Return conversations as the list shows them: pinned ones, then channels, then people."""
        return sorted(conversations, key=lambda c: (not self.pinned(c), c.kind != "channel"))

    def near(self, id_: str, conversations: Iterable[Conversation]) -> list[str]:
        """Return the others in the order in which one goes to them from one in the list."""
        ids = [conversation.id for conversation in self.ordered(conversations)]
        at = ids.index(id_) if id_ in ids else 0
        return [*ids[at + 1 :], *reversed(ids[:at])]

    def put(self, place: Place, preference: Preference) -> None:
        """Choose for a place; what is usual is not kept."""
        self._places.pop(place, None)
        if preference != _USUAL:
            self._places[place] = preference
            if len(self._places) > MOST:
                del self._places[next(iter(self._places))]

    def restore(self, texts: Mapping[str, str]) -> None:
        """Take up what was kept; what was chosen since stays."""
        for key, text in texts.items():
            place = place_named(key)
            if place is not None and place not in self._places:
                self.put(place, Preference.parse(text))

    def choose(self, conversation: Conversation, level: Level) -> None:
        """Choose a level."""
        if level is Level.NONE:
            self.mute(conversation, muted=True)
            return
        chosen = None if level is usual(conversation.kind) else level
        before = self.of(conversation)
        self.put(place_of(conversation), replace(before, level=chosen, muted=False))

    def mute(self, conversation: Conversation, *, muted: bool) -> None:
        """Mute a conversation; or unmute it, which brings its level back."""
        self.put(place_of(conversation), replace(self.of(conversation), muted=muted))

    def close(self, conversation: Conversation, *, closed: bool) -> None:
        """Close a private conversation, or open it again."""
        before, at = self.of(conversation), conversation.head + 1 if closed else 0
        if before.closed != at:
            self.put(place_of(conversation), replace(before, closed=at))

    def pin(self, conversation: Conversation, *, pinned: bool) -> None:
        """Pin a conversation, or unpin it."""
        self.put(place_of(conversation), replace(self.of(conversation), pinned=pinned))
