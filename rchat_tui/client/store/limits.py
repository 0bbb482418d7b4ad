"""How much a store keeps."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

DELIVERED: Final = 2_000
"""Delivered entries that stay in the outbox, without their content: other processes learn of them
there when they look, once a second. What is gone by then they take for withdrawn, so these are more
than a process delivers in that time: each takes two commits."""


class CacheLimits(Struct, frozen=True):
    """The oldest entries of a conversation go first, and of conversations the longest silent."""

    numbers: int = 2_000
    """Entries of one conversation's log."""
    total_bytes: int = 64 * 1024 * 1024
    """Everything together."""


MEMORY: Final = CacheLimits(numbers=200, total_bytes=8 * 1024 * 1024)
"""What a client without a file keeps: what it needs to answer without asking again."""
