"""The route table: what may be asked of the server. PROTOCOL.md is checked against it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rchat_protocol import models

if TYPE_CHECKING:
    import msgspec


class Interaction(enum.StrEnum):
    """RSocket's interaction models that the chat uses."""

    RESPONSE = "request-response"
    STREAM = "request-stream"


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that may be asked."""

    name: str
    interaction: Interaction
    request: type[msgspec.Struct | str] | None
    """Model of the request's data: JSON of a struct, plain text, or none."""
    reply: type[msgspec.Struct | str] | object
    """Model of the reply's data, or of one item of the stream."""
    needs_login: bool = True
    frozen: bool = False
    """One of the tutorial's: it stays as it is."""


_RESPONSE: Final = Interaction.RESPONSE
_STREAM: Final = Interaction.STREAM

LOGIN: Final = Route("login", _RESPONSE, str, str, needs_login=False, frozen=True)
CHANNEL_JOIN: Final = Route("channel.join", _RESPONSE, str, models.Empty, frozen=True)
CHANNEL_LEAVE: Final = Route("channel.leave", _RESPONSE, str, models.Empty, frozen=True)
MESSAGE: Final = Route("message", _RESPONSE, models.SendMessage, models.Ack, frozen=True)
MESSAGES_INCOMING: Final = Route(
    "messages.incoming", _STREAM, None, models.TutorialMessage, frozen=True
)
CHANNELS: Final = Route("channels", _STREAM, None, str, frozen=True)
CHANNEL_USERS: Final = Route("channel.users", _STREAM, str, str, frozen=True)

SERVER_INFO: Final = Route("server.info", _RESPONSE, None, models.ServerInfo, needs_login=False)
LOGOUT: Final = Route("logout", _RESPONSE, None, models.Empty)
EVENTS: Final = Route("events", _STREAM, models.EventsRequest, models.Event)
HISTORY: Final = Route("history", _RESPONSE, models.HistoryRequest, models.HistoryReply)
SEARCH: Final = Route("search", _RESPONSE, models.SearchRequest, models.SearchReply)
CONVERSATION_OPEN: Final = Route(
    "conversation.open", _RESPONSE, models.OpenConversation, models.ConversationState
)
CONVERSATION_READ: Final = Route("conversation.read", _RESPONSE, models.MarkRead, models.Empty)
MESSAGE_EDIT: Final = Route("message.edit", _RESPONSE, models.EditMessage, models.Ack)
MESSAGE_DELETE: Final = Route("message.delete", _RESPONSE, models.DeleteMessage, models.Ack)
MESSAGE_REACT: Final = Route("message.react", _RESPONSE, models.React, models.Ack)
CHANNEL_TOPIC: Final = Route("channel.topic", _RESPONSE, models.SetTopic, models.Ack)
USER_INFO: Final = Route("user.info", _RESPONSE, models.UserQuery, models.UserInfo)
CHANNEL_INVITE: Final = Route("channel.invite", _RESPONSE, models.Invite, models.Empty)
CHANNEL_ENTER: Final = Route("channel.enter", _RESPONSE, models.EnterChannel, models.Empty)
CHANNEL_KICK: Final = Route("channel.kick", _RESPONSE, models.Kick, models.Empty)
CHANNEL_BAN: Final = Route("channel.ban", _RESPONSE, models.Ban, models.Empty)
CHANNEL_UNBAN: Final = Route("channel.unban", _RESPONSE, models.Unban, models.Empty)
CHANNEL_MUTE: Final = Route("channel.mute", _RESPONSE, models.Mute, models.Empty)
CHANNEL_OPERATOR: Final = Route("channel.operator", _RESPONSE, models.SetOperator, models.Empty)
CHANNEL_ACCESS: Final = Route("channel.access", _RESPONSE, models.SetAccess, models.Empty)
CHANNEL_SLOW: Final = Route("channel.slow", _RESPONSE, models.SetSlow, models.Empty)
CHANNEL_RULES: Final = Route("channel.rules", _RESPONSE, models.RulesQuery, models.RulesReply)
CHANNEL_AUDIT: Final = Route("channel.audit", _RESPONSE, models.AuditRequest, models.AuditReply)
ACCOUNT_REGISTER: Final = Route(
    "account.register", _RESPONSE, models.Register, models.Empty, needs_login=False
)
ACCOUNT_PASSWORD: Final = Route("account.password", _RESPONSE, models.ChangePassword, models.Empty)
ACCOUNT_TOKENS: Final = Route("account.tokens", _RESPONSE, None, models.TokenList)
ACCOUNT_REVOKE: Final = Route("account.revoke", _RESPONSE, models.RevokeToken, models.Empty)
TYPING: Final = Route("typing", _RESPONSE, models.Typing, models.Empty)
AWAY: Final = Route("away", _RESPONSE, models.SetAway, models.Empty)

ROUTES: Final[dict[str, Route]] = {
    route.name: route
    for route in (
        LOGIN,
        CHANNEL_JOIN,
        CHANNEL_LEAVE,
        MESSAGE,
        MESSAGES_INCOMING,
        CHANNELS,
        CHANNEL_USERS,
        SERVER_INFO,
        LOGOUT,
        EVENTS,
        HISTORY,
        SEARCH,
        CONVERSATION_OPEN,
        CONVERSATION_READ,
        MESSAGE_EDIT,
        MESSAGE_DELETE,
        MESSAGE_REACT,
        CHANNEL_TOPIC,
        TYPING,
        AWAY,
        USER_INFO,
        CHANNEL_INVITE,
        CHANNEL_ENTER,
        CHANNEL_KICK,
        CHANNEL_BAN,
        CHANNEL_UNBAN,
        CHANNEL_MUTE,
        CHANNEL_OPERATOR,
        CHANNEL_ACCESS,
        CHANNEL_SLOW,
        CHANNEL_RULES,
        CHANNEL_AUDIT,
        ACCOUNT_REGISTER,
        ACCOUNT_PASSWORD,
        ACCOUNT_TOKENS,
        ACCOUNT_REVOKE,
    )
}
