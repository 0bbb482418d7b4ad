"""From what the client tells to what a transcript shows: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_protocol import names
from rchat_tui.app.items import Delivery, Notice, NoticeKind, Said
from rchat_tui.client.display import safe_line, safe_text
from rchat_tui.client.events import MemberJoined, MemberLeft

if TYPE_CHECKING:
    from rchat_protocol.models import Message
    from rchat_tui.client.events import MessagePosted, Outgoing
    from rchat_tui.client.state import Conversation

_DELIVERIES: Final = {
    "waiting": Delivery.WAITING,
    "sending": Delivery.SENDING,
    "failed": Delivery.FAILED,
    "unknown": Delivery.UNKNOWN,
}

_TAB: Final = 4


def stored(message: Message | MessagePosted, me: str | None) -> Said:
    """Return a message that the server has; ``me`` is your own name, as far as it is known."""
    return Said(
        user=safe_line(message.user),
        content=_shown(message.content),
        at=message.at,
        id=message.id,
        seq=message.seq,
        mine=is_me(message.user, me),
    )


def outgoing(event: Outgoing, me: str | None) -> Said:
    """Return something that is in the outbox, with why it is there."""
    return Said(
        user=safe_line(me or ""),
        content=_shown(event.content),
        at=event.at,
        id=event.id,
        delivery=_DELIVERIES[event.state],
        mine=True,
        reason=safe_line(event.reason),
    )


def came_or_went(event: MemberJoined | MemberLeft, at: int) -> Notice:
    """Return the notice that somebody came or went."""
    user = safe_line(event.user)
    if isinstance(event, MemberJoined):
        return Notice(f"{user} joined", at, NoticeKind.JOIN, user)
    return Notice(f"{user} left", at, NoticeKind.LEAVE, user)


def title(conversation: Conversation) -> str:
    """Return how a conversation is called: ``#general``, ``@bob``."""
    return ("#" if conversation.kind == "channel" else "@") + safe_line(conversation.name)


def is_me(user: str, me: str | None) -> bool:
    """Return whether ``user`` is your own name."""
    return me is not None and names.key(user) == names.key(me)


def _shown(content: str) -> str:
    return safe_text(content).expandtabs(_TAB)
