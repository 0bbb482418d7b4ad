"""What one may react to a message with: those used lately and the common ones, or by short code."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.fuzzy import FuzzySearch
from textual.screen import ModalScreen
from textual.widgets import Input

from rchat_tui.app import emoji
from rchat_tui.app.around import gist
from rchat_tui.app.keymap import keys_of
from rchat_tui.app.messages import ReactionChosen
from rchat_tui.app.widgets.row_list import Entry, RowList
from rchat_tui.client.display import safe_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from textual.app import ComposeResult

    from rchat_tui.app.items import Said

_MOST: Final = 50


class ReactionsScreen(ModalScreen[None]):
    """A line to type in, and the emoji that it finds."""

    ABOUT = (
        "React",
        "Type a short code without its colons, like thumbs, or the emoji itself. What you reacted",
        "with already is taken back.",
    )
    CSS_PATH = "reactions.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", show=False, id="reactions-close"),
        Binding("up,shift+tab", "move(-1)", "Up", show=False, priority=True, id="reactions-up"),
        Binding("down,tab", "move(1)", "Down", show=False, priority=True, id="reactions-down"),
    ]

    def __init__(self, said: Said, recent: Iterable[str]) -> None:
        """Make the list.

        Args:
            said: the message that is reacted to.
            recent: what was reacted with lately, the newest first.
        """
        super().__init__()
        self._said = said
        self._first = [*dict.fromkeys([*recent, *emoji.COMMON])]
        self._search = FuzzySearch()

    def compose(self) -> ComposeResult:
        """Put the card together."""
        with Vertical(id="reactions") as card:
            card.border_title = "React"
            yield Input(
                placeholder=f"To {gist(self._said, 60)}", compact=True, id="reactions-input"
            )
            yield RowList(id="reactions-list")

    def on_mount(self) -> None:
        """Show what there is to begin with."""
        keys_of(self).rebind(self)
        results = self.query_one(RowList)
        results.can_focus = False
        results.shows_cursor = True
        self._show("")
        self.set_focus(self.query_one(Input))  # now: keys may wait for it

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search anew."""
        self._show(event.value)

    def on_input_submitted(self) -> None:
        """Take what the cursor is on."""
        self.query_one(RowList).action_choose()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """React with that."""
        self.app.post_message(ReactionChosen(self._said.seq, event.key))
        self.app.call_later(self.dismiss)

    def action_move(self, by: int) -> None:
        """Move the cursor in the list."""
        self.query_one(RowList).action_cursor(by)

    def _show(self, value: str) -> None:
        results = self.query_one(RowList)
        found = [*self._entries(value.strip())][:_MOST]
        results.entries = tuple(found) or (Entry("", "No emoji of that name", role="faint"),)
        results.cursor = 0
        results.scroll_to(y=0, animate=False)

    def _entries(self, query: str) -> Iterator[Entry]:
        if not query:
            for each in self._first:
                yield self._entry(each, emoji.code(each))
            return
        if not query.isascii():
            yield self._entry(query, "")  # typed or pasted as it is
        name = query.strip(":").lower()
        scored = [(self._search.match(name, code)[0], code) for code in emoji.SHORT_CODES if name]
        scored.sort(key=lambda pair: -pair[0])
        shown = set()
        for score, code in scored:
            each = emoji.SHORT_CODES[code]
            if score > 0 and each not in shown:
                shown.add(each)
                yield self._entry(each, f":{code}:")

    def _entry(self, each: str, code: str) -> Entry:
        given = next((r for r in self._said.reactions if r.emoji == safe_line(each)), None)
        badge = "" if given is None else f"{len(given.users):,}{' · takes it back' * given.mine}"
        return Entry(each, f"{safe_line(each)}  {code}", badge=badge)
