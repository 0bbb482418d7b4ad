"""The next message that calls for you, or the one before, wherever in the log it is.

It goes through what is loaded. Where it comes to what is not, it has a page of that loaded and goes
on when that is there: `LIMIT` pages, then it says so, and the same key goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rchat_tui.app.counting import calls
from rchat_tui.app.items import Gap, Said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rchat_tui.app.base import BaseApp
    from rchat_tui.app.items import Item

LIMIT: Final = 20
"""Pages of history that are loaded for one press of the key."""

_WAY: Final = {1: "later", -1: "earlier"}


@dataclass(slots=True)
class _Search:
    """One that waits for a page."""

    conversation: str
    by: int
    begin: Item | None
    """It begins here; None: at the very beginning, or the very end."""
    past: bool
    """It begins behind that: one has been there."""
    pages: int = LIMIT


class Seeking:
    """Goes from one message that calls for you to the next, in the open conversation."""

    def __init__(self, app: BaseApp) -> None:
        self._app = app
        self._search: _Search | None = None

    def seek(self, by: int) -> None:
        """Go to the next one (1) or to the one before (-1)."""
        model = self._app.model
        if model.active is None or model.transcript is None:
            return
        selected = model.transcript.selected
        begin = selected or self._edge(by)
        self._search = _Search(model.active, by, begin, past=selected is not None)
        self._go_on(self._search)

    def loaded(self) -> None:
        """A page has arrived, or will not."""
        if self._search is not None:
            self._go_on(self._search)

    def stop(self) -> None:
        """The user does something else."""
        self._search = None

    def _go_on(self, search: _Search) -> None:
        model, transcript = self._app.model, self._app.model.transcript
        if model.active != search.conversation or transcript is None:
            self._search = None
            return
        me, keywords = model.state.user, model.hits.keywords
        found = find(
            transcript.items,
            search.begin,
            search.by,
            lambda said: (
                calls(said, me, keywords) and not (search.past and _is(said, search.begin))
            ),
        )
        if isinstance(found, Gap) and not found.problem and search.pages and self._load(found):
            return
        self._search = None
        if isinstance(found, Said):
            self._app.actions.select(found, amid=True)
            return
        way = _WAY[search.by]
        if isinstance(found, Gap):
            more = found.problem or "The same key looks further."
            self._app.toast(f"Nothing {way} mentions you, as far as is loaded.\n{more}")
        else:
            self._app.toast(f"Nothing {way} here mentions you.")

    def _edge(self, by: int) -> Item | None:
        """Return the first item in view (1) or the last (-1), but for what is not loaded."""
        try:
            in_view = self._app.chat.messages.viewport.in_view()
        except LookupError:
            return None  # it is not shown yet
        loaded = [item for item in in_view if not isinstance(item, Gap)]
        return loaded[0 if by > 0 else -1] if loaded else None

    def _load(self, gap: Gap) -> bool:
        """Ask for the next page; one that is on its way already will do."""
        search, errands = self._search, self._app.errands
        if search is None or errands is None:
            return False
        search.pages -= 1
        errands.load(search.conversation, gap, from_end=search.by < 0)
        return True


def find(
    items: Sequence[Item], begin: Item | None, by: int, wanted: Callable[[Said], bool]
) -> Said | Gap | None:
    """Return the next message that is wanted, or the gap that comes first.

    Args:
        items: oldest first.
        begin: the first to look at; None: that at the end to go from.
        by: 1 goes on, -1 goes back.
        wanted: says whether a message is.
    """
    at = 0 if by > 0 else len(items) - 1
    if begin is not None:
        at = next((index for index, item in enumerate(items) if _is(item, begin)), -1)
    while 0 <= at < len(items):
        item = items[at]
        if isinstance(item, Gap) or (isinstance(item, Said) and wanted(item)):
            return item
        at += by
    return None


def _is(item: Item, other: Item | None) -> bool:
    """Return whether this is that item, or the same message as it stands now."""
    if item is other:
        return True
    if isinstance(item, Said) and isinstance(other, Said):
        return bool(item.seq) and item.seq == other.seq
    return False
