"""What was found, as it is listed: where, who, when, and the words in their line. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rich.cells import cell_len

from rchat_protocol import words
from rchat_tui.app import saying, times
from rchat_tui.app.around import DELETED, ignored
from rchat_tui.app.wrapping import shortened
from rchat_tui.client.display import safe_line, safe_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from rchat_protocol.models import Message, SearchHit
    from rchat_tui.app.model import ChatModel
    from rchat_tui.client.query import Query

_LEAD: Final = 24
"""Cells before the first word that was found, where the line has to be cut."""


class Snippet(NamedTuple):
    """A part of what a message says."""

    text: str
    """On one line, safe to show."""
    spans: Sequence[tuple[int, int]]
    """Start and end of what was looked for."""


def snippet(content: str, query: Query, cells: int) -> Snippet:
    """Return so much of a message as fits, with the first word that was found in it.

    Args:
        content: what the message says.
        query: what was looked for.
        cells: width of the line.
    """
    text = " ".join(safe_text(content).split())
    wanted = words.query(query.words, prefix=query.prefix)
    spans = wanted.spans(text) if wanted.phrases else []
    first = spans[0] if spans else (0, 0)
    cut = 0
    if cell_len(text[: first[1]]) > cells - 1:
        # From the beginning of a word, so that no emoji is cut in two.
        cut = text.find(" ", max(0, first[0] - _LEAD), first[0]) + 1 or first[0]
    mark = "…" if cut else ""
    shown = shortened(mark + text[cut:], cells)
    offset = len(mark) - cut
    moved = [(start + offset, min(end + offset, len(shown))) for start, end in spans]
    return Snippet(shown, [(start, end) for start, end in moved if 0 <= start < end])


def place(conversation: str, model: ChatModel) -> str:
    """Return what a conversation is called, with its sigil."""
    found = model.state.conversations.get(conversation)
    return "" if found is None else saying.title(found)


def author(message: Message) -> str:
    """Return who said it."""
    return safe_line(message.user)


def content(message: Message, model: ChatModel) -> str:
    """Return what is shown of a message: what it says, unless one ignores who said it."""
    if message.user in model.company.ignored:
        return ignored(author(message))
    return DELETED if message.deleted else safe_text(message.content)


def told(
    hit: SearchHit, model: ChatModel, *, now: dt.datetime, zone: dt.tzinfo | None
) -> list[str]:
    """Return a message that was found as lines of plain text, whole."""
    when = times.moment(hit.message.at, zone, today=now.date())
    first, *others = content(hit.message, model).split("\n")
    head = f"{place(hit.conversation, model)} {when} {author(hit.message)}: {first}"
    return [head, *(f"  {line}" for line in others)]
