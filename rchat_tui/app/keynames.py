"""What keys are called, and which of them a terminal can send. Pure.

The sources are xterm's "ctlseqs" for the sequences, and Textual's parser for what it makes of them.
"""

from __future__ import annotations

import difflib
import re
from string import ascii_lowercase, digits
from typing import Final

_MODIFIERS: Final = ("alt", "ctrl", "shift", "super")
"""In the order in which Textual writes them."""

_NAMED: Final = (
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete"),
    *(f"f{number}" for number in range(1, 13)),
)
"""Keys that xterm sends with any modifiers."""

_PLAIN: Final = ("enter", "tab", "escape", "backspace", "space")

_ALIASES: Final = {
    "esc": "escape",
    "return": "enter",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "pgdown": "pagedown",
    "ins": "insert",
    "del": "delete",
    "bs": "backspace",
    "control": "ctrl",
    "meta": "alt",
    "option": "alt",
    "opt": "alt",
    "+": "plus",
    "/": "slash",
    "-": "minus",
    "?": "question_mark",
    ".": "full_stop",
    ",": "comma",
}

_SAME: Final = {
    "ctrl+i": "Tab",
    "ctrl+m": "Enter",
    "ctrl+h": "Backspace",
    "alt+b": "Ctrl+←, a word back",
    "alt+f": "Ctrl+→, a word forward",
    "ctrl+left_square_bracket": "Esc",
}
"""Keys that arrive as others."""

FEW: Final = "only few terminals send it, so another key has to stand beside it"
"""Why a key is not enough."""

_ALWAYS: Final = frozenset(
    {
        *(f"ctrl+{letter}" for letter in ascii_lowercase),
        *(f"alt+{letter}" for letter in ascii_lowercase + digits),
        *_NAMED,
        *(key for key in _PLAIN if key != "space"),
        "shift+tab",
        "alt+enter",
        *(
            f"{modifiers}+{key}"
            for modifiers in ("alt", "ctrl", "shift", "ctrl+shift", "alt+shift", "alt+ctrl")
            for key in _NAMED
            if key != "f3"  # it would be sent as the answer to where the cursor is
        ),
    }
    - _SAME.keys()
)
"""Keys that every terminal sends in the way of xterm."""


class KeyProblem(Exception):  # noqa: N818 - it is what people are told of
    """A key cannot be used like that: ``str(error)`` is a sentence."""


def normal(text: str) -> str:
    """Return a key as Textual calls it: ``Ctrl+K`` is ``ctrl+k``.

    Raises:
        KeyProblem: There is no such key.
    """
    text = text.strip()
    before, _, key = text.rpartition("+")
    if text and not key:  # the plus itself
        before, key = before.rstrip("+"), "+"
    modifiers = [part.strip() for part in before.split("+") if part.strip()]
    key = key.strip()
    key = key if len(key) == 1 and not modifiers else key.lower()  # G is not g
    key = _ALIASES.get(key, key)
    held = sorted({_ALIASES.get(each.lower(), each.lower()) for each in modifiers})
    wrong = next((each for each in held if each not in _MODIFIERS), None)
    known = len(key) == 1 or key in _NAMED or key in _PLAIN or key in _ALIASES.values()
    if wrong is not None or not key or not known:
        names = [*_MODIFIERS, *_NAMED, *_PLAIN, *_ALIASES]
        near = difflib.get_close_matches(wrong or key, names, n=1, cutoff=0.5)
        hint = f": did you mean {near[0]}?" if near else "."
        raise KeyProblem(f"There is no key {text!r}{hint}")
    return "+".join([*held, key])


def prints(key: str) -> bool:
    """Return whether a key types a character."""
    return len(key) == 1 or re.fullmatch("space|plus|slash|minus|comma|.*_.*", key) is not None


def why_not(key: str) -> str | None:
    """Return why a key does not arrive; None: it does, in every terminal.

    Args:
        key: as `normal` returns it.
    """
    if key in _ALWAYS:
        return None
    if key in _SAME:
        return f"terminals send it as {_SAME[key]}"
    *modifiers, name = key.split("+")
    if not modifiers:
        return "it types a character"
    if "alt" in modifiers and len(modifiers) == 1 and name not in _PLAIN:
        return "with Alt, only letters, digits, arrows and the like arrive"
    return FEW
