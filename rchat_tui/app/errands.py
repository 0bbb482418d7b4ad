"""What is asked of the client in the background. Answers come back as messages to the app.

Concurrency: each coroutine here runs in a worker of the app, which ends with it. Messages of one
conversation go out one after the other, so that they arrive in the order in which they were
written; at most `WAITING` of them wait. Of history, one page a conversation is asked for at a
time. Read markers are coalesced: while one is on its way, only the newest one waits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rchat_tui.app.messages import Answer, NotOpened, Opened, Told
from rchat_tui.client.display import safe_text
from rchat_tui.client.errors import (
    OutcomeUnknown,
    RchatError,
    RequestTimeout,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.message import Message

    from rchat_protocol.models import Ack, HistoryReply
    from rchat_tui.app.items import Gap, Said
    from rchat_tui.app.model import ChatModel
    from rchat_tui.app.ports import ChatPort

WAITING: Final = 500
"""Messages of one conversation that wait for their turn; one more is not sent, and says so."""

PAGE: Final = 100
"""Messages of history that are asked for at once."""

_TRIES: Final = 5
"""How often a message is sent to a server that says it is busy."""

_LONGEST_WAIT: Final = 5.0
"""Seconds: a server that asks for more patience than this is answered by the user."""

_READ_PAUSE: Final = 0.3
"""Seconds between two read markers."""


@dataclass
class Stored(Answer):
    """A message was acknowledged."""

    conversation: str
    message_id: str
    ack: Ack

    def apply(self, model: ChatModel) -> None:
        """Show it as sent."""
        transcript = model.transcripts.get(self.conversation)
        if transcript is not None:
            ack = self.ack
            transcript.stored(self.message_id, seq=ack.seq, at=ack.at, epoch=ack.epoch)


@dataclass
class NotSent(Answer):
    """A message was not sent, or (``unknown``) nobody knows."""

    conversation: str
    message_id: str
    reason: str
    unknown: bool

    def apply(self, model: ChatModel) -> None:
        """Say so where it stands."""
        transcript = model.transcripts.get(self.conversation)
        if transcript is not None:
            transcript.failed(self.message_id, safe_text(self.reason), unknown=self.unknown)


@dataclass
class Loaded(Answer):
    """A part of a conversation's history arrived."""

    conversation: str
    gap: Gap
    from_end: bool
    reply: HistoryReply

    def apply(self, model: ChatModel) -> None:
        """Fill the gap."""
        transcript = model.transcripts.get(self.conversation)
        if transcript is not None:
            transcript.fill(
                self.gap,
                model.loaded(self.reply.messages),
                epoch=self.reply.epoch,
                more=self.reply.more,
                from_end=self.from_end,
            )


@dataclass
class NotLoaded(Answer):
    """It did not."""

    conversation: str
    gap: Gap
    reason: str

    def apply(self, model: ChatModel) -> None:
        """Say why in the gap."""
        transcript = model.transcripts.get(self.conversation)
        if transcript is not None:
            transcript.not_filled(self.gap, safe_text(self.reason))


def _told(reason: str) -> Message:
    return Told(reason, error=True)


