"""rchat for programs: `ChatClient`, what it yields, what it raises. No Textual in here.

A bot that repeats what it is told::

    async with ChatClient("tcp://127.0.0.1:6565", user="echo") as chat:
        await chat.join("general")
        async for event in chat.events():
            if isinstance(event, MessagePosted) and event.content.startswith("!echo "):
                await chat.send(event.conversation, event.content.removeprefix("!echo "))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rchat_protocol.models import Ack, HistoryReply, Message, ServerInfo, TutorialMessage
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
)
from rchat_tui.client.events import (
    ClientEvent,
    Connecting,
    ConnectionEvent,
    ConversationState,
    Expired,
    Live,
    MemberJoined,
    MemberLeft,
    Members,
    MessagePosted,
    Offline,
    Online,
    Parted,
    ReadMarker,
    Skipped,
)
from rchat_tui.client.state import ChatState, Conversation, fold

if TYPE_CHECKING:
    from rchat_tui.client.client import ChatClient

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
    "Expired",
    "HistoryReply",
    "InvalidAddress",
    "Live",
    "MemberJoined",
    "MemberLeft",
    "Members",
    "Message",
    "MessagePosted",
    "Offline",
    "Online",
    "OutcomeUnknown",
    "Parted",
    "RchatError",
    "ReadMarker",
    "RequestTimeout",
    "ServerError",
    "ServerInfo",
    "SetupError",
    "Skipped",
    "TutorialMessage",
    "fold",
    "safe_text",
]


def __getattr__(name: str) -> Any:
    # Late (PEP 562): screens need the events and the fold before their first paint, and the
    # network library with its hundred modules only after it.
    if name == "ChatClient":
        from rchat_tui.client.client import ChatClient

        return ChatClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
