"""A list of one-line entries that draws only the rows in view: the side panes and the switcher."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from rchat_tui.app.keymap import keys_of, types
from rchat_tui.app.messages import TypedElsewhere
from rchat_tui.app.settings import SPELLED
from rchat_tui.app.themes import name_color
from rchat_tui.app.wrapping import shortened

if TYPE_CHECKING:
    from textual import events


_NOTE: Final = 4
"""Cells with which a note says nothing yet."""

_READABLE: Final = 8
"""Cells of a text that are worth more than the badge beside it."""


class Entry(Struct, frozen=True):
    """One row. The roles name component classes: ``badge`` is ``row-list--badge``."""

    key: str
    """What is chosen with this row; empty for a heading."""
    text: str
    role: str = "text"
    sign: str = ""
    sign_role: str = "faint"
    call: str = ""
    """Stands before the badge: how often somebody waits for you."""
    note: str = ""
    """Stands after the text, as far as there is room."""
    badge: str = ""
    """Stands at the right."""
    badge_role: str = "badge"
    current: bool = False
    """The one that is open."""
    colored: bool = False
    """Coloured as the name that it is."""


class RowList(ScrollView, can_focus=True, inherit_bindings=False):
    """Entries below each other, one of which can be chosen by key or by mouse."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-list--text",
        "row-list--strong",
        "row-list--faint",
        "row-list--heading",
        "row-list--brand",
        "row-list--badge",
        "row-list--mention",
        "row-list--stuck",
        "row-list--waiting",
        "row-list--present",
        "row-list--bar",
        "row-list--current",
        "row-list--cursor",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "cursor(-1)", "Up", show=False, id="list-up"),
        Binding("down", "cursor(1)", "Down", show=False, id="list-down"),
        Binding("home", "cursor(-100000)", "First", show=False, id="list-first"),
        Binding("end", "cursor(100000)", "Last", show=False, id="list-last"),
        Binding("enter", "choose", "Choose", show=False, id="list-choose"),
        Binding("escape", "screen.focus_composer", "Back", show=False, id="list-leave"),
    ]
    ALLOW_SELECT = False

    shows_cursor = False
    """Whether the cursor is seen without the focus, which is elsewhere then."""

    _ground: Style | None = None

    entries: reactive[tuple[Entry, ...]] = reactive((), layout=False)
    cursor: reactive[int] = reactive(0)

    @dataclass
    class Chosen(Message):
        """An entry was chosen."""

        key: str

    def on_mount(self) -> None:
        """Take the keys of now."""
        keys_of(self).rebind(self)

    def watch_entries(self, before: tuple[Entry, ...], entries: tuple[Entry, ...]) -> None:
        """Show other entries; the cursor stays on the one that it was on."""
        if len(before) != len(entries):
            self.virtual_size = Size(self.size.width, len(entries))
        key = before[self.cursor].key if self.cursor < len(before) else ""
        at = next((i for i, entry in enumerate(entries) if key and entry.key == key), None)
        self.cursor = self._choosable(0, 1) if at is None else at
        self.refresh()

    def watch_cursor(self) -> None:
        """Keep the cursor in view."""
        if self.has_focus or self.shows_cursor:
            self._show_cursor()
        self.refresh()

    def on_focus(self) -> None:
        """Begin at the entry that is open."""
        at = next((i for i, entry in enumerate(self.entries) if entry.current), None)
        if at is not None:
            self.cursor = at
        self._show_cursor()

    def notify_style_update(self) -> None:
        """Draw in other colours."""
        super().notify_style_update()
        self._ground = None
        self.refresh()

    def action_cursor(self, by: int) -> None:
        """Move the cursor, over headings."""
        last = len(self.entries) - 1
        self.cursor = self._choosable(min(max(self.cursor + by, 0), max(last, 0)), by)

    def action_choose(self) -> None:
        """Choose the entry under the cursor."""
        if self.cursor < len(self.entries) and self.entries[self.cursor].key:
            self.post_message(self.Chosen(self.entries[self.cursor].key))

    def on_click(self, event: events.Click) -> None:
        """Choose the entry that was clicked."""
        row = event.y + self.scroll_offset.y
        if 0 <= row < len(self.entries) and self.entries[row].key:
            self.cursor = row
            self.action_choose()

    def on_key(self, event: events.Key) -> None:
        """Whoever just types means the composer."""
        if types(event) and event.character:
            event.stop()
            self.post_message(TypedElsewhere(event.character))

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        row = y + self.scroll_offset.y
        width = self.size.width
        if row >= len(self.entries):
            return Strip.blank(width, self._style(""))
        return self._draw(
            self.entries[row],
            width,
            under=row == self.cursor and (self.has_focus or self.shows_cursor),
        )

    def _draw(self, entry: Entry, width: int, *, under: bool) -> Strip:
        ground = self._style("cursor" if under else "current" if entry.current else "")
        back = Style(bgcolor=ground.bgcolor, reverse=ground.reverse)
        badge = f" {entry.badge} " if entry.badge else " "
        call = f" {entry.call}" if entry.call else ""
        sign = f"{entry.sign} " if entry.sign else ""
        room = width - 1 - cell_len(sign) - cell_len(call) - cell_len(badge)
        if call and room < min(cell_len(entry.text), _READABLE):
            # How often somebody waits for you says more than how much there is.
            room, badge = room + cell_len(badge) - 1, " "
        text = shortened(self._shown(entry.text), max(1, room))
        style = self._style(entry.role)
        if entry.colored:
            style += Style(color=name_color(entry.text, self.app.current_theme))
        room -= cell_len(text)
        note = (
            shortened(self._shown(f"  {entry.note}"), room) if entry.note and room > _NOTE else ""
        )
        segments = [
            Segment("▎" if entry.current else " ", self._style("bar") + back),
            Segment(sign, self._style(entry.sign_role) + back),
            Segment(text, style + back),
            *([Segment(note, self._style("faint") + back)] if note else ()),
            Segment(" " * max(0, room - cell_len(note)), ground),
            *([Segment(call, self._style("mention") + back)] if call else ()),
            Segment(badge, (self._style(entry.badge_role) if entry.badge else ground) + back),
        ]
        return Strip(segments).adjust_cell_length(width, ground)

    def _shown(self, text: str) -> str:
        """Return a text as it is shown: emoji may have to be spelled out."""
        if not self.app.has_class(SPELLED):
            return text
        from rchat_tui.app.emoji import spelled  # late: it is seldom wanted

        return spelled(text)

    def _style(self, role: str) -> Style:
        if role:
            return self.get_component_rich_style(f"row-list--{role}")
        if self._ground is None:
            self._ground = self.rich_style  # it asks all ancestors: too dear for every row
        return self._ground

    def _show_cursor(self) -> None:
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if self.cursor < top or self.cursor >= top + height:
            target = self.cursor if self.cursor < top else self.cursor - height + 1
            self.scroll_to(y=target, animate=False)

    def _choosable(self, start: int, by: int) -> int:
        """Return the first entry that can be chosen from ``start`` on, else the last before it."""
        step = 1 if by > 0 else -1
        count = len(self.entries)
        for way in (step, -step):
            at = start
            while 0 <= at < count:
                if self.entries[at].key:
                    return at
                at += way
        return 0
