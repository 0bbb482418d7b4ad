"""A page of history out of what is held of a log. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_tui.client.store.ports import CachedPage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rchat_protocol.models import ConversationState, Message
    from rchat_tui.client.ranges import Range


def page_back(
    found: Sequence[Message], held: Range, state: ConversationState, limit: int
) -> CachedPage:
    """Return the page that ends with the last of ``found``.

    Args:
        found: The messages that are held next to the place, oldest first: one more than the limit
            is enough.
        held: The numbers that are held there.
        state: Of the conversation.
        limit: Most messages of the page.
    """
    beginning = held[0] <= state.first
    return CachedPage(
        tuple(found[-limit:]),
        whole=len(found) >= limit or beginning,
        more=len(found) > limit or not beginning,
        first=found[-limit].seq if len(found) > limit else held[0],
        last=held[1],
    )


def page_on(
    found: Sequence[Message], held: Range, state: ConversationState, limit: int
) -> CachedPage:
    """Return the page that begins with the first of ``found``. Arguments as of `page_back`."""
    # Where it ends with what is held, the server may know of more.
    full = len(found) > limit
    return CachedPage(
        tuple(found[:limit]),
        whole=full,
        more=full or held[1] < state.head,
        first=held[0],
        last=found[limit - 1].seq if full else held[1],
    )
