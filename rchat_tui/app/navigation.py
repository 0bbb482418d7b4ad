"""Which conversation is meant by a key that moves about: pure."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from rchat_protocol import names
from rchat_tui.app.counting import count

if TYPE_CHECKING:
    from rchat_tui.app.model import ChatModel
    from rchat_tui.client.state import Conversation

_DIGITS: Final = 4
"""Of the largest place in the list that can be meant: a name may have more."""


def step(model: ChatModel, by: int) -> str | None:
    """Return the conversation ``by`` places below the open one; it goes round."""
    ids = [conversation.id for conversation in _listed(model)]
    if not ids:
        return None
    at = ids.index(model.active) if model.active in ids else -1 if by > 0 else 0
    return ids[(at + by) % len(ids)]


def nth(model: ChatModel, number: int) -> str | None:
    """Return conversation ``number`` of the list, from 1."""
    ordered = _listed(model)
    return ordered[number - 1].id if 0 < number <= len(ordered) else None


def next_unread(model: ChatModel) -> str | None:
    """Return the next conversation with unread messages: first those that call for you.

    Muted ones call for nobody.
    """
    ordered = _listed(model)
    at = next((i for i, c in enumerate(ordered) if c.id == model.active), -1)
    others = ordered[at + 1 :] + ordered[: max(at, 0)]
    others = [c for c in others if model.unread(c) and not model.preferences.muted(c)]
    called = [c for c in others if count(model, c).calls]
    return next((c.id for c in called or others), None)


def _listed(model: ChatModel) -> list[Conversation]:
    return model.preferences.listed(model.state.conversations.values())


def nearest(model: ChatModel, text: str) -> list[Conversation]:
    """Return the conversations that ``text`` may have been meant for, the likeliest first."""
    key = names.key(text.strip().lstrip("#@"))
    there = {names.key(c.name): c for c in reversed(model.ordered())}
    near = difflib.get_close_matches(key, there, n=3, cutoff=0.5)
    inside = [name for name in there if key and key in name]
    return [there[name] for name in dict.fromkeys([*inside, *near])][:3]


def named(model: ChatModel, text: str) -> Conversation | None:
    """Return the conversation that ``text`` means, or None where that is none or not one.

    That is its place in the list, its name with or without sigil, or how its name begins or goes
    on, as long as there is one of that kind.
    """
    text = text.strip()
    if text.isdecimal() and len(text) <= _DIGITS:
        id_ = nth(model, int(text))
        if id_ is not None:
            return model.state.conversations[id_]
    kind = {"#": "channel", "@": "private"}.get(text[:1])
    key = names.key(text[1:] if kind else text)
    there = [(c, names.key(c.name)) for c in model.ordered() if kind in (None, c.kind)]
    exact = [c for c, name in there if name == key]
    if exact or not key:
        return exact[0] if exact else None
    beginning = [c for c, name in there if name.startswith(key)]
    inside = beginning or [c for c, name in there if key in name]
    return inside[0] if len(inside) == 1 else None
