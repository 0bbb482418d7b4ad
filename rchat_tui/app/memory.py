"""What the model remembers beside what is open: where one was, and what has vanished. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container

    from rchat_tui.app.preferences import Place
    from rchat_tui.app.transcript import Transcript

_KEPT_ASIDE: Final = 50
"""Transcripts kept of conversations that vanished with a server's memory; the oldest go first."""

_VISITS: Final = 200
"""Conversations that are remembered to have been open."""


class Visits:
    """Which conversations were open, by id."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}

    def add(self, id_: str) -> None:
        """A conversation was opened."""
        self._ids.pop(id_, None)
        self._ids[id_] = None
        if len(self._ids) > _VISITS:
            del self._ids[next(iter(self._ids))]

    def rename(self, old: str, new: str) -> None:
        """A conversation has another id now."""
        if old in self._ids:
            self._ids = {new if id_ == old else id_: None for id_ in self._ids}

    def latest(self, there: Container[str]) -> list[str]:
        """Return those that are still there, the last one first."""
        return [id_ for id_ in reversed(self._ids) if id_ in there]


class Aside:
    """Transcripts of conversations that are no more, and may come again under another id."""

    def __init__(self) -> None:
        self._transcripts: dict[Place, Transcript] = {}

    def put(self, place: Place, transcript: Transcript) -> None:
        """Put one aside."""
        self._transcripts[place] = transcript
        while len(self._transcripts) > _KEPT_ASIDE:
            del self._transcripts[next(iter(self._transcripts))]

    def take(self, place: Place) -> Transcript | None:
        """Return what was put aside for a place, and keep it no longer."""
        return self._transcripts.pop(place, None)
