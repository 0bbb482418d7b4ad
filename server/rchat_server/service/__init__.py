"""Routes to the core: plain functions, one module an area. No rsocket.

Five kinds: `RESPONSES` answer once, and may wait for it; `READS` do so with much data; `POSTS`
answer once, too, but are told where to, and never wait; `LISTS` answer with items and end; `FEEDS`
go on until somebody cancels.
Each raises `ChatError` for what the asker is to see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rchat_protocol import routes
from rchat_server.service import (
    accounts,
    conversations,
    info,
    messages,
    moderation,
    people,
    presence,
)
from rchat_server.service.caller import Caller, Request
from rchat_server.service.journal import noted

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from rchat_server.core.outbox import Outbox
    from rchat_server.core.ports import Reply, Sink

__all__ = ["FEEDS", "LISTS", "POSTS", "READS", "RESPONSES", "Caller", "Request"]

RESPONSES: Final[dict[str, Callable[[Caller, Request], Coroutine[Any, Any, bytes]]]] = {
    routes.LOGIN.name: noted("login", people.login),
    routes.LOGOUT.name: people.logout,
    routes.CHANNEL_JOIN.name: conversations.join,
    routes.CHANNEL_LEAVE.name: conversations.leave,
    routes.CONVERSATION_OPEN.name: conversations.open_private,
    routes.CONVERSATION_READ.name: conversations.mark_read,
    routes.SERVER_INFO.name: info.server_info,
    routes.CHANNEL_ENTER.name: conversations.enter,
    routes.CHANNEL_KICK.name: moderation.kick,
    routes.CHANNEL_BAN.name: moderation.ban,
    routes.CHANNEL_UNBAN.name: moderation.unban,
    routes.CHANNEL_MUTE.name: moderation.mute,
    routes.CHANNEL_OPERATOR.name: moderation.set_operator,
    routes.CHANNEL_ACCESS.name: moderation.set_access,
    routes.CHANNEL_SLOW.name: moderation.set_slow,
    routes.CHANNEL_RULES.name: moderation.rules,
    routes.CHANNEL_AUDIT.name: moderation.audit,
    routes.CHANNEL_INVITE.name: conversations.invite,
    routes.ACCOUNT_REGISTER.name: noted("registration", accounts.register),
    routes.ACCOUNT_PASSWORD.name: noted("password changed", accounts.change_password),
    routes.ACCOUNT_TOKENS.name: accounts.tokens,
    routes.ACCOUNT_REVOKE.name: noted("token revoked", accounts.revoke),
}

READS: Final[dict[str, Callable[[Caller, Request], Coroutine[Any, Any, bytes]]]] = {
    routes.HISTORY.name: messages.read_history,
    routes.SEARCH.name: messages.search,
}

POSTS: Final[dict[str, Callable[[Caller, bytes, Reply], None]]] = {
    routes.MESSAGE.name: messages.send,
    routes.MESSAGE_EDIT.name: messages.edit,
    routes.MESSAGE_DELETE.name: messages.delete,
    routes.MESSAGE_REACT.name: messages.react,
    routes.CHANNEL_TOPIC.name: messages.set_topic,
    routes.USER_INFO.name: presence.user_info,
    routes.TYPING.name: presence.typing,
    routes.AWAY.name: presence.away,
}

LISTS: Final[dict[str, Callable[[Caller, Request], list[bytes]]]] = {
    routes.CHANNELS.name: conversations.channels,
    routes.CHANNEL_USERS.name: conversations.users,
}

FEEDS: Final[dict[str, Callable[[Caller, Request, Sink], Outbox]]] = {
    routes.MESSAGES_INCOMING.name: messages.incoming,
    routes.EVENTS.name: messages.events,
}
