"""The manual page, made from the tables that the program itself goes by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rchat_tui.app.commands import COMMANDS
from rchat_tui.app.keymap import Keys, shown
from rchat_tui.options import OPTIONS, Kind

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

_ABOUT: Final = """
Chat for people who live in a terminal: channels, private conversations and people, by keyboard.
It never shows a message as sent that the server has not stored, and keeps what you write on disk
until it is.
"""

_FILES: Final = (
    ("~/.config/rchat/config.toml", "Settings; elsewhere on macOS: rchat-tui config tells where."),
    ("~/.local/share/rchat", "What was read and written, and who you are, for you alone."),
    ("~/.local/state/rchat/log/rchat-tui.log", "Details of errors."),
)

_CODES: Final = (
    ("0", "You left."),
    ("1", "A fault of its own; the details are in the log."),
    ("2", "What was asked for cannot be: a sentence says why."),
    ("129, 143", "The terminal was closed, or the program was told to end."),
)


def page(parser: argparse.ArgumentParser) -> str:
    """Return the page in the language of man(7)."""
    return "\n".join([*_head(parser), *_settings(), *_keys(), *_slash(), *_tail()]) + "\n"


def _head(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield '.TH RCHAT\\-TUI 1 "" "rchat" "User Commands"'
    yield ".SH NAME"
    yield "rchat\\-tui \\- chat in the terminal"
    yield ".SH SYNOPSIS"
    usage = " ".join(parser.format_usage().split()).removeprefix("usage: rchat-tui ")
    yield f".B rchat\\-tui\n{_text(usage)}"
    yield ".SH DESCRIPTION"
    yield _text(" ".join(_ABOUT.split()))
    yield ".SH OPTIONS"
    for action in parser._actions:  # noqa: SLF001 - argparse tells them in no other way
        takes = f"\\fI{_text(str(action.metavar))}\\fR" if action.metavar else ""
        names = ", ".join(f"\\fB{_text(name)}\\fR" for name in action.option_strings)
        yield from _item(f"{names} {takes}".strip(), action.help or "")


def _settings() -> Iterator[str]:
    yield ".SH SETTINGS"
    yield "In the file of settings, or by environment variable; options come before both."
    for option in OPTIONS:
        about = f"{option.about}."
        if option.choices:
            about += f" One of {', '.join(option.choices)}."
        if option.kind is Kind.SWITCH or option.default:
            about += f" Default: {option.show(option.default)}."
        name = f"\\fB{_text(option.name)}\\fR, \\fB{_text(option.variable)}\\fR"
        yield from _item(name, about)
    yield from _item(
        "\\fB[keys]\\fR",
        'Binds commands, by the names that rchat-tui config lists, to keys: search = "ctrl+r", '
        "a list of keys, or [] for none.",
    )


def _keys() -> Iterator[str]:
    yield ".SH KEYS"
    keys = Keys()
    for command in COMMANDS:
        listed = ", ".join(f"\\fB{_text(shown(key))}\\fR" for key in keys.of(command))
        if listed:
            yield from _item(listed, f"{command.description}.")


def _slash() -> Iterator[str]:
    yield ".SH COMMANDS"
    yield _text("A message that begins with a slash is written with two.")
    for command in COMMANDS:
        if command.slash:
            names = ", ".join(f"\\fB/{_text(name)}\\fR" for name in command.slash)
            yield from _item(f"{names} {_text(command.usage)}".strip(), f"{command.description}.")


def _tail() -> Iterator[str]:
    yield ".SH FILES"
    for name, about in _FILES:
        yield from _item(f"\\fI{_text(name)}\\fR", about)
    yield ".SH EXIT STATUS"
    for code, about in _CODES:
        yield from _item(code, about)
    yield ".SH SEE ALSO"
    yield "rchat\\-server \\-\\-help"


def _item(term: str, about: str) -> Iterator[str]:
    yield ".TP"
    yield term
    yield _text(about)


def _text(text: str) -> str:
    """Return a text that says in man(7) what it says."""
    text = text.replace("%%", "%").replace("\\", "\\e").replace("-", "\\-")
    return re.sub("(?m)^(?=[.'])", "\\\\&", text)
