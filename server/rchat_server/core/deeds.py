"""From what is asked to what is to be stored: checked as far as it needs no log. Pure."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from rchat_protocol import codec, limits, models
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.reactions import reaction
from rchat_server.core.ports import NewDeed

if TYPE_CHECKING:
    from rchat_server.core.identity import Identity
    from rchat_server.core.ports import DeedKind

Asked = models.EditMessage | models.DeleteMessage | models.React | models.SetTopic
"""What acts on a message, or sets a topic."""


def deed_of(asked: Asked, author: Identity, message_id: str, at: int) -> NewDeed:
    """Return the entry that is asked for.

    Raises:
        ChatError: ``reaction-invalid``, ``topic-invalid``.
    """
    who = (author.id, author.name)
    match asked:
        case models.EditMessage():
            return NewDeed("edit", *who, asked.content, message_id, at, asked.seq)
        case models.DeleteMessage():
            return NewDeed("delete", *who, "", message_id, at, asked.seq)
        case models.React():
            emoji = reaction(asked.emoji)
            kind: DeedKind = "react" if asked.on else "unreact"
            return NewDeed(kind, *who, emoji, message_id, at, asked.seq)
        case models.SetTopic():
            return NewDeed("topic", *who, _topic(asked.topic), message_id, at)


def check_content(content: str, most: int) -> None:
    """Refuse what no message says.

    Args:
        content: What it would say.
        most: Bytes of UTF-8 that it may have.

    Raises:
        ChatError: ``message-empty``, ``message-too-large``.
    """
    if not content or content.isspace():
        raise ChatError(ErrorCode.MESSAGE_EMPTY, "The message is empty.")
    if codec.utf8_bytes(content) > most:
        raise ChatError(
            ErrorCode.MESSAGE_TOO_LARGE,
            f"The message is too large: {_size(most)} are the most.",
        )


def _size(count: int) -> str:
    return f"{count:,} bytes" if count % 1024 else f"{count // 1024} KiB"


def check_id(message_id: str | None) -> None:
    """Refuse an id that cannot be kept.

    Raises:
        ChatError: ``bad-request``.
    """
    if message_id is None:
        return
    if not (0 < codec.utf8_bytes(message_id) <= limits.MESSAGE_ID_BYTES):
        raise ChatError(
            ErrorCode.BAD_REQUEST, f"A message's id has 1 to {limits.MESSAGE_ID_BYTES} bytes."
        )


def is_line(text: str) -> bool:
    """Return whether a text is one line without control characters."""
    return all(unicodedata.category(each) not in ("Cc", "Cs", "Zl", "Zp") for each in text)


def _topic(text: str) -> str:
    topic = text.strip()
    if codec.utf8_bytes(topic) > limits.TOPIC_BYTES:
        raise ChatError(
            ErrorCode.TOPIC_INVALID,
            f"That topic is too long: {limits.TOPIC_BYTES} bytes are the most.",
        )
    if not is_line(topic):
        raise ChatError(ErrorCode.TOPIC_INVALID, "A topic is one line, without control characters.")
    return topic
