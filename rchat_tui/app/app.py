"""The app: it hears what the client, the screen and the errands say, and owns no other knowledge.

Concurrency: workers run the client (`rchat_tui.app.line`) and the requests to it
(`rchat_tui.app.errands`). They never touch a widget nor the model: they post messages, whose
handlers change the model and show it, at most once a frame. Every worker belongs to the app, which
cancels and awaits it.
"""

from __future__ import annotations

import logging
import time
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final

from msgspec.structs import replace
from textual import events, on

from rchat_tui.app.base import BaseApp
from rchat_tui.app.commands import BY_ID, Scope
from rchat_tui.app.keymap import bindings
from rchat_tui.app.messages import Answer
from rchat_tui.app.signals import leave_when_told

if TYPE_CHECKING:
    from pathlib import PurePath

    from textual.binding import BindingType

    from rchat_tui.app import answers
    from rchat_tui.app import messages as m
    from rchat_tui.app.asking import LookedUp
    from rchat_tui.app.collector import Collector
    from rchat_tui.app.screens.connect import ConnectScreen
    from rchat_tui.app.screens.search import SearchScreen

_JUST_NOW: Final = 1.0
"""Seconds after a key within which what is written is written by hand."""

_log = logging.getLogger(__name__)


class ChatApp(BaseApp):
    """rchat in a terminal."""

    TITLE = "rchat"
    # The first screen is made before the app reads the sheets of screens.
    CSS_PATH: ClassVar[list[str | PurePath]] = ["app.tcss", "screens/chat.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.APP)]
    ENABLE_COMMAND_PALETTE = False  # the switcher shows the commands

    # -- beginning -------------------------------------------------------------------------

    @cached_property
    def _collector(self) -> Collector:
        from rchat_tui.app.collector import Collector

        return Collector(time.monotonic, lambda: self.herald.alone)

    def on_mount(self) -> None:
        """Paint first, then dial."""
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        # Whoever starts us may have put off collecting garbage until here: it costs a tenth of the
        # time to the first paint.
        self._collector.begin()
        leave_when_told(self.leaving.ask)
        if self._settings.notice:
            self.toast(self._settings.notice, seconds=10)
        self.call_up()
        self.learn_themes()

    # -- what the client says ----------------------------------------------------------------

    def on_events_arrived(self) -> None:
        """Fold what arrived into the model."""
        arrived = self._line.fold_into(self.model)
        self.holding.release()
        self.show_soon(arrived=arrived)

    def on_client_refused(self, message: answers.ClientRefused) -> None:
        """No client can be made: it takes a person."""
        from rchat_tui.client.events import Offline

        self.model.apply(Offline(message.reason, None))
        self.show_soon()

    def watch_app_focus(self, focus: bool) -> None:  # noqa: FBT001 - Textual's signature
        """What arrives while the terminal has not the focus is not seen."""
        if self._model is not None:
            self._model.attention = replace(self._model.attention, focused=focus)
            self.herald.focus(focused=focus)
            self.show_soon()

    def on_watched(self, message: m.Watched) -> None:
        """The newest message came into view, or went out of it."""
        self.model.attention = replace(self.model.attention, at_end=message.at_end)
        self.show_soon()

    async def on_event(self, event: events.Event) -> None:
        """Note that somebody is there."""
        if isinstance(event, events.InputEvent) and self._model is not None:
            self.herald.touch()
        await super().on_event(event)

    def on_unmount(self) -> None:
        """Give the terminal back as it was."""
        self._collector.end()
        if self._model is not None:
            self.herald.close()

    # -- what the user does ----------------------------------------------------------------

    def action_command(self, command: str) -> None:
        """Carry out a command of the table: what its keys are bound to."""
        self.run_command(BY_ID[command])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that act on a message are keys of their own only while one is selected."""
        if action != "command" or not parameters:
            return super().check_action(action, parameters)
        command = BY_ID[str(parameters[0])]
        if command.scope is not Scope.MESSAGE:
            return True
        model = self._model
        if model is None or self.screen is not self.chat:
            return False
        if model.acting.selecting or command.id != "let-go":
            return model.acting.selecting
        return model.intent is not None or (
            model.transcript is not None and model.transcript.selected is not None
        )

    def action_go_on_writing(self, character: str) -> None:
        """Leave the selected message: the key that was pressed is none for it."""
        if self._model is not None and self._model.acting.selecting:
            self.actions.go_on_writing(character)

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
        self.writing.sent()
        if self.written is not None:
            self.written.wrote(line)
        if not self.holding.takes(line):
            self.actions.carry_out(line)

    def on_conversation_chosen(self, message: m.ConversationChosen) -> None:
        """Show the conversation that was chosen, and go back to writing."""
        self.open_conversation(message.conversation)
        self.chat.composer.focus()

    def on_person_chosen(self, message: m.PersonChosen) -> None:
        """Open the private conversation."""
        self.run_command(BY_ID["query"], message.name)
        self.chat.composer.focus()

    def on_message_clicked(self, message: m.MessageClicked) -> None:
        """Select the message that was clicked."""
        self.actions.select(message.said)

    def on_hit_chosen(self, message: m.HitChosen) -> None:
        """Go to a message that was found."""
        if message.conversation not in self.model.state.conversations:
            self.toast("You are not in that conversation any more.", error=True)
            return
        self.open_conversation(message.conversation)
        self.show_now(early=True)  # its messages are there to be selected
        self.actions.go_to(message.seq)

    def on_reaction_chosen(self, message: m.ReactionChosen) -> None:
        """React with what was chosen."""
        self.actions.react(message.seq, message.emoji)

    def on_typed_elsewhere(self, message: m.TypedElsewhere) -> None:
        """Put what was typed where it belongs."""
        self.action_go_on_writing(message.character)
        self.chat.composer.focus()
        self.chat.composer.insert(message.character)

    def on_history_wanted(self, message: m.HistoryWanted) -> None:
        """Load what came into view."""
        active, errands = self.model.active, self.errands
        gap, from_end = message.gap, message.from_end
        if active is None or errands is None or not errands.load(active, gap, from_end=from_end):
            self.chat.messages.ask_again()

    def on_quotes_wanted(self, message: m.QuotesWanted) -> None:
        """Load what is answered, each message once."""
        active, transcript, errands = self.model.active, self.model.transcript, self.errands
        if active is None or transcript is None or errands is None:
            return
        seqs = tuple(seq for seq in message.seqs if transcript.quotes.wants(seq))
        if seqs:
            transcript.quotes.asked(seqs)
            errands.quote(active, seqs)

    def on_refresh_wanted(self, message: m.RefreshWanted) -> None:
        """Load again what may have changed."""
        active, transcript, errands = self.model.active, self.model.transcript, self.errands
        if active is None or transcript is None or errands is None or not self.model.online:
            return
        if transcript.stale.wants(message.seq):
            transcript.stale.asked(message.seq)
            errands.refresh(active, message.seq)

    # -- what is kept of what one writes -----------------------------------------------------

    def on_client_made(self, message: answers.ClientMade) -> None:
        """Read what was written before."""
        from rchat_tui.app.written import Written

        if (message.url, message.user) == (self._url, self._user) and self.errands is not None:
            self.written = Written(
                message.url,
                message.user,
                keeping=self.errands.keeping,
                composer=self.chat.composer,
            )

    def on_drafts_read(self, message: answers.DraftsRead) -> None:
        """Put the drafts where they belong."""
        if self.written is not None:
            self.written.drafts_read(message)
            self.follow_drafts()

    def on_history_read(self, message: answers.HistoryRead) -> None:
        """Let Up bring back the lines of before."""
        if self.written is not None:
            self.written.history_read(message)

    def on_text_area_changed(self) -> None:
        """Keep the draft, and let others see that there is one."""
        self.follow_drafts()
        by_hand = self.herald.idle < _JUST_NOW
        text = self.chat.composer.text
        self.writing.follow(self.model.conversation, text, by_hand=by_hand)

    def on_channels_wanted(self) -> None:
        """Ask which channels there are."""
        if self.errands is not None and self.model.online:
            self.errands.learn_channels()

    def on_channels_listed(self, message: answers.ChannelsListed) -> None:
        """Let them be completed."""
        self.chat.composer.know_all_channels(message.names)

    def on_leaving(self, message: m.Leaving) -> None:
        """Leave, once what was written is kept."""
        self.follow_drafts()
        self.leaving.take(message.code)

    # -- what became of errands ------------------------------------------------------------

    @on(Answer)
    def _on_answer(self, message: Answer) -> None:
        message.apply(self.model)
        self.seeking.loaded()
        self.show_soon()

    def on_looked_up(self, message: LookedUp) -> None:
        """Select a message that was looked up: it is in its place now."""
        if message.conversation == self.model.active:
            self.actions.arrived(message.seq)
        self.show_soon()

    def on_edit_refused(self, message: answers.EditRefused) -> None:
        """Say why, and go on with the edit, or give back what was to be said instead."""
        self.tell(message.reason, error=True)
        if not self.actions.edit_again(message.conversation, message.seq, message.content):
            self.chat.composer.give_back(self._place(message.conversation), message.content)

    def on_returned(self, message: answers.Returned) -> None:
        """Give back what was written."""
        self.chat.composer.give_back(self._place(message.conversation), message.content)
        if message.reply:
            self.actions.reply_again(message.conversation, message.reply)
        if message.reason:
            self.tell(message.reason, error=True)
        else:
            self.chat.composer.focus()

    def on_thrown_away(self, message: answers.ThrownAway) -> None:
        """Say so, and how it can be had back."""
        self.chat.composer.remember(message.content)
        self.toast("Thrown away. Up brings it back.")

    def on_opened(self, message: answers.Opened) -> None:
        """A private conversation is there: show it."""
        self.model.apply(message.state)
        self.open_conversation(message.state.conversation)
        self.holding.release()

    def on_not_opened(self, message: answers.NotOpened) -> None:
        """Say why, and give back what was meant for it."""
        self.model.give_up()
        self.tell(message.reason, error=True)
        self.holding.release()

    def on_password_wanted(self, message: answers.PasswordWanted) -> None:
        """Ask for it, and try again."""
        self.actions.enter(message.channel, message.reason)

    def on_channels_told(self, message: answers.ChannelsTold) -> None:
        """Let the switcher offer them, if it is still there."""
        from rchat_tui.app.screens.switcher import SwitcherScreen

        switcher = self.overlays.top(SwitcherScreen)
        if switcher is not None:
            switcher.offer(message.channels)

    def on_found(self, message: answers.Found) -> None:
        """Show what was found, if one looks for it still."""
        if (screen := self._search) is not None:
            screen.show_found(message)

    def on_not_found(self, message: answers.NotFound) -> None:
        """Say why it was not looked for."""
        if (screen := self._search) is not None:
            screen.show_problem(message)

    def on_near(self, message: answers.Near) -> None:
        """Show what was said around a message that was found."""
        if (screen := self._search) is not None:
            screen.show_near(message)

    @property
    def _search(self) -> SearchScreen | None:
        from rchat_tui.app.screens.search import SearchScreen

        return self.overlays.top(SearchScreen)

    def on_no_browser(self, message: answers.NoBrowser) -> None:
        """Show the link, and copy it."""
        self.outside.copy(message.url, f"{message.url}\nNo browser can be opened from here.")

    def on_copied(self, message: answers.Copied) -> None:
        """Say how it was copied; through the terminal, where there is no other way."""
        if not message.here:
            self.copy_through_terminal(message.text)
        if message.note is not None:
            how = "Copied." if message.here else "Copied through the terminal."
            lines = [how, message.note] if message.note else [how]
            self.toast("\n".join(lines), seconds=10 if message.note else 4)

    def on_written_outside(self, message: answers.WrittenOutside) -> None:
        """Put what was written in an editor where it belongs."""
        self.chat.composer.take_back(message.place, message.text)
        self.follow_drafts()

    def on_told(self, message: answers.Told) -> None:
        """Show a sentence."""
        self.tell(message.text, error=message.error)

    # -- the connect screen ----------------------------------------------------------------

    def on_connect_screen_dial(self, message: ConnectScreen.Dial) -> None:
        """Another address, or another name."""
        self.dial(message.url, message.user)

    def on_connect_screen_prove(self, message: ConnectScreen.Prove) -> None:
        """Somebody can show who he is."""
        if self.errands is not None:
            self.errands.log_in(self._user, message.given)

    def on_connect_screen_back(self) -> None:
        """Look at the chat."""
        self.front_door.leave(self.model)

    def on_connect_screen_retry(self) -> None:
        """Once more."""
        self.retry_now()

    def on_connect_screen_serve(self) -> None:
        """Start a server here."""
        self.front_door.serve()

    def on_server_started(self, message: answers.ServerStarted) -> None:
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
