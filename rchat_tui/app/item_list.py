"""The list of what a conversation shows, and what is marked in it: pure.

Every change is one `splice`, told to at most one observer: what is shown follows item by item. The
unread line and the message that is selected follow by themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rchat_tui.app import unread
from rchat_tui.app.items import Gap, Said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rchat_tui.app.items import Item
    from rchat_tui.app.unread import Unread


class Observer(Protocol):
    """Who follows a list."""

    def spliced(self, start: int, removed: int, added: Sequence[Item]) -> None:
        """``removed`` items from ``start`` on were replaced by ``added``."""

    def changed(self, index: int, before: Item, after: Said) -> None:
        """The item at ``index`` is another value of the same message.

        It may take more or fewer rows, and nothing has arrived or gone.
        """

    def touched(self, index: int) -> None:
        """The item at ``index`` stands otherwise than before: the unread line moved."""


class ItemList:
    """Items, oldest first: those with numbers in the order of these."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._base = 0
        """Items before this one belong to epochs that are gone: their numbers mean nothing."""
        self._unread_after: int | None = None
        self._first_unread: Unread | None = None
        self._selected: Said | None = None
        self._selected_id: str | None = None
        """Of what is selected, also while it is moved from one place to another."""
        self.observer: Observer | None = None

    @property
    def items(self) -> Sequence[Item]:
        """The items, oldest first. Not to be changed."""
        return self._items

    # -- what is marked --------------------------------------------------------------------

    @property
    def first_unread(self) -> Unread | None:
        """What the unread line stands before, if there is one."""
        return self._first_unread

    @property
    def unread_after(self) -> int | None:
        """The unread line stands before the first message of others after this number."""
        return self._unread_after

    @unread_after.setter
    def unread_after(self, seq: int | None) -> None:
        if seq != self._unread_after:
            self._unread_after = seq
            self._set_first_unread(self._find_first_unread())

    @property
    def selected(self) -> Said | None:
        """The message that is selected, as it is now; it stays so whatever becomes of it."""
        return self._selected

    def select(self, said: Said | None) -> None:
        """Select a message of the list, or none."""
        self._selected = said
        self._selected_id = None if said is None else said.id

    # -- what is where ---------------------------------------------------------------------

    def find(self, seq: int) -> Said | None:
        """Return the message of that number, where it is loaded."""
        index = self._at(seq)
        item = None if index is None else self._items[index]
        return item if isinstance(item, Said) else None

    def gap_at(self, seq: int) -> Gap | None:
        """Return what is not loaded and has that number in it."""
        index = self._at(seq)
        item = None if index is None else self._items[index]
        return item if isinstance(item, Gap) else None

    def index(self, item: Item | None) -> int | None:
        """Return where an item is; None where it is no more."""
        if item is None:
            return None
        # From the end: what changes is nearly always among the newest.
        for index in range(len(self._items) - 1, -1, -1):
            if self._items[index] is item:
                return index
        return None

    def _at(self, seq: int) -> int | None:
        low, high = self._base, len(self._items)
        while low < high:
            middle = at = (low + high) // 2
            # What has no number stands anywhere between those that have one.
            while at >= low and not _numbers(self._items[at])[1]:
                at -= 1
            if at < low:
                low = middle + 1
                continue
            first, last = _numbers(self._items[at])
            if first <= seq <= last:
                return at
            if seq < first:
                high = at
            else:
                low = middle + 1
        return None

    # -- changing it -----------------------------------------------------------------------

    def splice(self, start: int, removed: int, added: Sequence[Item]) -> None:
        """Replace ``removed`` items from ``start`` on, and tell the observer."""
        gone = self._items[start : start + removed] if removed else ()
        self._items[start : start + removed] = added
        if self.observer is not None:
            self.observer.spliced(start, removed, added)
        self._follow(gone, added)

    def _change(self, index: int, said: Said) -> None:
        """Show another value of the message at ``index``."""
        before = self._items[index]
        self._items[index] = said
        if self.observer is not None:
            self.observer.changed(index, before, said)
        self._follow([before], [said])

    def revise(self, change: Callable[[Said], Said]) -> None:
        """Show every message as it is after ``change``, which returns it itself where it stays."""
        for index, item in enumerate(self._items):
            if isinstance(item, Said) and (after := change(item)) is not item:
                self._change(index, after)

    def _replace(self, old: Item, new: Item) -> None:
        index = self.index(old)
        if index is not None:
            self.splice(index, 1, [new])

    def _remove(self, item: Item) -> None:
        index = self.index(item)
        if index is not None:
            self.splice(index, 1, [])
            if index < self._base:
                self._base -= 1

    # -- following -------------------------------------------------------------------------

    def _follow(self, gone: Sequence[Item], added: Sequence[Item]) -> None:
        if self._selected_id is not None:
            self._follow_selected(gone, added)
        if self._unread_after is not None:
            self._follow_unread(gone, added)

    def _follow_selected(self, gone: Sequence[Item], added: Sequence[Item]) -> None:
        if self._selected in gone:
            self._selected = None
        for item in added:
            if isinstance(item, Said) and item.id == self._selected_id:
                self._selected = item

    def _follow_unread(self, gone: Sequence[Item], added: Sequence[Item]) -> None:
        first = self._first_unread
        if first is not None and first in gone:
            if first not in added:
                self._set_first_unread(self._find_first_unread())
            return
        for item in added:
            if unread.is_after(item, self._unread_after) and unread.begins_before(item, first):
                self._set_first_unread(self._find_first_unread())
                return

    def _find_first_unread(self) -> Unread | None:
        return unread.first(self._items, self._unread_after, base=self._base)

    def _set_first_unread(self, item: Unread | None) -> None:
        before, self._first_unread = self._first_unread, item
        if before is not item and self.observer is not None:
            # Nothing moved, but the line did: whoever shows these two draws them again.
            for touched in (before, item):
                index = self.index(touched)
                if index is not None:
                    self.observer.touched(index)


def _numbers(item: Item) -> tuple[int, int]:
    """Return the first and the last number of what an item stands for; 0 where it has none."""
    if isinstance(item, Gap):
        return item.first, item.last
    return (item.seq, item.seq) if isinstance(item, Said) else (0, 0)
