from __future__ import annotations

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from rchat_tui.app.commands import COMMANDS, Command, Scope
from rchat_tui.app.keymap import bindings, mend_terminal_keys, shown


def keys_of(data: str) -> list[str]:
    """Return the keys that the app hears of when the terminal sends ``data``."""
    mend_terminal_keys()
    parser = XTermParser()
    return [event.key for event in parser.feed(data) if isinstance(event, events.Key)]


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        ("\x1b1", ["alt+1"]),
        ("\x1b0", ["alt+0"]),
        ("\x1ba", ["alt+a"]),
        ("\x1b\r", ["alt+enter"]),
        ("\r", ["enter"]),
        ("\n", ["ctrl+j"]),
        ("\x0b", ["ctrl+k"]),
        ("\x1b[1;3A", ["alt+up"]),
        ("\x1b[1;3H", ["alt+home"]),
        ("\x1b[13;2u", ["shift+enter"]),
        ("¡", ["inverted_exclamation_mark"]),
        ("\x1b2x\x1b1y\r", ["alt+2", "x", "alt+1", "y", "enter"]),
    ],
)
def test_what_terminals_send_is_the_key_of_the_table(data: str, keys: list[str]) -> None:
    """Otherwise Alt+1 types a character, or Alt+Enter sends a half-written message."""
    assert keys_of(data) == keys


IMPOSSIBLE = {"ctrl+i", "ctrl+m", "ctrl+h", "alt+b", "alt+f", "ctrl+tab", "ctrl+enter"}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_a_command_can_be_reached_everywhere(command: Command) -> None:
    """Otherwise a command has only keys that many terminals cannot send."""
    assert command.keys or command.slash
    assert not IMPOSSIBLE.intersection(command.keys)
    if command.keys:
        assert not command.keys[0].startswith("shift+enter")


def test_no_two_commands_share_a_key_and_each_binding_can_be_rebound() -> None:
    """Otherwise one command hides another, or the key map cannot name it."""
    for acts_on_message in (True, False):
        scope = [c for c in COMMANDS if (c.scope is Scope.MESSAGE) is acts_on_message]
        keys = [key for command in scope for key in command.keys]
        assert len(keys) == len(set(keys))
    made = [binding for scope in Scope for binding in bindings(scope)]
    assert {binding.id for binding in made} == {c.id for c in COMMANDS if c.keys}


def test_keys_are_written_as_people_write_them() -> None:
    """Otherwise the footer says ``ctrl+k`` and ``pageup``."""
    assert [shown(key) for key in ("ctrl+k", "alt+up", "pageup", "f1")] == [
        "Ctrl+K",
        "Alt+↑",
        "PgUp",
        "F1",
    ]
