"""Which rows of a transcript are on the screen: pure, and it wraps only what is seen.

Heights of items that were never seen are guesses. Whenever items come into view they are measured,
and everything moves around an **anchor**, the first message in view: it stays where it is when
others arrive, when older ones are loaded, and when the width changes. At the end the anchor is the
end itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from rich.cells import cell_len

from rchat_tui.app.acting import can_be_selected
from rchat_tui.app.heights import Heights
from rchat_tui.app.items import Beginning, Gap, Said
from rchat_tui.app.rows import guess, name_cells, place
from rchat_tui.app.shown import ShownRows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rchat_tui.app.items import Item
    from rchat_tui.app.layout import Look
    from rchat_tui.app.shown import Shown
    from rchat_tui.app.transcript import Transcript


class Viewport:
    """A window of some rows on a transcript. It is the transcript's observer."""

    def __init__(self, transcript: Transcript, look: Look, *, height: int = 0) -> None:
        self._transcript = transcript
        self._look = look
        self._height = height
        self._heights = Heights()
        self._exact = bytearray()
        self._longest = 0
        self._shown = ShownRows()
        self._anchor = 0
        self._anchor_row = 0
        """Where what the anchor says begins, from the top of the window; negative: above it."""
        self._left_at = 0
        self.at_end = True
        """Whether the newest message is in view, and stays in view when others arrive."""
        self.top = 0
        """The first row in view."""
        self.below = 0
        """Messages that arrived below since the end was left."""
        transcript.observer = self
        self.spliced(0, 0, transcript.items)

    def close(self) -> None:
        """Look at the transcript no longer."""
        if self._transcript.observer is self:
            self._transcript.observer = None

    @property
    def transcript(self) -> Transcript:
        """What it is a window on."""
        return self._transcript

    @property
    def look(self) -> Look:
        """What rows are made for."""
        return self._look

    @property
    def total(self) -> int:
        """Rows of the whole transcript, as far as is known."""
        return self._heights.total

    @property
    def empty_rows(self) -> int:
        """Rows of the window above the first item: a short transcript stands at the bottom."""
        return max(0, self._height - self._heights.total)

    # -- what changes ----------------------------------------------------------------------

    def spliced(self, start: int, removed: int, added: Sequence[Item]) -> None:
        """Follow the transcript."""
        look = self._look
        self._heights.splice(start, removed, [guess(item, look) for item in added])
        self._exact[start : start + removed] = bytes(len(added))
        after = start + len(added)
        if after < len(self._exact):
            self._exact[after] = 0  # what it stands below has changed
        for item in added:
            if isinstance(item, Said):
                self._longest = max(self._longest, cell_len(item.user))
                if not (self.at_end or item.mine or item.hidden) and item.seq > self._left_at:
                    self.below += 1
        if start + removed <= self._anchor:
            self._anchor += len(added) - removed
        elif start <= self._anchor:
            self._anchor = min(self._anchor, max(start, after - 1))

    def changed(self, index: int, before: Item, after: Said) -> None:
        """Show another value of a message; its rows may be more or fewer."""
        self._heights[index] = guess(after, self._look)
        for each in range(index, min(index + 2, len(self._exact))):
            self._exact[each] = 0  # and of what it stands above
        self._shown.drop(before)
        self._longest = max(self._longest, cell_len(after.user))

    def touched(self, index: int) -> None:
        """Measure an item anew."""
        self._exact[index] = 0

    def resize(self, look: Look, height: int) -> None:
        """Another width, another height, or another way to draw."""
        self._height = height
        look = replace(look, names=name_cells(self._longest))
        if look != self._look:
            self._look = look
            self._shown.clear()
            items = self._transcript.items
            self._heights.splice(0, len(self._heights), [guess(item, look) for item in items])
            self._exact = bytearray(len(items))

    def redraw(self) -> None:
        """Forget what the view has drawn: its colours are others now."""
        self._shown.redraw()

    # -- moving ----------------------------------------------------------------------------

    def to_end(self) -> None:
        """Show the newest."""
        self.at_end = True
        self.top = self.total  # nothing that was in view is held there
        self.settle()

    def scroll_to(self, row: int) -> None:
        """Show from ``row`` on, or as near to it as there is something to show."""
        limit = max(0, self.total - self._height)
        if row >= limit:
            self.to_end()
            return
        if self.at_end:
            self._left_at = self._transcript.head
        self.at_end = False
        index, inner = self._heights.find(row)
        self._measure_down(index, self._height + inner)
        self._choose_anchor(index, inner)
        self.settle()

    def show(self, item: Item) -> bool:
        """Bring an item to the second row of the window; False where it is no more.

        A gap comes below what is before it, so that it is filled from there on, downwards.
        """
        for index, candidate in enumerate(self._transcript.items):
            if candidate is item:
                self._measure_up(index, self._height)
                start = self._heights.start(index)
                lead = self._heights[index - 1] if index and isinstance(item, Gap) else 1
                self.scroll_to(start - min(lead, max(1, self._height // 2)))
                return True
        return False

    def reveal(self, item: Item, *, amid: bool = False) -> None:
        """Bring an item into view, or its beginning.

        Args:
            item: of the transcript; one that is no more changes nothing.
            amid: where it is out of view it is to stand amid what was said around it; else it is
                scrolled no further than it takes.
        """
        index = self._transcript.index(item)
        if index is None:
            return
        self._measure_up(index, self._height)
        self._measure_down(index, self._height)
        self.settle()
        start, height = self._heights.start(index), self._height - bool(self.below)
        size = min(self._heights[index], height)
        if self.top <= start and start + size <= self.top + height:
            return
        if amid:
            self.scroll_to(start - height // 3)
        elif start < self.top:
            self.scroll_to(start)
        else:
            self.scroll_to(start + size - height)

    def a_page_from(self, said: Said, by: int) -> Said:
        """Return the message about so many pages from another one, where it is loaded."""
        items = self._transcript.items
        index = self._transcript.index(said)
        if index is None:
            return said
        rows = max(1, self._height - 2)
        (self._measure_down if by > 0 else self._measure_up)(index, 2 * rows)
        at, _ = self._heights.find(self._heights.start(index) + by * rows)
        if at == index:
            at += by
        # What stands there may be no message: then the one on the way to it.
        way = range(min(max(at, 0), len(items) - 1), index, -1 if by > 0 else 1)
        return next((i for each in way if can_be_selected(i := items[each])), said)

    def settle(self) -> None:
        """Measure what is in view and a screen around it, and keep the anchor where it is."""
        if name_cells(self._longest) != self._look.names:
            self.resize(self._look, self._height)
        count = len(self._heights)
        if self.at_end or not count:
            self._measure_up(count, 2 * self._height)
            top, self.top = self.top, max(0, self.total - self._height)
            self.below = 0
            if self._selected_leaves(top):
                return
            if count:
                self._choose_anchor(*self._heights.find(self.top))
            return
        self._anchor = min(self._anchor, count - 1)
        self._measure_down(self._anchor, 2 * self._height - self._anchor_row)
        self._measure_up(self._anchor, self._height + max(0, self._anchor_row))
        lead = self._lead(self._anchor)
        # A message of many rows may have fewer on a wider view.
        self._anchor_row = max(self._anchor_row, 1 + lead - self._heights[self._anchor])
        top = self._heights.start(self._anchor) + lead - self._anchor_row
        limit = max(0, self.total - self._height)
        self.top = min(max(0, top), limit)
        if top > limit or (top == limit and not self.below):
            self.at_end = True
            self.below = 0
        if self.top != top:
            self._choose_anchor(*self._heights.find(self.top))

    # -- what is seen ----------------------------------------------------------------------

    def row_at(self, row: int) -> tuple[Shown, int] | None:
        """Return the item at ``row``, and which of its rows it is; None outside."""
        if not 0 <= row < self.total:
            return None
        index, inner = self._heights.find(row)
        shown = self._show(index)
        return (shown, inner) if inner < len(shown.rows) else None

    def said_at(self, row: int) -> Said | None:
        """Return the message at ``row``."""
        if not 0 <= row < self.total:
            return None
        item = self._transcript.items[self._heights.find(row)[0]]
        return item if can_be_selected(item) else None

    def gaps(self) -> Iterator[tuple[Gap, bool]]:
        """Yield what is not loaded, in view or a screen away, and whether its end is nearer."""
        if not len(self._heights):
            return
        items = self._transcript.items
        index, inner = self._heights.find(max(0, self.top - self._height))
        rows_left = 3 * self._height + inner
        while index < len(items) and rows_left > 0:
            item = items[index]
            if isinstance(item, Gap):
                yield item, self.at_end or index <= self._anchor
            rows_left -= self._heights[index]
            index += 1

    def in_view(self) -> Sequence[Item]:
        """Return the items in view."""
        if not len(self._heights):
            return ()
        first, _ = self._heights.find(self.top)
        last, _ = self._heights.find(self.top + self._height - 1)
        return self._transcript.items[first : last + 1]

    def copied(self, first: int, last: int, *, start: int = 0, end: int | None = None) -> str:
        """Return what was said in the rows ``first`` to ``last``, without columns and breaks.

        Args:
            first: a row of the whole.
            last: likewise, included.
            start: characters of the first row that are left out, its columns counted.
            end: where the last row ends, likewise; None: at its end.
        """
        parts: list[str] = []
        for number in range(first, last + 1):
            found = self.row_at(number)
            if found is None:
                continue
            row = found[0].rows[found[1]]
            if row.copied_from is None:
                continue
            text = "".join(piece.text for piece in row.pieces)
            begin = max(row.copied_from, start if number == first else 0)
            stop = len(text) if row.copied_to is None else row.copied_to
            if end is not None and number == last:
                stop = min(stop, end)
            if parts:
                parts.append(row.joint)
            parts.append(text[begin:stop])
        return "".join(parts)

    # -- within ----------------------------------------------------------------------------

    def _selected_leaves(self, top: int) -> bool:
        """Leave the end where the selected message would go out of view at the top.

        Args:
            top: the first row that was in view before; what is above it has not changed.
        """
        index = self._transcript.index(self._transcript.selected)
        if index is None:
            return False
        start = self._heights.start(index)
        if not top <= start < self.top:
            return False
        self.at_end = False
        self._left_at = self._transcript.head
        self._choose_anchor(index, 0)
        self.top = start
        return True

    def _choose_anchor(self, index: int, inner: int) -> None:
        """Anchor the first message that begins at or after a row.

        One that begins above has another number of rows at another width, and a gap vanishes when
        it is filled: they are anchors only where there is nothing else.
        """
        items = self._transcript.items
        self._anchor, self._anchor_row = index, self._lead(index) - inner
        row = -inner
        while index < len(items) and row < self._height:
            seen = self._heights[index] and not isinstance(items[index], Gap | Beginning)
            if row >= 0 and seen:
                self._anchor, self._anchor_row = index, row + self._lead(index)
                return
            row += self._heights[index]
            index += 1

    def _lead(self, index: int) -> int:
        """Return the rows of an item before what it says: they come and go with the one above."""
        return self._show(index).where.lead

    def _measure_down(self, index: int, count: int) -> None:
        while index < len(self._heights) and count > 0:
            self._measure(index)
            count -= self._heights[index]
            index += 1

    def _measure_up(self, index: int, count: int) -> None:
        while index > 0 and count > 0:
            index -= 1
            self._measure(index)
            count -= self._heights[index]

    def _measure(self, index: int) -> None:
        if not self._exact[index]:
            self._heights[index] = len(self._show(index).rows)
            self._exact[index] = 1

    def _show(self, index: int) -> Shown:
        items, transcript = self._transcript.items, self._transcript
        item = items[index]
        where = place(
            item,
            items[index - 1] if index else None,
            self._look,
            unread=item is transcript.first_unread,
            selected=item is transcript.selected,
            quote=transcript.answered(item) if isinstance(item, Said) and item.reply else None,
        )
        return self._shown.show(item, where, self._look)
