"""What happens, as lines of plain text: pure. Everything in them is safe to write to a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_tui.app import times
from rchat_tui.app.items import Delivery
from rchat_tui.client.display import safe_line

if TYPE_CHECKING:
    import datetime as dt

    from rchat_tui.app.items import Said
    from rchat_tui.client.state import Conversation

_ACTION: Final = "/me "
_INDENT: Final = "  "
"""Before each further line of a message: nobody writes a line that looks like another's."""
_SHORT: Final = 60
"""Characters of a message where it is named again."""


def title(conversation: Conversation) -> str:
    """Return what a conversation is called, with its sigil."""
    return ("#" if conversation.kind == "channel" else "@") + safe_line(conversation.name)


def heading(conversation: Conversation) -> str:
    """Return a conversation with who is in it and what is unread: one opens it."""
    parts = [title(conversation)]
    if conversation.kind == "channel" and conversation.members:
        count = len(conversation.members)
        parts.append(f"{count:,} {'person' if count == 1 else 'people'}")
    if conversation.unread:
        parts.append(f"{conversation.unread:,} unread")
    return "-- " + ", ".join(parts)


def message(said: Said, zone: dt.tzinfo | None, *, where: str = "") -> list[str]:
    """Return a message; ``where``: the conversation, where it is not the open one."""
    first, *others = said.content.split("\n")
    head = f"{where} {times.clock(said.at, zone)}".strip()
    if said.content.startswith(_ACTION):
        text = f"{head} * {said.user} {first.removeprefix(_ACTION)}"
    else:
        text = f"{head} {said.user}: {first}"
    return [text, *(_INDENT + line for line in others), *_standing(said)]


def _standing(said: Said) -> list[str]:
    if said.delivery is Delivery.STORED:
        return []
    if said.delivery.stuck:
        return [f"{_INDENT}({_STUCK[said.delivery]}: {said.reason})"]
    return [f"{_INDENT}(not sent yet)"]


_STUCK: Final = {Delivery.FAILED: "not sent", Delivery.UNKNOWN: "perhaps sent"}


def short(content: str) -> str:
    """Return the beginning of what was written, to name it by."""
    return safe_line(content, limit=_SHORT)
