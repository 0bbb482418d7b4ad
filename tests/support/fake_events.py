"""What a client may say, made in few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from rchat_protocol import models
from rchat_tui.client.events import (
    Online,
    Outgoing,
    Remembered,
    RememberedConversation,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rchat_tui.client.events import OutgoingState

URL = "tcp://127.0.0.1:6565"
NOON = 1_795_348_800_000
"""2026-11-22 12:00 UTC, in milliseconds: the tests' now."""

INFO = models.ServerInfo(
    name="rchat",
    version="0.1.0",
    capabilities=[],
    limits=models.ServerLimits(
        message_bytes=16384,
        user_name_chars=32,
        channel_name_chars=64,
        pending_requests=64,
        history_limit=500,
    ),
    mode="open",
)


def online(user: str = "alice", *, url: str = URL, fresh: bool = True) -> Online:
    """Return the event of having been let in."""
    return Online(user=user, url=url, server=INFO, fresh=fresh)


def state(  # noqa: PLR0913 - as many fields as the model has
    name: str,
    *members: str,
    kind: models.ConversationKind = "channel",
    id_: str | None = None,
    epoch: str = "e1",
    head: int = 0,
    first: int = 1,
    read: int | None = None,
    unread: int = 0,
    mentions: int = 0,
    resumed: bool = False,
    away: dict[str, str] | None = None,
) -> models.ConversationState:
    """Return the state of a conversation whose id is its name unless told otherwise."""
    return models.ConversationState(
        conversation=id_ or name,
        kind=kind,
        name=name,
        epoch=epoch,
        head=head,
        first=first,
        read=head - unread if read is None else read,
        unread=unread,
        mentions=mentions,
        members=sorted(members),
        resumed=resumed,
        away=away or {},
    )


def posted(
    conversation: str,
    seq: int,
    user: str,
    content: str,
    *,
    at: int | None = None,
    id_: str = "",
    reply: int | None = None,
) -> models.MessagePosted:
    """Return a message; each is a minute after the one before unless told otherwise."""
    return models.MessagePosted(
        conversation=conversation,
        seq=seq,
        id=id_ or f"{conversation}-{seq}",
        user=user,
        content=content,
        at=NOON + 60_000 * (seq - 100) if at is None else at,
        reply=reply,
    )


def edited(conversation: str, seq: int, target: int, content: str) -> models.MessageEdited:
    """Return that bob has changed what he said."""
    return models.MessageEdited(conversation, seq, target, "bob", content, NOON)


def deleted(conversation: str, seq: int, target: int) -> models.MessageDeleted:
    """Return that bob has erased what he said."""
    return models.MessageDeleted(conversation, seq, target, "bob", NOON)


def reaction(
    conversation: str, seq: int, target: int, user: str, emoji: str, *, on: bool = True
) -> models.MessageReaction:
    """Return that somebody reacted to a message, or took that back."""
    return models.MessageReaction(conversation, seq, target, user, emoji, on, NOON)


def topic(conversation: str, seq: int, text: str) -> models.TopicChanged:
    """Return that bob has said what a channel is about."""
    return models.TopicChanged(conversation, seq, "bob", text, NOON)


def outgoing(
    conversation: str,
    id_: str,
    content: str,
    state: OutgoingState = "waiting",
    reason: str = "",
) -> Outgoing:
    """Return something that was written a moment ago and is not acknowledged."""
    return Outgoing(conversation, id_, content, NOON, state, reason)


def remembered(
    *known: models.ConversationState,
    messages: Iterable[models.MessagePosted] = (),
    unsent: Iterable[Outgoing] = (),
    user: str = "alice",
) -> Remembered:
    """Return what a disk knows of these conversations, what was said and written among it."""
    messages, unsent = list(messages), list(unsent)
    return Remembered(
        user,
        tuple(
            RememberedConversation(
                structs.replace(state, members=[]),
                tuple(
                    models.Message(m.seq, m.id, m.user, m.content, m.at, m.reply)
                    for m in messages
                    if m.conversation == state.conversation
                ),
                tuple(entry for entry in unsent if entry.conversation == state.conversation),
            )
            for state in known
        ),
    )
