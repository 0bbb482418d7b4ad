"""What becomes of a stretch that is not loaded: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from rchat_tui.app.items import Beginning, Gap, Said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rchat_tui.app.items import Item

AnyItem = TypeVar("AnyItem", bound="Item")


def number(item: Item) -> int:
    """Return a message's number; 0 for what has none."""
    return item.seq if isinstance(item, Said) else 0


def numberless(item: AnyItem) -> AnyItem:
    """Return an item of a log that is no more: what number it answers means nothing."""
    return replace(item, reply=0) if isinstance(item, Said) and item.reply else item


def split(gap: Gap, said: Said) -> list[Item]:
    """Return ``gap`` with a message in its middle."""
    parts: list[Item] = [said]
    if gap.first < said.seq:
        parts.insert(0, Gap(gap.first, said.seq - 1))
    if said.seq < gap.last:
        parts.append(Gap(said.seq + 1, gap.last))
    return parts


def covered(
    gap: Gap, loaded: Sequence[Said], covers: tuple[int, int] | None
) -> tuple[int, int] | None:
    """Return the first and the last number that a page answers for, within ``gap``.

    Args:
        gap: what was asked for.
        loaded: the messages of it that came.
        covers: the numbers that the page says it covers; None: it does not say.
    """
    if covers is None:
        return (loaded[0].seq, loaded[-1].seq) if loaded else None
    first, last = max(covers[0], gap.first), min(covers[1], gap.last)
    return (first, last) if first <= last else None


def span(items: Sequence[Item], first_kept: int) -> Gap | None:
    """Return the gap that takes the place of ``items``; None where they have no numbers."""
    first, last = 0, 0
    for item in items:
        low, high = number(item), number(item)
        if isinstance(item, Gap):
            low, high = item.first, item.last
        elif isinstance(item, Beginning):
            low = first_kept
        first = first or low
        last = max(last, high)
    return Gap(first, last) if first and first <= last else None
