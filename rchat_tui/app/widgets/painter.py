"""From a row of the message view to what Textual puts on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from rchat_tui.app.keymap import keys_of
from rchat_tui.app.roles import Role
from rchat_tui.app.widgets.styles import Styles

if TYPE_CHECKING:
    from textual.widget import Widget

    from rchat_tui.app.shown import Shown


class Painter:
    """Draws the rows of a widget that has the component classes of `Styles`."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles = Styles(widget)

    def forget(self) -> None:
        """The colours are others now."""
        self._styles.clear()

    def row(self, shown: Shown, number: int, width: int, row: int) -> Strip:
        """Return a row of a message, and what is selected of it.

        Args:
            shown: what is shown of the message; it keeps what was drawn.
            number: which of its rows.
            width: cells of the row.
            row: which of all rows it is, by which Textual finds what the mouse selects.
        """
        strip = cast("Strip | None", shown.drawn.get(number))
        if strip is None:
            strip = shown.drawn[number] = self._filtered(self._draw(shown, number, width))
        return self._selected(strip.apply_offsets(0, row), row)

    def blank(self, width: int) -> Strip:
        """Return a row where nothing stands."""
        return self._filtered(Strip.blank(width, self._styles.get(Role.BODY)))

    def below(self, count: int, width: int) -> Strip:
        """Return the row that counts what is new below, and says how one gets there."""
        key = keys_of(self._widget).first("newest")
        how = f" · {key}" if key else ""
        text = f" ↓ {count:,} new {'message' if count == 1 else 'messages'}{how} "
        return self._text(text, "message-view--below", cell_len(text), width)

    def empty(self, text: str, y: int, *, width: int, height: int) -> Strip:
        """Return a row of a view in which nothing stands but a text, in its middle."""
        lines = text.split("\n")
        number = y - (height - len(lines)) // 2
        if not 0 <= number < len(lines) or not lines[number]:
            return self.blank(width)
        longest = max(cell_len(each) for each in lines)
        return self._text(lines[number], "message-view--empty", longest, width)

    def _text(self, text: str, component: str, cells: int, width: int) -> Strip:
        """Return a row with a text as if one of so many cells stood in its middle."""
        ground, left = self._widget.rich_style, max(0, (width - cells) // 2)
        style = self._widget.get_component_rich_style(component)
        segments = [Segment(" " * left, ground), Segment(text, style)]
        return self._filtered(Strip(segments).adjust_cell_length(width, ground))

    def _draw(self, shown: Shown, number: int, width: int) -> Strip:
        row = shown.rows[number]
        under = "selected" if row.selected else "raised" if row.raised else ""
        segments = [Segment(piece.text, self._styles.of(piece, under)) for piece in row.pieces]
        ground = self._styles.get(Role.BODY, under=under)
        return Strip(segments).adjust_cell_length(width, ground)

    def _selected(self, strip: Strip, row: int) -> Strip:
        selection = self._widget.text_selection
        span = None if selection is None else selection.get_span(row)
        if span is None:
            return strip
        start, end = span
        text = strip.text
        left = cell_len(text[:start])
        right = strip.cell_length if end < 0 else cell_len(text[:end])
        before, middle, after = strip.divide([left, max(left, right), strip.cell_length])
        style = self._widget.screen.get_component_rich_style("screen--selection")
        marked = Strip([Segment(s.text, (s.style or Style()) + style) for s in middle])
        return Strip.join([before, self._filtered(marked), after])

    def _filtered(self, strip: Strip) -> Strip:
        """Return what the terminal, or whoever uses it, can bear of a row's colours."""
        background = self._widget.background_colors[1]
        for each in self._widget.get_line_filters():
            strip = strip.apply_filter(each, background)
        return strip
