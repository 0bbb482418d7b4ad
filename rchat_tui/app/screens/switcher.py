"""Find a channel, a person or a command by a few of its letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.fuzzy import FuzzySearch
from textual.screen import ModalScreen
from textual.widgets import Input

from rchat_protocol import names
from rchat_tui.app.commands import COMMANDS, Scope
from rchat_tui.app.keymap import shown
from rchat_tui.app.messages import CommandChosen, ConversationChosen, PersonChosen
from rchat_tui.app.widgets.row_list import Entry, RowList
from rchat_tui.client.display import safe_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult
    from textual.message import Message

    from rchat_tui.app.model import ChatModel

_MOST = 50


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Something to go to."""

    sought: str
    """What is matched."""
    entry: Entry
    message: Message
    rank: float
    """Among equals, the higher comes first."""


class SwitcherScreen(ModalScreen[None]):
    """A line to type in, and what it finds."""

    CSS_PATH = "switcher.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+k,f2", "dismiss", "Close", show=False, id="switcher-close"),
        Binding("up,shift+tab", "move(-1)", "Up", show=False, priority=True, id="switcher-up"),
        Binding("down,tab", "move(1)", "Down", show=False, priority=True, id="switcher-down"),
    ]

    def __init__(self, model: ChatModel, query: str = "") -> None:
        super().__init__()
        self._query = query
        self._places = [*_places(model)]
        self._commands = [*_commands()]
        self._search = FuzzySearch()
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
        results = self.query_one(RowList)
        results.can_focus = False
        results.shows_cursor = True
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

    def _show(self, value: str) -> None:
        wants_commands = value.startswith(">")
        query = value.lstrip(">").strip().lstrip("#@")
        candidates = self._commands if wants_commands else self._places
        scored = [
            (self._search.match(query, candidate.sought)[0] if query else 1.0, candidate)
            for candidate in candidates
        ]
        scored = [pair for pair in scored if pair[0] > 0]
        scored.sort(key=lambda pair: (-pair[0], -pair[1].rank))
        found = [candidate for _, candidate in scored[:_MOST]]
        if not wants_commands and value.startswith("#") and query:
            found += _join(query, found)
        self._found = {candidate.entry.key: candidate.message for candidate in found}
        results = self.query_one(RowList)
        results.entries = tuple(c.entry for c in found) or (
            Entry("", "Nothing of that name", role="faint"),
        )
        results.cursor = 0
        results.scroll_to(y=0, animate=False)


def _places(model: ChatModel) -> Iterator[_Candidate]:
    """Yield conversations, those with unread messages first, then people."""
    ordered = model.ordered()
    for number, conversation in enumerate(ordered):
        private = conversation.kind == "private"
        unread = model.unread(conversation)
        called = bool(unread) and (private or conversation.mentions > 0)
        here = conversation.id == model.active
        before = conversation.id == model.previous()
        rank = 4.0 * called + 2.0 * bool(unread) + before - 9.0 * here - number / len(ordered)
        name = safe_line(conversation.name)
        entry = Entry(
            f"c:{conversation.id}",
            name,
            role="strong" if unread else "text",
            sign="@" if private else "#",
            badge=f"{unread:,}" if unread else "",
            badge_role="mention" if called else "badge",
        )
        yield _Candidate(conversation.name, entry, ConversationChosen(conversation.id), rank)
    known = {names.key(c.name) for c in ordered if c.kind == "private"}
    known.add(names.key(model.state.user or ""))
    people = {names.key(m): m for c in ordered if c.kind == "channel" for m in c.members}
    for key, member in sorted(people.items()):
        if key not in known:
            entry = Entry(f"p:{key}", safe_line(member), sign="@", sign_role="present")
            yield _Candidate(member, entry, PersonChosen(member), -20.0)


def _commands() -> Iterator[_Candidate]:
    for number, command in enumerate(COMMANDS):
        if command.palette:
            keyed = command.keys and command.scope is not Scope.MESSAGE
            how = shown(command.keys[0]) if keyed else f"/{command.slash[0]}"
            entry = Entry(
                f"x:{command.id}", f"{command.label}  ·  {command.description}", sign=">", badge=how
            )
            sought = f"{command.label} {' '.join(command.slash)}"
            yield _Candidate(sought, entry, CommandChosen(command.id), -number)


def _join(query: str, found: list[_Candidate]) -> Iterator[_Candidate]:
    """Offer to join a channel that is not among those found."""
    if not any(names.key(candidate.sought) == names.key(query) for candidate in found):
        entry = Entry("j:", f"Join #{safe_line(query)}", sign="+", sign_role="present")
        yield _Candidate(query, entry, CommandChosen("join", query), 0)
