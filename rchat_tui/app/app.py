"""The app: it puts model, client and screens together, and owns no other knowledge.

Concurrency: workers run the client (`rchat_tui.app.line`) and the requests to it
(`rchat_tui.app.errands`). They never touch a widget nor the model: they post messages, whose
handlers change the model and show it, at most once a frame. Every worker belongs to the app, which
cancels and awaits it.
"""

from __future__ import annotations

import gc
import logging
import time
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.app import App

from rchat_tui.app.commands import BY_ID, Scope
from rchat_tui.app.keymap import bindings, mend_terminal_keys
from rchat_tui.app.messages import Answer
from rchat_tui.app.screens.chat import ChatScreen
from rchat_tui.app.signals import leave_when_told
from rchat_tui.app.themes import THEMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import PurePath

    from textual.binding import BindingType
    from textual.screen import Screen

    from rchat_tui.app import messages as m
    from rchat_tui.app.actions import Actions
    from rchat_tui.app.commands import Command
    from rchat_tui.app.errands import Errands
    from rchat_tui.app.front_door import FrontDoor
    from rchat_tui.app.holding import Holding
    from rchat_tui.app.leaving import Exit
    from rchat_tui.app.line import Line
    from rchat_tui.app.model import ChatModel
    from rchat_tui.app.ports import ClientFactory, ServerStarter
    from rchat_tui.app.screens.connect import ConnectScreen
    from rchat_tui.app.settings import AppSettings

_log = logging.getLogger(__name__)

_FRAME: Final = 1 / 60
"""Seconds between two showings of the model."""


