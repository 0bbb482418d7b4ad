from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from rchat_protocol import models
from rchat_tui.app import keynames, presets
from rchat_tui.app.commands import BY_ID, COMMANDS, Command, Scope
from rchat_tui.app.keychoice import choose
from rchat_tui.app.keymap import bindings, mend_terminal_keys, shown
from rchat_tui.app.screens.help import HelpScreen
from rchat_tui.app.screens.search import SearchScreen
from rchat_tui.app.screens.switcher import SwitcherScreen
from rchat_tui.app.settings import AppSettings
from support.fake_chat import URL, online, posted, state

if TYPE_CHECKING:
    from support.desk import Start


def keys_of(data: str) -> list[str]:
    """Return the keys that the app hears of when the terminal sends ``data``."""
    mend_terminal_keys()
    parser = XTermParser()
    arrived = [*parser.feed(data), *parser.feed("")]  # and nothing follows
    return [event.key for event in arrived if isinstance(event, events.Key)]


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


_FINALS = {"up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F"}
_TILDES = {
    "insert": 2, "delete": 3, "pageup": 5, "pagedown": 6, "f5": 15, "f6": 17, "f7": 18, "f8": 19,
    "f9": 20, "f10": 21, "f11": 23, "f12": 24,
}  # fmt: skip
_SS3 = {"f1": "P", "f2": "Q", "f3": "R", "f4": "S"}
_KITTY = {"f1": "P", "f2": "Q", "f3": "13~", "f4": "S"}
_PLAIN = {"enter": "\r", "tab": "\t", "escape": "\x1b", "backspace": "\x7f", "space": " "}
_CODES = {"enter": 13, "tab": 9, "escape": 27, "backspace": 127, "space": 32, "plus": 43}


def xterm(key: str) -> str | None:  # noqa: PLR0911 - as many ways as there are
    """Return what xterm sends for a key (its "ctlseqs"); None: it sends nothing of its own."""
    *modifiers, name = key.split("+")
    code = 1 + ("shift" in modifiers) + 2 * ("alt" in modifiers) + 4 * ("ctrl" in modifiers)
    modified = f"1;{code}" if modifiers else ""
    if name in _FINALS:
        return f"\x1b[{modified}{_FINALS[name]}"
    if name in _SS3:
        return f"\x1b[{modified}{_SS3[name]}" if modifiers else f"\x1bO{_SS3[name]}"
    if name in _TILDES:
        return f"\x1b[{_TILDES[name]}{f';{code}' if modifiers else ''}~"
    if key == "shift+tab":
        return "\x1b[Z"
    if name in _PLAIN and modifiers in ([], ["alt"]):
        return ("\x1b" if modifiers else "") + _PLAIN[name]
    if len(name) == 1 and modifiers == ["ctrl"] and name.isalpha():
        return chr(ord(name) & 0x1F)
    if len(name) == 1 and modifiers in ([], ["alt"]):
        return ("\x1b" if modifiers else "") + name
    return "+" if key == "plus" else None


def kitty(key: str) -> str | None:
    """Return what a terminal with kitty's protocol sends for a key."""
    *modifiers, name = key.split("+")
    code = 1 + ("shift" in modifiers) + 2 * ("alt" in modifiers) + 4 * ("ctrl" in modifiers)
    if key in _KITTY:
        return f"\x1b[{_KITTY[key]}"
    if name not in _CODES and len(name) != 1:
        return xterm(key)
    number = _CODES.get(name) or ord(name)
    if not modifiers and len(name) == 1:
        return name
    return f"\x1b[{number};{code}u" if modifiers else f"\x1b[{number}u"


def _all_keys() -> list[str]:
    maps = [choose(preset, {}) for preset in ("default", "irc", "vim")]
    return sorted({key for bound in maps for c in COMMANDS for key in bound.of(c)})


@pytest.mark.parametrize("key", _all_keys())
def test_every_key_arrives_as_what_it_is(key: str) -> None:
    """A key of the table that a terminal sends otherwise than we think does nothing."""
    sent = xterm(key)
    assert sent is not None or key == "shift+enter"
    if sent is not None:
        assert keys_of(sent) == [key]
    new = kitty(key)
    if new is not None and key != "plus":
        assert keys_of(new) == [key]


@pytest.mark.parametrize("key", sorted(keynames._ALWAYS))
def test_every_key_that_may_be_bound_arrives(key: str) -> None:
    """Somebody binds a key that we said works everywhere, and it does nothing."""
    sent = xterm(key)
    assert sent is not None
    assert keys_of(sent) == [key]


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Ctrl+K", "ctrl+k"),
        ("alt+shift+Up", "alt+shift+up"),
        ("Shift + Alt + PgUp", "alt+shift+pageup"),
        ("esc", "escape"),
        ("+", "plus"),
        ("G", "G"),
        ("ctrl+G", "ctrl+g"),
    ],
)
def test_keys_are_read_as_people_write_them(written: str, key: str) -> None:
    """Whoever copies a key from the help must not be told that there is none."""
    assert keynames.normal(written) == key


