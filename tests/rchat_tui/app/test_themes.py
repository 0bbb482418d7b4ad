from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.color import Color

from rchat_protocol import models
from rchat_tui.app.settings import AppSettings
from rchat_tui.app.themes import DARK, LIGHT, THEMES, name_color
from rchat_tui.app.userthemes import load
from support.fake_chat import URL, online, state

if TYPE_CHECKING:
    from pathlib import Path

    from rchat_tui.app.palette import PaintedTheme
    from support.desk import Start

READABLE = 4.5
"""WCAG 2.2, success criterion 1.4.3: contrast of text."""
VISIBLE = 3.0
"""Likewise of what is large or only a hint."""


def color(text: str | None) -> Color:
    """Return a colour of a theme."""
    assert text is not None
    return Color.parse(text)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_everything_can_be_read(theme: PaintedTheme) -> None:
    """Otherwise some words are hard to read in one of the themes, and nobody notices."""
    foreground = color(theme.foreground)
    for ground in (color(theme.background), color(theme.surface)):
        assert _contrast(foreground, ground) >= 7
        for faint in (0.55, 0.6):
            assert _contrast(ground.blend(foreground, faint), ground) >= VISIBLE, faint
        for name in (*theme.names, theme.primary, theme.secondary, theme.accent, theme.error):
            assert _contrast(color(name), ground) >= READABLE, name
        assert _contrast(color(theme.success), ground) >= READABLE
        for kind, paint in theme.code.items():
            least = VISIBLE if kind == "comment" else READABLE
            assert _contrast(color(paint), ground) >= least, kind
    cursor = color(theme.variables["block-cursor-background"])
    assert _contrast(color(theme.variables["block-cursor-foreground"]), cursor) >= READABLE


def test_a_name_has_one_colour_for_ever() -> None:
    """Otherwise people change their colours with each start, or with the case of letters."""
    assert name_color("alice", DARK) == "#A3A8FF"
    assert name_color("Alice", DARK) == name_color("alice", DARK)
    assert name_color("alice", LIGHT) != name_color("alice", DARK)


MINE = """
background = "#101820"
foreground = "#e0e8f0"
primary = "orange"
names = ["#ff0000", "#00ff00"]
[code]
keyword = "#abcdef"
"""


def test_people_make_themes_of_a_few_colours(tmp_path: Path) -> None:
    """Otherwise a theme takes a day to write, or cannot be had at all."""
    (tmp_path / "mine.toml").write_text(MINE, encoding="utf-8")
    (tmp_path / "day.toml").write_text(
        'background = "#fff"\nforeground = "#000"\nprimary = "#00f"\n', encoding="utf-8"
    )
    (day, mine), problems = load(tmp_path)
    assert problems == []
    assert (mine.name, mine.dark, day.dark) == ("mine", True, False)
    assert mine.primary == "#FFA500"
    assert mine.names == ("#FF0000", "#00FF00")
    assert mine.code["keyword"] == "#ABCDEF"
    assert mine.code["string"] == DARK.code["string"]
    assert mine.surface != mine.background


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("mine", 'foreground = "#fff"', "it needs a colour for background"),
        ("mine", MINE + 'forground = "#fff"', "there is no 'forground' in a theme: there are key"),
        ("mine", 'forground = "#fff"', "there is no 'forground' in a theme: did you mean for"),
        ("mine", MINE.replace("orange", "orangish"), "primary is no colour: write it as #RRGGBB."),
        ("mine", MINE.replace('"orange"', "7"), "primary is no colour"),
        ("mine", MINE.replace("names = [", "names = [3, "), "names is no colour"),
        ("mine", "dark = 1" + MINE, "dark is true or false"),
        ("mine", "background = ", "it is no valid TOML"),
        ("mine", "#" * 20_000, "it is too large"),
        ("rchat-dark", MINE, "rchat has a theme of that name"),
        ("My Theme", MINE, "the name of a theme is of small letters"),
    ],
)
def test_what_is_wrong_with_a_theme_is_said(
    name: str, text: str, says: str, tmp_path: Path
) -> None:
    """Otherwise one looks for a comma in the dark, or one bad file hides all others."""
    (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    (tmp_path / "good.toml").write_text(MINE, encoding="utf-8")
    themes, problems = load(tmp_path)
    assert [theme.name for theme in themes] == ["good"]
    assert len(problems) == 1
    assert f"{name}.toml: {says}" in problems[0]


async def test_ones_own_theme_is_worn_and_changes_while_one_edits_it(
    start: Start, tmp_path: Path
) -> None:
    """Otherwise whoever makes a theme starts rchat for every colour that he tries."""
    file = tmp_path / "mine.toml"
    file.write_text(MINE, encoding="utf-8")
    settings = AppSettings("alice", URL, theme="mine", themes=tmp_path)
    async with start(online(), state("general", "alice"), models.Live(), settings=settings) as desk:
        assert desk.app.current_theme.name == "mine"
        ground = desk.app.chat.messages.rich_style.bgcolor
        assert ground is not None
        assert ground.name == "#101820"
        file.write_text(MINE.replace("101820", "201810"), encoding="utf-8")
        await desk.type("/theme mine")
        ground = desk.app.chat.messages.rich_style.bgcolor
        assert ground is not None
        assert ground.name != "#101820"
        file.write_text("x = 1", encoding="utf-8")
        await desk.type("/theme yours")
        assert "There is no theme yours." in desk.screen()
        assert "there is no 'x' in a theme" in desk.screen()


def _contrast(one: Color, other: Color) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    def linear(value: int) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.03928 else float(((part + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(color.r) + 0.7152 * linear(color.g) + 0.0722 * linear(color.b)
