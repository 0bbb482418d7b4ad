"""A store that keeps everything in memory: for bots, for a disk that cannot be used, for tests.

Several stores on one `MemoryDisk` are what several processes on one file are. `MemoryClientStore.
kill` is what kill -9 is: what was committed stays on the `MemoryDisk`, the claims end, and of what
is under way nothing happens.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rchat_protocol.models import SearchHit
from rchat_tui.client import outbox, ranges
from rchat_tui.client.changes import changed
from rchat_tui.client.errors import StorageFailed
from rchat_tui.client.store import kept
from rchat_tui.client.store.limits import DELIVERED, MEMORY
from rchat_tui.client.store.pages import page_back, page_on
from rchat_tui.client.store.ports import SavedLogin

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from rchat_protocol.models import ConversationState, Message
    from rchat_protocol.searching import Criteria, Place
    from rchat_tui.client.changes import Change
    from rchat_tui.client.outbox import Entry, Outcome
    from rchat_tui.client.ranges import Ranges
    from rchat_tui.client.store.limits import CacheLimits
    from rchat_tui.client.store.ports import CachedPage, Remembrance, Seen, Span

_MESSAGE_BYTES: Final = 256
"""What a message takes besides its content, about."""


@dataclass(slots=True)
class _Log:
    """What is held of one conversation."""

    state: ConversationState
    held: Ranges = ()
    messages: dict[int, Message] = field(default_factory=dict)
    size: int = 0
    touched: int = 0

    def add(self, span: Span, most: int) -> None:
        """Hold a span, and let go of what is too much."""
        self.held = ranges.newest(ranges.added(self.held, (span.first, span.last)), most)
        in_order = not self.messages or span.first > next(reversed(self.messages))
        for message in span.messages:
            known = self.messages.get(message.seq)
            if known is None or not known.deleted:
                self.size += _size(message) - (0 if known is None else _size(known))
                self.messages[message.seq] = message
        if not in_order:
            self.messages = dict(sorted(self.messages.items()))
        while self.messages and (lowest := next(iter(self.messages))) < self.held[0][0]:
            self.size -= _size(self.messages.pop(lowest))

    def change(self, change: Change) -> None:
        """Change a message, where it is held."""
        before = self.messages.get(change.target)
        if before is not None:
            after = self.messages[change.target] = changed(before, change)
            self.size += _size(after) - _size(before)

    def between(self, first: int, last: int) -> list[Message]:
        """Return the messages among these numbers."""
        return [message for seq, message in self.messages.items() if first <= seq <= last]


def _size(message: Message) -> int:
    reacted = sum(len(name) for names in message.reactions.values() for name in names)
    return _MESSAGE_BYTES + len(message.content) + reacted


@dataclass(slots=True, eq=False)
class MemoryDisk:
    """What stands on the disk, for one or more stores."""

    saved: SavedLogin | None = None
    entries: dict[str, Entry] = field(default_factory=dict)
    logs: dict[str, _Log] = field(default_factory=dict)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    """What is kept beside messages: key -> text, by area. No area is empty."""
    revision: int = 0
    """Grows with every change of the outbox."""
    size: int = 0
    """Of all logs."""
    touches: int = 0
    """Grows with every state that is kept."""
    alive: set[str] = field(default_factory=set)
    """The stores that are open, by their id."""
    login: asyncio.Lock = field(default_factory=asyncio.Lock)
    stores: itertools.count[int] = field(default_factory=lambda: itertools.count(1))


async def _at_once() -> None:
    """Commit without taking time."""


class MemoryClientStore:
    """A `ClientStore` in memory.

    Args:
        disk: Shared with the stores of other "processes"; one of its own otherwise.
        sync: Awaited before each change takes effect, as a disk takes its time. Where it raises
            `StorageFailed`, nothing happens.
        limits: Of the cache.
    """

    def __init__(
        self,
        disk: MemoryDisk | None = None,
        *,
        sync: Callable[[], Awaitable[None]] = _at_once,
        limits: CacheLimits = MEMORY,
    ) -> None:
        self.shared = disk is not None
        self.disk = disk or MemoryDisk()
        self._sync = sync
        self._limits = limits
        self._me = f"store {next(self.disk.stores)}"
        self._open = False
        self._killed = False
        self._logging_in = False
        self._seen = -1

    def kill(self) -> None:
        """End as a process does that is killed."""
        self._killed = True
        self._leave()

    async def open(self) -> str | None:
        """Begin to hold claims."""
        self.disk.alive.add(self._me)
        self._open = True
        return None

    async def aclose(self) -> None:
        """Give all claims back."""
        if self._open:
            self._leave()
            self._end_claims_of_the_dead()

    def _leave(self) -> None:
        self._open = False
        self.disk.alive.discard(self._me)
        if self._logging_in:
            self._logging_in = False
            self.disk.login.release()

    async def _commit(self) -> None:
        """Wait for the disk. What follows without an await is one commit."""
        self._check()
        await self._sync()
        self._check()

    def _check(self) -> None:
        if self._killed or not self._open:
            raise StorageFailed("The store is closed.")

    # -- who one is --------------------------------------------------------------------------------

    async def login(self) -> SavedLogin | None:
        """Return who one is."""
        self._check()
        return self.disk.saved

    @contextlib.asynccontextmanager
    async def logging_in(self) -> AsyncIterator[None]:
        """Hold the lock."""
        await self.disk.login.acquire()
        self._logging_in = True
        try:
            self._check()
            yield
        finally:
            if self._logging_in:
                self._logging_in = False
                self.disk.login.release()

    async def save_login(self, user: str, token: str, *, same: bool = False) -> SavedLogin:
        """Keep a new identity, or another token of the one of before."""
        await self._commit()
        number = 1 if self.disk.saved is None else self.disk.saved.identity + (not same)
        self.disk.saved = SavedLogin(user, token, number)
        for entry in tuple(self.disk.entries.values()):
            self._put(outbox.under(entry, number))
        self._seen = -1  # what that did to the outbox, nobody here knows yet
        return self.disk.saved

    # -- the outbox --------------------------------------------------------------------------------

    async def entries(self) -> tuple[Entry, ...]:
        """Return what is in the outbox."""
        self._check()
        self._end_claims_of_the_dead()
        self._seen = self.disk.revision
        return tuple(self.disk.entries.values())

    async def changed(self) -> bool:
        """Say whether somebody has changed the outbox."""
        self._check()
        return self.disk.revision != self._seen

    async def put(self, entry: Entry) -> Entry:
        """Put an entry behind the others."""
        await self._commit()
        waiting = sum(e.status != "delivered" for e in self.disk.entries.values())
        if waiting >= outbox.ENTRIES:
            raise StorageFailed(outbox.FULL)
        return self._put(self._now(entry))

    async def claim(self, lane: str, identity: int) -> Entry | None:
        """Take the next entry of a lane."""
        await self._commit()
        if self.disk.saved is None or self.disk.saved.identity != identity:
            return None
        self._end_claims_of_the_dead()
        line = [entry for entry in self.disk.entries.values() if entry.lane == lane]
        entry = outbox.sendable(line, identity)
        if entry is None:
            return None
        return self._put(outbox.claimed(entry, outbox.Claim(self._me, identity)))

    async def settle(self, entry_id: str, outcome: Outcome) -> Entry:
        """End a claim."""
        await self._commit()
        entry = self._put(outbox.settled(self.disk.entries[entry_id], outcome))
        delivered = [e.id for e in self.disk.entries.values() if e.status == "delivered"]
        for old in delivered[:-DELIVERED]:
            del self.disk.entries[old]
        return entry

    async def retry(self, entry_id: str) -> Entry | None:
        """Let an entry wait again."""
        await self._commit()
        entry = self.disk.entries.get(entry_id)
        if entry is None or not outbox.retryable(entry):
            return None
        return self._put(self._now(outbox.retried(entry)))

    async def withdraw(self, entry_id: str) -> Entry | None:
        """Take an entry out."""
        await self._commit()
        self._end_claims_of_the_dead()
        entry = self.disk.entries.get(entry_id)
        if entry is None or not outbox.withdrawable(entry):
            return None
        self._revise()
        return self.disk.entries.pop(entry_id)

    def _put(self, entry: Entry) -> Entry:
        if self.disk.entries.get(entry.id) != entry:
            self._revise()
            self.disk.entries[entry.id] = entry
        return entry

    def _now(self, entry: Entry) -> Entry:
        """Return the entry as it stands under the identity of now."""
        saved = self.disk.saved
        return entry if saved is None else outbox.under(entry, saved.identity)

    def _revise(self) -> None:
        """What is done here is no change that `changed` would have to tell."""
        if self._seen == self.disk.revision:
            self._seen += 1
        self.disk.revision += 1

    def _end_claims_of_the_dead(self) -> None:
        for entry in tuple(self.disk.entries.values()):
            if entry.claim is not None and entry.claim.owner not in self.disk.alive:
                self._put(outbox.orphaned(entry))

    # -- the cache ---------------------------------------------------------------------------------

    async def keep(self, seen: Seen) -> None:
        """Put it into the cache."""
        await self._commit()
        logs = self.disk.logs
        for conversation in seen.gone:
            self._forget(conversation)
        for conversation in seen.stale:
            self._empty(logs.get(conversation))
        for state in seen.states:
            log = logs.get(state.conversation)
            if log is None or log.state.epoch != state.epoch:
                self._empty(log)
                log = _Log(state)
            self.disk.touches += 1
            log.state, log.touched = state, self.disk.touches
            logs[state.conversation] = log
        for conversation in {**seen.spans, **seen.changes}:
            if (log := logs.get(conversation)) is not None:
                self._change(log, seen, conversation)
        self._trim()

    def _change(self, log: _Log, seen: Seen, conversation: str) -> None:
        before = log.size
        for span in seen.spans.get(conversation, ()):
            if log.state.epoch == span.epoch:
                log.add(span, self._limits.numbers)
        for change in seen.changes.get(conversation, ()):
            log.change(change)
        self.disk.size += log.size - before

    def _forget(self, conversation: str) -> None:
        self._empty(self.disk.logs.pop(conversation, None))

    def _empty(self, log: _Log | None) -> None:
        if log is not None:
            self.disk.size -= log.size
            log.held, log.messages, log.size = (), {}, 0

    def _trim(self) -> None:
        if self.disk.size <= self._limits.total_bytes:
            return
        for log in sorted(self.disk.logs.values(), key=lambda log: log.touched):
            self._empty(log)
            if self.disk.size <= self._limits.total_bytes:
                return

    async def remembered(self, limit: int, total: int) -> Remembrance:
        """Return every conversation, and the ends of the logs of those heard of last."""
        self._check()
        ends: dict[str, tuple[Message, ...]] = {}
        for id_, log in sorted(self.disk.logs.items(), key=lambda known: -known[1].touched):
            held = ranges.around(log.held, log.state.head)
            most = min(limit, total)
            found = log.between(held[0], log.state.head) if held and most else []
            ends[id_] = tuple(found[-most:])
            total -= len(ends[id_])
        return tuple((log.state, ends[id_]) for id_, log in self.disk.logs.items())

    async def page(
        self, conversation: str, epoch: str, *, before: int | None, after: int | None, limit: int
    ) -> CachedPage | None:
        """Return a page, as far as it is held."""
        self._check()
        log = self.disk.logs.get(conversation)
        if log is None or log.state.epoch != epoch:
            return None
        held = ranges.page(log.held, before=before, after=after)
        if held is None:
            return None
        cut = page_back if after is None else page_on
        return cut(log.between(*held), held, log.state, limit)

    async def search(
        self, criteria: Criteria, *, conversation: str | None, older_than: Place | None, limit: int
    ) -> list[SearchHit]:
        """Return messages that are held and meet the criteria, newest first."""
        self._check()
        held = (
            (message.at, id_, message.seq, message)
            for id_, log in self.disk.logs.items()
            if conversation in (None, id_)
            for message in log.messages.values()
            if not message.deleted and criteria.met_by(message.user, message.at, message.content)
        )
        hits = [each for each in held if older_than is None or each[:3] < older_than]
        newest = heapq.nlargest(limit, hits, key=lambda each: each[:3])
        return [SearchHit(id_, message) for _, id_, _, message in newest]

    # -- what one keeps beside messages ------------------------------------------------------------

    async def kept(self, area: str) -> dict[str, str]:
        """Return the texts of an area."""
        self._check()
        return dict(self.disk.texts.get(area, {}))

    async def keep_text(self, area: str, key: str, text: str | None) -> None:
        """Keep a text."""
        kept.check(area, key, text)
        await self._commit()
        texts = self.disk.texts.get(area, {})
        if text is None:
            texts.pop(key, None)
            if not texts:
                self.disk.texts.pop(area, None)
            return
        if key not in texts:
            kept.check_room(keys=len(texts), areas=len(self.disk.texts.keys() - {area}))
        self.disk.texts[area] = {**texts, key: text}
