"""What one stream still has to be sent: cursors, never copies of messages.

For each conversation a stream is either **live** (its sink took all there was; the delivery task
offers it each batch) or **behind** (`Outbox` feeds it from the log, in pages, as room comes back,
until it has caught up). Nothing is dropped and nothing piles up: what a slow reader has not taken
costs one number. Joins, leaves, read markers and states are passing things: who was behind gets
how things are now, and not each step.

The switch from behind to live happens in one step of the event loop: the cursor is compared with
the conversation's ``published`` and the stream entered among the live ones with no await between,
so nothing falls into the gap and nothing comes twice.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rchat_protocol import codec, models
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.batch import Form
from rchat_server.core.ports import View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rchat_server.core.batch import Batch
    from rchat_server.core.conversation import Conversation
    from rchat_server.core.pages import Pages
    from rchat_server.core.ports import Sink
    from rchat_server.core.session import Session
    from rchat_server.core.tasks import Tasks

_logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Lag:
    """What a stream lacks of a conversation, beside the entries after its cursor."""

    roster: int | None
    """The `Roster.version` that the stream knows, or None where it missed a change."""
    told: int
    """Up to which number the client knows what to count as unread."""
    read_marker: bool = False
    state: bool = False
    """Whether entries were stepped over that no state has counted."""


class Outbox:
    """Feeds one stream of one session.

    Args:
        session: Whose stream it is.
        sink: Where the items go.
        form: How they are written.
        cursors: Number of the last entry that the sink took, by conversation; kept up to date.
            It outlives the outbox where the stream is one that can be stopped and taken up.
        pages: Where missed entries are read.
        tasks: Owner of the feeding task.
        after: Where the client says that it stands, by conversation id (``events`` alone).
        most: Missed entries to send for each conversation; those before are `Skipped`.
    """

    def __init__(
        self,
        session: Session,
        sink: Sink,
        form: Form,
        *,
        cursors: dict[Conversation, int],
        pages: Pages,
        tasks: Tasks,
        after: Mapping[str, models.Cursor] | None = None,
        most: int = 0,
    ) -> None:
        self.form = form
        self._session = session
        self._viewer = session.identity.id
        self._sink = sink
        self._cursors = cursors
        self._log = pages.log
        self._pages = pages
        self._tasks = tasks
        self._after = dict(after or {})
        self._most = most
        self._states: dict[Conversation, int | None] = {}
        """Conversations whose state is to be sent, with the number at which the identity came in,
        or None where it was there before: what was said since then is to be heard."""
        self._behind: dict[Conversation, Lag] = {}
        self._parted: dict[Conversation, models.Parted] = {}
        self._feeder: asyncio.Task[None] | None = None
        self._announce_live = form is Form.EVENTS
        self._closed = False

    @property
    def viewer(self) -> str:
        """Whose it is: the identity's id."""
        return self._viewer

    def open(self) -> None:
        """Begin: states first where the form has them, then what was missed, then live."""
        self._session.outboxes[self] = None
        # What is not known to be his is forgotten: a request may name a great many.
        known = {each.id for each in self._session.identity.memberships}
        self._after = {id_: at for id_, at in self._after.items() if id_ in known}
        if self.form is Form.EVENTS:
            self._states = dict.fromkeys(self._session.identity.memberships, None)
        else:
            self._behind = {each: Lag(None, told) for each, told in self._cursors.items()}
        self.room()

    def close(self) -> None:
        """Send nothing any more. Cursors stay with whoever owns them."""
        if self._closed:
            return
        self._closed = True
        self._session.outboxes.pop(self, None)
        for conversation in self._cursors:
            conversation.live.pop(self, None)
        if self._feeder is not None:
            self._feeder.cancel()

    def end(self) -> None:
        """Send nothing any more, and let the other side know that the stream has ended."""
        self.close()
        self._sink.complete()

    def fail(self) -> None:
        """A fault of the server: end the connection rather than leave a gap in the stream."""
        self.close()
        self._session.close(
            ChatError(ErrorCode.INTERNAL, "The server failed to send; connect again.")
        )

    def room(self) -> None:
        """There is something to send, or room to send it: go on."""
        if self._closed or (self._feeder is not None and not self._feeder.done()):
            return
        if self._states or self._behind or self._parted or self._announce_live:
            self._feeder = self._tasks.spawn(self._feed(), name="feed a stream")

    # -- called by the conversations ---------------------------------------------------------------

    def offer(self, conversation: Conversation, batch: Batch) -> None:
        """Offer a batch to a live stream; one that does not take all of it falls behind."""
        if self._send_batch(conversation, batch):
            return
        conversation.live.pop(self, None)
        # Where the batch had joins and leaves too, some of them may not have been taken.
        roster = None if batch.changes_roster else conversation.roster.version
        self._behind[conversation] = Lag(roster, self._cursors[conversation])
        # No feeder yet: the sink took less than all, so it says when there is room.

    def fall_behind(self, conversation: Conversation) -> None:
        """Something went wrong with a batch: look into the log for what was committed."""
        conversation.live.pop(self, None)
        self._behind[conversation] = Lag(None, self._cursors[conversation])
        self.room()

    def enter(self, conversation: Conversation) -> None:
        """The identity is in ``conversation``: begin, or begin anew, with how it stands."""
        self._parted.pop(conversation, None)
        if self.form is Form.EVENTS:
            conversation.live.pop(self, None)
            self._behind.pop(conversation, None)
            self._states.setdefault(conversation, conversation.published)
        elif self not in conversation.live:
            self._behind.setdefault(conversation, Lag(None, conversation.published))
        self.room()

    def depart(self, conversation: Conversation, word: models.Parted) -> None:
        """The identity is there no longer, says ``word``, which a tutorial's stream has not."""
        conversation.live.pop(self, None)
        self._cursors.pop(conversation, None)
        self._behind.pop(conversation, None)
        self._states.pop(conversation, None)
        self._after.pop(conversation.id, None)
        if self.form is Form.EVENTS:
            self._parted[conversation] = word
            self.room()

    def read_marker_moved(self, conversation: Conversation) -> None:
        """The identity's read marker has moved, perhaps from another terminal."""
        if self.form is not Form.EVENTS or conversation in self._states:
            return
        lag = self._behind.get(conversation)
        if lag is None:
            if self not in conversation.live:
                return
            conversation.live.pop(self, None)
            lag = Lag(conversation.roster.version, self._cursors[conversation])
            self._behind[conversation] = lag
        lag.read_marker = True
        self.room()

    def whisper(self, view: View) -> bool:
        """Offer a passing word, beside what is to be sent; return whether it was taken."""
        able = self.form is Form.EVENTS and not (self._closed or self._states)
        return able and self._sink.offer(view) > 0

    def lose_sight(self, conversation: Conversation) -> None:
        """A word about the members was not taken: say who is here, whole, when there is room."""
        if self.form is Form.EVENTS and self in conversation.live:
            del conversation.live[self]
            self._behind[conversation] = Lag(None, self._cursors[conversation])
            self.room()

    # -- feeding -----------------------------------------------------------------------------------

    async def _feed(self) -> None:
        """Send what is missing until all is live or there is no room; `room` starts it again."""
        try:
            while not self._closed and await self._feed_one():
                pass
        except ChatError as error:
            self._session.close(error)
        except Exception:
            _logger.exception("feeding a stream failed")
            self.fail()

    async def _feed_one(self) -> bool:
        """Send one missing thing; return False where nothing is missing or there is no room."""
        for conversation, word in self._parted.items():
            if not self._take(word):
                return False
            del self._parted[conversation]
            return True
        for conversation in self._states:  # those of all conversations come before any entry
            return self._send_state(conversation)
        for conversation, lag in self._behind.items():
            return await self._catch_up(conversation, lag)
        if self._announce_live and self._take(models.Live()):
            self._announce_live = False
        return False

    def _take(self, event: models.Event) -> bool:
        return self._sink.offer(View([codec.encode(event)])) == 1

    def _send_state(self, conversation: Conversation) -> bool:
        """Send how the conversation stands, and set the cursor to where its entries begin."""
        begin = self._cursors.get(conversation, self._resumable(conversation))
        resumed = begin is not None
        if begin is None:
            entered = self._states[conversation]
            begin = conversation.published if entered is None else entered
        # Entries after the head follow. Where nothing was taken up, they begin at the cursor.
        head = conversation.published if resumed else begin
        state = conversation.state(self._session.identity, head=head, resumed=resumed)
        if not self._take(state):
            return False
        del self._states[conversation]
        self._cursors[conversation] = begin
        self._behind[conversation] = Lag(conversation.roster.version, head)
        return True

    def _resumable(self, conversation: Conversation) -> int | None:
        """Return the number that the client comes back with, where it can be taken up."""
        cursor = self._after.get(conversation.id)
        if cursor is None or cursor.epoch != self._log.epoch:
            return None
        return cursor.seq if cursor.seq <= conversation.published else None

    async def _catch_up(self, conversation: Conversation, lag: Lag) -> bool:
        """Send the next of what is missing, or go live; return False where there is no room."""
        if not self._send_read_marker(conversation, lag):
            return False
        if not self._skip_beyond_most(conversation, lag):
            return False
        if not self._send_state_again(conversation, lag):
            return False
        if self._cursors[conversation] == conversation.published:
            return self._go_live(conversation, lag)
        return await self._send_page(conversation, lag)

    def _send_read_marker(self, conversation: Conversation, lag: Lag) -> bool:
        if lag.read_marker:
            told = max(lag.told, self._cursors[conversation])
            marker = conversation.read_marker(self._session.identity, head=told)
            lag.read_marker = not self._take(marker)
        return not lag.read_marker

    async def _send_page(self, conversation: Conversation, lag: Lag) -> bool:
        """Send the next missed entries from the log; return False where there is no room."""
        page = await self._pages.after(conversation, self._cursors[conversation])
        if self._closed or self._behind.get(conversation) is not lag:
            return True  # left, and perhaps come back, while the log was read
        if not self._skip_expired(conversation, lag, page.first):
            return False
        if not self._send_state_again(conversation, lag):
            return False
        if not self._send_batch(conversation, page.batch):
            return False
        # The other conversations have their turn, and so have other tasks.
        self._behind[conversation] = self._behind.pop(conversation)
        await asyncio.sleep(0)
        return True

    def _send_state_again(self, conversation: Conversation, lag: Lag) -> bool:
        """Tell what the client cannot count, since it was not sent; False where there is no room.

        What it wrote itself on another terminal may be among it, and so has moved the read marker.
        """
        if lag.state:
            reached = self._cursors[conversation]
            person = self._session.identity
            if not self._take(conversation.state(person, head=reached, resumed=True)):
                return False
            lag.state, lag.roster = False, conversation.roster.version
        return True

    def _step_over(self, conversation: Conversation, lag: Lag, reached: int) -> None:
        self._cursors[conversation] = reached
        lag.state = self.form is Form.EVENTS and (lag.state or reached > lag.told)

    def _skip_beyond_most(self, conversation: Conversation, lag: Lag) -> bool:
        """Step over what exceeds ``most``, once; return False where there is no room to say so."""
        if conversation.id not in self._after:
            return True
        if not self._skip_expired(conversation, lag, self._log.first(conversation.id)):
            return False
        cursor, begin = self._cursors[conversation], conversation.published - self._most
        if cursor < begin:
            if not self._take(models.Skipped(conversation.id, cursor + 1, begin)):
                return False
            self._step_over(conversation, lag, begin)
        del self._after[conversation.id]
        return True

    def _skip_expired(self, conversation: Conversation, lag: Lag, first: int) -> bool:
        """Step over what is no longer kept; return False where there is no room to say so."""
        cursor = self._cursors[conversation]
        if first > cursor + 1:
            lost = models.Expired(conversation.id, cursor + 1, first - 1)
            if self.form is Form.EVENTS and not self._take(lost):
                return False
            self._step_over(conversation, lag, first - 1)
        return True

    def _send_batch(self, conversation: Conversation, batch: Batch) -> bool:
        """Offer a batch and move the cursor; return whether the sink took all of it."""
        selection = batch.selection(self.form, self._viewer)
        seqs = selection.seqs
        taken = self._sink.offer(selection.view) if seqs else 0
        if taken == len(seqs):
            if batch.last_seq:  # also over entries that this viewer does not see
                self._cursors[conversation] = batch.last_seq
            return True
        for seq in reversed(seqs[:taken]):
            if seq is not None:
                self._cursors[conversation] = seq
                break
        return False

    def _go_live(self, conversation: Conversation, lag: Lag) -> bool:
        """Enter among the live streams; return False where there is no room for the members."""
        knows = self.form is not Form.EVENTS or lag.roster == conversation.roster.version
        if not knows and not self._take(conversation.members()):
            return False
        del self._behind[conversation]
        conversation.live[self] = None
        return True
