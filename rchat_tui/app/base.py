"""The app's state: settings, client, model and screen, and how the model gets to the screen."""

from __future__ import annotations

import os
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from textual import events
from textual.actions import SkipAction

from rchat_tui.app.keymap import Keys, mend_terminal_keys
from rchat_tui.app.pace import Pace
from rchat_tui.app.pastes import mend_pastes
from rchat_tui.app.screens.chat import ChatScreen
from rchat_tui.app.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual.screen import Screen

    from rchat_tui.app.actions import Actions
    from rchat_tui.app.commands import Command
    from rchat_tui.app.errands import Errands
    from rchat_tui.app.front_door import FrontDoor
    from rchat_tui.app.herald import Herald
    from rchat_tui.app.holding import Holding
    from rchat_tui.app.leaving import Exit
    from rchat_tui.app.line import Line
    from rchat_tui.app.living import Living
    from rchat_tui.app.model import ChatModel
    from rchat_tui.app.outside import Outside
    from rchat_tui.app.overlays import Overlays
    from rchat_tui.app.ports import ClientFactory, ServerStarter
    from rchat_tui.app.seeking import Seeking
    from rchat_tui.app.settings import AppSettings
    from rchat_tui.app.writing import Writing
    from rchat_tui.app.written import Written
    from rchat_tui.options import Option


