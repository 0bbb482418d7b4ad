"""Our themes, and the colours of names and code in whatever theme."""

from __future__ import annotations

import functools
import zlib
from typing import TYPE_CHECKING, Final

from rchat_tui.app.palette import (
    CODE_ON_DARK,
    CODE_ON_LIGHT,
    NAMES_ON_DARK,
    NAMES_ON_LIGHT,
    PaintedTheme,
    Palette,
)
from rchat_tui.app.settings import DARK_THEME, LIGHT_THEME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.theme import Theme

DARK: Final = Palette(
    background="#14171D",
    foreground="#D6DAE3",
    surface="#1A1E26",
    panel="#232833",
    primary="#7AA5FF",
    secondary="#56B6A5",
    accent="#F2B35D",
    error="#F4747C",
    success="#7FCB8B",
    cursor="#2C3444",
    line="#333B4A",
).theme(DARK_THEME)

LIGHT: Final = Palette(
    background="#FCFBF8",
    foreground="#2A2E37",
    surface="#F3F1EB",
    panel="#E6E3DA",
    primary="#2457C5",
    secondary="#13766A",
    accent="#A05600",
    error="#BF2B3A",
    success="#1F7637",
    cursor="#DAE3F6",
    line="#D2CEC3",
    dark=False,
).theme(LIGHT_THEME)

EMBER: Final = Palette(
    background="#1A1513",
    foreground="#E8DCCF",
    surface="#211B18",
    panel="#2D2521",
    primary="#F29A5C",
    secondary="#9DBB7D",
    accent="#F4CB5C",
    error="#FF7F7A",
    success="#A5CC74",
    cursor="#42342B",
    line="#4A3C33",
    code={"comment": "#9A8A7C", "name": "#F2C28C"},
).theme("ember")

FJORD: Final = Palette(
    background="#0E1A21",
    foreground="#D0E0E6",
    surface="#13222B",
    panel="#1B303B",
    primary="#5ECBDB",
    secondary="#8FB8FF",
    accent="#F2CB74",
    error="#FF8B8F",
    success="#7FD6A4",
    cursor="#1F4250",
    line="#2A4653",
    code={"comment": "#7C97A3"},
).theme("fjord")

DUSK: Final = Palette(
    background="#191523",
    foreground="#DED7EC",
    surface="#201B2D",
    panel="#2B243C",
    primary="#BBA2FF",
    secondary="#74CCC1",
    accent="#FFB48F",
    error="#FF86A2",
    success="#93D9A5",
    cursor="#3B3155",
    line="#423860",
    code={"comment": "#9389AB"},
).theme("dusk")

CONTRAST: Final = Palette(
    background="#000000",
    foreground="#FFFFFF",
    surface="#0B0B0B",
    panel="#1C1C1C",
    primary="#6CC0FF",
    secondary="#7CFFD8",
    accent="#FFDD33",
    error="#FF8080",
    success="#7DFF8E",
    cursor="#004A80",
    line="#6E6E6E",
    names=(
        "#FFA3A3",
        "#FFC08A",
        "#FFE07A",
        "#D8FF7A",
        "#90FF9E",
        "#7CFFD8",
        "#7CE7FF",
        "#9CCBFF",
        "#C3BDFF",
        "#E8B3FF",
        "#FFAEE3",
    ),
    code={"comment": "#B8B8B8"},
).theme("contrast")

AMBER: Final = Palette(
    background="#120C03",
    foreground="#FFBE55",
    surface="#191105",
    panel="#251A08",
    primary="#FFD98F",
    secondary="#E8A33A",
    accent="#FFF1D0",
    error="#FF8A57",
    success="#FFD26A",
    cursor="#453008",
    line="#4A3610",
    names=("#FFD98F", "#FFC766", "#F5AE3D", "#E89C3C", "#FFE7B8", "#F2B96B", "#FFA94D"),
    code={
        "keyword": "#FFE7B8",
        "string": "#E8A33A",
        "number": "#FFA94D",
        "comment": "#B0843A",
        "name": "#FFD26A",
    },
).theme("amber")

PAPER: Final = Palette(
    background="#FBF6EA",
    foreground="#35291B",
    surface="#F4ECDA",
    panel="#E9DEC6",
    primary="#94390F",
    secondary="#4A661A",
    accent="#8A5200",
    error="#B0241C",
    success="#376B1E",
    cursor="#EAD9B4",
    line="#D5C6A6",
    dark=False,
    names=(
        "#A3221A",
        "#96400A",
        "#7A5000",
        "#5E5800",
        "#3B620A",
        "#176630",
        "#00645E",
        "#00607E",
        "#1B54AA",
        "#4A41B8",
        "#7034A2",
        "#95246A",
    ),
    code={"comment": "#6F6248", "string": "#3B620A", "number": "#96400A"},
).theme("paper")

GLACIER: Final = Palette(
    background="#F5FAFC",
    foreground="#1C2C36",
    surface="#E9F2F6",
    panel="#D9E6EC",
    primary="#07628A",
    secondary="#0B6B5E",
    accent="#925000",
    error="#B0223A",
    success="#186B3A",
    cursor="#C6E2EE",
    line="#BFD2DB",
    dark=False,
    names=PAPER.names,
    code={"comment": "#586B75", "string": "#3B620A", "number": "#96400A"},
).theme("glacier")

THEMES: Final = (DARK, LIGHT, EMBER, FJORD, DUSK, CONTRAST, AMBER, PAPER, GLACIER)


def code_color(kind: str, theme: Theme) -> str:
    """Return the colour of a kind of token, as `rchat_tui.app.code` names it."""
    if isinstance(theme, PaintedTheme):
        return theme.code[kind]
    return (CODE_ON_DARK if theme.dark else CODE_ON_LIGHT)[kind]


def name_colors(theme: Theme) -> Sequence[str]:
    """Return the colours of names in a theme, whoever made it."""
    if isinstance(theme, PaintedTheme):
        return theme.names
    return NAMES_ON_DARK if theme.dark else NAMES_ON_LIGHT


def name_color(name: str, theme: Theme) -> str:
    """Return the colour of a name: the same one in every terminal, today and tomorrow."""
    return _name_color(name, tuple(name_colors(theme)))


@functools.lru_cache(maxsize=4096)
def _name_color(name: str, colors: tuple[str, ...]) -> str:
    from rchat_protocol import names  # after the first paint, which shows none

    written = f"@{names.key(name)}".encode(errors="replace")
    return colors[zlib.crc32(written) % len(colors)]
