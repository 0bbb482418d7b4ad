"""Which conversation is meant by a key that moves about: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rchat_tui.app.model import ChatModel


def step(model: ChatModel, by: int) -> str | None:
    """Return the conversation ``by`` places below the open one; it goes round."""
    ids = [conversation.id for conversation in model.ordered()]
    if not ids:
        return None
    at = ids.index(model.active) if model.active in ids else -1 if by > 0 else 0
    return ids[(at + by) % len(ids)]


def nth(model: ChatModel, number: int) -> str | None:
    """Return conversation ``number`` of the list, from 1."""
    ordered = model.ordered()
    return ordered[number - 1].id if 0 < number <= len(ordered) else None


def next_unread(model: ChatModel) -> str | None:
    """Return the next conversation with unread messages: first those that speak to you."""
    ordered = model.ordered()
    at = next((i for i, c in enumerate(ordered) if c.id == model.active), -1)
    others = [c for c in ordered[at + 1 :] + ordered[: max(at, 0)] if c.unread]
    called = [c for c in others if c.mentions or c.kind == "private"]
    return next((c.id for c in called or others), None)
