"""Our two themes, and the colours of names."""

from __future__ import annotations

import functools
import zlib
from typing import TYPE_CHECKING, Final

from textual.theme import Theme

from rchat_tui.app.settings import DARK_THEME, LIGHT_THEME

if TYPE_CHECKING:
    from collections.abc import Sequence

DARK: Final = Theme(
    name=DARK_THEME,
    primary="#7AA5FF",
    secondary="#56B6A5",
    accent="#F2B35D",
    warning="#F2B35D",
    error="#F4747C",
    success="#7FCB8B",
    foreground="#D6DAE3",
    background="#14171D",
    surface="#1A1E26",
    panel="#232833",
    dark=True,
    variables={
        "block-cursor-background": "#2C3444",
        "block-cursor-foreground": "#FFFFFF",
        "block-cursor-text-style": "none",
        "border": "#7AA5FF",
        "border-blurred": "#333B4A",
        "input-cursor-background": "#7AA5FF",
        "input-cursor-foreground": "#14171D",
        "input-selection-background": "#7AA5FF 30%",
        "scrollbar": "#2C3342",
        "scrollbar-hover": "#3D475B",
        "scrollbar-active": "#7AA5FF",
        "scrollbar-background": "#14171D",
        "scrollbar-background-hover": "#14171D",
        "scrollbar-background-active": "#14171D",
    },
)

LIGHT: Final = Theme(
    name=LIGHT_THEME,
    primary="#2457C5",
    secondary="#13766A",
    accent="#A85B00",
    warning="#A85B00",
    error="#BF2B3A",
    success="#23803B",
    foreground="#2A2E37",
    background="#FCFBF8",
    surface="#F3F1EB",
    panel="#E6E3DA",
    dark=False,
    variables={
        "block-cursor-background": "#DAE3F6",
        "block-cursor-foreground": "#10131A",
        "block-cursor-text-style": "none",
        "border": "#2457C5",
        "border-blurred": "#D2CEC3",
        "input-cursor-background": "#2457C5",
        "input-cursor-foreground": "#FFFFFF",
        "input-selection-background": "#2457C5 22%",
        "scrollbar": "#DAD6CB",
        "scrollbar-hover": "#C3BEB1",
        "scrollbar-active": "#2457C5",
        "scrollbar-background": "#FCFBF8",
        "scrollbar-background-hover": "#FCFBF8",
        "scrollbar-background-active": "#FCFBF8",
    },
)

THEMES: Final = (DARK, LIGHT)

# One hue every 30 degrees or so, of about the same lightness: no name shouts, and each can be read
# on its background (a test measures the contrast).
NAMES_ON_DARK: Final = (
    "#FF8F8F",
    "#F7A072",
    "#E8B45A",
    "#C9C25C",
    "#9CCB6B",
    "#6FD08C",
    "#5CCFB5",
    "#5FC6DE",
    "#7DB8FF",
    "#A3A8FF",
    "#C99BF7",
    "#F08FCB",
)
NAMES_ON_LIGHT: Final = (
    "#B3261E",
    "#A8450B",
    "#8A5A00",
    "#6B6400",
    "#426D0C",
    "#1B7337",
    "#00716A",
    "#006C8E",
    "#1F5FBF",
    "#5148C7",
    "#7F3CB5",
    "#A82A78",
)


CODE_ON_DARK: Final = {
    "keyword": "#C99BF7",
    "string": "#9CCB6B",
    "number": "#F7A072",
    "comment": "#7C8698",
    "name": "#7DB8FF",
}
CODE_ON_LIGHT: Final = {
    "keyword": "#7F3CB5",
    "string": "#426D0C",
    "number": "#A8450B",
    "comment": "#6E6A60",
    "name": "#1F5FBF",
}


def code_color(kind: str, *, dark: bool) -> str:
    """Return the colour of a kind of token, as `rchat_tui.app.code` names it."""
    return (CODE_ON_DARK if dark else CODE_ON_LIGHT)[kind]


def name_colors(*, dark: bool) -> Sequence[str]:
    """Return the colours of names for a dark or a light background."""
    return NAMES_ON_DARK if dark else NAMES_ON_LIGHT


@functools.lru_cache(maxsize=4096)
def name_color(name: str, *, dark: bool) -> str:
    """Return the colour of a name: the same one in every terminal, today and tomorrow."""
    from rchat_protocol import names  # after the first paint, which shows none

    colors = name_colors(dark=dark)
    written = f"@{names.key(name)}".encode(errors="replace")
    return colors[zlib.crc32(written) % len(colors)]
