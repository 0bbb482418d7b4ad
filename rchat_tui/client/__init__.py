"""rchat for programs: `ChatClient`, what it yields, what it raises. No Textual in here.

A bot that repeats what it is told::

    async with ChatClient("tcp://127.0.0.1:6565", user="echo") as chat:
        await chat.join("general")
        async for event in chat.events():
            if isinstance(event, MessagePosted) and event.content.startswith("!echo "):
                await chat.send(event.conversation, event.content.removeprefix("!echo "))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rchat_protocol.models import (
        Ack,
        HistoryReply,
        Message,
        SearchHit,
        SearchReply,
        SearchRequest,
        ServerInfo,
        TutorialMessage,
        UserInfo,
    )
    from rchat_tui.client.client import ChatClient
    from rchat_tui.client.display import safe_text
    from rchat_tui.client.errors import (
        ConnectFailed,
        ConnectionLost,
        InvalidAddress,
        OutcomeUnknown,
        RchatError,
        RequestTimeout,
        ServerError,
        SetupError,
        StorageFailed,
    )
    from rchat_tui.client.events import (
        ClientEvent,
        Connecting,
        ConnectionEvent,
        ConversationState,
        Delivered,
        Expired,
        Invited,
        Live,
        MemberJoined,
        MemberLeft,
        Members,
        MessageDeleted,
        MessageEdited,
        MessagePosted,
        MessageReaction,
        Moderated,
        NotKept,
        Offline,
        Online,
        Outgoing,
        Parted,
        PresenceChanged,
        ReadMarker,
        Remembered,
        RememberedConversation,
        Skipped,
        TopicChanged,
        TypingChanged,
        Withdrawn,
    )
    from rchat_tui.client.passwords import PasswordSource
    from rchat_tui.client.state import ChatState, Conversation, fold
    from rchat_tui.client.store.memory import MemoryClientStore
    from rchat_tui.client.store.sqlite import SqliteClientStore

__all__ = [
    "Ack",
    "ChatClient",
    "ChatState",
    "ClientEvent",
    "ConnectFailed",
    "Connecting",
    "ConnectionEvent",
    "ConnectionLost",
    "Conversation",
    "ConversationState",
    "Delivered",
    "Expired",
    "HistoryReply",
    "InvalidAddress",
    "Invited",
    "Live",
    "MemberJoined",
    "MemberLeft",
    "Members",
    "MemoryClientStore",
    "Message",
    "MessageDeleted",
    "MessageEdited",
    "MessagePosted",
    "MessageReaction",
    "Moderated",
    "NotKept",
    "Offline",
    "Online",
    "OutcomeUnknown",
    "Outgoing",
    "Parted",
    "PasswordSource",
    "PresenceChanged",
    "RchatError",
    "ReadMarker",
    "Remembered",
    "RememberedConversation",
    "RequestTimeout",
    "SearchHit",
    "SearchReply",
    "SearchRequest",
    "ServerError",
    "ServerInfo",
    "SetupError",
    "Skipped",
    "SqliteClientStore",
    "StorageFailed",
    "TopicChanged",
    "TutorialMessage",
    "TypingChanged",
    "UserInfo",
    "Withdrawn",
    "fold",
    "safe_text",
]


# Late (PEP 562): to check an address, or paint a first screen, takes none of the hundred modules
# of the network library, nor the models of the wire.
_MODULES: Final = (
    "rchat_tui.client.errors",
    "rchat_tui.client.display",
    "rchat_tui.client.events",
    "rchat_tui.client.state",
    "rchat_tui.client.passwords",
    "rchat_protocol.models",
    "rchat_tui.client.client",
    "rchat_tui.client.store.memory",
    "rchat_tui.client.store.sqlite",
)


def __getattr__(name: str) -> Any:
    if name in __all__:
        for module in map(importlib.import_module, _MODULES):
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
