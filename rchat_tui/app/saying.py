"""From what the client tells to what a transcript shows: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rchat_protocol import limits, names
from rchat_protocol.models import Message
from rchat_tui.app import standing
from rchat_tui.app.items import Delivery, Notice, NoticeKind, Reaction, Said
from rchat_tui.client.display import safe_line, safe_text
from rchat_tui.client.events import MemberJoined, MemberLeft, Moderated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rchat_protocol.models import UserInfo
    from rchat_tui.client.events import MessagePosted, Outgoing
    from rchat_tui.client.state import Conversation

_DELIVERIES: Final = {
    "waiting": Delivery.WAITING,
    "sending": Delivery.SENDING,
    "failed": Delivery.FAILED,
    "unknown": Delivery.UNKNOWN,
}

_TAB: Final = 4

_SHARED: Final = 20
"""Channels that two people share and that are named."""


def stored(message: Message | MessagePosted, me: str | None) -> Said:
    """Return a message that the server has; ``me`` is your own name, as far as it is known."""
    reactions = message.reactions if isinstance(message, Message) else None
    return Said(
        user=safe_line(message.user),
        at=message.at,
        id=message.id,
        seq=message.seq,
        mine=is_me(message.user, me),
        reply=message.reply or 0,
        edited=message.edited is not None and not message.deleted,
        deleted=message.deleted,
        reactions=tuple(_reactions(reactions, me)) if reactions and not message.deleted else (),
        **words(message.content),
    )


def outgoing(event: Outgoing, me: str | None) -> Said:
    """Return something that is in the outbox, with why it is there."""
    return Said(
        user=safe_line(me or ""),
        at=event.at,
        id=event.id,
        reply=event.reply or 0,
        delivery=_DELIVERIES[event.state],
        mine=True,
        reason=safe_line(event.reason),
        **words(event.content),
    )


def happened(
    event: MemberJoined | MemberLeft | Moderated, me: str | None, at: int
) -> Notice | None:
    """Return the notice that somebody came or went, or moderates; None: it is not worth one."""
    if isinstance(event, Moderated):
        return standing.moderated(event, at)
    if is_me(event.user, me) or (isinstance(event, MemberLeft) and event.by):
        return None  # of who was put out it was told before
    user = safe_line(event.user)
    if isinstance(event, MemberJoined):
        return Notice(f"{user} joined", at, NoticeKind.JOIN, user)
    return Notice(f"{user} left", at, NoticeKind.LEAVE, user)


def title(conversation: Conversation) -> str:
    """Return how a conversation is called: ``#general``, ``@bob``."""
    return ("#" if conversation.kind == "channel" else "@") + safe_line(conversation.name)


def away(words: str) -> str:
    """Return how somebody is who is away, with these words or without: ``away: lunch``."""
    words = safe_line(words)
    return f"away: {words}" if words else "away"


def info(told: UserInfo, now: int) -> str:
    """Return what is known of somebody as one sentence.

    Args:
        told: by the server.
        now: milliseconds since 1970-01-01 UTC.
    """
    came = "came" if told.present else "left"
    parts = [f"{came} {_span((now - told.since) // 1000)} ago"]
    if told.idle is not None:
        parts.append(f"wrote {_span(told.idle)} ago")
    if told.away is not None:
        parts.append(away(told.away))
    if told.account:
        parts.append("has an account")
    if told.terminals != 1 and told.present:
        dropped = "the line has dropped"
        parts.append(f"on {told.terminals:,} terminals" if told.terminals > 0 else dropped)
    listed = [f"#{safe_line(channel)}" for channel in told.channels[:_SHARED]]
    more = len(told.channels) - len(listed)
    shared = ", ".join([*listed, *([f"{more:,} more"] if more else [])])
    where = f" You share {shared}." if shared else ""
    return f"{safe_line(told.user)}: {', '.join(parts)}.{where}"


def _span(seconds: int) -> str:
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:,} {name}"
    return f"{max(0, seconds)} s"


def person(conversation: Conversation, member: str) -> str:
    """Return a member's name, and how he is where he is away: ``bob (away: lunch)``."""
    words = conversation.away.get(member)
    return safe_line(member) + ("" if words is None else f" ({away(words)})")


def decides(conversation: Conversation | None, me: str | None) -> bool:
    """Return whether you own or moderate a channel."""
    if conversation is None or me is None:
        return False
    rules, key = conversation.rules, names.key(me)
    return any(names.key(each) == key for each in (rules.owner, *rules.operators))


def is_me(user: str, me: str | None) -> bool:
    """Return whether ``user`` is your own name."""
    return me is not None and names.key(user) == names.key(me)


def words(content: str) -> dict[str, Any]:
    """Return what a message says as fields of `Said`: as it is shown, and as it is copied."""
    written = safe_text(content)
    if "\t" not in written:
        return {"content": written, "written": ""}
    return {"content": written.expandtabs(_TAB), "written": written}


def _reactions(reactions: dict[str, list[str]], me: str | None) -> Iterator[Reaction]:
    for emoji, users in [*reactions.items()][: limits.REACTIONS]:
        shown = tuple(safe_line(user) for user in users[: limits.REACTED])
        if shown:
            yield Reaction(safe_line(emoji), shown, any(is_me(user, me) for user in users))
