"""Emoji by their short codes, for terminals that disagree about their widths: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from rchat_tui.app.emoji import spelled
from rchat_tui.app.items import Notice, Said

if TYPE_CHECKING:
    from rchat_tui.app.items import Item
    from rchat_tui.app.layout import Place

_ItemT = TypeVar("_ItemT", bound="Item")


def spelled_out(item: _ItemT) -> _ItemT:
    """Return an item of a conversation with its emoji spelled out."""
    if isinstance(item, Said):
        reactions = tuple(replace(each, emoji=spelled(each.emoji)) for each in item.reactions)
        content = spelled(item.content)
        return replace(item, content=content, user=spelled(item.user), reactions=reactions)
    if isinstance(item, Notice):
        return replace(item, text=spelled(item.text))
    return item


def spelled_place(where: Place) -> Place:
    """Return how an item stands, with the emoji of what it answers spelled out."""
    return where if where.quote is None else replace(where, quote=spelled_out(where.quote))
