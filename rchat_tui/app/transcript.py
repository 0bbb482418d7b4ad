"""What one conversation shows, as a list of items: pure, and it does no I/O.

Messages stand in the order of their numbers; notices stand where they came; what you wrote and the
server has not acknowledged yet stands at the end, and what it refused where it was then. A stretch
of the log that is not loaded is a `Gap`, wherever it is: before the oldest message, or in the
middle after a long absence. A gap is filled from either of its ends with what ``history`` answers,
until nothing of it is left: so there are neither holes nor doubles after a reconnect.

What is said of a message afterwards, that it was edited or deleted, or how others react to it,
makes another value in its place. Such entries have numbers, too, and are nothing to be seen: there
is no hole where they are.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from rchat_tui.app import gaps
from rchat_tui.app.items import Beginning, Cleared, Delivery, Divider, Gap, Said
from rchat_tui.app.own_items import OwnItems
from rchat_tui.app.quotes import Quotes
from rchat_tui.app.stale import Stale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rchat_tui.app.items import Item, Notice

ITEMS: Final = 20_000
"""Most items that a conversation keeps in memory; the oldest go first, and can be loaded again."""

_TRIM: Final = 1_000
"""How many go at once, so that the price of moving the rest is paid seldom."""

_ANEW: Final = "The server started anew: what is above is only in this terminal"

_PAST: Final = 16
"""Epochs that are remembered to be gone: an acknowledgement is never as late as that."""


class Transcript(OwnItems):
    """The items of one conversation, oldest first."""

    def __init__(self, *, limit: int = ITEMS) -> None:
        super().__init__()
        self._limit = limit
        self._epoch = ""
        self._past: deque[str] = deque(maxlen=_PAST)
        """Epochs that are gone."""
        self._head = 0
        self._first_kept = 1
        self.quotes = Quotes()
        """What is answered here and is not loaded."""
        self.stale = Stale()
        """What may have changed unheard."""

    @property
    def head(self) -> int:
        """Number of the newest entry that was heard of; 0 when there is none."""
        return self._head

    @property
    def epoch(self) -> str:
        """The epoch that the numbers belong to; empty before the first state."""
        return self._epoch

    # -- what the server says --------------------------------------------------------------

    def opened(self, *, epoch: str, head: int, first: int, resumed: bool) -> None:
        """The conversation's state arrived: what of its log is missing here is a gap now.

        Args:
            epoch: another one than before means that the server lost what it had.
            head: number of its newest entry.
            first: number of the first entry it keeps.
            resumed: whether the entries missed follow as events.
        """
        if self._epoch and epoch != self._epoch:
            self._start_anew()
        self._epoch = epoch
        self._first_kept = max(1, first)
        if not resumed and head > self._head:
            self.stale.mark(self._head, until=head)
            # What was acknowledged and is in the gap comes again, in its place.
            for item in [i for i in self._items[self._base :] if gaps.number(i) > self._head]:
                self._remove(item)
            fresh = len(self._items) == self._base
            since = self._first_kept if fresh else max(self._head + 1, self._first_kept)
            if since <= head:
                self._insert_before_unsent(Gap(since, head))
            elif fresh:
                self._insert_before_unsent(Beginning())
            self._head = head
        elif len(self._items) == self._base and self._first_kept > head:
            self._insert_before_unsent(Beginning())

    def restored(self, messages: Sequence[Said], *, epoch: str, head: int, first: int) -> None:
        """Begin with what was known before there was a connection.

        Args:
            messages: the newest, without a hole up to ``head``, oldest first; what is before them
                is a gap. The newest entries may be no messages.
            epoch: that the numbers belong to.
            head: number of the newest entry that was heard of.
            first: number of the first entry that the server kept.
        """
        head = max(head, messages[-1].seq if messages else 0)
        self.opened(epoch=epoch, head=head, first=first, resumed=False)
        gap = self._items[-1]
        if messages and isinstance(gap, Gap):
            more = messages[0].seq > gap.first
            covers = messages[0].seq, head
            self.fill(gap, messages, epoch=epoch, more=more, from_end=True, covers=covers)

    def posted(self, said: Said) -> None:
        """A message arrived."""
        self.withdrawn(said.id)
        self._place(said)
        self._trim_oldest()

    def changed(self, seq: int, target: int, change: Callable[[Said], Said]) -> None:
        """Something was said of a message: wherever it is loaded, it is another now.

        Args:
            seq: number of the entry that says so.
            target: number of the message.
            change: returns the message as it is now.
        """
        self.reached(seq)
        self.quotes.change(target, change)
        index = self._at(target)
        item = None if index is None else self._items[index]
        if index is not None and isinstance(item, Said):
            self._change(index, change(item))

    def revise(self, change: Callable[[Said], Said]) -> None:
        """Show every message as it is after ``change``; also those that are answered."""
        super().revise(change)
        self.quotes.revise(change)

    def reached(self, seq: int) -> None:
        """An entry arrived that is no message."""
        self._head = max(self._head, seq)

    def answered(self, said: Said) -> Said | None:
        """Return the message that ``said`` answers, as far as it is known."""
        return self.find(said.reply) or self.quotes.get(said.reply)

    def skipped(self, first: int, last: int) -> None:
        """These entries were missed and will not be sent; they can be loaded."""
        first = max(first, self._head + 1)
        if first <= last:
            self.stale.mark(self._head, until=last)
            self._insert_before_unsent(Gap(first, last))
            self._head = last

    def expired(self, first: int, last: int) -> None:
        """These entries were missed and are kept no longer."""
        if last > self._head:
            self.stale.mark(self._head, until=last)
            count = last - max(first, self._head + 1) + 1
            plural = "message is" if count == 1 else "messages are"
            self._insert_before_unsent(Divider(f"{count:,} {plural} no longer kept by the server"))
            self._head = last

    def notice(self, notice: Notice) -> None:
        """Something happened that is no message."""
        self.splice(len(self._items), 0, [notice])
        self._trim_oldest()

    def clear(self, rows: int) -> None:
        """Let so many empty rows be the end, so that nothing of what is above them is in view."""
        for item in [item for item in self._items if isinstance(item, Cleared)]:
            self._remove(item)
        self.splice(len(self._items), 0, [Cleared(rows)])

    # -- what you write --------------------------------------------------------------------

    def stored(self, id_: str, *, seq: int, at: int, epoch: str) -> None:
        """The server acknowledged a message. Its event may have come before."""
        own = self._own.get(id_)
        if own is None:
            return
        sent = replace(own, at=at, delivery=Delivery.STORED, reason="")
        if epoch == self._epoch:
            self.withdrawn(id_)
            self._place(replace(sent, seq=seq), head=False)
        elif epoch in self._past:
            # By a server that has lost its memory since: only this terminal still has it.
            self.withdrawn(id_)
            divided = bool(self._base) and isinstance(self._items[self._base - 1], Divider)
            above: list[Item] = [sent] if divided else [sent, Divider(_ANEW)]
            self.splice(self._base - divided, 0, above)
            self._base += len(above)
        else:
            # By one whose state is still to come: its place is known then.
            self._own[id_] = sent
            self._replace(own, sent)

    # -- what history answers --------------------------------------------------------------

    def fill(
        self,
        gap: Gap,
        messages: Iterable[Said],
        *,
        epoch: str,
        more: bool,
        from_end: bool,
        covers: tuple[int, int] | None = None,
    ) -> None:
        """Put what was loaded in the place of ``gap``, or of a part of it.

        Args:
            gap: as it was when the history was asked for; one that is no more changes nothing.
            messages: oldest first.
            epoch: of the answer.
            more: whether there are more in the direction that was asked for.
            from_end: whether the gap's newest messages were asked for, or its oldest.
            covers: the first and the last number of which the answer tells; those without a
                message are of other entries. None: it does not say.
        """
        if self.index(gap) is None or epoch != self._epoch:
            return
        loaded = [said for said in messages if gap.first <= said.seq <= gap.last]
        first, last = gap.first, gap.last
        told = gaps.covered(gap, loaded, covers)
        if more and told is not None:
            first, last = (told[0], last) if from_end else (first, told[1])
        self._fill(gap, loaded, first, last)
        if from_end:
            self._trim_newest()
        else:
            self._trim_oldest()

    def _fill(self, gap: Gap, loaded: Sequence[Said], first: int, last: int) -> None:
        """Put messages in the place of numbers ``first`` to ``last`` of a gap."""
        index = self.index(gap)
        if index is None:
            return
        index = self._make_way(index, loaded)
        new: list[Item] = [*loaded]
        if gap.first < first:
            new.insert(0, Gap(gap.first, first - 1))
        elif gap.first <= self._first_kept and index == self._base:
            new.insert(0, Beginning())
        if last < gap.last:
            new.append(Gap(last + 1, gap.last))
        self.splice(index, 1, new)

    def take(
        self, messages: Sequence[Said], *, epoch: str, covers: tuple[int, int], head: int = 0
    ) -> None:
        """Show a page from the middle as it is now: what is loaded of it, and what is not.

        Args:
            messages: oldest first.
            epoch: of the answer.
            covers: the first and the last number of which it tells.
            head: the messages are as they were after that entry; 0: it does not say.
        """
        if epoch != self._epoch:
            return
        first, last = covers
        self.stale.renewed(first, last, head=head)
        for said in messages:
            if (at := self._at(said.seq)) is not None and isinstance(self._items[at], Said):
                self._change(at, said)
        for gap in [i for i in self._items if isinstance(i, Gap)]:
            low, high = max(first, gap.first), min(last, gap.last)
            if low <= high:
                self._fill(gap, [each for each in messages if low <= each.seq <= high], low, high)
        middle = self._at(first)
        if middle is not None and middle < len(self._items) // 2:
            self._trim_newest()
        else:
            self._trim_oldest()

    def not_filled(self, gap: Gap, problem: str) -> None:
        """The history could not be loaded."""
        if self.index(gap) is not None:
            self._replace(gap, replace(gap, problem=problem))

    def retry(self) -> None:
        """What could not be loaded may be, now."""
        self.quotes.retry()
        self.stale.retry()
        for item in [i for i in self._items if isinstance(i, Gap) and i.problem]:
            self.not_filled(item, "")

    # -- the list --------------------------------------------------------------------------

    def _start_anew(self) -> None:
        # What was not loaded is lost for good; what is here stays readable.
        self._past.append(self._epoch)
        kept = [item for item in self._items if not isinstance(item, Gap)]
        own = [item for item in kept if isinstance(item, Said) and item.id in self._own]
        kept = [gaps.numberless(item) for item in kept if item not in own]
        if any(isinstance(item, Said) for item in kept):
            kept.append(Divider(_ANEW))
        self._own = {id_: gaps.numberless(said) for id_, said in self._own.items()}
        self.splice(0, len(self._items), [*kept, *(self._own[said.id] for said in own)])
        self._base = len(kept)
        self._head = 0
        self.quotes.clear()
        self.stale.clear()
        self.unread_after = None

    def _make_way(self, index: int, loaded: Sequence[Said]) -> int:
        """Remove what ``loaded`` brings again; return where the item at ``index`` is then."""
        numbers = {said.seq for said in loaded}
        for said in loaded:
            self.withdrawn(said.id)
        for position in range(len(self._items) - 1, self._base - 1, -1):
            item = self._items[position]
            if isinstance(item, Said) and item.seq in numbers:
                self.splice(position, 1, [])
                index -= position < index
        return index

    def _place(self, said: Said, *, head: bool = True) -> None:
        """Put a message where its number belongs; one with the same number is replaced."""
        items = self._items
        position = len(items)
        for index in range(len(items) - 1, self._base - 1, -1):
            item = items[index]
            if isinstance(item, Said):
                if item.seq == said.seq:
                    # The page that brought it may have known what was said of it since.
                    self._change(index, replace(said, reactions=item.reactions))
                    break
                if item.seq > said.seq or item.delivery.leaves:
                    position = index
                elif item.seq:
                    self.splice(position, 0, [said])
                    break
            elif isinstance(item, Gap) and item.last < said.seq:
                self.splice(position, 0, [said])
                break
            elif isinstance(item, Gap) and item.first <= said.seq:
                self.splice(index, 1, gaps.split(item, said))
                break
            elif isinstance(item, Gap):
                position = index
        else:
            self.splice(position, 0, [said])
        if head:
            self._head = max(self._head, said.seq)

    # -- the bound -------------------------------------------------------------------------

    def _trim_oldest(self) -> None:
        if len(self._items) <= self._limit:
            return
        count = min(len(self._items), max(_TRIM, len(self._items) - self._limit))
        top = gaps.span(self._items[self._base : count], self._first_kept)
        self._trim(0, count, top)
        self._base = max(0, self._base - count)

    def _trim_newest(self) -> None:
        """Whoever reads far up keeps what he reads; what is newest can be loaded again."""
        if len(self._items) <= self._limit:
            return
        start = max(self._base, len(self._items) - max(_TRIM, len(self._items) - self._limit))
        bottom = gaps.span(self._items[start:], self._first_kept)
        self._trim(start, len(self._items) - start, bottom)

    def _trim(self, start: int, count: int, rest: Gap | None) -> None:
        # What is not acknowledged never goes out of sight: it is nowhere else to be seen.
        gone = self._items[start : start + count]
        own = [item for item in gone if isinstance(item, Said) and item.id in self._own]
        self.splice(start, count, [*([] if rest is None else [rest]), *own])
