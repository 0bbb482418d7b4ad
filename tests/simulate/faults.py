"""Faults planted on purpose, one at a time: a simulation that does not find them finds nothing.

Each takes the place of a few lines of the real code, as somebody might have written them.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from msgspec.structs import replace

from rchat_protocol import models
from rchat_protocol.transport.base import Transport
from rchat_server.core.commands import Post
from rchat_server.core.commits import Commits
from rchat_server.core.conversation import Conversation
from rchat_server.core.hub import Hub
from rchat_server.core.lobby import Lobby
from rchat_server.core.outbox import Outbox
from rchat_server.core.ports import Appended
from rchat_tui.client import outbox
from rchat_tui.client.archive import Archive
from rchat_tui.client.courier import Courier
from rchat_tui.client.errors import StorageFailed
from rchat_tui.client.feed import Feed
from rchat_tui.client.standing import Standing
from simulate.image import Image
from simulate.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rchat_server.core.batch import Batch
    from rchat_server.core.commands import Command
    from rchat_server.core.ports import NewEntry

Hit = "Callable[[], None]"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something done wrong."""

    name: str
    owner: Any
    """The class or module whose part is replaced."""
    part: str
    """The function that is replaced."""
    made: Callable[[Any, Callable[[], None]], Any]
    """Makes its replacement from the right one, and from what is to be called where it does wrong.
    """

    @contextlib.contextmanager
    def planted(self) -> Iterator[Hits]:
        """Have it in the code, and count how often it does wrong."""
        hits = Hits()
        right = getattr(self.owner, self.part)
        with mock.patch.object(self.owner, self.part, self.made(right, hits.add)):
            yield hits


class Hits:
    """How often a planted fault did wrong."""

    def __init__(self) -> None:
        self.count = 0

    def add(self) -> None:
        """Once more."""
        self.count += 1


def _acknowledged_before_the_commit(right: Any, hit: Callable[[], None]) -> Any:
    async def commit(self: Commits, commands: Sequence[Command]) -> Any:
        seq = self.head
        for command in commands:
            if isinstance(command, Post):
                seq, entry = seq + 1, command.entry
                hit()
                command.settle(Appended(self._conversation.id, seq, entry.id, entry.at, fresh=True))
        return await right(self, commands)

    return commit


def _cursor_moved_before_the_write(_right: Any, hit: Callable[[], None]) -> Any:
    def send_batch(self: Outbox, conversation: Conversation, batch: Batch) -> bool:
        selection = batch.selection(self.form, self._viewer)
        if batch.last_seq:
            self._cursors[conversation] = batch.last_seq
        taken = self._sink.offer(selection.view) if selection.seqs else 0
        if taken < len(selection.seqs):
            hit()
        return taken == len(selection.seqs)

    return send_batch


def _gap_between_reading_and_hearing(right: Any, hit: Callable[[], None]) -> Any:
    async def catch_up(self: Outbox, conversation: Conversation, lag: Any) -> bool:
        if self._cursors[conversation] != conversation.published:
            return bool(await right(self, conversation, lag))
        published = conversation.published
        await asyncio.sleep(0.001)
        if self._closed or self._behind.get(conversation) is not lag or lag is None:
            return True
        if conversation.published != published:
            hit()
        return self._go_live(conversation, lag)

    return catch_up


def _batch_half_delivered(_right: Any, hit: Callable[[], None]) -> Any:
    def offer(self: Outbox, conversation: Conversation, batch: Batch) -> None:
        if not self._send_batch(conversation, batch):
            hit()

    return offer


def _round_forgets_what_came_later(right: Any, hit: Callable[[], None]) -> Any:
    def flush(self: Transport) -> None:
        if len(self._out) > 1:
            hit()
            del self._out[1:]
            self._out_bytes = len(self._out[0])
        right(self)

    return flush


