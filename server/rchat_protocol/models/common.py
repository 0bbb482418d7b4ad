"""What requests, replies and events have in common, and the tutorial's message."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Sequence = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""The number of an entry in its conversation's log: 1, 2, 3, … with no gap; 0 is before all."""

ConversationKind = Literal["channel", "private"]


class TutorialMessage(msgspec.Struct, frozen=True):
    """An item of ``messages.incoming``: exactly these three fields, as the tutorial reads them."""

    user: str
    """The sender."""
    content: str
    channel: str | None
    """Null for a private message."""


ChannelAccess = Literal["public", "private", "password"]
"""Who may come into a channel: everybody; who was invited; who knows its password, or was."""

ModerationAct = Literal[
    "kick",
    "ban",
    "unban",
    "mute",
    "unmute",
    "op",
    "deop",
    "owner",
    "access",
    "slow",
    "invite",
    "delete",
]
"""What is done to a channel and its people."""


class ChannelRules(msgspec.Struct, frozen=True, omit_defaults=True):
    """What holds in a channel, as all may see it."""

    access: ChannelAccess = "public"
    slow: int = 0
    """Seconds from one message of a person to his next; operators are free of it."""
    owner: str = ""
    """His name; empty where there is none."""
    operators: list[str] = []
    """Their names, in order; the owner is not among them."""
