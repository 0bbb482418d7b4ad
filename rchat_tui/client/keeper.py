"""What was read, on its way to the cache: conversations as they stand, and their messages.

One task writes; what comes meanwhile waits for its next turn, at most `WAITING` messages. Where
there are more, or the disk refuses, messages are left out: the cache knows which ranges it holds,
and what it lacks is fetched from the server when somebody scrolls there.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from rchat_protocol import names
from rchat_protocol.models import (
    ConversationState,
    Expired,
    Live,
    Message,
    MessagePosted,
    Parted,
    ReadMarker,
    Skipped,
)
from rchat_tui.client.conversation import Conversation, opened, passed, posted, read_to
from rchat_tui.client.errors import StorageFailed
from rchat_tui.client.store.ports import Seen, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rchat_protocol.models import ConversationKind, Event, HistoryReply
    from rchat_tui.client.standing import Standing
    from rchat_tui.client.store.ports import ClientStore

WAITING: Final = 1_000
"""Most messages that wait to be written."""

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Room:
    """A conversation that this client knows."""

    known: Conversation
    """As it stands, without members."""
    first: int
    """Number of the first entry that the server keeps."""

    def state(self, head: int) -> ConversationState:
        """Return it as the cache keeps it, received up to ``head``."""
        known = self.known
        return ConversationState(
            known.id,
            known.kind,
            known.name,
            known.epoch,
            head,
            self.first,
            known.read,
            known.unread,
            known.mentions,
            [],
        )


@dataclass(slots=True)
class _Run:
    """Messages without a hole that wait to be written."""

    epoch: str
    first: int
    last: int
    messages: list[Message]


class Keeper:
    """Follows the events of one client.

    Args:
        store: Where the cache is.
        standing: How far each conversation has been received; it has seen each event before.
        user: Whose client it is.
    """

    def __init__(
        self, store: ClientStore, *, standing: Standing, user: Callable[[], str | None]
    ) -> None:
        self.rooms: dict[str, Room] = {}
        """The conversations that are known, by id."""
        self._names: dict[tuple[ConversationKind, str], str] = {}
        self._store = store
        self._standing = standing
        self._user = user
        self._gone: set[str] = set()
        self._changed: dict[str, None] = {}
        self._runs: dict[str, list[_Run]] = {}
        self._waiting = 0
        self._work = asyncio.Event()
        self._failing = False
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    # -- its owner's side --------------------------------------------------------------------------

    def begin(self, states: Iterable[ConversationState]) -> None:
        """Know these conversations, which the cache remembers, and begin to write."""
        for state in states:
            self.opened(state)
        self._task = asyncio.create_task(self._write_all(), name="write the cache")

    async def aclose(self) -> None:
        """Write what waits, and end."""
        self._closing = True
        self._work.set()
        if self._task is not None:
            try:
                await asyncio.wait((self._task,))
            finally:
                self._task.cancel()

    def find(self, kind: ConversationKind, name: str) -> str | None:
        """Return the id of the conversation of that kind and name."""
        return self._names.get((kind, names.key(name)))

    # -- what is to be kept ------------------------------------------------------------------------

    def apply(self, event: Event) -> None:
        """Take note of an event that is to be told."""
        match event:
            case ConversationState():
                self._opened(event)
            case MessagePosted():
                self._posted(event)
            case ReadMarker():
                self._update(event.conversation, lambda known: read_to(known, event))
            case Skipped() | Expired():
                self._update(event.conversation, lambda known: passed(known, event.last))
            case Parted():
                self._forget(event.conversation)
            case Live():
                for id_ in [id_ for id_ in self.rooms if self._standing.cursor(id_) is None]:
                    self._forget(id_)
            case _:
                pass

    def opened(self, state: ConversationState) -> None:
        """Know a conversation that was opened, and of which there may never be an event."""
        if state.conversation not in self.rooms:
            self._know(state)

    def page(self, reply: HistoryReply, *, before: int | None, after: int | None) -> None:
        """Keep a page of history; one that cannot be is left out.

        Args:
            reply: As a server gave it.
            before: What was asked for: everything from its first message up to this is known.
            after: Likewise, from this on up to its last message.
        """
        seqs = [message.seq for message in reply.messages]
        room = self.rooms.get(reply.conversation)
        if room is None or not seqs or reply.epoch != room.known.epoch:
            return
        first = seqs[0] if after is None else after + 1
        last = seqs[-1] if before is None else before - 1
        if seqs != sorted(set(seqs)) or not 1 <= first <= seqs[0] or last < seqs[-1]:
            return
        # A place beyond the end says nothing of numbers that are still to come.
        last = min(last, max(seqs[-1], room.known.head))
        self._hold(reply.conversation, _Run(reply.epoch, first, last, list(reply.messages)))

    def _opened(self, state: ConversationState) -> None:
        self._gone.discard(state.conversation)
        self._know(state)
        self._touch(state.conversation)

    def _know(self, state: ConversationState) -> None:
        key = (state.kind, names.key(state.name))
        before = self._names.get(key)
        if before is not None and before != state.conversation:
            # Of before the server lost its memory, or of another person who had the name.
            self._forget(before)
        self._names[key] = state.conversation
        self.rooms[state.conversation] = Room(replace(opened(state), members=()), state.first)

    def _posted(self, event: MessagePosted) -> None:
        room = self.rooms.get(event.conversation)
        if room is None:
            return
        room.known = posted(room.known, event, self._user())
        message = Message(event.seq, event.id, event.user, event.content, event.at)
        run = _Run(room.known.epoch, event.seq, event.seq, [message])
        self._hold(event.conversation, run)
        self._touch(event.conversation)

    def _update(self, conversation: str, change: Callable[[Conversation], Conversation]) -> None:
        room = self.rooms.get(conversation)
        if room is not None:
            room.known = change(room.known)
            self._touch(conversation)

    def _forget(self, conversation: str) -> None:
        room = self.rooms.pop(conversation, None)
        if room is not None:
            self._names.pop((room.known.kind, names.key(room.known.name)), None)
            self._waiting -= sum(len(run.messages) for run in self._runs.pop(conversation, ()))
            self._changed.pop(conversation, None)
            self._gone.add(conversation)
            self._work.set()

    def _touch(self, conversation: str) -> None:
        self._changed[conversation] = None
        self._work.set()

    def _hold(self, conversation: str, new: _Run) -> None:
        if self._waiting >= WAITING:
            return
        runs = self._runs.setdefault(conversation, [])
        last = runs[-1] if runs else None
        if last is not None and (last.epoch, last.last) == (new.epoch, new.first - 1):
            last.last = new.last
            last.messages += new.messages
        else:
            runs.append(new)
        self._waiting += len(new.messages)
        self._work.set()

    # -- the task ----------------------------------------------------------------------------------

    async def _write_all(self) -> None:
        while not self._closing or self._work.is_set():
            await self._work.wait()
            self._work.clear()
            seen = self._take()
            if seen.gone or seen.states or seen.spans:
                await self._write(seen)

    async def _write(self, seen: Seen) -> None:
        try:
            await self._store.keep(seen)
        except StorageFailed as error:
            # Said once: each message that comes would say it again.
            if not self._failing:
                _logger.warning("what is read is not kept: %s", error)
            self._failing = True
        else:
            self._failing = False

    def _take(self) -> Seen:
        states = []
        for id_ in self._changed:
            cursor = self._standing.cursor(id_)
            if cursor is not None and cursor.epoch == self.rooms[id_].known.epoch:
                states.append(self.rooms[id_].state(cursor.seq))
        spans = {
            id_: tuple(Span(r.epoch, r.first, r.last, tuple(r.messages)) for r in runs)
            for id_, runs in self._runs.items()
        }
        seen = Seen(frozenset(self._gone), tuple(states), spans)
        self._gone, self._changed, self._runs, self._waiting = set(), {}, {}, 0
        return seen
