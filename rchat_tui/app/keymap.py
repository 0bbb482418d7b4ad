"""Keys: the table's as Textual's bindings, how they are written for people, and two repairs.

Textual 8.2 reads ``ESC 1`` as the character that macOS types for Alt+1 ("¡"), and ``ESC CR``,
which is Alt+Enter, as Enter: it would send a message that is half written. `mend_terminal_keys`
puts both right, before the app runs. A real "¡" still types.

It also names Alt+letter to the parser, which otherwise has to wait whether a longer sequence comes:
a tenth of a second, and when keys come in a burst it takes them for typed text.
"""

from __future__ import annotations

from string import ascii_lowercase, digits
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec import Struct
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.binding import Binding, BindingsMap

from rchat_tui.app.commands import BY_ID, COMMANDS, Command, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from textual import events
    from textual.dom import DOMNode
    from textual.widget import Widget

    from rchat_tui.app.base import BaseApp


class _Key(Struct, frozen=True):
    """A key that Textual's `Keys` has no name for; its parser reads no more than the value."""

    value: str


def mend_terminal_keys() -> None:
    """Make Alt+digit, Alt+Enter and Alt+letter keys of their own. May be called more than once.

    Alt+B and Alt+F stay what readline makes of them: a word back, a word forward.
    """
    sequences = cast("dict[str, Any]", ANSI_SEQUENCES_KEYS)
    sequences["\x1b\r"] = (_Key("alt+enter"),)
    for digit in digits:
        sequences[f"\x1b{digit}"] = (_Key(f"alt+{digit}"),)
    for letter in ascii_lowercase:
        sequences.setdefault(f"\x1b{letter}", (_Key(f"alt+{letter}"),))


def bindings(scope: Scope) -> Iterator[Binding]:
    """Yield the bindings of a scope by their default keys, each with the command's id."""
    for command in COMMANDS:
        if command.scope is scope and command.keys:
            yield _binding(command)


def _binding(command: Command) -> Binding:
    action = (
        command.id.replace("-", "_")
        if command.scope is Scope.COMPOSER
        else f"app.command('{command.id}')"
    )
    return Binding(
        ",".join(command.keys),
        action,
        command.label,
        show=bool(command.footer),
        priority=command.scope is Scope.APP,
        tooltip=command.description,
        id=command.id,
    )


class Keys:
    """Which keys do what, as it is now.

    Args:
        changed: Keys by a command's id, or by that of another binding; what is not in it has its
            default keys.
    """

    def __init__(self, changed: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._changed = changed or {}
        writing = [c for c in COMMANDS if self._changed and c.scope is not Scope.MESSAGE]
        self._taken = {key for command in writing for key in self.of(command)}
        self._newly = {
            key for command in writing for key in self.of(command) if key not in command.keys
        }

    def __bool__(self) -> bool:
        return bool(self._changed)

    def of(self, command: Command) -> tuple[str, ...]:
        """Return the keys of a command."""
        return self._changed.get(command.id, command.keys)

    def first(self, id_: str) -> str:
        """Return a command's key as people write it; empty: it has none."""
        keys = self.of(BY_ID[id_])
        return shown(keys[0]) if keys else ""

    def how(self, id_: str) -> str:
        """Return how a command is given: by its key, else as a slash command."""
        slash = BY_ID[id_].slash
        return self.first(id_) or (f"/{slash[0]}" if slash else BY_ID[id_].label)

    def instead(self, binding: Binding) -> tuple[str, ...]:
        """Return the keys of a binding that is in no table."""
        return self.besides(binding.id or "", tuple(binding.key.split(",")))

    def besides(self, id_: str, keys: tuple[str, ...]) -> tuple[str, ...]:
        """Return the keys of what is in no table, usually ``keys``.

        What opens a screen closes it, too, and a command takes its keys from editing.
        """
        if id_ in self._changed:
            return self._changed[id_]
        if id_.startswith("edit-"):
            return tuple(key for key in keys if key not in self._newly)
        openers = [BY_ID[command] for command in _CLOSED_BY.get(id_, ())]
        if all(self.of(command) == command.keys for command in openers):
            return keys
        usual = {key for command in openers for key in command.keys}
        now = [key for command in openers for key in self.of(command)]
        return tuple(dict.fromkeys([*(key for key in keys if key not in usual), *now]))

    def rebind(self, node: DOMNode, spare: Iterable[Binding] = ()) -> None:
        """Give a node's bindings the keys of now. Not again: it begins with the default ones.

        Args:
            node: whose they are.
            spare: bindings whose keys the table has by default: they come where it lets go of them.

        Textual's own key maps bind the ids of a node, too, but take a key from all that share it:
        here the arrows are keys of the composer and of the selected message.
        """
        if not self._changed:
            return
        before: dict[str, list[Binding]] = {}
        bound = [binding for _, binding in node._bindings]  # noqa: SLF001 - there is no other way
        free = [b for b in spare if b.key not in self._taken or b.id in self._changed]
        for binding in (*bound, *free):
            before.setdefault(binding.id or binding.key, []).append(binding)
        after = BindingsMap()
        # What acts on a message comes before all that has the same key.
        for id_, each in sorted(before.items(), key=lambda item: _rank(item[0])):
            command = BY_ID.get(id_)
            if command is not None:
                keys = self.of(command)
            else:
                keys = self.besides(id_, tuple(b.key for b in each))
            for key in keys:
                binding = each[0].with_key(key=key, key_display=None)
                after.key_to_bindings.setdefault(key, []).append(binding)
        node._bindings = after  # noqa: SLF001


_CLOSED_BY: Final = {
    "switcher-close": ("switcher", "palette"),
    "search-close": ("search",),
    "help-close": ("help",),
    "connect-help": ("help",),
}
"""Bindings of other screens that have the keys of these commands."""


def keys_of(node: DOMNode) -> Keys:
    """Return the keys of the app that a node belongs to."""
    return cast("BaseApp", node.app).keymap


def _rank(id_: str) -> int:
    command = BY_ID.get(id_)
    return 2 if command is None else 0 if command.scope is Scope.MESSAGE else 1


def types(event: events.Key) -> bool:
    """Return whether a key is text: Alt+X carries an ``x`` and is none."""
    return event.is_printable and "+" not in event.key


async def carry_out(widget: Widget, event: events.Key) -> Command | None:
    """Carry out what a key is in the table, now; return the command, None where it is none.

    Textual looks for bindings when a key has bubbled up to the app, through queues. Keys may come
    in a burst, over a slow line; what was typed after a command's key must not get before it.
    """
    active = widget.screen.active_bindings.get(event.key)
    if active is None or not active.enabled or active.binding.id not in BY_ID:
        return None
    if not await widget.app.run_action(active.binding.action, active.node):
        return None
    event.stop()
    event.prevent_default()
    return BY_ID[active.binding.id]


_NAMES: Final = {
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "enter": "Enter",
    "escape": "Esc",
    "backspace": "Backspace",
    "plus": "+",
    "slash": "/",
    "minus": "-",
    "comma": ",",
    "full_stop": ".",
    "question_mark": "?",
    "tab": "Tab",
    "space": "Space",
    "delete": "Del",
    "insert": "Ins",
    "super": "Super",
    "up": "↑",
    "down": "↓",
    "ctrl": "Ctrl",
    "alt": "Alt",
    "shift": "Shift",
}


def shown(key: str) -> str:
    """Return a key as people write it: ``ctrl+k`` is ``Ctrl+K``."""
    if len(key) == 1:
        return key  # a letter by itself is pressed without Shift
    return "+".join(_NAMES.get(part, part.upper()) for part in key.split("+"))
