"""How what is being typed to search goes on: filters, people and conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.suggester import Suggester

from rchat_tui.app.searching import HERE
from rchat_tui.client.display import safe_line
from rchat_tui.client.query import FILTERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rchat_tui.app.model import ChatModel

_ENOUGH = 2
"""Letters of a filter that are enough to tell it from a word."""


class Suggesting(Suggester):
    """Completes the last word."""

    def __init__(self, model: ChatModel) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._model = model

    async def get_suggestion(self, value: str) -> str | None:
        """Return how the line goes on; None where nothing is known."""
        word = value.rpartition(" ")[2]
        name, colon, begun = word.partition(":")
        if not colon:
            options: Iterator[str] = iter(FILTERS)
            begun = word if len(word) >= _ENOUGH else ""
        else:
            options = self._values(name.lower())
        wanted = begun.lower()
        found = next((each for each in options if wanted and each.lower().startswith(wanted)), None)
        return None if found is None else value + found[len(begun) :]

    def _values(self, name: str) -> Iterator[str]:
        model = self._model
        if name == "has":
            yield "link"
        elif name in ("before", "after"):
            yield from ("today", "yesterday")
        elif name == "in":
            yield HERE
            for each in model.ordered():
                sigil = "#" if each.kind == "channel" else "@"
                yield _quoted(each.name)
                yield _quoted(sigil + each.name)
        elif name == "from":
            yield "me"
            here = () if model.conversation is None else model.conversation.members
            yield from map(_quoted, here)
            for each in model.ordered():
                yield from map(_quoted, each.members)


def _quoted(name: str) -> str:
    name = safe_line(name)
    return f'"{name}"' if " " in name else name
