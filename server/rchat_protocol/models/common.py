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