def _token_taken_up_twice(right: Any, hit: Callable[[], None]) -> Any:
    def resume(self: Lobby, name: str, token: str, replaces: str | None, close: Any) -> Any:
        if replaces is not None:
            hit()
        return right(self, name, token, None, close)

    return resume


def _epoch_ignored_by_the_server(_right: Any, hit: Callable[[], None]) -> Any:
    def resumable(self: Outbox, conversation: Conversation) -> int | None:
        cursor = self._after.get(conversation.id)
        if cursor is None:
            return None
        if cursor.epoch != self._log.epoch:
            hit()
        return cursor.seq if cursor.seq <= conversation.published else None

    return resumable


def _epoch_ignored_by_the_client(right: Any, hit: Callable[[], None]) -> Any:
    def opened(self: Standing, state: models.ConversationState) -> Any:
        place = self._places.get(state.conversation)
        if place is not None and place.epoch != state.epoch:
            hit()
            place.epoch = state.epoch
            place.cursor = min(place.cursor, state.head)
        return right(self, state)

    return opened


def _leave_answered_before_the_last_delivery(right: Any, hit: Callable[[], None]) -> Any:
    def leave(self: Conversation, identity: Any, *, for_good: bool) -> Any:
        done = right(self, identity, for_good=for_good)
        if for_good and not done.done():
            hit()
            done.set_result(None)
        return done

    return leave


def _join_answered_before_it_is_stored(right: Any, hit: Callable[[], None]) -> Any:
    def enter(self: Conversation, identity: Any, *, joins: bool) -> Any:
        done = right(self, identity, joins=joins)
        if joins and not done.done():
            hit()
            done.set_result(None)
        return done

    return enter


def _id_not_looked_up_in_the_log(right: Any, hit: Callable[[], None]) -> Any:
    def post(self: Image, conversation: str, new: NewEntry) -> Appended:
        if self.places.pop((new.author, new.id), None) is not None:
            hit()
        return right(self, conversation, new)  # type: ignore[no-any-return]

    return post


def _read_marker_not_stored(right: Any, hit: Callable[[], None]) -> Any:
    def mark_read(self: Hub, *args: Any) -> Any:
        with mock.patch.object(self._store, "put_read", side_effect=lambda *_: hit()):
            return right(self, *args)

    return mark_read


def _seen_to_leave_at_once(right: Any, hit: Callable[[], None]) -> Any:
    def detach(self: Lobby, session: Any, *, at_once: bool = False) -> Any:
        if not at_once:
            hit()
        return right(self, session, at_once=True)

    return detach


def _retry_with_a_new_id(right: Any, hit: Callable[[], None]) -> Any:
    async def attempt(self: Courier, entry: outbox.Entry, connection: Any) -> Any:
        if entry.tried:
            hit()
            entry = replace(entry, id=f"{entry.id[:-8]}{int(self._clock.now_ms()):08x}"[:64])
        return await right(self, entry, connection)

    return attempt


def _outbox_entry_dropped_on_a_timeout(right: Any, hit: Callable[[], None]) -> Any:
    def settled(entry: outbox.Entry, outcome: outbox.Outcome) -> outbox.Entry:
        if isinstance(outcome, outbox.Unanswered):
            hit()
            outcome = outbox.Refused("No answer came.")
        return right(entry, outcome)  # type: ignore[no-any-return]

    return settled


def _kept_before_it_is_on_the_disk(right: Any, hit: Callable[[], None]) -> Any:
    async def post(self: Archive, conversation: str, content: str, **options: Any) -> str:
        put = self._store.put

        async def later(entry: outbox.Entry) -> outbox.Entry:
            hit()
            _ = asyncio.get_running_loop().create_task(carelessly(entry), name="act")
            return entry

        async def carelessly(entry: outbox.Entry) -> None:
            with contextlib.suppress(StorageFailed):
                await put(entry)

        with mock.patch.object(self._store, "put", later):
            return str(await right(self, conversation, content, **options))

    return post


