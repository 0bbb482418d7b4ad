"""Tells the terminal what one would miss while one looks elsewhere, and keeps its title.

`rchat_tui.app.alerts` decides, `rchat_tui.app.terminal` knows the sequences; here they are written,
between two frames, by the one timer that there is.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from rchat_tui.app import counting, terminal
from rchat_tui.app.alerts import Absence, Alerts, looks_elsewhere, worth
from rchat_tui.client.events import Live, MessagePosted, Online

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_tui.app.model import ChatModel
    from rchat_tui.app.terminal import Terminal
    from rchat_tui.client.events import ClientEvent
    from rchat_tui.client.state import ChatState

_NAME: Final = "rchat"

_ALONE: Final = 60.0
"""Seconds without a key after which nobody waits for anything."""


class Herald:
    """What the terminal is told of one app.

    Args:
        terminal: what is known of it.
        write: writes to it, between two frames.
        call_later: calls a function in some seconds.
        now: seconds, from any beginning.
    """

    def __init__(
        self,
        terminal: Terminal,
        *,
        write: Callable[[str], object],
        call_later: Callable[[float, Callable[[], None]], object],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._terminal = terminal
        self._write = write
        self._call_later = call_later
        self._now = now
        self._alerts = Alerts()
        self._absence = Absence()
        self._called = False
        """Whether a timer runs."""
        self._focused = True
        self._tells_focus = terminal.tells_focus
        self._touched = now()
        self._title: str | None = None

    def use(self, terminal: Terminal) -> None:
        """Tell it in another way from now on."""
        self._terminal = terminal

    # -- whether somebody looks ------------------------------------------------------------

    def focus(self, *, focused: bool) -> None:
        """The terminal got the focus, or lost it."""
        self._focused = focused
        if focused:
            self._alerts.clear()
        else:
            self._tells_focus = True  # Textual takes it to be there until it hears otherwise

    def touch(self) -> None:
        """A key was pressed, or the mouse was used: somebody is there."""
        self._touched = self._now()
        if not self._tells_focus:
            self._alerts.clear()

    @property
    def alone(self) -> bool:
        """Whether nobody has touched a key or the mouse for a minute."""
        return self._now() - self._touched > _ALONE

    @property
    def idle(self) -> float:
        """Seconds since a key or the mouse."""
        return self._now() - self._touched

    @property
    def _unseen(self) -> bool:
        tells = self._tells_focus
        return looks_elsewhere(focused=self._focused, tells_focus=tells, idle=self.idle)

    # -- what happens ----------------------------------------------------------------------

    def hear(self, event: ClientEvent, before: ChatState, model: ChatModel) -> None:
        """Take note of an event that the model has taken in; ``before``: what was known before."""
        if isinstance(event, MessagePosted):
            if not self._absence.catching_up and self._unseen:
                news = worth(event, before, model)
                if news is not None:
                    self._alerts.add(news)
        elif isinstance(event, Online):
            self._absence.began(model)
        elif isinstance(event, Live):
            for missed in self._absence.ended(model):
                if self._unseen:
                    self._alerts.add(missed)

    # -- what the terminal is told ---------------------------------------------------------

    def show(self, model: ChatModel) -> None:
        """Tell what is due, and show in the title how often you were called."""
        for id_ in self._alerts.waiting:
            conversation = model.state.conversations.get(id_)
            if (
                conversation is None
                or not conversation.unread
                or model.preferences.muted(conversation)
            ):
                self._alerts.forget(id_)
        self._tell()
        self._show_title(title(counting.total(model)))

    def close(self) -> None:
        """Give the window its title back."""
        if self._title is not None:
            self._title = None
            self._write(terminal.restore_title(self._terminal))

    def _tell(self) -> None:
        alert = self._alerts.take(self._now())
        if alert is not None:
            self._write(terminal.notification(self._terminal, *alert))
        wait = self._alerts.wait(self._now())
        if wait is not None and not self._called:
            self._called = True
            self._call_later(wait, self._due)

    def _due(self) -> None:
        self._called = False
        self._tell()

    def _show_title(self, text: str) -> None:
        if text == self._title or (self._title is None and text == _NAME):
            return
        if self._title is None:
            self._write(terminal.keep_title(self._terminal))
        self._title = text
        self._write(terminal.put_title(self._terminal, text))


def title(count: counting.Count) -> str:
    """Return the window's title: mentions that the server counts, and keywords apart."""
    if not (count.mentions or count.keywords):
        return _NAME
    mentions = f"{count.mentions:,}" if count.mentions else ""
    apart = f"+{count.keywords:,}" if count.keywords else ""
    return f"({mentions}{apart}) {_NAME}"
