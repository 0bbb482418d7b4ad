"""One conversation as a client knows it, and how the server's events change it. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from rchat_protocol import names
from rchat_protocol.models import ChannelRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rchat_protocol.models import (
        ConversationKind,
        ConversationState,
        MessageDeleted,
        MessagePosted,
        ReadMarker,
        TopicChanged,
    )


class Conversation(Struct, frozen=True):
    """One channel, or one other person, as far as this client knows."""

    id: str
    """Opaque. Another one for the same name means: the server lost its memory, or a new person."""
    kind: ConversationKind
    name: str
    """The channel's name or the other person's, without sigil."""
    epoch: str
    """When it changes, forget what was loaded of this conversation, and load again."""
    head: int
    """Number of the newest entry; 0 when there is none."""
    read: int
    """Everything up to this number has been seen."""
    unread: int
    """Messages of others after ``read``."""
    mentions: int
    """Those among them that speak to you; never more than ``unread``."""
    members: tuple[str, ...]
    """Who is here, in alphabetical order."""
    topic: str = ""
    """What a channel is about."""
    away: Mapping[str, str] = field(default_factory=dict)
    """Those of the members who are away, with their words, which may be empty; read-only."""
    rules: ChannelRules = ChannelRules()
    """What holds in a channel."""


def opened(state: ConversationState) -> Conversation:
    """Return the conversation that the server describes."""
    return Conversation(
        id=state.conversation,
        kind=state.kind,
        name=state.name,
        epoch=state.epoch,
        head=state.head,
        read=state.read,
        unread=state.unread,
        mentions=min(state.mentions, state.unread),
        members=ordered(state.members),
        topic=state.topic,
        away=MappingProxyType(state.away),
        rules=state.rules,
    )


def peopled(
    conversation: Conversation, members: Iterable[str] = (), away: Mapping[str, str] | None = None
) -> Conversation:
    """Return the conversation with these members, some of whom are away."""
    return replace(conversation, members=ordered(members), away=MappingProxyType({**(away or {})}))


def ruled(conversation: Conversation, rules: ChannelRules) -> Conversation:
    """Return the conversation where this holds now."""
    return replace(conversation, rules=rules)


def joined(conversation: Conversation, user: str, away: str | None) -> Conversation:
    """Return the conversation with a member more, unless he is one."""
    if user in conversation.members:
        return conversation
    members = (*conversation.members, user)
    return peopled(conversation, members, _with(conversation.away, user, away))


def left(conversation: Conversation, user: str) -> Conversation:
    """Return the conversation without a member."""
    if user not in conversation.members:
        return conversation
    members = [member for member in conversation.members if member != user]
    return peopled(conversation, members, _with(conversation.away, user, None))


def present(conversation: Conversation, user: str, away: str | None) -> Conversation:
    """Return the conversation after a member went away, with these words, or came back."""
    if user not in conversation.members or conversation.away.get(user) == away:
        return conversation
    return replace(conversation, away=MappingProxyType(_with(conversation.away, user, away)))


def _with(before: Mapping[str, str], user: str, away: str | None) -> dict[str, str]:
    after = {name: words for name, words in before.items() if name != user}
    return after if away is None else {**after, user: away}


def posted(conversation: Conversation, event: MessagePosted, user: str | None) -> Conversation:
    """Return the conversation with one entry more, as ``user`` sees it.

    What is replayed after a `ConversationState` lies before its head, and is counted already.
    """
    if event.seq <= conversation.head:
        return conversation
    read, unread, mentions = conversation.read, conversation.unread, conversation.mentions
    if event.seq <= read:
        # The marker is where it is now, and may lie beyond a head that is being caught up with.
        pass
    elif user is not None and names.key(event.user) == names.key(user):
        # Writing says that one has read, here and on the server.
        read, unread, mentions = event.seq, 0, 0
    else:
        unread += 1
        mentions += user is not None and names.key(user) in names.mentioned(event.content)
    return replace(conversation, head=event.seq, read=read, unread=unread, mentions=mentions)


def reached(conversation: Conversation, seq: int) -> Conversation:
    """Return the conversation with one entry more that is no message, and so is not counted."""
    return replace(conversation, head=seq) if seq > conversation.head else conversation


def deleted(conversation: Conversation, event: MessageDeleted, user: str | None) -> Conversation:
    """Return the conversation with one message less.

    Whether it spoke to ``user`` is not known here: then the server tells how it stands anew.
    """
    if event.seq <= conversation.head:
        return conversation
    own = user is not None and names.key(event.user) == names.key(user)
    counted = event.target > conversation.read and not own
    unread = max(0, conversation.unread - counted)
    mentions = min(conversation.mentions, unread)
    return replace(conversation, head=event.seq, unread=unread, mentions=mentions)


def about(conversation: Conversation, event: TopicChanged) -> Conversation:
    """Return the conversation with another topic, unless its state has told a newer one."""
    if event.seq <= conversation.head:
        return conversation
    return replace(conversation, head=event.seq, topic=event.topic)


def read_to(conversation: Conversation, marker: ReadMarker) -> Conversation:
    """Return the conversation with the read marker there, unless it is there or beyond."""
    if marker.seq <= conversation.read:
        return conversation
    # Which of the entries between were messages of others is not known here, where a server does
    # not say so; no more can be left than there are entries.
    unread = min(conversation.unread, max(0, conversation.head - marker.seq))
    if marker.unread is not None:
        unread = max(0, marker.unread)
    mentions = min(conversation.mentions if marker.mentions is None else marker.mentions, unread)
    return replace(conversation, read=marker.seq, unread=unread, mentions=max(0, mentions))


def passed(conversation: Conversation, last: int) -> Conversation:
    """Return the conversation whose entries up to ``last`` will not be replayed.

    They count as unread, as they do on the server and on other terminals.
    """
    if last <= conversation.head:
        return conversation
    left_out = max(0, last - max(conversation.head, conversation.read))
    return replace(conversation, head=last, unread=conversation.unread + left_out)


def ordered(members: Iterable[str]) -> tuple[str, ...]:
    """Return members once each, in alphabetical order."""
    return tuple(sorted(set(members), key=lambda member: (names.key(member), member)))
