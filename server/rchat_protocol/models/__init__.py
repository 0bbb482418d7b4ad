"""What crosses the wire, as frozen values. PROTOCOL.md describes the same for other languages.

Unknown fields are ignored, and a client ignores unknown event types, so that either side may be
the newer one. Times are whole milliseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from rchat_protocol.models.common import (
    ConversationKind,
    Sequence,
    TutorialMessage,
)
from rchat_protocol.models.events import (
    ConversationState,
    Event,
    Expired,
    Live,
    MemberJoined,
    MemberLeft,
    Members,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    MessageReaction,
    Parted,
    PresenceChanged,
    ReadMarker,
    Skipped,
    TopicChanged,
)
from rchat_protocol.models.replies import (
    Ack,
    Empty,
    ErrorBody,
    HistoryReply,
    Message,
    SearchHit,
    SearchReply,
    ServerInfo,
    ServerLimits,
)
from rchat_protocol.models.requests import (
    Cursor,
    DeleteMessage,
    EditMessage,
    EventsRequest,
    HistoryRequest,
    MarkRead,
    OpenConversation,
    React,
    SearchRequest,
    SendMessage,
    SetAway,
    SetTopic,
)

__all__ = [
    "Ack",
    "ConversationKind",
    "ConversationState",
    "Cursor",
    "DeleteMessage",
    "EditMessage",
    "Empty",
    "ErrorBody",
    "Event",
    "EventsRequest",
    "Expired",
    "HistoryReply",
    "HistoryRequest",
    "Live",
    "MarkRead",
    "MemberJoined",
    "MemberLeft",
    "Members",
    "Message",
    "MessageDeleted",
    "MessageEdited",
    "MessagePosted",
    "MessageReaction",
    "OpenConversation",
    "Parted",
    "PresenceChanged",
    "React",
    "ReadMarker",
    "SearchHit",
    "SearchReply",
    "SearchRequest",
    "SendMessage",
    "Sequence",
    "ServerInfo",
    "ServerLimits",
    "SetAway",
    "SetTopic",
    "Skipped",
    "TopicChanged",
    "TutorialMessage",
]
