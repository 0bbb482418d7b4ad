"""What a line means that was typed: pure."""

from __future__ import annotations

import difflib

from msgspec import Struct

from rchat_tui.app.commands import BY_SLASH, Command


def nearest(name: str) -> list[str]:
    """Return the slash commands that ``name`` may have been meant for, the likeliest first."""
    near = difflib.get_close_matches(name.lower(), BY_SLASH, n=3, cutoff=0.5)
    begin = [slash for slash in BY_SLASH if name and slash.startswith(name.lower())]
    return list(dict.fromkeys([*begin, *near]))[:3]


class Say(Struct, frozen=True):
    """The line is a message."""

    content: str


class Run(Struct, frozen=True):
    """The line is a command."""

    command: Command
    argument: str


class Problem(Struct, frozen=True):
    """The line begins like a command and is none; it is never sent as a message."""

    sentence: str


def typed(content: str) -> str:
    """Return the line that says ``content``: what `parse` makes a message of again."""
    return f"/{content}" if content.startswith("/") and not content.startswith("/me ") else content


def keepable(line: str) -> bool:
    """Return whether a line may be kept on disk.

    Not what may hold a secret: a command whose argument is one, or what was to be a command and is
    none; its name may be misspelt.
    """
    if not line.startswith("/") or line.startswith("//") or line[1:2].isspace() or line == "/":
        return True
    words = line[1:].split(maxsplit=1)
    command = BY_SLASH.get(words[0].lower())
    return command is not None and not command.secret


def parse(line: str) -> Say | Run | Problem:
    """Return what a line that was typed means.

    ``//`` begins a message with a slash. A lone ``/``, or one before white space, is text.
    """
    if line.startswith("//"):
        return Say(line[1:])
    if not line.startswith("/") or line[1:2].isspace() or line == "/":
        return Say(line)
    head, _, argument = line[1:].partition(" ")
    name, newline, rest = head.partition("\n")
    if newline:
        argument = f"{rest} {argument}"
    command = BY_SLASH.get(name.lower())
    if command is None:
        near = " or ".join(f"/{slash}" for slash in nearest(name))
        hint = f"Did you mean {near}?" if near else "/help shows them all."
        return Problem(f"There is no command /{name}. {hint}")
    argument = argument.strip()
    if command.needs_argument and not argument:
        return Problem(f"How to use it: /{name} {command.usage}")
    return Run(command, argument)
