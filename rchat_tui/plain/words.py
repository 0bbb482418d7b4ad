"""What happens, as lines of plain text: pure. Everything in them is safe to write to a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_protocol.limits import TOPIC_BYTES
from rchat_tui.app import saying, times
from rchat_tui.app.around import DELETED, gist, ignored
from rchat_tui.app.items import Delivery
from rchat_tui.client.display import safe_line
from rchat_tui.client.events import MessageDeleted, MessageReaction, TopicChanged

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from rchat_tui.app.changes import Change
    from rchat_tui.app.items import Said
    from rchat_tui.app.transcript import Transcript
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
    if conversation.kind == "private" and conversation.name in conversation.away:
        parts.append(saying.away(conversation.away[conversation.name]))
    if conversation.rules.access != "public":
        parts.append(conversation.rules.access)
    if conversation.rules.slow:
        parts.append(f"a message of each every {conversation.rules.slow:,} s")
    if conversation.topic:
        parts.append(safe_line(conversation.topic, limit=TOPIC_BYTES))
    if conversation.unread:
        parts.append(f"{conversation.unread:,} unread")
    return "-- " + ", ".join(parts)


def message(
    said: Said, zone: dt.tzinfo | None, *, where: str = "", answered: Said | None = None
) -> list[str]:
    """Return a message.

    Args:
        said: the message.
        zone: of the clock; None is the local one.
        where: the conversation, where it is not the open one.
        answered: what it answers, as far as that is known.
    """
    if said.hidden:
        return [f"-- {ignored(said.user)}"]
    first, *others = (DELETED if said.deleted else said.content).split("\n")
    head = f"{where} {times.clock(said.at, zone)}".strip()
    if said.content.startswith(_ACTION):
        text = f"{head} * {said.user} {first.removeprefix(_ACTION)}"
    else:
        text = f"{head} {said.user}: {first}"
    return [text, *(_INDENT + line for line in others), *_about(said, answered), *_standing(said)]


def _about(said: Said, answered: Said | None) -> Iterator[str]:
    if said.reply:
        yield f"{_INDENT}(answers {gist(answered, _SHORT)})"
    if said.edited:
        yield f"{_INDENT}(edited)"
    if said.reactions:
        told = ", ".join(f"{each.emoji} {' '.join(each.users)}" for each in said.reactions)
        yield f"{_INDENT}(reactions: {told})"


def _standing(said: Said) -> list[str]:
    if said.delivery is Delivery.STORED:
        return []
    if said.delivery.stuck:
        return [f"{_INDENT}({_STUCK[said.delivery]}: {said.reason})"]
    return [f"{_INDENT}(not sent yet)"]


_STUCK: Final = {Delivery.FAILED: "not sent", Delivery.UNKNOWN: "perhaps sent"}


def change(event: Change, transcript: Transcript, zone: dt.tzinfo | None) -> list[str]:
    """Return what an entry that is no message says; nothing where nothing is to be heard of it.

    Args:
        event: the entry.
        transcript: of its conversation, which knows of it already.
        zone: of the clock; None is the local one.
    """
    user = safe_line(event.user)
    if isinstance(event, TopicChanged):
        topic = safe_line(event.topic, limit=TOPIC_BYTES)
        return [f"-- {user} set the topic: {topic}" if topic else f"-- {user} removed the topic"]
    said = transcript.find(event.target)
    if said is None:
        return []
    what = f"the message of {times.clock(said.at, zone)}"
    if isinstance(event, MessageDeleted):
        return [f"-- {user} deleted {what}"]
    if isinstance(event, MessageReaction):
        did = "reacted with" if event.on else "takes back"
        return [f"-- {user} {did} {safe_line(event.emoji)} to {gist(said, _SHORT)}"]
    if said.deleted or said.hidden:
        return []
    return [f"-- {user} edited {what}:", *(_INDENT + line for line in said.content.split("\n"))]


def short(content: str) -> str:
    """Return the beginning of what was written, to name it by."""
    return safe_line(content, limit=_SHORT)
