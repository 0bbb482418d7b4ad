"""Find a channel, a person or a command by a few of its letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from rchat_protocol import names
from rchat_tui.app import finding
from rchat_tui.app.commands import BY_ID, COMMANDS, Scope
from rchat_tui.app.finding import Finder, Target
from rchat_tui.app.keymap import keys_of
from rchat_tui.app.messages import CommandChosen, ConversationChosen, PersonChosen
from rchat_tui.app.widgets.channel_list import MUTED, PINNED, called, shown_number
from rchat_tui.app.widgets.row_list import Entry, RowList
from rchat_tui.client.display import safe_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.app import ComposeResult
    from textual.message import Message

    from rchat_tui.app.finding import People
    from rchat_tui.app.keymap import Keys
    from rchat_tui.app.model import ChatModel

_KINDS: Final = {
    "#": frozenset({"channel", "join"}),
    "@": frozenset({"private", "person"}),
}
"""What a sigil asks for."""


class SwitcherScreen(ModalScreen[None]):
    """A line to type in, and what it finds."""

    ABOUT = (
        "Switch",
        "Type a few letters of a channel or a person, wherever in the name: who waits for you",
        "comes first, then what is unread. # and @ ask for channels or people alone, > for",
        "commands. #name makes a channel that is not there.",
    )
    CSS_PATH = "switcher.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+k,f2", "dismiss", "Close", show=False, id="switcher-close"),
        Binding("up,shift+tab", "move(-1)", "Up", show=False, priority=True, id="switcher-up"),
        Binding("down,tab", "move(1)", "Down", show=False, priority=True, id="switcher-down"),
    ]

    def __init__(
        self, model: ChatModel, query: str = "", *, people: People, used: Sequence[str] = ()
    ) -> None:
        """Make the switcher.

        Args:
            model: of the app.
            query: to begin with.
            people: finds those one shares a channel with.
            used: ids of the commands that were used lately, the last one first.
        """
        super().__init__()
        self._model = model
        self._query = query
        self._there = [*finding.conversations(model), *people.targets(model)]
        self._places = Finder(self._there)
        self._commands = Finder(finding.commands(COMMANDS, used))
        self._found: dict[str, Message] = {}

    def compose(self) -> ComposeResult:
        """Put the card together."""
        with Vertical(id="switcher"):
            yield Input(
                self._query,
                placeholder="Channel or person, or > for commands",
                select_on_focus=False,
                compact=True,
                id="switcher-input",
            )
            yield RowList(id="switcher-list")

    def on_mount(self) -> None:
        """Show what there is to begin with."""
        keys_of(self).rebind(self)
        results = self.query_one(RowList)
        results.can_focus = False
        results.shows_cursor = True
        self.set_focus(self.query_one(Input))  # now: keys may wait for it
        self._show(self._query)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search anew."""
        self._show(event.value)

    def on_input_submitted(self) -> None:
        """Go where the cursor is."""
        self.query_one(RowList).action_choose()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Go there."""
        message = self._found[event.key]
        self.app.post_message(message)
        self.app.call_later(self.dismiss)

    def action_move(self, by: int) -> None:
        """Move the cursor in the list."""
        self.query_one(RowList).action_cursor(by)

    def offer(self, channels: Iterable[str]) -> None:
        """The server told which channels it has: those that one is not in can be joined."""
        self._places = Finder([*self._there, *finding.joinable(self._model, channels)])
        self._show(self.query_one(Input).value, keep=True)

    def _show(self, value: str, *, keep: bool = False) -> None:
        """Show what is found; ``keep``: the cursor stays on the entry that it is on."""
        if value.startswith(">"):
            found = self._commands.find(value[1:])
        else:
            query = value.lstrip()
            kinds = _KINDS.get(query[:1])
            found = self._places.find(query[1:] if kinds else query, kinds)
            if query.startswith("#"):
                found += _new(query[1:].strip(), found)
        keys = keys_of(self)
        entries = [_entry(target, keys) for target in found]
        self._found = {
            entry.key: _message(target) for entry, target in zip(entries, found, strict=True)
        }
        results = self.query_one(RowList)
        results.entries = tuple(entries) or (Entry("", "Nothing of that name", role="faint"),)
        if not keep:
            results.cursor = 0
            results.scroll_to(y=0, animate=False)


def _entry(target: Target, keys: Keys) -> Entry:
    if target.kind == "command":
        command = BY_ID[target.id]
        by_slash = command.scope is Scope.MESSAGE and command.slash
        how = f"/{command.slash[0]}" if by_slash else keys.how(command.id)
        text = f"{command.label}  ·  {command.description}"
        return Entry(f"x:{target.id}", text, sign=">", badge=how)
    key, name = f"{target.kind}:{target.id}", safe_line(target.name)
    if target.kind == "new":
        return Entry(key, f"Join #{name}", sign="+", sign_role="present")
    if target.kind in ("join", "person"):
        channel = target.kind == "join"
        return Entry(
            key,
            name,
            sign="#" if channel else "@",
            sign_role="faint" if channel else "present",
            badge=safe_line(target.about),
            badge_role="present" if channel else "faint",
        )
    counted, private = target.counted, target.kind == "private"
    marks = [PINNED] if target.pinned else []
    marks += [MUTED] if counted.muted else []
    marks += [shown_number(counted.unread)] if counted.unread else []
    loud = private and counted.unread and not counted.muted
    return Entry(
        key,
        name,
        role="faint" if counted.muted else "strong" if counted.unread else "text",
        sign="@" if private else "#",
        call="" if private or counted.muted else called(counted),
        badge=" ".join(marks),
        badge_role="mention" if loud else "faint" if counted.muted else "badge",
    )


def _message(target: Target) -> Message:
    """Return what is asked for by choosing a target."""
    match target.kind:
        case "command":
            return CommandChosen(target.id)
        case "person":
            return PersonChosen(target.id)
        case "join" | "new":
            return CommandChosen("join", target.id)
        case _:
            return ConversationChosen(target.id)


def _new(name: str, found: Iterable[Target]) -> list[Target]:
    """Return a channel to make, where none of those found has that name."""
    if not name or any(target.key == names.key(name) for target in found):
        return []
    return [Target("new", name, names.key(name), name)]
