"""Names in the sentences that people are told."""

from __future__ import annotations

from rchat_protocol import limits
from rchat_protocol.errors import ChatError, ErrorCode


def shown(name: str) -> str:
    """Return a name as it may stand in a sentence, whatever it is."""
    return "".join(c if c.isprintable() else "?" for c in name[: limits.CHANNEL_NAME_CHARS])


def no_such_channel(name: str) -> ChatError:
    """Return what somebody is told where there is none, or none that he may know of."""
    return ChatError(ErrorCode.NO_SUCH_CHANNEL, f"There is no channel called {shown(name)}.")
