"""Search: a line to type in, what it finds, and what was said around that."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Final

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from rchat_tui.app import hits, times
from rchat_tui.app.keymap import keys_of
from rchat_tui.app.messages import HitChosen
from rchat_tui.app.searching import question
from rchat_tui.app.speech import action
from rchat_tui.app.suggesting import Suggesting
from rchat_tui.app.themes import name_color
from rchat_tui.app.wrapping import shortened
from rchat_tui.client.display import safe_line, safe_text
from rchat_tui.client.query import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult

    from rchat_protocol.models import Message, SearchHit
    from rchat_tui.app.answers import Found, Near, NotFound
    from rchat_tui.app.model import ChatModel
    from rchat_tui.app.searching import Question, Searching
    from rchat_tui.client.query import Query

LISTED: Final = 500
"""Most messages that are listed: who has to read more looks for more words."""

_TALL: Final = 26
_HEIGHTS: Final = [(0, "-short"), (_TALL, "-tall")]
"""Rows of the terminal; in a short one there is no room for what was said around."""

_TAKES: Final = 18
"""Rows that all but the list takes, above it, below it, and around the card."""
_SHORT_TAKES: Final = 6

_AHEAD: Final = 5
"""So many before the last one that is listed, older ones are asked for."""

_HINT: Final = 'Words, "a phrase", from:bob in:general before:2026-01-31 after:7d has:link'
_FAINT: Final = "$foreground 60%"
_FOUND: Final = "bold underline $accent"


class SearchScreen(ModalScreen[str]):
    """Finds what was said, wherever one may read it."""

    ABOUT = (
        "Search",
        'Words and "phrases in quotation marks", in any conversation that you are in. Case and',
        "accents make no difference. Enter goes to the message.",
        "from:bob  from:me     what somebody said",
        "in:general  in:@bob   where; in:here is the open conversation",
        "before:2026-01-31     before that day; also today, yesterday, 3d, 2w",
        "after:2026-01-31      on that day, or later",
        "has:link              with a link",
    )
    CSS_PATH = "search.tcss"
    VERTICAL_BREAKPOINTS = _HEIGHTS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+f", "close", "Close", show=False, id="search-close"),
        Binding("up", "list('cursor_up')", "Up", show=False, priority=True, id="search-up"),
        Binding("down", "list('cursor_down')", "Down", show=False, priority=True, id="search-down"),
        Binding("pageup", "list('page_up')", "Page up", show=False, id="search-page-up"),
        Binding("pagedown", "list('page_down')", "Page down", show=False, id="search-page-down"),
        Binding(
            "tab",
            "complete",
            "Complete a filter or a name",
            show=False,
            priority=True,
            id="search-complete",
        ),
    ]

    def __init__(
        self,
        model: ChatModel,
        query: str,
        *,
        searching: Callable[[], Searching | None],
        now: Callable[[], float],
        zone: dt.tzinfo | None = None,
    ) -> None:
        """Make the screen.

        Args:
            model: of the app.
            query: to begin with.
            searching: returns who asks; None where there is no client.
            now: seconds since 1970-01-01 UTC.
            zone: in which days begin; None: the local one.
        """
        super().__init__()
        self._model = model
        self._query = query
        self._searching = searching
        self._seconds = now
        self._zone = zone
        self._found: Found | None = None
        self._hits: list[SearchHit] = []
        self._asked: Question | None = None
        self._going_on = False

    def compose(self) -> ComposeResult:
        """Put the card together."""
        with Vertical(id="search") as card:
            card.border_title = "Search"
            yield Input(
                self._query,
                placeholder="What was said",
                suggester=Suggesting(self._model),
                compact=True,
                id="search-input",
            )
            yield Static(id="search-status", markup=False)
            yield OptionList(id="search-list", markup=False, compact=True)
            yield Static(id="search-near", markup=False)

    def on_mount(self) -> None:
        """Begin with what was looked for."""
        keys_of(self).rebind(self)
        results = self.query_one(OptionList)
        results.can_focus = False
        line = self.query_one(Input)
        self.set_focus(line)  # now: keys may wait for it
        self._ask(line.value)

    @property
    def text(self) -> str:
        """What is looked for, as it is typed."""
        return self.query_one(Input).value

    # -- asking ------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look for that."""
        self._ask(event.value)

    def _ask(self, text: str) -> None:
        self._asked = None
        try:
            asked = question(text, self._model, now=self._now())
        except QueryError as error:
            self._say(str(error))
            return
        searching = self._searching()
        if asked is None:
            self._list(None)
            self._say(_HINT)
        elif searching is None:
            self._say("There is no connection to the server right now.", wrong=True)
        else:
            self._asked = asked
            searching.find(asked)

    def _go_on(self) -> None:
        """Ask for what is older, when the end of the list comes near."""
        found, searching = self._found, self._searching()
        if found is None or searching is None or self._going_on or self._asked is None:
            return
        cursor = found.reply.next
        if cursor is not None and found.question is self._asked and len(self._hits) < LISTED:
            self._going_on = True
            searching.find(found.question, cursor)

    def _now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self._seconds(), tz=dt.UTC).astimezone(self._zone)

    # -- what comes --------------------------------------------------------------------------

    def show_found(self, found: Found) -> None:
        """Show what was found, as long as it answers what is typed now."""
        if self._asked is None or found.question.text != self._asked.text:
            return
        self._going_on = False
        if found.older:
            self._add(found)
        else:
            self._list(found)
        self._found = found
        self._say(_told(found, len(self._hits)))

    def show_problem(self, problem: NotFound) -> None:
        """Say why it was not looked for."""
        if self._asked is not None and problem.question.text == self._asked.text:
            self._going_on = False
            self._say(problem.reason, wrong=True)

    def show_near(self, near: Near) -> None:
        """Show what was said around the message under the cursor."""
        hit = self._hit
        if hit is None or (hit.conversation, hit.message.seq) != (near.conversation, near.seq):
            return
        lines = [self._near_line(m, here=m.seq == near.seq) for m in near.messages]
        self._show_near(hits.place(hit.conversation, self._model), lines)

    def _list(self, found: Found | None) -> None:
        results = self.query_one(OptionList)
        results.clear_options()
        self._found, self._hits = found, []
        if found is not None:
            self._add(found)
        results.display = bool(self._hits)
        if self._hits:
            results.highlighted = 0
        else:
            self._show_near("", [])

    def _add(self, found: Found) -> None:
        new = found.reply.hits[: LISTED - len(self._hits)]
        self._hits += new
        self.query_one(OptionList).add_options(
            [Option(self._lines(hit, found.question.query)) for hit in new]
        )

    def _say(self, text: str, *, wrong: bool = False) -> None:
        status = self.query_one("#search-status", Static)
        status.set_class(wrong, "-wrong")
        status.update(safe_text(text))

    # -- how it looks ------------------------------------------------------------------------

    @property
    def _width(self) -> int:
        """Cells of a line in the list, which has a margin at both ends, and a scroll bar."""
        return max(10, self.query_one("#search").size.width - 3)

    def _lines(self, hit: SearchHit, query: Query) -> Content:
        """Return the two lines of a message that was found."""
        theme = self.app.current_theme
        where, who = hits.place(hit.conversation, self._model), hits.author(hit.message)
        when = times.moment(hit.message.at, self._zone, today=self._now().date())
        snippet = hits.snippet(hits.content(hit.message, self._model), query, self._width)
        text = Content(snippet.text)
        for start, end in snippet.spans:
            text = text.stylize(_FOUND, start, end)
        return Content.assemble(
            (where, "bold"),
            "  ",
            (who, name_color(who, theme)),
            "  ",
            (when, _FAINT),
            "\n",
            text,
        )

    def _near_line(self, message: Message, *, here: bool) -> Content:
        theme = self.app.current_theme
        who = hits.author(message)
        said = safe_line(hits.content(message, self._model), limit=400)
        if (done := action(said)) is not None:
            who, said = f"✶ {who}", done
        clock = times.clock(message.at, self._zone)
        rest = max(1, self._width - len(clock) - cell_len(who) - 3)
        return Content.assemble(
            ("▸ " if here else "  ", "$accent"),
            (clock, _FAINT),
            " ",
            (who, name_color(hits.author(message), theme)),
            "  ",
            (shortened(said, rest), "bold" if here else _FAINT),
        )

    def _show_near(self, title: str, lines: Sequence[Content]) -> None:
        near = self.query_one("#search-near", Static)
        near.border_title = title
        near.set_class(bool(lines), "-there")
        near.update(Content("\n").join(lines))

    # -- going there -------------------------------------------------------------------------

    @property
    def _hit(self) -> SearchHit | None:
        at = self.query_one(OptionList).highlighted
        return None if at is None or at >= len(self._hits) else self._hits[at]

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Ask what was said around it."""
        hit, searching = self._hit, self._searching()
        if hit is not None and searching is not None:
            searching.look_around(hit)
        if event.option_index >= len(self._hits) - _AHEAD:
            self._go_on()

    def on_option_list_option_selected(self) -> None:
        """Go to what was clicked."""
        self._choose()

    def on_input_submitted(self) -> None:
        """Go to what the cursor is on."""
        self._choose()

    def _choose(self) -> None:
        hit = self._hit
        if hit is not None:
            self.app.post_message(HitChosen(hit.conversation, hit.message.seq))
            self.action_close()

    def action_close(self) -> None:
        """Go back; what was looked for is there the next time."""
        self.app.call_later(self.dismiss, self.text)

    def action_list(self, action: str) -> None:
        """Move the cursor in the list."""
        getattr(self.query_one(OptionList), f"action_{action}")()

    def action_complete(self) -> None:
        """Take what is suggested."""
        line = self.query_one(Input)
        line.action_end()
        line.action_cursor_right()

    def on_resize(self, event: events.Resize) -> None:
        """Cut the lines anew, as many as there is room for."""
        height = event.size.height
        taken = _TAKES if height >= _TALL else _SHORT_TAKES
        self.query_one(OptionList).styles.max_height = max(2, height - taken)
        found = self._found
        if found is not None:
            at = self.query_one(OptionList).highlighted
            results = self.query_one(OptionList)
            results.clear_options()
            query = found.question.query
            results.add_options([Option(self._lines(hit, query)) for hit in self._hits])
            results.highlighted = at


def _told(found: Found, count: int) -> str:
    """Return how much was found, and where it was looked for."""
    more = "+" if found.reply.next is not None else ""
    if count:
        text = f"{count}{more} {'message' if count == 1 and not more else 'messages'}"
    else:
        text = "Nothing found"
    if found.kept:
        return f"{text} in what this machine keeps: there is no connection."
    if not found.reply.complete:
        return f"{text}. Older messages are still being indexed."
    return f"{text} · Enter goes there" if count else f"{text}."
