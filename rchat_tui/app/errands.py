"""What is asked of the client in the background. Answers come back as messages to the app.

Concurrency: each coroutine here runs in a worker of the app, which ends with it. What is written
goes into the client's outbox one after the other, so that it keeps its order; who leaves waits for
that, and for what is kept beside it (`Errands.written`). Of history, one page a conversation is
asked for at a time. Read markers are coalesced: while one is on its way, only the newest one of
each conversation waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rchat_protocol import names
from rchat_tui.app import ignored
from rchat_tui.app.answers import (
    ChannelsListed,
    ChannelsTold,
    Kept,
    NotOpened,
    Opened,
    Returned,
    ThrownAway,
    Told,
)
from rchat_tui.app.asking_rules import AskingRules
from rchat_tui.app.keeping import Keeping
from rchat_tui.app.messages import Answer
from rchat_tui.app.preferences import AREA, key_of
from rchat_tui.app.searching import Searching
from rchat_tui.client.display import safe_line, safe_text
from rchat_tui.client.errors import RchatError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.message import Message

    from rchat_protocol.models import HistoryReply
    from rchat_tui.app.items import Gap
    from rchat_tui.app.model import ChatModel
    from rchat_tui.app.ports import ChatPort
    from rchat_tui.app.preferences import Place, Preference

WRITING: Final = 100
"""Messages that wait for the disk; one more comes back to its writer."""

PAGE: Final = 100
"""Messages of history that are asked for at once."""

LISTED: Final = 5_000
"""Most channels whose names are completed."""

_LEARN_AGAIN: Final = 30.0
"""Seconds for which a list of all channels is new enough."""

_LAST_WORDS: Final = 5.0
"""Seconds that leaving waits for a disk that does not answer."""

_READ_PAUSE: Final = 0.3
"""Seconds between two read markers."""


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
                covers=(self.reply.first, self.reply.last) if self.reply.first else None,
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


@dataclass
class PreferencesKept(Answer):
    """What was chosen for conversations before."""

    texts: dict[str, str]

    def apply(self, model: ChatModel) -> None:
        """Take it up."""
        model.preferences.restore(self.texts)


@dataclass
class IgnoredKept(Answer):
    """Who was ignored before."""

    texts: dict[str, str]

    def apply(self, model: ChatModel) -> None:
        """Take it up."""
        model.company.ignored.restore(self.texts)
        if self.texts:
            model.company.ignored.review(model)


class Errands(AskingRules):
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
        super().__init__(client, post=post, spawn=spawn)
        self._pen = asyncio.Lock()
        self._writing = 0
        self._refused = 0
        self._written = asyncio.Event()
        self._changing: set[str] = set()
        self._loading: set[str] = set()
        self._to_read: dict[str, int] = {}
        self._reading = False
        self._learnt = -math.inf
        self.keeping = Keeping(client, post=post, spawn=spawn)
        """Keeps what is no message: drafts and the like."""
        self.searching = Searching(client, post=post, spawn=spawn)
        """Looks for what was said."""

    @property
    def writing(self) -> bool:
        """Whether something that was written is not on the disk yet."""
        return self._writing > 0 or self.keeping.writing

    # -- messages --------------------------------------------------------------------------

    def write(self, conversation: str, content: str, *, reply: int = 0) -> None:
        """Put a message into the outbox, behind those that were written before.

        Args:
            conversation: for which it is.
            content: what it says.
            reply: number of the message that it answers; 0: it answers none.
        """
        if self._writing >= WRITING:
            reason = "Not kept: the disk does not answer. Wait a moment."
            self._post(Returned(conversation, content, reason, reply))
            return
        self._writing += 1
        self._spawn(self._write(conversation, content, reply))

    async def _write(self, conversation: str, content: str, reply: int) -> None:
        try:
            async with self._pen:
                id_ = await self._client.post(conversation, content, reply=reply or None)
                self._post(Kept(id_))
        except RchatError as error:
            self._refused += 1
            self._post(Returned(conversation, content, str(error), reply))
        finally:
            self._writing -= 1
            self._written.set()

    async def written(self) -> bool:
        """Wait until the disk has what was written; return whether it has all of it."""
        refused = self._refused + self.keeping.refused
        try:
            async with asyncio.timeout(_LAST_WORDS):
                while self._writing:
                    self._written.clear()
                    await self._written.wait()
                await self.keeping.written()
        except TimeoutError:
            return False
        return self._refused + self.keeping.refused == refused

    def try_again(self, message_id: str) -> None:
        """Send again what is stuck."""
        self._change(message_id, lambda: self._client.retry(message_id))

    def take_back(self, conversation: str, message_id: str, *, reply: int = 0) -> None:
        """Take something out of the outbox, to be written anew in its conversation."""

        async def take_back() -> None:
            content = await self._client.withdraw(message_id)
            self._post(Returned(conversation, content, reply=reply))

        self._change(message_id, take_back)

    def throw_away(self, message_id: str) -> None:
        """Take something out of the outbox: it is not to be sent."""

        async def throw_away() -> None:
            self._post(ThrownAway(await self._client.withdraw(message_id)))

        self._change(message_id, throw_away)

    def _change(self, message_id: str, request: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Change something in the outbox, one change at a time: a key may be pressed twice."""

        async def change() -> None:
            try:
                await request()
            finally:
                self._changing.discard(message_id)

        if message_id not in self._changing:
            self._changing.add(message_id)
            self.ask(change())

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

    # -- preferences -----------------------------------------------------------------------

    def fetch_preferences(self) -> None:
        """Have the model know what was chosen for conversations before."""
        self.keeping.fetch(AREA, PreferencesKept)
        self.keeping.fetch(ignored.AREA, IgnoredKept)

    def keep_preference(self, place: Place, preference: Preference) -> None:
        """Let what was chosen for a conversation outlive the app."""
        self.keeping.keep(AREA, key_of(place), preference.text() or None)

    def keep_ignored(self, name: str, *, on: bool) -> None:
        """Let it outlive the app that somebody is ignored, or is no more."""
        self.keeping.keep(ignored.AREA, names.key(name), name if on else None)

    # -- read markers ----------------------------------------------------------------------

    def mark_read(self, conversation: str, seq: int) -> None:
        """Say that everything up to ``seq`` has been seen, soon."""
        self._to_read[conversation] = seq
        if not self._reading:
            self._reading = True
            self._spawn(self._mark_read())

    async def _mark_read(self) -> None:
        done: dict[str, int] = {}
        try:
            while left := self._to_read.items() - done.items():
                conversation, seq = min(left)
                done[conversation] = seq
                await self._client.mark_read(conversation, seq)
                await asyncio.sleep(_READ_PAUSE)
        except RchatError:
            pass  # The marker is a convenience: the next message that is seen moves it again.
        finally:
            self._to_read.clear()
            self._reading = False

    # -- commands --------------------------------------------------------------------------

    def leave(self, channel: str) -> None:
        """Leave a channel."""
        self.ask(self._client.leave(channel))

    def talk(self, name: str) -> None:
        """Open a private conversation."""

        async def talk() -> None:
            self._post(Opened(await self._client.open_conversation(name)))

        self.ask(talk(), refused=NotOpened)

    def learn_channels(self) -> None:
        """Ask for the names of all channels, to be completed; not with every key."""

        async def learn() -> None:
            with contextlib.suppress(RchatError):  # then those are completed that one is in
                channels = await self._client.list_channels()
                names = tuple(name for name in channels[:LISTED] if safe_line(name) == name)
                self._post(ChannelsListed(names))

        now = time.monotonic()
        if now - self._learnt >= _LEARN_AGAIN:
            self._learnt = now
            self._spawn(learn())

    def list_channels(self) -> None:
        """Tell which channels there are."""

        async def ask() -> None:
            channels = await self._client.list_channels()
            listed = "  ".join(f"#{name}" for name in channels)
            none = "There is no channel yet: /join general makes one."
            self._post(Told(f"Channels: {listed}" if channels else none))

        self.ask(ask())

    def tell_channels(self) -> None:
        """Have the app know which channels there are."""

        async def ask() -> None:
            self._post(ChannelsTold(await self._client.list_channels()))

        self.ask(ask())

    def list_users(self, channel: str) -> None:
        """Tell who is in a channel."""

        async def ask() -> None:
            users = await self._client.get_users(channel)
            listed = "  ".join(users)
            self._post(Told(f"In #{channel}: {listed}" if users else f"Nobody is in #{channel}."))

        self.ask(ask())