def _tried_anew_under_another_identity(right: Any, hit: Callable[[], None]) -> Any:
    def under(entry: outbox.Entry, identity: int) -> outbox.Entry:
        if entry.status == "waiting" and entry.kind == "channel" and entry.tried:
            hit()
            return replace(entry, tried=0)
        return right(entry, identity)  # type: ignore[no-any-return]

    return under


def _sent_past_one_that_is_on_its_way(_right: Any, hit: Callable[[], None]) -> Any:
    def sendable(entries: Any, identity: int) -> outbox.Entry | None:
        for entry in entries:
            if entry.status == "waiting" and entry.claim is None and entry.tried in (0, identity):
                return entry  # type: ignore[no-any-return]
            hit()
        return None

    return sendable


def _event_dropped_when_much_waits(right: Any, hit: Callable[[], None]) -> Any:
    def put(self: Feed, event: Any, size: int) -> None:
        if self._events >= 20 and isinstance(event, models.MessagePosted):
            hit()
            self._credit += 1
            return
        right(self, event, size)

    return put


FAULTS: Final = (
    Fault("acknowledged before the commit", Commits, "commit", _acknowledged_before_the_commit),
    Fault("a cursor moved before the write", Outbox, "_send_batch", _cursor_moved_before_the_write),
    Fault(
        "the gap between reading and hearing", Outbox, "_catch_up", _gap_between_reading_and_hearing
    ),
    Fault("a batch half delivered", Outbox, "offer", _batch_half_delivered),
    Fault("a round forgets what came later", Transport, "flush", _round_forgets_what_came_later),
    Fault("a token taken up twice", Lobby, "resume", _token_taken_up_twice),
    Fault("an epoch ignored by the server", Outbox, "_resumable", _epoch_ignored_by_the_server),
    Fault("an epoch ignored by the client", Standing, "_opened", _epoch_ignored_by_the_client),
    Fault(
        "a leave answered before the last delivery",
        Conversation,
        "leave",
        _leave_answered_before_the_last_delivery,
    ),
    Fault(
        "a join answered before it is stored",
        Conversation,
        "enter",
        _join_answered_before_it_is_stored,
    ),
    Fault("an id not looked up in the log", Image, "_post", _id_not_looked_up_in_the_log),
    Fault("a read marker not stored", Hub, "mark_read", _read_marker_not_stored),
    Fault("seen to leave at once", Lobby, "detach", _seen_to_leave_at_once),
    Fault("a retry with a new id", Courier, "_try", _retry_with_a_new_id),
    Fault(
        "an outbox entry dropped on a timeout",
        outbox,
        "settled",
        _outbox_entry_dropped_on_a_timeout,
    ),
    Fault("kept before it is on the disk", Archive, "post", _kept_before_it_is_on_the_disk),
    Fault("tried anew under another identity", outbox, "under", _tried_anew_under_another_identity),
    Fault(
        "sent past one that is on its way", outbox, "sendable", _sent_past_one_that_is_on_its_way
    ),
    Fault("an event dropped when much waits", Feed, "_put", _event_dropped_when_much_waits),
)
"""All of them."""


@dataclass(frozen=True, slots=True)
class Found:
    """When a planted fault was found."""

    name: str
    seed: int | None
    """None where it was not."""
    runs: int
    hits: int
    """How often it did wrong in these runs."""
    failure: str


def find(number: int, runs: int, first: int = 0) -> Found:
    """Plant a fault, and run seeds from ``first`` on until one of ``runs`` has found it.

    Args:
        number: Which of `FAULTS`.
        runs: Most runs.
        first: The first seed.
    """
    fault, hits = FAULTS[number], 0
    for seed in range(first, first + runs):
        with fault.planted() as count:
            outcome = run(seed)
        hits += count.count
        if outcome.failure:
            failure = outcome.failure.splitlines()[0]
            # A failure without a wrong done is that of the planting, or a real one: neither is it.
            found = seed if count.count else None
            return Found(fault.name, found, seed - first + 1, hits, failure)
    return Found(fault.name, None, runs, hits, "")
