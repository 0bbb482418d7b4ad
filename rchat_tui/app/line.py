"""The app's line to the server: one client at a time, its events, and the wait for the next try.

Concurrency: the worker ``client`` runs the client and puts its events into the inbox, which is
bounded, so that it waits when the app is behind, and the client then asks the server for no more.
The app takes them out for at most `_SLICE` seconds at a time, and goes on in the event loop's next
round, so that keys get their turn.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

from rchat_tui.app.answers import ClientMade, ClientRefused, Told
from rchat_tui.app.inbox import Inbox
from rchat_tui.app.messages import EventsArrived
from rchat_tui.client.errors import RchatError
from rchat_tui.client.events import Invited, NotKept, Offline, Online, Parted

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.app import App
    from textual.timer import Timer
    from textual.worker import Worker

    from rchat_tui.app.errands import Errands
    from rchat_tui.app.model import ChatModel
    from rchat_tui.app.ports import ClientFactory
    from rchat_tui.client.events import ClientEvent
    from rchat_tui.client.state import ChatState

_SLICE: Final = 0.002
"""Seconds of folding events before keys get their turn."""


class Line:
    """Runs a client in a worker of the app."""

    def __init__(
        self,
        app: App[None],
        client: ClientFactory,
        *,
        auto_join: tuple[str, ...],
        tick: Callable[[], object],
        heard: Callable[[ClientEvent, ChatState, ChatModel], object],
    ) -> None:
        """Make a line that is not dialled yet.

        Args:
            app: whose workers are used, and who gets the messages.
            client: makes a client for a URL and a user name; it may raise `RchatError`.
            auto_join: channels to join with a new identity.
            tick: called each second while the next try is waited for.
            heard: told of each event that the model has taken in, with what was known before it.
        """
        self._app = app
        self._make_client = client
        self._auto_join = auto_join
        self._tick = tick
        self._heard = heard
        self._inbox = Inbox(self._wake)
        self._worker: Worker[None] | None = None
        self._countdown: Timer | None = None
        self._retry_at = 0.0
        self.errands: Errands | None = None
        """Asks the server, once there is a client."""

    @property
    def behind(self) -> bool:
        """Whether events wait to be folded."""
        return bool(len(self._inbox))

    @property
    def wait(self) -> float:
        """Seconds until the next try; 0 when none is waited for."""
        return max(0.0, self._retry_at - time.monotonic()) if self._retry_at else 0.0

    def dial(self, url: str, user: str) -> None:
        """Hang up, and talk to this server under this name."""
        if self._worker is not None:
            self._worker.cancel()
        self._stop_countdown()
        self._inbox = inbox = Inbox(self._wake)
        self.errands = None
        self._worker = self._app.run_worker(
            self._run_client(url, user, inbox), name="client", group="client"
        )

    def fold_into(self, model: ChatModel) -> int:
        """Take what arrived, and return how much; the rest comes with another `EventsArrived`."""
        until = time.perf_counter() + _SLICE
        taken = 0
        for event in self._inbox.take():
            before = model.state
            model.apply(event)
            self._heard(event, before, model)
            self._follow(event, model)
            taken += 1
            if time.perf_counter() > until:
                break
        if len(self._inbox):
            # Not at once: Textual goes from one message of its queue to the next without a word to
            # the event loop, and what was typed would wait until the inbox is empty.
            asyncio.get_running_loop().call_soon(self._wake)
        return taken

    async def _run_client(self, url: str, user: str, inbox: Inbox) -> None:
        from rchat_tui.app.errands import Errands  # after the first paint

        try:
            client = self._make_client(url, user)
        except RchatError as error:
            self._app.post_message(ClientRefused(str(error)))
            return
        errands = Errands(client, post=self._app.post_message, spawn=self._spawn)
        self.errands = errands
        self._app.post_message(ClientMade(url, user))
        try:
            self.errands.fetch_preferences()
            client.start()
            async for event in client.events():
                await inbox.put(event)
        finally:
            try:
                await errands.keeping.finish()
            finally:
                await client.aclose()

    def _follow(self, event: ClientEvent, model: ChatModel) -> None:
        if isinstance(event, Online):
            self._stop_countdown()
            if event.fresh and self.errands is not None and not model.state.conversations:
                for channel in self._auto_join:
                    self.errands.join(channel)
        elif isinstance(event, Offline):
            self._stop_countdown()
            if event.retry_in is not None:
                self._retry_at = time.monotonic() + event.retry_in
                self._countdown = self._app.set_interval(1, self._tick)
        elif isinstance(event, Invited):
            told = model.company.invited(event)
            if told is not None:
                self._app.post_message(Told(told))
        elif isinstance(event, Parted) and event.by:
            from rchat_tui.app import standing  # seldom

            text = standing.put_out(event, f"#{event.name}")
            self._app.post_message(Told(text, error=True))
        elif isinstance(event, NotKept):
            self._app.post_message(Told(event.reason, error=True))

    def _stop_countdown(self) -> None:
        self._retry_at = 0.0
        if self._countdown is not None:
            self._countdown.stop()
            self._countdown = None

    def _spawn(self, errand: Coroutine[Any, Any, None]) -> None:
        self._app.run_worker(errand, group="errands")

    def _wake(self) -> None:
        self._app.post_message(EventsArrived())
