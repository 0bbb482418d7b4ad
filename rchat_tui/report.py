"""``rchat-tui config``: every setting with its value, where that came from, and what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_tui.app.commands import COMMANDS
from rchat_tui.app.keychoice import others
from rchat_tui.config import Origin
from rchat_tui.options import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rchat_tui.app.keymap import Keys
    from rchat_tui.config import Config

_COLUMN: Final = 44


def lines(settings: Config, keys: Keys, path: Path, *, log: Path) -> Iterator[str]:
    """Yield the report.

    Args:
        settings: as they are decided.
        keys: which do what.
        path: of the config file.
        log: where the details of errors go.
    """
    there = "" if path.exists() else ", which is not there"
    yield f"# {path}{there}"
    yield "# Environment and command line come before the file. Details of errors:"
    yield f"# {log}"
    for option in OPTIONS:
        choices = f" ({', '.join(option.choices)})" if option.choices else ""
        value = option.written(settings.values[option.name])
        yield ""
        yield f"# {option.about}{choices}."
        yield f"# From: {_origin(settings, option.name)}; {option.variable} sets it, too."
        yield f"{option.name} = {value}"
    yield ""
    yield "# Which keys do what: a key, a list of keys, or [] for none."
    yield "[keys]"
    for command in COMMANDS:
        listed = ", ".join(f'"{key}"' for key in keys.of(command))
        bound = f"{command.id} = [{listed}]"
        if command.keys or keys.of(command):
            mark = "  # changed" if keys.of(command) != command.keys else ""
            yield f"{bound:<{_COLUMN}}  # {command.description}{mark}"
    yield ""
    yield "# Editing, lists and other screens, whose keys can be bound likewise."
    for id_, usual in others().items():
        now = keys.besides(id_, usual)
        listed = ", ".join(f'"{key}"' for key in now)
        yield f"{'# ' if now == usual else ''}{id_} = [{listed}]"


def _origin(settings: Config, name: str) -> str:
    origin = settings.origins[name]
    if name == "user" and origin is Origin.DEFAULT:
        return "your account here"
    return origin.value
