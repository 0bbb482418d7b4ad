"""What a client keeps, and who works on it: the store's one owner.

It opens the store before the first dial, tells what is in it, and closes it last. Between, the
`Keeper` writes what is read, and the `Courier` sends what was written.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from rchat_protocol import searching
from rchat_protocol.errors import ErrorCode
from rchat_protocol.models import ConversationState, HistoryReply, SearchHit, SearchReply
from rchat_tui.client.courier import Courier
from rchat_tui.client.errors import ServerError, StorageFailed
from rchat_tui.client.events import NotKept, Remembered, RememberedConversation
from rchat_tui.client.ids import uuid7
from rchat_tui.client.keeper import Keeper
from rchat_tui.client.ledger import Ledger
from rchat_tui.client.outbox import Entry
from rchat_tui.client.standing import CONVERSATIONS
from rchat_tui.client.wire import checked_content

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable

    from rchat_protocol.models import Event, Message, SearchRequest
    from rchat_tui.client.clock import Clock
    from rchat_tui.client.connection import Connection
    from rchat_tui.client.events import LocalEvent, Outgoing
    from rchat_tui.client.standing import Standing
    from rchat_tui.client.store.ports import ClientStore

REMEMBERED: Final = 100
"""Most messages of a conversation that are told at the start."""

REMEMBERED_IN_ALL: Final = 5_000
"""Most of all conversations together: the others come with `ChatClient.history`, as one looks."""

_logger = logging.getLogger(__name__)


class Held(Struct, frozen=True):
    """A page of history out of the cache."""

    reply: HistoryReply
    whole: bool
    """Whether it is all that a server would answer."""
    told_from: int
    """`Keeper.told_from` when it was looked up."""


class Archive:
    """The store of one client, in use.

    Args:
        store: Opened and closed here.
        standing: Where the client stands; it begins where the store says.
        say: Where events go.
        user: Whose client it is.
        clock: When something was written.
        rng: The chance in an id.
        deadline: Seconds that an acknowledgement may take.
    """

    def __init__(
        self,
        store: ClientStore,
        *,
        standing: Standing,
        say: Callable[[LocalEvent], None],
        user: Callable[[], str | None],
        clock: Clock,
        rng: random.Random,
        deadline: float,
    ) -> None:
        self._store = store
        self._standing = standing
        self._say = say
        self._clock = clock
        self._rng = rng
        self._keeper = Keeper(store, standing=standing, user=user)
        self._ledger = Ledger(say=say, shown_in=self._shown_in)
        self._courier = Courier(
            store, self._ledger, answers=self._answers, clock=clock, rng=rng, deadline=deadline
        )
        self._failing = False
        self._opening = asyncio.Lock()
        self._opened = False
        self._closed = False

    # -- begin and end -----------------------------------------------------------------------------

    async def open(self) -> None:
        """Open the store, and tell what is in it. Idempotent.

        Raises:
            StorageFailed: It cannot be opened, or not be read.
        """
        async with self._opening:
            if self._closed:
                raise StorageFailed("The client was closed.")
            if not self._opened:
                notice = await self._store.open()
                try:
                    await self._recall(notice)
                except BaseException:
                    await self._store.aclose()
                    raise
                self._opened = True

    async def finish(self) -> None:
        """Let what waits go out, for a moment, as long as there is a line. Idempotent."""
        await self._courier.aclose()

    async def aclose(self) -> None:
        """Write what waits to be written, and close the store. Idempotent."""
        self._closed = True
        async with self._opening:
            try:
                await self._courier.aclose()
                await self._keeper.aclose()
            finally:
                await self._store.aclose()

    async def _recall(self, notice: str | None) -> None:
        login = await self._store.login()
        found = await self._store.remembered(REMEMBERED, REMEMBERED_IN_ALL)
        remembered = found[:CONVERSATIONS]
        entries = await self._store.entries()
        states = [state for state, _ in remembered]
        self._standing.identity = 0 if login is None else login.identity
        self._standing.restore(states)
        self._keeper.begin(states)
        outgoing = self._ledger.restore(entries)
        if notice is not None:
            self._say(NotKept(notice))
        if remembered or outgoing:
            user = None if login is None else login.user
            self._say(Remembered(user, _together(remembered, outgoing, entries)))

    # -- the line ----------------------------------------------------------------------------------

    async def up(self, connection: Connection) -> None:
        """There is a line, and one is logged in: perhaps as another than before."""
        await self._look(anew=True)
        if not connection.over:
            self._courier.up(connection, self._standing.identity)

    def down(self) -> None:
        """There is none any more."""
        self._courier.down()

    def note(self, event: Event) -> None:
        """Take note of an event that is to be told."""
        new = isinstance(event, ConversationState) and event.conversation not in self._keeper.rooms
        self._keeper.apply(event)
        if new and isinstance(event, ConversationState):
            self._ledger.appeared(event.kind, event.name)

    async def look(self) -> None:
        """See what other processes have done. To be called every second or so."""
        await self._look(anew=False)
        self._courier.look_again()

    async def _look(self, *, anew: bool) -> None:
        try:
            if anew or (self._store.shared and await self._store.changed()):
                entries = await self._store.entries()
                self._ledger.replace(entries, but=self._courier.unsettled)
                for lane in tuple(self._ledger.lanes):
                    self._courier.wake(lane)
            self._failing = False
        except StorageFailed as error:
            if not self._failing:  # said once: it is tried every second
                _logger.warning("the outbox cannot be looked at: %s", error)
            self._failing = True

    # -- the outbox --------------------------------------------------------------------------------

    async def post(self, conversation: str, content: str, *, reply: int | None) -> str:
        """Write something; see `ChatClient.post`."""
        checked_content(content)
        await self.open()
        room = self._keeper.rooms.get(conversation)
        if room is None:
            raise ServerError(ErrorCode.NO_SUCH_CONVERSATION, "You are not in that conversation.")
        now = self._clock.now_ms()
        entry = Entry(
            id=uuid7(now, self._rng),
            kind=room.known.kind,
            conversation=conversation,
            name=room.known.name,
            content=content,
            at=now,
            identity=self._standing.identity,
            reply=reply,
            epoch=room.known.epoch,
        )
        self._ledger.note(await self._store.put(entry))
        self._courier.wake(entry.lane)
        return entry.id

    async def retry(self, entry_id: str) -> None:
        """Let something be sent again; see `ChatClient.retry`."""
        await self.open()
        entry = await self._store.retry(entry_id)
        if entry is not None:
            if self._ledger.get(entry_id) is not None:  # not taken out meanwhile
                self._ledger.note(entry)
            self._courier.wake(entry.lane)

    async def withdraw(self, entry_id: str) -> str:
        """Take something out; see `ChatClient.withdraw`."""
        await self.open()
        entry = await self._store.withdraw(entry_id)
        if entry is None:
            raise ServerError(ErrorCode.BAD_REQUEST, self._why_not(entry_id))
        self._ledger.gone(entry_id)
        self._courier.wake(entry.lane)
        return entry.content

    def _why_not(self, entry_id: str) -> str:
        entry = self._ledger.get(entry_id)
        if entry is None:
            return "That message is not in the outbox."
        if entry.status == "delivered":
            return "That message is delivered already."
        return "That message may have reached the server: wait until it is known."

    def _answers(self, entry: Entry) -> int | None:
        """Return the number that an entry answers, where it still means what it did."""
        room = self._keeper.rooms.get(entry.conversation)
        return entry.reply if room is not None and room.known.epoch == entry.epoch else None

    def _shown_in(self, entry: Entry) -> str:
        if entry.conversation in self._keeper.rooms:
            return entry.conversation
        return self._keeper.find(entry.kind, entry.name) or entry.conversation

    # -- what one keeps beside messages ------------------------------------------------------------

    async def kept(self, area: str) -> dict[str, str]:
        """Return the texts of an area; see `ChatClient.kept`."""
        await self.open()
        return await self._store.kept(area)

    async def keep_text(self, area: str, key: str, text: str | None) -> None:
        """Keep a text; see `ChatClient.keep`."""
        await self.open()
        await self._store.keep_text(area, key, text)

    # -- the cache ---------------------------------------------------------------------------------

    def opened(self, state: ConversationState) -> None:
        """Know a conversation that the server has opened when it was asked to."""
        self._keeper.opened(state)

    async def page(
        self,
        *,
        conversation: str | None,
        channel: str | None,
        before: int | None,
        after: int | None,
        limit: int,
    ) -> Held | None:
        """Return a page of history; None where nothing of it is held."""
        await self.open()
        if conversation is None and channel is not None:
            conversation = self._keeper.find("channel", channel)
        room = self._keeper.rooms.get(conversation or "")
        if room is None or limit < 1:
            return None
        known, told_from = room.known, self._keeper.told_from(room.known.id)
        try:
            page = await self._store.page(
                known.id, known.epoch, before=before, after=after, limit=limit
            )
        except StorageFailed as error:
            _logger.warning("the cache cannot be read: %s", error)
            return None
        if page is None:
            return None
        messages = list(page.messages)
        reply = HistoryReply(known.id, known.epoch, messages, page.more, page.first, page.last)
        return Held(reply, page.whole, told_from)

    async def around(self, conversation: str, *, seq: int, limit: int) -> Held | None:
        """Return the page with that number in its middle; None where that is not held."""
        back = await self.page(
            conversation=conversation,
            channel=None,
            before=seq + 1,
            after=None,
            limit=max(1, limit // 2),
        )
        on = await self.page(
            conversation=conversation,
            channel=None,
            before=None,
            after=seq,
            limit=limit - limit // 2,
        )
        if back is None or on is None:
            return back
        first, second = back.reply, on.reply
        reply = msgspec.structs.replace(
            first, messages=[*first.messages, *second.messages], last=second.last
        )
        return Held(reply, whole=False, told_from=back.told_from)

    async def search(self, request: SearchRequest) -> SearchReply:
        """Return what is found in what is kept here; see `ChatClient.search_kept`."""
        criteria = searching.criteria(request)
        older_than = None if request.cursor is None else searching.place(request.cursor)
        await self.open()
        found = await self._store.search(
            criteria,
            conversation=request.conversation,
            older_than=older_than,
            limit=request.limit + 1,
        )
        hits = [
            SearchHit(hit.conversation, message)
            for hit in found[: request.limit]
            if hit.conversation in self._keeper.rooms
            # What was done to it may not be written yet.
            for message in self._keeper.cached(hit.conversation, [hit.message])
            if not message.deleted and criteria.met_by(message.user, message.at, message.content)
        ]
        following = None
        if len(found) > request.limit:
            last = found[request.limit - 1]
            following = searching.cursor((last.message.at, last.conversation, last.message.seq))
        return SearchReply(hits, following)

    def fresh(self, held: Held) -> HistoryReply | None:
        """Return a page that is held with what was done to its messages as far as it was heard of.

        None where not all was told since it was looked up.
        """
        reply = held.reply
        if self._keeper.told_from(reply.conversation) != held.told_from:
            return None
        messages = self._keeper.cached(reply.conversation, reply.messages)
        return msgspec.structs.replace(reply, messages=messages)

    def current(self, reply: HistoryReply) -> HistoryReply | None:
        """Bring a page that the server gave up to date; None where it is to be asked for again."""
        return self._keeper.current(reply)

    def keep(self, reply: HistoryReply, *, before: int | None, after: int | None) -> None:
        """Keep a page that the server gave."""
        self._keeper.page(reply, before=before, after=after)


def _together(
    remembered: Iterable[tuple[ConversationState, tuple[Message, ...]]],
    outgoing: Iterable[Outgoing],
    entries: Iterable[Entry],
) -> tuple[RememberedConversation, ...]:
    """Return what is remembered, each conversation with what was written in it."""
    written: dict[str, list[Outgoing]] = {}
    for one in outgoing:
        written.setdefault(one.conversation, []).append(one)
    known = [
        RememberedConversation(state, messages, tuple(written.pop(state.conversation, ())))
        for state, messages in remembered
    ]
    for entry in entries:
        if entry.conversation in written:  # only the outbox knows it any more
            state = ConversationState(
                entry.conversation, entry.kind, entry.name, "", 0, 1, 0, 0, 0, []
            )
            waiting = tuple(written.pop(entry.conversation))
            known.append(RememberedConversation(state, (), waiting))
    return tuple(known)
