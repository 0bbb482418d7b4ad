"""What was read, on its way to the cache: conversations as they stand, and their messages.

One task writes; what comes meanwhile waits for its next turn, at most `WAITING` messages. Where
there are more, or the disk refuses, messages are left out: the cache knows which ranges it holds,
and what it lacks is fetched from the server when somebody scrolls there. A change of what is held
is never left out: where it is not known, or could not be written, all that is held of that
conversation goes, since what was deleted or edited may be among it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from rchat_protocol import names
from rchat_protocol.models import (
    ConversationState,
    Expired,
    HistoryReply,
    Live,
    Message,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    MessageReaction,
    Parted,
    ReadMarker,
    Skipped,
    TopicChanged,
)
from rchat_tui.client.changes import Recent, changed
from rchat_tui.client.conversation import (
    Conversation,
    about,
    deleted,
    opened,
    passed,
    peopled,
    posted,
    reached,
    read_to,
)
from rchat_tui.client.errors import StorageFailed
from rchat_tui.client.store.ports import Seen, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rchat_protocol.models import ConversationKind, Event
    from rchat_tui.client.changes import Change
    from rchat_tui.client.standing import Numbered, Standing
    from rchat_tui.client.store.ports import ClientStore

WAITING: Final = 1_000
"""Most messages that wait to be written, and as many changes of those that are."""

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Room:
    """A conversation that this client knows."""

    known: Conversation
    """As it stands, without members."""
    first: int
    """Number of the first entry that the server keeps."""
    reached: int
    """Up to this number it is known what was done to messages."""

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
            topic=known.topic,
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
        self._recent = Recent()
        self._gone: set[str] = set()
        self._stale: set[str] = set()
        self._changes: dict[str, list[Change]] = {}
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
            case MessageEdited() | MessageReaction() | MessageDeleted():
                self._changed_message(event)
            case TopicChanged():
                self._entry(event, lambda known: about(known, event))
            case ReadMarker():
                self._update(event.conversation, lambda known: read_to(known, event))
            case Skipped() | Expired():
                self._update(event.conversation, lambda known: passed(known, event.last))
                self._distrust(event.conversation, event.last)
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

    def current(self, reply: HistoryReply) -> HistoryReply | None:
        """Return a page with the changes that were heard of since the server read it.

        None where not all of these are remembered: it is to be asked for again.
        """
        room = self.rooms.get(reply.conversation)
        if room is None or reply.epoch != room.known.epoch or not reply.head:
            return reply  # not told of, or a server that knows no changes
        if not self._recent.reaches(reply.conversation, reply.head):
            return None
        messages = self._recent.applied(reply.conversation, reply.messages, after=reply.head)
        return msgspec.structs.replace(reply, messages=messages)

    def told_from(self, conversation: str) -> int:
        """Return a number that is another as soon as not all was told that was done to messages."""
        return self._recent.told_from(conversation)

    def cached(self, conversation: str, messages: Iterable[Message]) -> list[Message]:
        """Return what the cache has with the changes that may not be written yet."""
        return self._recent.applied(conversation, messages)

    def page(self, reply: HistoryReply, *, before: int | None, after: int | None) -> None:
        """Keep a page of history that is `current`; one that cannot be is left out.

        Args:
            reply: As a server gave it.
            before: What was asked for: where the server does not say what it covers, everything
                from its first message up to this is known.
            after: Likewise, from this on up to its last message.
        """
        seqs = [message.seq for message in reply.messages]
        room = self.rooms.get(reply.conversation)
        if room is None or reply.epoch != room.known.epoch or not (seqs or reply.last):
            return
        if reply.last:
            first, last = reply.first, reply.last
        else:
            first = seqs[0] if after is None else after + 1
            last = seqs[-1] if before is None else before - 1
        # A place beyond the end says nothing of numbers that are still to come.
        last = min(last, max(seqs[-1] if seqs else 0, room.known.head))
        if seqs != sorted(set(seqs)) or not 1 <= first <= last:
            return
        if seqs and not first <= seqs[0] <= seqs[-1] <= last:
            return
        self._hold(reply.conversation, _Run(reply.epoch, first, last, list(reply.messages)))

    def _opened(self, state: ConversationState) -> None:
        before = self.rooms.get(state.conversation)
        self._gone.discard(state.conversation)
        self._know(state)
        if before is None:
            self._drop_held(state.conversation)  # it was left, and the disk may not know that
        elif before.known.epoch == state.epoch:
            if state.resumed:
                self.rooms[state.conversation].reached = before.reached
            elif state.head > before.reached:
                self._distrust(state.conversation, state.head)
        self._touch(state.conversation)

    def _know(self, state: ConversationState) -> None:
        key = (state.kind, names.key(state.name))
        before = self._names.get(key)
        if before is not None and before != state.conversation:
            # Of before the server lost its memory, or of another person who had the name.
            self._forget(before)
        self._names[key] = state.conversation
        known = self.rooms.get(state.conversation)
        if known is None or known.known.epoch != state.epoch:
            self._recent.forget(state.conversation)
            self._recent.begin(state.conversation, state.head)
        room = Room(peopled(opened(state)), state.first, state.head)
        self.rooms[state.conversation] = room

    def _posted(self, event: MessagePosted) -> None:
        message = Message(
            event.seq,
            event.id,
            event.user,
            event.content,
            event.at,
            event.reply,
            event.edited,
            event.deleted,
        )
        self._entry(event, lambda known: posted(known, event, self._user()), message)

    def _changed_message(self, event: Change) -> None:
        if isinstance(event, MessageDeleted):
            self._entry(event, lambda known: deleted(known, event, self._user()))
        else:
            self._entry(event, lambda known: reached(known, event.seq))
        if event.conversation not in self.rooms:
            return
        self._recent.note(event.conversation, event)
        for run in self._runs.get(event.conversation, ()):
            run.messages = [changed(message, event) for message in run.messages]
        changes = self._changes.setdefault(event.conversation, [])
        changes.append(event)
        if len(changes) > WAITING:
            self._drop_held(event.conversation)

    def _entry(
        self,
        event: Numbered,
        change: Callable[[Conversation], Conversation],
        *messages: Message,
    ) -> None:
        """Take note of an entry of the log, with the message that it is, if it is one."""
        room = self.rooms.get(event.conversation)
        if room is None:
            return
        room.known = change(room.known)
        room.reached = max(room.reached, event.seq)
        run = _Run(room.known.epoch, event.seq, event.seq, list(messages))
        self._hold(event.conversation, run)
        self._touch(event.conversation)

    def _distrust(self, conversation: str, seq: int) -> None:
        """What was done to messages up to entry ``seq`` is not known: hold none of before."""
        room = self.rooms.get(conversation)
        if room is not None:
            room.reached = max(room.reached, seq)
            self._recent.begin(conversation, seq)
            self._drop_held(conversation)

    def _drop_held(self, conversation: str) -> None:
        self._waiting -= sum(len(run.messages) for run in self._runs.pop(conversation, ()))
        self._changes.pop(conversation, None)
        self._stale.add(conversation)
        self._work.set()

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
            self._changes.pop(conversation, None)
            self._stale.discard(conversation)
            self._recent.forget(conversation)
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
            if seen.gone or seen.stale or seen.states or seen.spans:
                await self._write(seen)

    async def _write(self, seen: Seen) -> None:
        try:
            await self._store.keep(seen)
        except StorageFailed as error:
            # Said once: each message that comes would say it again.
            if not self._failing:
                _logger.warning("what is read is not kept: %s", error)
            self._failing = True
            self._gone |= seen.gone - self.rooms.keys()
            self._stale |= (seen.stale | seen.changes.keys()) & self.rooms.keys()
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
        changes = {id_: tuple(waiting) for id_, waiting in self._changes.items()}
        seen = Seen(frozenset(self._gone), frozenset(self._stale), tuple(states), spans, changes)
        self._gone, self._stale, self._changed = set(), set(), {}
        self._runs, self._changes, self._waiting = {}, {}, 0
        return seen
