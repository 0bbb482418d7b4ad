"""What one conversation shows, as a list of items: pure, and it does no I/O.

Messages stand in the order of their numbers; notices stand where they came; what you wrote and the
server has not acknowledged yet stands at the end. A stretch of the log that is not loaded is a
`Gap`, wherever it is: before the oldest message, or in the middle after a long absence. A gap is
filled from either of its ends with what ``history`` answers, until nothing of it is left: so there
are neither holes nor doubles after a reconnect.

Every change is one `splice`, told to at most one observer: what is shown follows item by item.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol, TypeGuard

from rchat_tui.app import gaps
from rchat_tui.app.items import Beginning, Delivery, Divider, Gap, Said

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rchat_tui.app.items import Item, Notice

ITEMS: Final = 20_000
"""Most items that a conversation keeps in memory; the oldest go first, and can be loaded again."""

_LATELY: Final = 200
"""Items in which somebody spoke lately."""

_TRIM: Final = 1_000
"""How many go at once, so that the price of moving the rest is paid seldom."""


class Observer(Protocol):
    """Who follows a transcript."""

    def spliced(self, start: int, removed: int, added: Sequence[Item]) -> None:
        """``removed`` items from ``start`` on were replaced by ``added``."""

    def touched(self, index: int) -> None:
        """The item at ``index`` stands otherwise than before: the unread line moved."""


class Transcript:
    """The items of one conversation, oldest first."""

    def __init__(self, *, limit: int = ITEMS) -> None:
        self._items: list[Item] = []
        self._limit = limit
        self._epoch = ""
        self._base = 0
        """Items before this one belong to epochs that are gone: their numbers mean nothing."""
        self._own: dict[str, Said] = {}
        """What you wrote and has no number yet, by id."""
        self._head = 0
        self._first_kept = 1
        self._unread_after: int | None = None
        self._first_unread: Said | None = None
        self.observer: Observer | None = None

    @property
    def items(self) -> Sequence[Item]:
        """The items, oldest first. Not to be changed."""
        return self._items

    @property
    def head(self) -> int:
        """Number of the newest entry that was heard of; 0 when there is none."""
        return self._head

    @property
    def epoch(self) -> str:
        """The epoch that the numbers belong to; empty before the first state."""
        return self._epoch

    @property
    def first_unread(self) -> Said | None:
        """The message that the unread line stands before, if there is one."""
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

    def unsent(self) -> list[Said]:
        """Return what you wrote and is not stored for all that is known, oldest first."""
        return [said for said in self._own.values() if said.delivery is not Delivery.SENDING]

    def speakers(self) -> list[str]:
        """Return who spoke lately, the last one first; each once."""
        lately = [item.user for item in self._items[-_LATELY:] if isinstance(item, Said)]
        return list(dict.fromkeys(reversed(lately)))

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

    def posted(self, said: Said) -> None:
        """A message arrived."""
        own = self._own.pop(said.id, None)
        if own is not None:
            self._remove(own)
        self._place(said)
        self._trim_oldest()

    def skipped(self, first: int, last: int) -> None:
        """These entries were missed and will not be sent; they can be loaded."""
        first = max(first, self._head + 1)
        if first <= last:
            self._insert_before_unsent(Gap(first, last))
            self._head = last

    def expired(self, first: int, last: int) -> None:
        """These entries were missed and are kept no longer."""
        if last > self._head:
            count = last - max(first, self._head + 1) + 1
            plural = "message is" if count == 1 else "messages are"
            self._insert_before_unsent(Divider(f"{count:,} {plural} no longer kept by the server"))
            self._head = last

    def notice(self, notice: Notice) -> None:
        """Something happened that is no message."""
        self.splice(len(self._items), 0, [notice])
        self._trim_oldest()

    # -- what you write --------------------------------------------------------------------

    def sending(self, said: Said) -> None:
        """You wrote a message, or try one again: it is on its way, and stands at the end."""
        before = self._own.pop(said.id, None)
        if before is not None:
            self._remove(before)
        self._own[said.id] = said
        self.unread_after = None
        self.splice(len(self._items), 0, [said])

    def stored(self, id_: str, *, seq: int, at: int, epoch: str) -> None:
        """The server acknowledged a message. Its event may have come before."""
        own = self._own.get(id_)
        if own is None:
            return
        if epoch != self._epoch:
            # Acknowledged by a server that has lost its memory since: the number means nothing.
            self.failed(id_, "The server lost this message when it started anew.")
            return
        del self._own[id_]
        self._remove(own)
        self._place(
            replace(own, seq=seq, at=at, delivery=Delivery.STORED, reason="", raw=""), head=False
        )

    def failed(self, id_: str, reason: str, *, unknown: bool = False) -> None:
        """A message was not sent, or (``unknown``) it may have been."""
        own = self._own.get(id_)
        if own is not None:
            delivery = Delivery.UNKNOWN if unknown else Delivery.FAILED
            self._own[id_] = failed = replace(own, delivery=delivery, reason=reason)
            self._replace(own, failed)

    def take_back(self, id_: str) -> Said | None:
        """Remove a message that failed, and return it to be written anew."""
        own = self._own.get(id_)
        if own is None or own.delivery is Delivery.SENDING:
            return None
        del self._own[id_]
        self._remove(own)
        return own

    # -- what history answers --------------------------------------------------------------

    def fill(
        self, gap: Gap, messages: Iterable[Said], *, epoch: str, more: bool, from_end: bool
    ) -> None:
        """Put what was loaded in the place of ``gap``, or of a part of it.

        Args:
            gap: as it was when the history was asked for; one that is no more changes nothing.
            messages: oldest first.
            epoch: of the answer.
            more: whether there are more in the direction that was asked for.
            from_end: whether the gap's newest messages were asked for, or its oldest.
        """
        index = self._index(gap)
        if index is None or epoch != self._epoch:
            return
        loaded = [said for said in messages if gap.first <= said.seq <= gap.last]
        index = self._make_way(index, loaded)
        rest = gaps.rest(gap, loaded, from_end=from_end) if more and loaded else None
        new: list[Item] = [*loaded]
        if rest is not None:
            new.insert(0 if from_end else len(new), rest)
        elif gap.first <= self._first_kept and index == self._base:
            new.insert(0, Beginning())
        self.splice(index, 1, new)
        if from_end:
            self._trim_newest()
        else:
            self._trim_oldest()

    def not_filled(self, gap: Gap, problem: str) -> None:
        """The history could not be loaded."""
        if self._index(gap) is not None:
            self._replace(gap, replace(gap, problem=problem))

    # -- the list --------------------------------------------------------------------------

    def splice(self, start: int, removed: int, added: Sequence[Item]) -> None:
        """Replace ``removed`` items from ``start`` on, and tell the observer."""
        gone = self._items[start : start + removed] if removed else ()
        self._items[start : start + removed] = added
        if self.observer is not None:
            self.observer.spliced(start, removed, added)
        if self._unread_after is not None:
            self._follow_unread(gone, added)

    def _follow_unread(self, gone: Sequence[Item], added: Sequence[Item]) -> None:
        first = self._first_unread
        if first is not None and first in gone:
            if first not in added:
                self._set_first_unread(self._find_first_unread())
            return
        for item in added:
            if self._is_unread(item) and (first is None or gaps.number(item) < first.seq):
                self._set_first_unread(self._find_first_unread())
                return

    def _is_unread(self, item: Item) -> TypeGuard[Said]:
        return (
            isinstance(item, Said)
            and not item.mine
            and self._unread_after is not None
            and item.seq > self._unread_after
        )

    def _find_first_unread(self) -> Said | None:
        found = None
        for index in range(len(self._items) - 1, self._base - 1, -1):
            item = self._items[index]
            if self._is_unread(item):
                found = item
            elif isinstance(item, Said) and item.seq and not item.mine:
                break
        return found

    def _set_first_unread(self, item: Said | None) -> None:
        before, self._first_unread = self._first_unread, item
        if before is not item and self.observer is not None:
            # Nothing moved, but the line did: whoever shows these two draws them again.
            for touched in (before, item):
                index = None if touched is None else self._index(touched)
                if index is not None:
                    self.observer.touched(index)

    def _start_anew(self) -> None:
        # What was not loaded is lost for good; what is here stays readable.
        kept = [item for item in self._items if not isinstance(item, Gap)]
        own = [item for item in kept if isinstance(item, Said) and item.id in self._own]
        kept = [item for item in kept if item not in own]
        if any(isinstance(item, Said) for item in kept):
            kept.append(Divider("The server started anew: what is above is only in this terminal"))
        self.splice(0, len(self._items), [*kept, *own])
        self._base = len(kept)
        self._head = 0
        self.unread_after = None

    def _make_way(self, index: int, loaded: Sequence[Said]) -> int:
        """Remove what ``loaded`` brings again; return where the item at ``index`` is then."""
        numbers = {said.seq for said in loaded}
        for said in loaded:
            own = self._own.pop(said.id, None)
            if own is not None:
                self._remove(own)
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
                    self.splice(index, 1, [said])
                    break
                if item.seq > said.seq or item.delivery is Delivery.SENDING:
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

    def _insert_before_unsent(self, item: Item) -> None:
        position = len(self._items)
        while position > self._base:
            before = self._items[position - 1]
            if not (isinstance(before, Said) and before.id in self._own):
                break
            position -= 1
        self.splice(position, 0, [item])

    def _index(self, item: Item) -> int | None:
        # From the end: what changes is nearly always among the newest.
        for index in range(len(self._items) - 1, -1, -1):
            if self._items[index] is item:
                return index
        return None

    def _replace(self, old: Item, new: Item) -> None:
        index = self._index(old)
        if index is not None:
            self.splice(index, 1, [new])

    def _remove(self, item: Item) -> None:
        index = self._index(item)
        if index is not None:
            self.splice(index, 1, [])
            if index < self._base:
                self._base -= 1

    # -- the bound -------------------------------------------------------------------------

    def _trim_oldest(self) -> None:
        if len(self._items) <= self._limit:
            return
        count = min(len(self._items), max(_TRIM, len(self._items) - self._limit))
        gone = self._items[self._base : count]
        top = gaps.span(gone, self._first_kept)
        self._forget(self._items[:count])
        self.splice(0, count, [] if top is None else [top])
        self._base = max(0, self._base - count)

    def _trim_newest(self) -> None:
        """Whoever reads far up keeps what he reads; what is newest can be loaded again."""
        if len(self._items) <= self._limit:
            return
        start = max(self._base, len(self._items) - max(_TRIM, len(self._items) - self._limit))
        gone = self._items[start:]
        bottom = gaps.span(gone, self._first_kept)
        own = [item for item in gone if isinstance(item, Said) and item.id in self._own]
        self.splice(start, len(gone), [*([] if bottom is None else [bottom]), *own])

    def _forget(self, items: Iterable[Item]) -> None:
        for item in items:
            if isinstance(item, Said):
                self._own.pop(item.id, None)
