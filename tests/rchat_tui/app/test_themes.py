from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.color import Color

from rchat_tui.app.themes import THEMES, name_color, name_colors

if TYPE_CHECKING:
    from textual.theme import Theme


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_name_can_be_read(theme: Theme) -> None:
    """Otherwise some names are hard to read: WCAG 2 asks for a contrast of 4.5."""
    for ground in (theme.background, theme.surface):
        for color in name_colors(dark=theme.dark):
            assert _contrast(Color.parse(color), Color.parse(str(ground))) >= 4.5, color


def test_a_name_has_one_colour_for_ever() -> None:
    """Otherwise people change their colours with each start, or with the case of letters."""
    assert name_color("alice", dark=True) == "#A3A8FF"
    assert name_color("Alice", dark=True) == name_color("alice", dark=True)


def _contrast(one: Color, other: Color) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    def linear(value: int) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.03928 else float(((part + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(color.r) + 0.7152 * linear(color.g) + 0.0722 * linear(color.b)
