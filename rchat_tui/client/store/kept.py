"""What a person keeps beside messages: texts by area and key, and how many there may be. No I/O."""

from __future__ import annotations

from typing import Final

from rchat_tui.client.errors import StorageFailed

NAME_BYTES: Final = 512
"""Most bytes of UTF-8 that the name of an area, or a key, may have."""

TEXT_BYTES: Final = 64 * 1024
"""Most bytes of UTF-8 in a text: four messages of the largest size."""

KEYS: Final = 1_000
"""Most keys in an area."""

AREAS: Final = 100
"""Most areas."""

FULL: Final = "Not kept: there is too much of this kind already. Remove some of it first."


def check(area: str, key: str, text: str | None) -> None:
    """Refuse what is too large to be kept, or is no text.

    Raises:
        StorageFailed: It is.
    """
    try:
        sizes = [len(part.encode()) for part in (area, key, text or "")]
    except UnicodeEncodeError:
        raise StorageFailed("Not kept: there is a character in it that is none.") from None
    if max(sizes[:2]) > NAME_BYTES or sizes[2] > TEXT_BYTES:
        raise StorageFailed(f"Not kept: it is longer than {TEXT_BYTES:,} bytes.")


def check_room(*, keys: int, areas: int) -> None:
    """Refuse a key that is new.

    Args:
        keys: How many its area has without it.
        areas: How many others there are.

    Raises:
        StorageFailed: There is no room for it.
    """
    if keys >= KEYS or areas >= AREAS:
        raise StorageFailed(FULL)