@pytest.mark.parametrize("preset", ["irc", "vim"])
def test_a_preset_is_sound(preset: str) -> None:
    """In a preset two commands share a key, one has none any more, or a key cannot be sent."""
    bound = choose(preset, {})
    for acts_on_message in (True, False):
        scope = [c for c in COMMANDS if (c.scope is Scope.MESSAGE) is acts_on_message]
        keys = [key for command in scope for key in bound.of(command)]
        assert len(keys) == len(set(keys))
    assert all(bound.of(c) or c.slash for c in COMMANDS if c.keys)
    choose("default", {**presets.IRC, "search": ("ctrl+s",)})  # its keys pass as one's own


async def test_keys_can_be_bound_anew(start: Start) -> None:
    """The config promises that every key can be rebound."""
    own = {
        "search": ("ctrl+a",),
        "select": ("f3",),
        "select-older": ("u",),
        "edit-cursor-line-start": ("f4",),
        "list-down": ("f5",),
        "switcher-down": ("ctrl+n",),
        "quit": ("f10",),
    }
    settings = AppSettings("alice", URL, keys=choose("default", own))
    async with start(
        online(),
        state("general", "alice", "bob"),
        state("random", "alice"),
        models.Live(),
        posted("general", 1, "bob", "one"),
        posted("general", 2, "bob", "two"),
        settings=settings,
    ) as desk:
        assert "F10 Quit" in desk.screen()
        await desk.press("ctrl+a")
        await desk.until(lambda: isinstance(desk.app.screen, SearchScreen))
        await desk.press("escape", "f3", "u")
        assert desk.app.model.transcript is not None
        selected = desk.app.model.transcript.selected
        assert selected is not None
        assert selected.seq == 1
        await desk.press("escape", *"abc", "f4", "x")
        assert desk.app.chat.composer.text == "xabc"
        await desk.press("ctrl+q")
        await desk.press("ctrl+k", "ctrl+n", "enter")
        await desk.until(lambda: desk.app.screen is desk.app.chat)
        assert desk.app.model.active == "@bob"
        await desk.press("f1")
        assert "F10" in desk.screen() or "Ctrl+A" in desk.screen()


async def test_the_vim_preset_reads_like_normal_mode(start: Start) -> None:
    """Esc, k, i: hands that know vim would type letters into their message."""
    settings = AppSettings("alice", URL, keys=choose("vim", {}))
    said = [posted("general", n, "bob", f"line {n}") for n in range(1, 4)]
    async with start(
        online(), state("general", "alice", "bob"), models.Live(), *said, settings=settings
    ) as desk:
        await desk.press(*"hey", "escape", "k")
        transcript = desk.app.model.transcript
        assert transcript is not None
        assert transcript.selected is transcript.find(2)
        await desk.press("g")
        assert transcript.selected is transcript.find(1)
        await desk.press("i", "!")
        assert transcript.selected is None
        assert desk.app.chat.composer.text == "hey!"


async def test_the_irc_preset_kills_the_line(start: Start) -> None:
    """Ctrl+K opened the switcher over a line that was to be cut."""
    settings = AppSettings("alice", URL, keys=choose("irc", {}))
    two = [state("general", "alice"), state("random", "alice")]
    async with start(online(), *two, models.Live(), settings=settings) as desk:
        await desk.press(*"abc", "left", "ctrl+k")
        assert desk.app.chat.composer.text == "ab"
        await desk.press("ctrl+n")
        assert desk.app.model.active == "random"
        await desk.press("ctrl+p")
        assert desk.app.model.active == "general"


@pytest.mark.parametrize("preset", ["default", "irc", "vim"])
async def test_what_is_not_bound_anew_keeps_its_keys(preset: str, start: Start) -> None:
    """One key of one's own stopped the arrows and Enter in every list, or Esc in the switcher."""
    bound = choose(preset, {"editor": ("f9",), "help": ("f3",)})
    two = [state("general", "alice"), state("random", "alice")]
    settings = AppSettings("alice", URL, keys=bound)
    async with start(online(), *two, models.Live(), settings=settings) as desk:
        key = bound.of(BY_ID["switcher"])[0]
        await desk.press(key)
        await desk.until(lambda: isinstance(desk.app.screen, SwitcherScreen))
        await desk.press("escape")
        await desk.until(lambda: desk.app.screen is desk.app.chat)
        await desk.press(key, "down", "up", *"rand", "enter")
        await desk.until(lambda: desk.app.model.active == "random")
        await desk.press("f6", "up", "enter")  # in the list of channels
        await desk.until(lambda: desk.app.model.active == "general")
        await desk.press("a", "ctrl+j", "b", "up", "x")
        assert desk.app.chat.composer.text == "ax\nb"
        await desk.press("f3")
        await desk.until(lambda: isinstance(desk.app.screen, HelpScreen))
        await desk.press("f3")
        await desk.until(lambda: desk.app.screen is desk.app.chat)


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
