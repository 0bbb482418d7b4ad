"""Keys: the table's as Textual's bindings, how they are written for people, and two repairs.

Textual 8.2 reads ``ESC 1`` as the character that macOS types for Alt+1 ("¡"), and ``ESC CR``,
which is Alt+Enter, as Enter: it would send a message that is half written. `mend_terminal_keys`
puts both right, before the app runs. A real "¡" still types.

It also names Alt+letter to the parser, which otherwise has to wait whether a longer sequence comes:
a tenth of a second, and when keys come in a burst it takes them for typed text.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_lowercase, digits
from typing import TYPE_CHECKING, Any, Final, cast

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.binding import Binding

from rchat_tui.app.commands import BY_ID, COMMANDS, Command, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual import events
    from textual.widget import Widget


@dataclass(frozen=True, slots=True)
class _Key:
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
    """Yield the bindings of a scope, each with the command's id, so that it can be rebound."""
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
    "tab": "Tab",
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
