"""Ids of messages: UUID version 7 (RFC 9562, section 5.7), which sort by when they were made."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    import random


def uuid7(now_ms: int, rng: random.Random) -> str:
    """Return a new UUIDv7 in its text form.

    Args:
        now_ms: Milliseconds since 1970-01-01 UTC.
        rng: Where the 74 random bits come from.
    """
    value = (now_ms & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | rng.getrandbits(12) << 64
    value |= 0b10 << 62 | rng.getrandbits(62)
    return str(UUID(int=value))