class ChatApp(App[None]):
    """rchat in a terminal."""

    TITLE = "rchat"
    # The first screen is made before the app reads the sheets of screens.
    CSS_PATH: ClassVar[list[str | PurePath]] = ["app.tcss", "screens/chat.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.APP)]
    ENABLE_COMMAND_PALETTE = False  # the switcher shows the commands

    def __init__(
        self,
        settings: AppSettings,
        client: ClientFactory,
        *,
        start_server: ServerStarter | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Make the app; nothing is dialled before the first paint.

        Args:
            settings: what was decided before.
            client: makes a client for a URL and a user name; it may raise `RchatError`.
            start_server: starts a server on this machine, for the connect screen to offer.
            now: seconds since 1970-01-01 UTC.
        """
        mend_terminal_keys()
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = settings.theme if settings.theme in self.available_themes else THEMES[0].name
        self._settings = settings
        self._client = client
        self._start_server = start_server
        self._now = now
        self._user, self._url = settings.user, settings.url
        self._hosting = settings.hosting
        self._shown_at = 0.0
        self._showing = False
        self.chat = ChatScreen()
        """The screen at the bottom of the stack."""
        self._model: ChatModel | None = None

    def get_default_screen(self) -> Screen[Any]:
        """Begin with the chat, laid out for the terminal's size from the start."""
        self.chat.expect(self.size)
        return self.chat

    def on_mount(self) -> None:
        """Paint first, then dial."""
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        # Whoever starts us may have put off collecting garbage until here: it costs a tenth of the
        # time to the first paint. What the imports made is there to stay.
        gc.freeze()
        gc.enable()
        leave_when_told(self.leaving.ask)
        if self._settings.notice:
            self.toast(self._settings.notice, seconds=10)
        self.dial(self._url, self._user)

    # -- the client ------------------------------------------------------------------------

    def dial(self, url: str, user: str) -> None:
        """Talk to another server, or under another name: everything begins anew."""
        self._url, self._user = url, user
        self._model = None
        self._line.dial(url, user)
        self.show_soon()

    @property
    def model(self) -> ChatModel:
        """All that is known."""
        if self._model is None:
            # Here, like all that the first paint does not need: it is not imported before.
            from rchat_tui.app.model import ChatModel

            self._model = ChatModel(now=lambda: int(self._now() * 1000))
        return self._model

    @cached_property
    def _line(self) -> Line:
        from rchat_tui.app.line import Line

        join = self._settings.auto_join
        return Line(self, self._client, auto_join=join, tick=self.show_soon)

    @cached_property
    def actions(self) -> Actions:
        """What the user can do."""
        from rchat_tui.app.actions import Actions

        return Actions(self)

    @cached_property
    def leaving(self) -> Exit:
        """The way out."""
        from rchat_tui.app.leaving import Exit

        return Exit(self)

    @cached_property
    def holding(self) -> Holding:
        """What is typed while a conversation is being opened."""
        from rchat_tui.app.holding import Holding

        return Holding(self)

    @cached_property
    def _front_door(self) -> FrontDoor:
        from rchat_tui.app.front_door import FrontDoor

        return FrontDoor(self, self._start_server)

    @property
    def errands(self) -> Errands | None:
        """Asks the server, once there is a client."""
        return self._line.errands

    @property
    def busy(self) -> bool:
        """Whether something that arrived is not on the screen yet."""
        return self._showing or self._line.behind

    def on_events_arrived(self) -> None:
        """Fold what arrived into the model."""
        self._line.fold_into(self.model)
        self.holding.release()
        self.show_soon()

    def on_client_refused(self, message: m.ClientRefused) -> None:
        """No client can be made: it takes a person."""
        from rchat_tui.client.events import Offline

        self.model.apply(Offline(message.reason, None))
        self.show_soon()

    def retry_now(self) -> None:
        """Dial without waiting any longer."""
        if self.errands is not None:
            self.errands.client.retry_now()
        else:
            self.dial(self._url, self._user)

    # -- showing the model -----------------------------------------------------------------

    def show_soon(self) -> None:
        """Show the model, at most once a frame."""
        if self._showing:
            return
        self._showing = True
        wait = self._shown_at + _FRAME - time.perf_counter()
        if wait > 0:
            self.set_timer(wait, self._show)
        else:
            self.call_next(self._show)

    def _show(self) -> None:
        self._showing = False
        self._shown_at = time.perf_counter()
        if not self.chat.is_mounted:
            return
        self.chat.composer.turn_to(self._place(self.model.active))
        wait = self._line.wait
        self.chat.show(self.model, wait=wait, hosting=self._hosting)
        self._front_door.show(self.model, url=self._url, user=self._user, wait=wait)
        to_read = self.model.to_mark_read()
        if to_read is not None and self.errands is not None:
            self.errands.mark_read(*to_read)

    def watch_app_focus(self, focus: bool) -> None:  # noqa: FBT001 - Textual's signature
        """What arrives while the terminal has not the focus is not seen."""
        if self._model is not None:
            self._model.attend(replace(self._model.attention, focused=focus))
            self.show_soon()

    def on_watched(self, message: m.Watched) -> None:
        """The newest message came into view, or went out of it."""
        self.model.attend(replace(self.model.attention, at_end=message.at_end))
        self.show_soon()

    # -- what the user does ----------------------------------------------------------------

    def action_command(self, command: str) -> None:
        """Carry out a command of the table: what its keys are bound to."""
        self.run_command(BY_ID[command])

    def run_command(self, command: Command, argument: str = "") -> None:
        """Carry out a command."""
        self.actions.run(command, argument)

    def on_command_chosen(self, message: m.CommandChosen) -> None:
        """Carry out a command, or begin to write it where it needs an argument."""
        command = BY_ID[message.command]
        if command.needs_argument and not message.argument:
            self.chat.composer.put(f"/{command.slash[0]} ")
            self.chat.composer.focus()
        else:
            self.run_command(command, message.argument)

    def action_submit(self, line: str) -> None:
        """Say a line, or do what it asks for; it may have to wait for what is being opened."""
        if not self.holding.takes(line):
            self.actions.carry_out(line)

    def open_conversation(self, conversation: str) -> None:
        """Show another conversation."""
        self.model.open(conversation)
        self.chat.composer.turn_to(self._place(conversation))  # what is typed next is for it
        self.show_soon()

    def _place(self, conversation: str | None) -> tuple[str, ...] | None:
        place = self.model.place(conversation)
        return None if place is None else (self._url, self._user, *place)

    def on_conversation_chosen(self, message: m.ConversationChosen) -> None:
        """Show the conversation that was chosen, and go back to writing."""
        self.open_conversation(message.conversation)
        self.chat.composer.focus()

    def on_person_chosen(self, message: m.PersonChosen) -> None:
        """Open the private conversation."""
        self.run_command(BY_ID["query"], message.name)
        self.chat.composer.focus()

    def on_typed_elsewhere(self, message: m.TypedElsewhere) -> None:
        """Put what was typed where it belongs."""
        self.chat.composer.focus()
        self.chat.composer.insert(message.character)

    def on_history_wanted(self, message: m.HistoryWanted) -> None:
        """Load what came into view."""
        active, errands = self.model.active, self.errands
        gap, from_end = message.gap, message.from_end
        if active is None or errands is None or not errands.load(active, gap, from_end=from_end):
            self.chat.messages.ask_again()

    def on_leaving(self, message: m.Leaving) -> None:
        """Leave, once what was written is kept."""
        self.leaving.take(message.code)

    # -- what became of errands ------------------------------------------------------------

    @on(Answer)
    def _on_answer(self, message: Answer) -> None:
        message.apply(self.model)
        self.show_soon()

    def on_returned(self, message: m.Returned) -> None:
        """Give back what was written."""
        self.chat.composer.give_back(self._place(message.conversation), message.content)
        if message.reason:
            self.tell(message.reason, error=True)
        else:
            self.chat.composer.focus()

    def on_thrown_away(self, message: m.ThrownAway) -> None:
        """Say so, and how it can be had back."""
        self.chat.composer.remember(message.content)
        self.toast("Thrown away. Up brings it back.")

    def on_opened(self, message: m.Opened) -> None:
        """A private conversation is there: show it."""
        self.model.apply(message.state)
        self.open_conversation(message.state.conversation)
        self.holding.release()

    def on_not_opened(self, message: m.NotOpened) -> None:
        """Say why, and give back what was meant for it."""
        self.model.give_up()
        self.tell(message.reason, error=True)
        self.holding.release()

    def on_told(self, message: m.Told) -> None:
        """Show a sentence."""
        self.tell(message.text, error=message.error)

    def tell(self, text: str, *, error: bool = False) -> None:
        """Show a sentence in the open conversation, or over the screen where none is open."""
        if self.model.note(text, error=error):
            self.chat.messages.to_newest()
            self.show_soon()
        else:
            self.toast(text, error=error, seconds=10)

    def toast(self, text: str, *, error: bool = False, seconds: float = 4) -> None:
        """Show a sentence over the screen for a while."""
        from rchat_tui.client.display import safe_text

        self.notify(
            safe_text(text),
            severity="error" if error else "information",
            timeout=seconds,
            markup=False,
        )

    # -- other screens: imported when they are first asked for ------------------------------

    def open_help(self) -> None:
        """Show the help."""
        from rchat_tui.app.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.call_later(self.push_screen, HelpScreen())

    def open_switcher(self, query: str) -> None:
        """Show the switcher, with something in it already."""
        from rchat_tui.app.screens.switcher import SwitcherScreen

        self.call_later(self.push_screen, SwitcherScreen(self.model, query))

    def open_connection(self) -> None:
        """Show the connect screen, whatever the line is like."""
        self._front_door.open(self.model)
        self.show_soon()

    def on_connect_screen_dial(self, message: ConnectScreen.Dial) -> None:
        """Another address, or another name."""
        self.dial(message.url, message.user)

    def on_connect_screen_back(self) -> None:
        """Look at the chat."""
        self._front_door.leave(self.model)

    def on_connect_screen_retry(self) -> None:
        """Once more."""
        self.retry_now()

    def on_connect_screen_serve(self) -> None:
        """Start a server here."""
        self._front_door.serve()

    def on_server_started(self, message: m.ServerStarted) -> None:
        """Be its first guest."""
        self._hosting = message.url
        self.dial(message.url, self._user)

    # -- when something is broken ----------------------------------------------------------

    def _fatal_error(self) -> None:
        # Textual would print a traceback with the values of all variables to the terminal.
        _log.error("rchat stops", exc_info=True)
        where = self._settings.log_file
        details = f" The details are in {where}." if where is not None else ""
        self.panic(f"rchat has met a fault of its own and has to stop.{details}")
