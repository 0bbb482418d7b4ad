"""A palette of a few colours, and the theme that it makes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field
from textual.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Mapping

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

CODE_ON_DARK: Final[Mapping[str, str]] = {
    "keyword": "#C99BF7",
    "string": "#9CCB6B",
    "number": "#F7A072",
    "comment": "#7C8698",
    "name": "#7DB8FF",
}
CODE_ON_LIGHT: Final[Mapping[str, str]] = {
    "keyword": "#7F3CB5",
    "string": "#426D0C",
    "number": "#A8450B",
    "comment": "#6E6A60",
    "name": "#1F5FBF",
}


@dataclasses.dataclass
class PaintedTheme(Theme):
    """A theme that knows how names and code are painted."""

    names: tuple[str, ...] = ()
    code: Mapping[str, str] = dataclasses.field(default_factory=dict)


class Palette(Struct, frozen=True):
    """Colours, as ``#RRGGBB``."""

    background: str
    foreground: str
    surface: str
    """Of the panes at the sides."""
    panel: str
    """Of what is set off from both."""
    primary: str
    secondary: str
    accent: str
    """What calls for you."""
    error: str
    success: str
    cursor: str
    """Ground of the entry under the cursor."""
    line: str
    """Frames of what has not the focus, and the scroll bar."""
    dark: bool = True
    names: tuple[str, ...] = ()
    """Of people; none: twelve hues."""
    code: Mapping[str, str] = field(default_factory=dict)
    """By kind of token; what is not in it has a usual colour."""

    def theme(self, name: str) -> PaintedTheme:
        """Return the theme."""
        return PaintedTheme(
            name=name,
            primary=self.primary,
            secondary=self.secondary,
            accent=self.accent,
            warning=self.accent,
            error=self.error,
            success=self.success,
            foreground=self.foreground,
            background=self.background,
            surface=self.surface,
            panel=self.panel,
            dark=self.dark,
            variables={
                "block-cursor-background": self.cursor,
                "block-cursor-foreground": "#FFFFFF" if self.dark else "#10131A",
                "block-cursor-text-style": "none",
                "border": self.primary,
                "border-blurred": self.line,
                "input-cursor-background": self.primary,
                "input-cursor-foreground": self.background,
                "input-selection-background": f"{self.primary} {30 if self.dark else 22}%",
                "scrollbar": self.line,
                "scrollbar-hover": self.cursor,
                "scrollbar-active": self.primary,
                "scrollbar-background": self.background,
                "scrollbar-background-hover": self.background,
                "scrollbar-background-active": self.background,
            },
            names=self.names or (NAMES_ON_DARK if self.dark else NAMES_ON_LIGHT),
            code={**(CODE_ON_DARK if self.dark else CODE_ON_LIGHT), **self.code},
        )
