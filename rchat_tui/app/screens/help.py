"""Every key and command, from the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich.padding import Padding
from rich.style import Style
from rich.table import Table
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from rchat_tui.app.commands import BY_ID, COMMANDS
from rchat_tui.app.keymap import keys_of, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from textual.app import ComposeResult
    from textual.screen import Screen

    from rchat_tui.app.keymap import Keys


class HelpScreen(ModalScreen[None]):
    """What there is to press and to type: first what is of use on the screen that one is on.

    That screen has an ``ABOUT``: a heading, and sentences on what it is for. Its keys are those of
    its bindings, whose tooltips, or else descriptions, say what they do.
    """

    ABOUT = ("Help", "Every key and every command.")

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,q", "dismiss", "Close", id="help-close"),
    ]

    def __init__(self, about: Screen[Any], *, selecting: bool = False) -> None:
        """Make the sheet.

        Args:
            about: the screen that one is on.
            selecting: whether a message is selected there.
        """
        super().__init__()
        self._about = about
        self._selecting = selecting

    def on_mount(self) -> None:
        """Take the keys of now."""
        keys_of(self).rebind(self)

    def compose(self) -> ComposeResult:
        """Put the sheet together."""
        bound = keys_of(self)
        with VerticalScroll(id="sheet") as sheet:
            sheet.border_title = "Help"
            sheet.border_subtitle = "Esc closes"
            title, *sentences = getattr(self._about, "ABOUT", ("",))
            if title:
                yield Static(title, classes="heading", markup=False)
                yield Static("\n".join(sentences), markup=False)
                yield self._table(_of_screen(self._about, bound))
            groups = list(dict.fromkeys(command.group for command in COMMANDS))
            # What acts on the selected message is what one is looking for then.
            groups.sort(key=lambda group: self._selecting and group != BY_ID["reply"].group)
            for heading in groups:
                yield Static(heading, classes="heading", markup=False)
                yield self._table(_lines(heading, bound))
            yield Static("Good to know", classes="heading", markup=False)
            copy = keys_of(self).how("copy")
            yield Static("\n".join(note.format(copy=copy) for note in _NOTES), markup=False)

    def _table(self, lines: Iterable[tuple[str, str, str]]) -> Static:
        colors = self.app.theme_variables
        narrow = self.app.size.width < _COLUMNS_FROM
        table = Table.grid(padding=(0, 2))
        if not narrow:
            table.add_column(width=_COLUMN)
        for keys, typed, description in lines:
            how = Text(keys, Style(color=colors["primary"]))
            how.append("  " if keys and typed else "")
            how.append(typed, Style(color=colors["accent"]))
            if narrow:
                table.add_row(how)
                table.add_row(Padding(Text(description), (0, 0, 0, 2)))
            else:
                table.add_row(how, Text(description))
        return Static(table)


def _of_screen(screen: Screen[Any], bound: Keys) -> Iterator[tuple[str, str, str]]:
    """Yield keys and description of each binding of a screen over the chat."""
    for binding in screen.BINDINGS:
        if isinstance(binding, Binding):
            keys = bound.instead(binding)
            if keys:
                listed = "  ".join(map(shown, keys))
                yield listed, "", binding.tooltip or binding.description


def _lines(group: str, bound: Keys) -> Iterator[tuple[str, str, str]]:
    """Yield keys, slash commands and description of each command of a group."""
    for command in COMMANDS:
        if command.group != group:
            continue
        if command.id.startswith("goto-"):
            if command.id == "goto-1":
                first, last = bound.first("goto-1"), bound.first("goto-10")
                yield f"{first} … {last}", "", "Go to a conversation by its place in the list"
            continue
        keys = "  ".join(shown(key) for key in bound.of(command))
        slash = " ".join(f"/{name}" for name in command.slash)
        typed = f"{slash} {command.usage}".strip() if slash else ""
        yield keys, typed, command.description


_COLUMN: Final = 26

_COLUMNS_FROM: Final = 64
"""Cells of the terminal below which there is no room for two columns."""

_NOTES: Final = (
    "A message that begins with a slash is written with two: //etc is /etc.",
    "The mouse selects text; {copy} copies it without times and names.",
)
