"""Entries that are no messages: edits, deletions, reactions, topics. Pure.

What is said of a message is a change from one value of it to the next, and carried out twice it
changes no more than once: a page of history may have it already.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rchat_protocol.limits import TOPIC_BYTES
from rchat_tui.app import saying
from rchat_tui.app.items import Notice, NoticeKind, Reaction, Said
from rchat_tui.client.display import safe_line
from rchat_tui.client.events import (
    MessageDeleted,
    MessageEdited,
    MessageReaction,
    TopicChanged,
)

if TYPE_CHECKING:
    from rchat_tui.app.transcript import Transcript

Change = MessageEdited | MessageDeleted | MessageReaction | TopicChanged


def follow(event: Change, transcript: Transcript, *, me: str | None, head: int) -> None:
    """Show what an entry that is no message says.

    Args:
        event: the entry.
        transcript: of its conversation.
        me: your own name, as far as it is known.
        head: number of the newest entry that was heard of before.
    """
    if not isinstance(event, TopicChanged):
        transcript.changed(event.seq, event.target, lambda said: changed(event, said, me))
        return
    transcript.reached(event.seq)
    if event.seq > head:  # else the conversation's state has told it
        user, topic = safe_line(event.user), safe_line(event.topic, limit=TOPIC_BYTES)
        text = f"{user} set the topic: {topic}" if topic else f"{user} removed the topic"
        transcript.notice(Notice(text, event.at, NoticeKind.TOPIC, user))


@singledispatch
def changed(_event: object, said: Said, _me: str | None) -> Said:
    """Return a message as it is after an event that is about it.

    Args:
        _event: an edit, a deletion or a reaction.
        said: the message as it was.
        _me: your own name, as far as it is known.
    """
    return said


@changed.register
def _edited(event: MessageEdited, said: Said, _me: str | None) -> Said:
    if said.deleted or not event.content:
        return said  # it was deleted since, and that is told next
    return replace(said, **saying.words(event.content), edited=True)


@changed.register
def _deleted(_event: MessageDeleted, said: Said, _me: str | None) -> Said:
    return replace(said, content="", written="", edited=False, deleted=True, reactions=())


@changed.register
def _reacted(event: MessageReaction, said: Said, me: str | None) -> Said:
    if said.deleted:
        return said
    emoji, user = safe_line(event.emoji), safe_line(event.user)
    before = next((each for each in said.reactions if each.emoji == emoji), Reaction(emoji, ()))
    users = [each for each in before.users if each != user]
    if event.on:
        users = [*before.users] if user in before.users else [*users, user]
    after = Reaction(emoji, tuple(users), any(saying.is_me(each, me) for each in users))
    reactions = [after if each is before else each for each in said.reactions]
    if before not in said.reactions:
        reactions.append(after)
    return replace(said, reactions=tuple(each for each in reactions if each.users))
