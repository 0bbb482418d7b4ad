"""What one has begun and what one wrote before, on its way to the disk and back.

A draft is written behind the keys, a round a second; one that was sent goes at once. What may hold
a secret is not kept.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from rchat_tui.app import recall, slash
from rchat_tui.app.answers import DraftsRead, HistoryRead

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rchat_tui.app.keeping import Keeping
    from rchat_tui.app.model import ChatModel, Opened
    from rchat_tui.app.widgets.composer import Composer, Place

DRAFTS: Final = "draft"
"""The area of drafts: kind and name of the conversation -> text."""

HISTORY: Final = "history"
"""The area of lines: the order in which they came is that of their keys -> text."""

_FIRST_LINES: Final = 3
"""Who has written so many knows his way."""


class Written:
    """Keeps what is written in one composer, for one person on one server.

    Args:
        url: The server's.
        user: Whose it is.
        keeping: The disk.
        composer: Where one writes.
    """

    def __init__(self, url: str, user: str, *, keeping: Keeping, composer: Composer) -> None:
        self._whose = (url, user)
        self._keeping = keeping
        self._composer = composer
        self._drafts: dict[str, str] = {}
        self._lines: list[str] = []
        """The keys of the lines on disk."""
        self._last = ""
        self._new = False
        """Nothing had ever been written."""
        keeping.fetch(DRAFTS, lambda texts: DraftsRead(url, user, texts))
        keeping.fetch(HISTORY, lambda texts: HistoryRead(url, user, texts))

    def drafts_read(self, message: DraftsRead) -> None:
        """Put the drafts of before where they belong."""
        if (message.url, message.user) == self._whose:
            for key, text in message.texts.items():
                kind, _, name = key.partition(" ")
                self._drafts.setdefault(key, text)
                self._composer.add((*self._whose, kind, name), text)

    def history_read(self, message: HistoryRead) -> None:
        """Let Up bring back what was written before."""
        if (message.url, message.user) == self._whose:
            self._new = not message.texts
            self._lines = [*message.texts, *self._lines]
            self._last = self._last or next(reversed(message.texts.values()), "")
            self._composer.remember_before([*message.texts.values()][-recall.MOST :])
            self._prune()

    @property
    def is_first_start(self) -> bool:
        """Whether somebody has never written anything here, or just his first few lines."""
        return self._new and len(self._lines) < _FIRST_LINES

    def wrote(self, line: str) -> None:
        """Keep a line that was handed over."""
        if line != self._last and slash.keepable(line):
            self._last = line
            key = secrets.token_hex(8)
            self._lines.append(key)
            self._keeping.keep(HISTORY, key, line)
            self._prune()

    def _prune(self) -> None:
        for key in self._lines[: -recall.MOST]:
            self._keeping.keep(HISTORY, key, None)
        del self._lines[: -recall.MOST]

    def follow(self, model: ChatModel) -> bool:
        """Keep the drafts as they are now; return whether another conversation has one, or none.

        What is written to change a message is no draft: what was begun before it is, still.
        """
        begun = {place[2:]: text for place, text in self._begun().items()}
        for place in model.places_edited():
            begun.pop(place, None)
        edited = {" ".join(place) for place in model.places_edited()}
        now = {" ".join(place): text for place, text in begun.items() if slash.keepable(text)}
        for key in now.keys() | self._drafts.keys() - edited:
            text = now.get(key)
            if text != self._drafts.get(key):
                self._keep(key, text)
        places: frozenset[Opened] = frozenset(
            ("private" if kind == "private" else "channel", name) for kind, name in begun
        )
        changed = places != model.drafts
        model.drafts = places
        return changed

    def _begun(self) -> Mapping[Place, str]:
        begun = self._composer.begun
        return {place: text for place, text in begun.items() if place[:2] == self._whose}

    def _keep(self, key: str, text: str | None) -> None:
        if text is None:
            del self._drafts[key]
        else:
            self._drafts[key] = text
        self._keeping.keep(DRAFTS, key, text, at_once=text is None)
