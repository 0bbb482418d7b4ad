"""Names in the sentences that people are told."""

from __future__ import annotations

from rchat_protocol import limits


def shown(name: str) -> str:
    """Return a name as it may stand in a sentence, whatever it is."""
    return "".join(c if c.isprintable() else "?" for c in name[: limits.CHANNEL_NAME_CHARS])
