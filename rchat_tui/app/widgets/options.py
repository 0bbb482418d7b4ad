"""What a word may become that is being completed: a short list above where one writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.strip import Strip

from rchat_tui.app.messages import OptionChosen
from rchat_tui.app.settings import SPELLED
from rchat_tui.app.widgets.bar import Bar
from rchat_tui.app.wrapping import shortened

if TYPE_CHECKING:
    from textual import events
    from textual.geometry import Size

    from rchat_tui.app.completion import Option
    from rchat_tui.app.widgets.bar import Piece

MOST_ROWS: Final = 6
_LABEL_CELLS: Final = 24
"""The column of labels is no wider, where there are hints beside it."""


class OptionList(Bar):
    """The options, and the one that is taken; no row where nothing is being completed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"options--chosen"}

    options: reactive[tuple[Option, ...]] = reactive((), layout=True)
    chosen: reactive[int] = reactive(0)

    def offer(self, options: tuple[Option, ...], chosen: int) -> None:
        """Show options; none: show nothing."""
        if self.app.has_class(SPELLED):
            from rchat_tui.app.emoji import spelled  # late: it is seldom wanted

            options = tuple(option._replace(label=spelled(option.label)) for option in options)
        self.options, self.chosen = options, chosen
        self.display = bool(options)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many rows it takes."""
        del container, viewport, width
        return min(MOST_ROWS, len(self.options))

    def render_line(self, y: int) -> Strip:
        """Draw an option; the last row in view tells how many there are."""
        number = self._top + y
        width = self.size.width
        if number >= len(self.options):
            return Strip.blank(width, self.rich_style)
        option, chosen = self.options[number], number == self.chosen
        count = f"  {self.chosen + 1:,}/{len(self.options):,} "
        if y < self.size.height - 1 or len(self.options) <= MOST_ROWS:
            count = ""
        room = max(1, width - 3 - cell_len(count))
        label = shortened(option.label, min(room, self._labels))
        hint = shortened(option.hint, max(0, room - self._labels - 2)) if option.hint else ""
        pieces: list[Piece] = [
            ("▎" if chosen else " ", "key"),
            (label + " " * (self._labels - cell_len(label) + 2), "strong" if chosen else "text"),
            (hint, "faint"),
        ]
        used = sum(cell_len(text) for text, _ in pieces)
        pieces += [(" " * max(0, width - 1 - used - cell_len(count)), "text"), (count, "faint")]
        strip = self.row(pieces, width)
        if not chosen:
            return strip
        ground = Style(bgcolor=self.get_component_rich_style("options--chosen").bgcolor)
        return Strip([Segment(s.text, (s.style or Style()) + ground) for s in strip])

    @property
    def _labels(self) -> int:
        """Cells of the column of labels."""
        widest = max(cell_len(option.label) for option in self.options)
        return min(widest, _LABEL_CELLS) if any(option.hint for option in self.options) else widest

    @property
    def _top(self) -> int:
        """The first option in view: the chosen one is."""
        rows = min(MOST_ROWS, len(self.options))
        return min(max(0, self.chosen - rows + 1), len(self.options) - rows)

    def on_click(self, event: events.Click) -> None:
        """Take the option that was clicked."""
        if self._top + event.y < len(self.options):
            self.post_message(OptionChosen(self._top + event.y))
