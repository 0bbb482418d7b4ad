"""Where the unread line stands: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from rchat_tui.app.items import Gap, Said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rchat_protocol.models import ConversationState
    from rchat_tui.app.items import Item


Unread = Said | Gap
"""What the line may stand before: a message, or what is not loaded and has messages in it."""


def is_after(item: Item, seq: int | None) -> TypeGuard[Unread]:
    """Return whether ``item`` has entries after ``seq``, other than your own."""
    if seq is None:
        return False
    if isinstance(item, Gap):
        return item.last > seq
    return isinstance(item, Said) and not (item.mine or item.hidden) and item.seq > seq


def begins_before(item: Unread, other: Unread | None) -> bool:
    """Return whether ``item`` comes earlier in the log than ``other``, if there is that one."""
    numbers = [each.first if isinstance(each, Gap) else each.seq for each in (item, other) if each]
    return other is None or numbers[0] < numbers[1]


def line(state: ConversationState, *, head: int, before: int | None) -> int | None:
    """Return how far one has read of a conversation that is open, when its state arrives.

    Args:
        state: it knows what was read on other terminals.
        head: number of the newest entry that was heard of here; that has been on the screen.
        before: where the line stood; None: there was none.
    """
    if not state.unread:
        return None
    if state.head <= head:
        return before
    return max(state.read, head if before is None else before)


def first(items: Sequence[Item], seq: int | None, *, base: int) -> Unread | None:
    """Return what the line stands before, as far as that is loaded.

    Args:
        items: oldest first.
        seq: how far one has read; None: there is no line.
        base: items before this one have numbers that mean nothing.
    """
    found = None
    for index in range(len(items) - 1, base - 1, -1):
        item = items[index]
        if is_after(item, seq):
            found = item
        elif isinstance(item, Said) and item.seq and not item.mine:
            break
    return found
