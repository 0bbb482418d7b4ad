"""The messages of the open conversation: one widget that draws the rows in view and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from msgspec.structs import replace
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView

from rchat_tui.app.commands import Scope
from rchat_tui.app.keymap import bindings, carry_out, keys_of, types
from rchat_tui.app.messages import (
    HistoryWanted,
    MessageClicked,
    QuotesWanted,
    RefreshWanted,
    TypedElsewhere,
    Watched,
)
from rchat_tui.app.settings import SPELLED
from rchat_tui.app.widgets.painter import Painter
from rchat_tui.app.widgets.styles import COMPONENTS

if TYPE_CHECKING:
    from textual import events
    from textual.geometry import Region
    from textual.selection import Selection
    from textual.strip import Strip

    from rchat_tui.app.items import Gap, Said
    from rchat_tui.app.keywords import Keywords
    from rchat_tui.app.transcript import Transcript
    from rchat_tui.app.viewport import Viewport


class MessageView(ScrollView, can_focus=True, inherit_bindings=False):
    """What was said in one conversation, the newest at the bottom."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *COMPONENTS.values(),
        "message-view--raised",
        "message-view--selected",
        "message-view--below",
        "message-view--empty",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Scope.MESSAGE),
        Binding("up", "move(-1)", "Up", show=False, id="messages-up"),
        Binding("down", "move(1)", "Down", show=False, id="messages-down"),
        Binding("home", "app.command('oldest')", "Oldest", show=False, id="messages-oldest"),
        Binding("end", "app.command('newest')", "Newest", show=False, id="messages-newest"),
        Binding("escape", "screen.focus_composer", "Back", show=False, id="messages-leave"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._made: Viewport | None = None
        self._empty = ""
        self.keywords: Keywords | None = None
        """Words that call for you."""
        self._placing = False
        self._watched = True
        self._asked: Gap | None = None
        self._going_to_oldest = False
        """One wants to see the beginning, which is being loaded."""
        self._marked = False
        self._painter = Painter(self)
        self._drawn: tuple[Region | None, list[Strip]] = (None, [])
        """The rows on the screen, and which part of this view they are."""

    def on_mount(self) -> None:
        """Read Markdown after the first paint, which is sooner without the library for it."""
        keys_of(self).rebind(self)
        self.call_after_refresh(self._read_marks)

    @property
    def reads_marks(self) -> bool:
        """Whether what is said is read as Markdown by now."""
        return self._marked

    def _read_marks(self) -> None:
        self._marked = True
        if self._made is not None:
            self._made.resize(replace(self._made.look, marked=True), self._height)
            self.settle()

    # -- what is shown ---------------------------------------------------------------------

    def show(self, transcript: Transcript | None, *, me: str, title: str, empty: str) -> None:
        """Show a conversation, at its end where it is another one than before.

        Args:
            transcript: None where no conversation is open.
            me: `names.key` of your own name.
            title: the conversation's, with sigil.
            empty: a sentence to show while there is nothing.
        """
        self._empty = empty
        if transcript is None:
            self._open(None)
            self.refresh()
            return
        if self._made is None or self._made.transcript is not transcript:
            self._open(transcript)
        viewport = self.viewport
        spelled = self.app.has_class(SPELLED)
        look = replace(viewport.look, width=self._width, me=me, title=title, spelled=spelled)
        if self.keywords is not None:
            look = replace(look, keywords=self.keywords)
        viewport.resize(look, self._height)
        if self._going_to_oldest:
            self._arrive_at_oldest(viewport)
        self.settle()

    def _open(self, transcript: Transcript | None) -> None:
        from rchat_tui.app.layout import Look  # here: not before the first paint
        from rchat_tui.app.viewport import Viewport

        if self._made is not None:
            self._made.close()
            self.screen.clear_selection()
        look = Look(width=self._width, marked=self._marked)
        look = look if self.keywords is None else replace(look, keywords=self.keywords)
        self._going_to_oldest = False
        self._made = None if transcript is None else Viewport(transcript, look, height=self._height)

    def settle(self) -> None:
        """Draw what has changed, and ask for what is missing."""
        viewport = self._made
        if viewport is None:
            return
        viewport.settle()
        self._place(viewport)
        self.refresh()
        if viewport.at_end != self._watched:
            self._watched = viewport.at_end
            self.post_message(Watched(viewport.at_end))
        for gap, from_end in viewport.gaps():
            if not gap.problem and gap is not self._asked:
                self._asked = gap
                self.post_message(HistoryWanted(gap, from_end))
            break
        self._ask_for_what_is_not_known(viewport)

    def _ask_for_what_is_not_known(self, viewport: Viewport) -> None:
        from rchat_tui.app import wanted  # here: not before the first paint

        transcript, shown = viewport.transcript, viewport.in_view()
        if unquoted := wanted.unquoted(transcript, shown):
            self.post_message(QuotesWanted(unquoted))
        if stale := wanted.stale(transcript, shown):
            self.post_message(RefreshWanted(stale))

    def ask_again(self) -> None:
        """What is missing could not be asked for now: the next change asks for it again."""
        self._asked = None

    @property
    def viewport(self) -> Viewport:
        """Which rows are in view.

        Raises:
            LookupError: no conversation is shown.
        """
        if self._made is None:
            raise LookupError("no conversation is shown")
        return self._made

    @property
    def _width(self) -> int:
        return self.scrollable_content_region.width

    @property
    def _height(self) -> int:
        return self.scrollable_content_region.height

    def _place(self, viewport: Viewport) -> None:
        """Tell Textual where the viewport is, without hearing back that the user scrolled."""
        self._placing = True
        try:
            total = max(viewport.total, self._height)
            if self.virtual_size.height != total:
                # Its scroll bar is another then, and nothing else: as a change of its reactive it
                # would lay out and draw the whole screen anew, for each message that arrives.
                size = Size(self._width, total)
                self.set_reactive(MessageView.virtual_size, size)
                self._scroll_update(size)
            self.scroll_target_y = self.scroll_y = viewport.top
        finally:
            self._placing = False

    # -- moving ----------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Scroll by rows."""
        self._going_to_oldest = False
        if self._made is not None:
            self._made.scroll_to(self._made.top + by)
            self.settle()

    def move_pages(self, by: int) -> None:
        """Scroll by pages, which overlap by two rows."""
        self.action_move(by * max(1, self._height - 2))

    def to_oldest(self, *, of_all: bool = True) -> None:
        """Show the oldest message; where it is not loaded, it is loaded first.

        Args:
            of_all: that there is; else the oldest that is loaded, and what comes before that.
        """
        viewport = self._made
        if viewport is None or not viewport.transcript.items:
            return
        from rchat_tui.app.items import Gap  # here: not before the first paint

        first = viewport.transcript.items[0]
        if of_all and isinstance(first, Gap) and not first.problem:
            self._going_to_oldest = True
            self._asked = first  # from its beginning, however long it is
            self.post_message(HistoryWanted(first, from_end=False))
        viewport.scroll_to(0)
        self.settle()

    def _arrive_at_oldest(self, viewport: Viewport) -> None:
        """Show what was loaded of the beginning."""
        from rchat_tui.app.items import Gap

        first = next(iter(viewport.transcript.items), None)
        if isinstance(first, Gap) and not first.problem:
            return  # it is on its way
        self._going_to_oldest = False
        viewport.scroll_to(0)

    def to_newest(self) -> None:
        """Show the newest, and stay there."""
        self._going_to_oldest = False
        if self._made is not None:
            self._made.to_end()
            self.settle()

    def clear_away(self) -> None:
        """Leave the view empty, with what was said above it."""
        if self._made is not None:
            self._made.transcript.clear(self._height)
            self.to_newest()

    def to_first_unread(self) -> bool:
        """Show the unread line; False where there is none."""
        if self._made is None:
            return False
        item = self._made.transcript.first_unread
        found = item is not None and self._made.show(item)
        self.settle()
        return found

    def reveal(self, said: Said, *, amid: bool = False) -> None:
        """Bring a message into view; ``amid``: with what was said around it."""
        if self._made is not None:
            self._made.reveal(said, amid=amid)
            self.settle()

    def a_page_from(self, said: Said, by: int) -> Said:
        """Return the message about so many pages from another one, where it is loaded."""
        return said if self._made is None else self._made.a_page_from(said, by)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the mouse wheel and the scroll bar."""
        super().watch_scroll_y(old_value, new_value)
        if not self._placing and self._made is not None:
            self._made.scroll_to(round(new_value))
            self.settle()

    def on_resize(self) -> None:
        """Wrap anew; the message under the eye stays where it is."""
        if self._made is not None:
            self._made.resize(replace(self._made.look, width=self._width), self._height)
            self.settle()

    def on_click(self, event: events.Click) -> None:
        """Go to the newest by a click on their count; open a link; select a message.

        The left button selects text as well: it selects messages only where one is selected.
        """
        viewport = self._made
        if viewport is None:
            return
        if viewport.below and event.y == self._height - 1:
            self.to_newest()
            return
        if event.style.link:
            self.app.open_url(event.style.link)
            return
        said = viewport.said_at(self._row(event.y))
        if said and (event.button == _RIGHT or viewport.transcript.selected):
            self.post_message(MessageClicked(said))

    async def _on_key(self, event: events.Key) -> None:
        """Carry out the table's keys; whoever just types means the composer."""
        if await carry_out(self, event) is None and types(event) and event.character:
            event.stop()
            self.post_message(TypedElsewhere(event.character))

    # -- drawing ---------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        """Draw in other colours."""
        super().notify_style_update()
        self._painter.forget()
        if self._made is not None:
            self._made.redraw()
        self.refresh()

    def selection_updated(self, selection: Selection | None) -> None:
        """Show what is selected."""
        del selection
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return what was said in the selected rows, without times, names and padding."""
        viewport = self.viewport
        first = 0 if selection.start is None else selection.start.y
        last = viewport.total - 1 if selection.end is None else selection.end.y
        text = viewport.copied(
            max(first, 0),
            min(last, viewport.total - 1),
            start=0 if selection.start is None else selection.start.x,
            end=None if selection.end is None else selection.end.x,
        )
        return text, "\n"

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw rows.

        Nothing stands around them. Textual's way to draw, which sees to borders and padding, makes
        five strips of each row, which is half of what a frame costs where much arrives. It asks
        for all rows with each key that is written below, too, so that the last ones are kept.
        """
        if self._dirty_regions or self._drawn[0] != crop:
            self._dirty_regions.clear()
            rows = [self.render_line(y).crop(crop.x, crop.right) for y in crop.line_range]
            self._drawn = crop, rows
        return self._drawn[1]

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        width, viewport = self._width, self._made
        if viewport is None or not viewport.transcript.items:
            return self._painter.empty(self._empty, y, width=width, height=self._height)
        if viewport.below and y == self._height - 1:
            return self._painter.below(viewport.below, width)
        row = self._row(y)
        found = viewport.row_at(row)
        return self._painter.row(*found, width, row) if found else self._painter.blank(width)

    def _row(self, y: int) -> int:
        """Return which row of all the messages stands at ``y``."""
        return self.scroll_offset.y + y - self.viewport.empty_rows


_RIGHT: Final = 3
"""The mouse's right button."""