class BaseApp(Shell):
    """What `ChatApp` stands on: it is a `rchat_tui.app.stage.Stage`, and hears nothing yet."""

    def __init__(
        self,
        settings: AppSettings,
        client: ClientFactory,
        *,
        start_server: ServerStarter | None = None,
        copier: Callable[[str], bool] | None = None,
        now: Callable[[], float] = time.time,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """Make the app; nothing is dialled before the first paint.

        Args:
            settings: what was decided before.
            client: makes a client for a URL and a user name; it may raise `RchatError`.
            start_server: starts a server on this machine, for the connect screen to offer.
            copier: puts a text into this machine's clipboard, in a thread of its own; False where
                there is none. None: `rchat_tui.app.clipboard.copy_here`.
            now: seconds since 1970-01-01 UTC.
            environment: variables, which tell what the terminal understands.
        """
        mend_terminal_keys()
        mend_pastes()
        super().__init__(settings)
        self._client = client
        self._start_server = start_server
        self._now = now
        self._copier = copier
        self._environment = environment
        self._user, self._url = settings.user, settings.url
        self._hosting = settings.hosting
        self._used: dict[str, None] = {}
        """Commands that were used, the last one at the end."""
        self._pace = Pace(time.perf_counter)
        self.keymap = settings.keys or Keys()
        """Which keys do what."""
        self.keymap.rebind(self)
        self.chat = ChatScreen(self.keymap)
        """The screen at the bottom of the stack."""
        self._model: ChatModel | None = None
        self._dialled = False
        """Until then there is nothing to show but what is in the first paint."""
        self.written: Written | None = None
        """Keeps what is written, once there is a client."""

    def get_default_screen(self) -> Screen[Any]:
        """Begin with the chat, laid out for the terminal's size from the start."""
        self.chat.expect(self.size)
        return self.chat

    # -- the client ------------------------------------------------------------------------

    def dial(self, url: str, user: str) -> None:
        """Talk to another server, or under another name: everything begins anew."""
        self._url, self._user = url, user
        self.follow_drafts()
        self._model = self.written = None
        self.call_up()

    def call_up(self) -> None:
        """Dial the server that is meant."""
        self._dialled = True
        self._line.dial(self._url, self._user)
        self.show_soon()

    @property
    def model(self) -> ChatModel:
        """All that is known."""
        if self._model is None:
            # Here, like all that the first paint does not need: it is not imported before.
            from rchat_tui.app.keywords import Keywords
            from rchat_tui.app.model import ChatModel

            self._model = ChatModel(
                now=lambda: int(self._now() * 1000), keywords=Keywords.of(self._settings.keywords)
            )
        return self._model

    @cached_property
    def _line(self) -> Line:
        from rchat_tui.app.line import Line

        join, heard = self._settings.auto_join, self.herald.hear
        return Line(self, self._client, auto_join=join, tick=self.show_soon, heard=heard)

    @cached_property
    def herald(self) -> Herald:
        """Tells the terminal what one would miss."""
        from rchat_tui.app import terminal
        from rchat_tui.app.herald import Herald

        known = terminal.detect(self._environment, self._settings.notify)
        return Herald(known, write=self.write, call_later=self.set_timer, now=time.monotonic)

    @cached_property
    def actions(self) -> Actions:
        """What the user can do."""
        from rchat_tui.app.actions import Actions

        return Actions(self)

    @cached_property
    def outside(self) -> Outside:
        """The clipboard, and one's own editor."""
        from rchat_tui.app.outside import Outside

        return Outside(self, self._copier)

    @cached_property
    def writing(self) -> Writing:
        """Lets others see that one is writing."""
        from rchat_tui.app.writing import Writing

        return Writing(self._tell_writing, time.monotonic)

    def _tell_writing(self, conversation: str, on: bool) -> None:  # noqa: FBT001 - a callback
        server = getattr(self.model.state.connection, "server", None)
        knows = server is not None and "typing" in server.capabilities
        if knows and self.options["typing"] and self.errands is not None:
            self.errands.tell_writing(conversation, on=on)

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
    def seeking(self) -> Seeking:
        """Goes from one message that calls for you to the next."""
        from rchat_tui.app.seeking import Seeking

        return Seeking(self)

    @cached_property
    def front_door(self) -> FrontDoor:
        """When the connect screen comes and goes."""
        from rchat_tui.app.front_door import FrontDoor

        return FrontDoor(self, self._start_server)

    @property
    def errands(self) -> Errands | None:
        """Asks the server, once there is a client."""
        return self._line.errands

    @property
    def busy(self) -> bool:
        """Whether something that arrived, or is looked for, is not on the screen yet."""
        looking = self.errands is not None and self.errands.searching.answering
        return self._pace.waits or self._line.behind or looking

    def retry_now(self) -> None:
        """Dial without waiting any longer."""
        if self.errands is not None:
            self.errands.client.retry_now()
        else:
            self.dial(self._url, self._user)

    # -- showing the model -----------------------------------------------------------------

    def show_soon(self, *, arrived: int = 0) -> None:
        """Show the model, at most once a frame; ``arrived``: since so many events came."""
        wait = self._pace.ask(arrived)
        if wait:
            self.set_timer(wait, self.show_now)
        elif wait is not None:
            self.call_next(self.show_now)

    def show_before(self) -> None:
        """Show what is known from before, as long as nothing is known from now."""
        known = self._settings.glimpse()
        if known is not None and self._model is None:
            self.model.apply(known)
            # Only the chat, and at once: it is in the first paint, which waits for every import.
            self.chat.composer.turn_to(self._place(self.model.active))
            self.chat.show(self.model, wait=0, hosting=self._hosting)

    def show_now(self, *, early: bool = False) -> None:
        """Show the model, if that was asked for and not done meanwhile; ``early``: in any case."""
        if not self._pace.begin(early=early) or not self._dialled or not self.chat.is_mounted:
            return
        if self._exit:
            return  # the screens are being taken apart
        self.chat.composer.turn_to(self._place(self.model.active))
        self.chat.help_beginner(show=self.written is not None and self.written.is_first_start)
        wait = self._line.wait
        self.chat.show(self.model, wait=wait, hosting=self._hosting)
        self.front_door.show(self.model, url=self._url, user=self._user, wait=wait)
        self.herald.show(self.model)
        to_read = self.model.to_mark_read()
        if to_read is not None and self.errands is not None:
            self.errands.mark_read(*to_read)

    def follow_drafts(self) -> None:
        """Keep what was begun, here and elsewhere, as it is now."""
        if self._exit or self.written is None:
            return  # nothing can be written any more, or not yet
        if self.written.follow(self.model):
            self.show_soon()

    # -- a stage for the actions -------------------------------------------------------------

    def run_command(self, command: Command, argument: str = "") -> None:
        """Carry out a command."""
        self.seeking.stop()
        self._used.pop(command.id, None)
        self._used[command.id] = None
        self.actions.run(command, argument)

    @property
    def used(self) -> tuple[str, ...]:
        """Ids of the commands that were used, the last one first."""
        return tuple(reversed(self._used))

    def open_conversation(self, conversation: str) -> None:
        """Show another conversation."""
        self.model.open(conversation)
        self.chat.composer.turn_to(self._place(conversation))  # what is typed next is for it
        self.show_soon()

    def _place(self, conversation: str | None) -> tuple[str, ...] | None:
        place = self.model.place(conversation)
        return None if place is None else (self._url, self._user, *place)

    def to_newest(self) -> None:
        """Show the end of the open conversation."""
        self.chat.messages.to_newest()

    def put_back(self, line: str) -> None:
        """Put a line back to where one writes: it could not be said."""
        composer = self.chat.composer
        composer.put("\n".join(text for text in (line, composer.text) if text))

    def swap_line(self, line: str) -> str:
        """Put a line where one writes in the place of what is begun, and return that."""
        begun = self.chat.composer.text
        self.chat.composer.put(line)
        return begun

    @cached_property
    def living(self) -> Living:
        """The settings that change while we live."""
        from rchat_tui.app.living import Living

        return Living(self, self._settings, self._environment)

    @property
    def options(self) -> Mapping[str, Any]:
        """The settings, by name."""
        return self.living.values

    def set_option(self, option: Option, value: Any) -> None:
        """Change a setting, and keep it."""
        self.living.set(option, value)

    def how(self, command: str) -> str:
        """Return how a command is given: by which key, or slash command."""
        return self.keymap.how(command)

    def begin_writing(self, what: str) -> None:
        """Go to where one writes; the bar above it says what the next line does."""
        del what
        self.chat.composer.focus()
        self.show_soon()

    def ask_secrets(
        self, title: str, fields: tuple[str, ...], then: Callable[[tuple[str, ...]], object]
    ) -> None:
        """Ask for what nobody else is to see."""
        self.overlays.open_passwords(title, fields, then)

    def refresh_soon(self) -> None:
        """Show what the actions have changed in the model."""
        self.show_soon()

    def tell(self, text: str, *, error: bool = False) -> None:
        """Show a sentence in the open conversation.

        Over the screen where none is open, or a message is selected: that is to stay in view.
        """
        if not self.model.acting.selecting and self.model.note(text, error=error):
            self.chat.messages.to_newest()
            self.show_soon()
        else:
            self.toast(text, error=error, seconds=10)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy a text without a word, as Textual's own widgets do."""
        self.outside.copy(text, None)

    # -- other screens -----------------------------------------------------------------------

    @cached_property
    def overlays(self) -> Overlays:
        """The screens over the chat."""
        from rchat_tui.app.overlays import Overlays

        return Overlays(self, self._now)

    async def on_event(self, event: events.Event) -> None:
        """Keep keys for a screen that is about to be shown."""
        if isinstance(event, events.Key) and not event.is_forwarded and self._keeps(event):
            return
        await super().on_event(event)

    def _keeps(self, key: events.Key) -> bool:
        """Keep a key, where it comes over another screen: over the chat the composer does so."""
        if "overlays" not in vars(self) or self.screen is self.chat:
            return False
        return self.overlays.takes(key.key, key.character)

    def action_type_ahead(self, key: str, character: str | None) -> None:
        """Keep a key for the screen that is about to be shown, if there is one."""
        if not self.overlays.takes(key, character):
            raise SkipAction
