"""The message view's styles: from the role of a piece to how it is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.style import Style

from rchat_tui.app.markup import Mark
from rchat_tui.app.roles import Role
from rchat_tui.app.themes import code_color, name_color

if TYPE_CHECKING:
    from textual.widget import Widget

    from rchat_tui.app.layout import Piece

_MANY: Final = 4096
"""Styles that are kept; then they are made anew."""


def _component(role: Role) -> str:
    return f"message-view--{role.name.lower().replace('_', '-')}"


COMPONENTS: Final = {role: _component(role) for role in Role}
"""The component classes that the sheet gives their colours."""


class Styles:
    """The styles of a widget that has the component classes."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[tuple[Role, str, Mark, str], Style] = {}
        self._links: dict[str, Style] = {}

    def clear(self) -> None:
        """Forget all: the colours are others now."""
        self._styles.clear()

    def of(self, piece: Piece, under: str) -> Style:
        """Return how a piece is drawn; ``under`` names what its ground sets it off as."""
        style = self.get(piece.role, piece.name, piece.marks, under)
        if not piece.link:
            return style
        if len(self._links) > _MANY:
            self._links.clear()
        # One style for all rows of a link: the terminal lights them up together.
        return style + self._links.setdefault(piece.link, Style(link=piece.link))

    def get(self, role: Role, name: str = "", marks: Mark = Mark.NONE, under: str = "") -> Style:
        """Return how pieces of a role are drawn.

        Args:
            role: of the piece.
            name: what colours it.
            marks: how it is set off in its line.
            under: what its ground sets it off as, ``raised`` or ``selected``; empty: nothing.
        """
        key = (role, name, marks, under)
        style = self._styles.get(key)
        if style is None:
            if len(self._styles) > _MANY:
                self._styles.clear()
            style = self._styles[key] = self._made(role, name, marks, under)
        return style

    def _made(self, role: Role, name: str, marks: Mark, under: str) -> Style:
        style = self._widget.get_component_rich_style(COMPONENTS[role])
        if name:
            paint = code_color if role is Role.CODE else name_color
            style += Style(color=paint(name, self._widget.app.current_theme))
        if marks:
            style += Style(
                bold=Mark.BOLD in marks or None,
                italic=Mark.ITALIC in marks or None,
                strike=Mark.STRIKE in marks or None,
            )
        if under and role is not Role.CODE:
            ground = self._widget.get_component_rich_style(f"message-view--{under}")
            style += Style(bgcolor=ground.bgcolor)
        return style
