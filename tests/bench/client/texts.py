"""What the messages of these figures say."""

from __future__ import annotations


def text_of(channel: str, number: int) -> str:
    """Return what message ``number`` of a channel says: its own place, and some words."""
    return f"{place_of(channel, number)} the quick brown fox jumps over the lazy dog".ljust(64, ".")


def place_of(channel: str, number: int) -> str:
    """Return what stands in that message and in no other; it is drawn in one piece."""
    return f"{channel}-{number:07d}"
