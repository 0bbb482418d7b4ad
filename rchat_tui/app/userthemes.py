"""Themes that people make: files ``themes/NAME.toml`` beside the config file.

What is wrong with one is a sentence, and keeps nobody from using the others.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from textual.color import Color, ColorParseError

from rchat_tui.app.palette import CODE_ON_DARK, Palette
from rchat_tui.app.themes import THEMES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rchat_tui.app.palette import PaintedTheme

MOST: Final = 100
"""Files that are read."""

_FILE_BYTES: Final = 16 * 1024
_NAME: Final = re.compile("[a-z0-9][a-z0-9_-]{0,31}")
_NAMES_MOST: Final = 64

_NEEDED: Final = ("background", "foreground", "primary")
_COLORS: Final = (
    *_NEEDED,
    *("surface", "panel", "secondary", "accent", "error", "success", "cursor", "line"),
)
_KNOWN: Final = ("dark", *_COLORS, "names", "code")


class ThemeProblem(Exception):  # noqa: N818 - it is what people are told of
    """A theme cannot be used: ``str(error)`` is a sentence."""


def load(folder: Path) -> tuple[list[PaintedTheme], list[str]]:
    """Return the themes in a folder, and what is wrong with the others, a sentence each."""
    themes, problems = [], []
    try:
        files = sorted(folder.glob("*.toml"))[:MOST]
    except OSError:
        files = []
    for file in files:
        try:
            themes.append(read(file))
        except ThemeProblem as problem:
            problems.append(f"{file}: {problem}")
    return themes, problems


def read(file: Path) -> PaintedTheme:
    """Return the theme in a file.

    Raises:
        ThemeProblem: It is none.
    """
    name = file.stem
    if not _NAME.fullmatch(name):
        raise ThemeProblem("the name of a theme is of small letters, digits, - and _.")
    if any(theme.name == name for theme in THEMES):
        raise ThemeProblem("rchat has a theme of that name: choose another one.")
    try:
        with file.open("rb") as opened:
            data = opened.read(_FILE_BYTES + 1)
        if len(data) > _FILE_BYTES:
            raise ThemeProblem("it is too large for a theme.")
        table = tomllib.loads(data.decode())
    except OSError as error:
        raise ThemeProblem(f"it cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ThemeProblem("it is no UTF-8 text.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ThemeProblem(f"it is no valid TOML: {error}.") from None
    return _palette(table).theme(name)


def _palette(table: Mapping[str, Any]) -> Palette:
    _check_names(table, _KNOWN)
    for name in _NEEDED:
        if name not in table:
            raise ThemeProblem(f'it needs a colour for {name}: write {name} = "#RRGGBB".')
    colors = {name: _color(name, table[name]) for name in _COLORS if name in table}
    background, foreground = Color.parse(colors["background"]), Color.parse(colors["foreground"])
    dark = table.get("dark", background.brightness < foreground.brightness)
    if not isinstance(dark, bool):
        raise ThemeProblem("dark is true or false.")

    def towards(part: float) -> str:
        return background.blend(foreground, part).hex6

    usual = THEMES[0] if dark else THEMES[1]
    derived = {
        "surface": towards(0.03),
        "panel": towards(0.08),
        "cursor": towards(0.16),
        "line": towards(0.2),
        "secondary": colors["primary"],
        "accent": str(usual.accent),
        "error": str(usual.error),
        "success": str(usual.success),
    }
    return Palette(**{**derived, **colors}, dark=dark, names=_names(table), code=_code(table))


def _names(table: Mapping[str, Any]) -> tuple[str, ...]:
    listed = table.get("names", [])
    if not isinstance(listed, list) or len(listed) > _NAMES_MOST:
        raise ThemeProblem(f"names is a list of at most {_NAMES_MOST} colours.")
    return tuple(_color("names", each) for each in listed)


def _code(table: Mapping[str, Any]) -> dict[str, str]:
    code = table.get("code", {})
    if not isinstance(code, dict):
        raise ThemeProblem("[code] names a colour for each kind of token.")
    _check_names(code, tuple(CODE_ON_DARK))
    return {kind: _color(kind, each) for kind, each in code.items()}


def _color(name: str, text: Any) -> str:
    try:
        return Color.parse(text if isinstance(text, str) else "").hex6
    except ColorParseError:
        raise ThemeProblem(f"{name} is no colour: write it as #RRGGBB.") from None


def _check_names(table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for name in table:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
            raise ThemeProblem(f"there is no {name!r} in a theme: {hint}")