class Errands:
    """Requests to one client."""

    def __init__(
        self,
        client: ChatPort,
        *,
        post: Callable[[Message], object],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        """Make the errands of a client.

        Args:
            client: that has been started.
            post: gives a message to the app.
            spawn: runs a coroutine in a worker of the app.
        """
        self._client = client
        self._post = post
        self._spawn = spawn
        self._outgoing: dict[str, deque[Said]] = {}
        self._loading: set[str] = set()
        self._to_read: tuple[str, int] | None = None
        self._reading = False

    @property
    def client(self) -> ChatPort:
        """Who is asked."""
        return self._client

    # -- messages --------------------------------------------------------------------------

    def send(self, conversation: str, said: Said) -> None:
        """Send a message after those that wait already."""
        waiting = self._outgoing.get(conversation)
        if waiting is None:
            waiting = self._outgoing[conversation] = deque([said])
            self._spawn(self._send_all(conversation, waiting))
        elif len(waiting) < WAITING:
            waiting.append(said)
        else:
            reason = "Too many messages wait to be sent."
            self._post(NotSent(conversation, said.id, reason, unknown=False))

    async def _send_all(self, conversation: str, waiting: deque[Said]) -> None:
        try:
            while waiting:
                await self._send(conversation, waiting[0])
                waiting.popleft()
        finally:
            del self._outgoing[conversation]

    async def _send(self, conversation: str, said: Said) -> None:
        for last in [False] * (_TRIES - 1) + [True]:
            try:
                ack = await self._client.send(conversation, said.raw, message_id=said.id)
            except (OutcomeUnknown, RequestTimeout) as error:
                self._post(NotSent(conversation, said.id, str(error), unknown=True))
            except ServerError as error:
                if error.retry is not False and not last and error.retry <= _LONGEST_WAIT:
                    await asyncio.sleep(float(error.retry))
                    continue
                self._post(NotSent(conversation, said.id, str(error), unknown=False))
            except RchatError as error:
                self._post(NotSent(conversation, said.id, str(error), unknown=False))
            else:
                self._post(Stored(conversation, said.id, ack))
            return

    # -- history ---------------------------------------------------------------------------

    def load(self, conversation: str, gap: Gap, *, from_end: bool) -> bool:
        """Ask for a page of what is not loaded; False while another page is on its way."""
        if conversation in self._loading:
            return False
        self._loading.add(conversation)
        self._spawn(self._load(conversation, gap, from_end=from_end))
        return True

    async def _load(self, conversation: str, gap: Gap, *, from_end: bool) -> None:
        before = gap.last + 1 if from_end else None
        after = None if from_end else gap.first - 1
        try:
            reply = await self._client.history(
                conversation=conversation, before=before, after=after, limit=PAGE
            )
        except RchatError as error:
            self._post(NotLoaded(conversation, gap, str(error)))
        else:
            self._post(Loaded(conversation, gap, from_end, reply))
        finally:
            self._loading.discard(conversation)

    # -- read markers ----------------------------------------------------------------------

    def mark_read(self, conversation: str, seq: int) -> None:
        """Say that everything up to ``seq`` has been seen, soon."""
        self._to_read = (conversation, seq)
        if not self._reading:
            self._reading = True
            self._spawn(self._mark_read())

    async def _mark_read(self) -> None:
        try:
            done: tuple[str, int] | None = None
            while self._to_read != done:
                done = self._to_read
                if done is not None:
                    await self._client.mark_read(*done)
                    await asyncio.sleep(_READ_PAUSE)
        except RchatError:
            # The marker is a convenience: the next message that is seen moves it again.
            self._to_read = None
        finally:
            self._reading = False

    # -- commands --------------------------------------------------------------------------

    def join(self, channel: str) -> None:
        """Join a channel; its state comes as an event."""
        self._ask(self._client.join(channel), refused=NotOpened)

    def leave(self, channel: str) -> None:
        """Leave a channel."""
        self._ask(self._client.leave(channel))

    def talk(self, name: str) -> None:
        """Open a private conversation."""

        async def talk() -> None:
            self._post(Opened(await self._client.open_conversation(name)))

        self._ask(talk(), refused=NotOpened)

    def list_channels(self) -> None:
        """Tell which channels there are."""

        async def ask() -> None:
            channels = await self._client.list_channels()
            listed = "  ".join(f"#{name}" for name in channels)
            none = "There is no channel yet: /join general makes one."
            self._post(Told(f"Channels: {listed}" if channels else none))

        self._ask(ask())

    def list_users(self, channel: str) -> None:
        """Tell who is in a channel."""

        async def ask() -> None:
            users = await self._client.get_users(channel)
            listed = "  ".join(users)
            self._post(Told(f"In #{channel}: {listed}" if users else f"Nobody is in #{channel}."))

        self._ask(ask())

    def _ask(
        self, request: Coroutine[Any, Any, None], *, refused: Callable[[str], Message] = _told
    ) -> None:
        async def ask() -> None:
            try:
                await request
            except RchatError as error:
                self._post(refused(str(error)))

        self._spawn(ask())
