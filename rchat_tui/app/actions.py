"""What the commands of the table do: ``do_<id>`` carries out the command with that id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import names
from rchat_protocol.errors import ChatError
from rchat_tui.app import navigation, slash
from rchat_tui.app.holding import HeldLine
from rchat_tui.app.items import Delivery
from rchat_tui.app.settings import DARK_THEME, LIGHT_THEME
from rchat_tui.app.unsent import in_hand
from rchat_tui.client.display import safe_line

if TYPE_CHECKING:
    from rchat_tui.app.app import ChatApp
    from rchat_tui.app.commands import Command
    from rchat_tui.app.errands import Errands
    from rchat_tui.app.items import Said
    from rchat_tui.app.model import ChatModel


class Actions:
    """The commands, carried out on the app."""

    def __init__(self, app: ChatApp) -> None:
        self._app = app

    def run(self, command: Command, argument: str = "") -> None:
        """Carry out a command. Whatever is wrong with its argument is told to the user."""
        name = command.id
        if name.startswith("goto-"):
            self.do_goto(int(name.removeprefix("goto-")))
            return
        try:
            getattr(self, "do_" + name.replace("-", "_"))(argument)
        except ChatError as error:  # a name that cannot be one
            self._app.tell(error.message, error=True)

    @property
    def _model(self) -> ChatModel:
        return self._app.model

    def _online(self) -> Errands | None:
        """Return who asks the server, or say that there is none to ask."""
        errands = self._app.errands
        if errands is None or not self._model.online:
            self._app.tell("There is no connection to the server right now.", error=True)
            return None
        return errands

    # -- moving about ----------------------------------------------------------------------

    def do_switcher(self, _argument: str) -> None:
        """Open the switcher."""
        self._app.open_switcher("")

    def do_palette(self, _argument: str) -> None:
        """Open the switcher on its commands."""
        self._app.open_switcher(">")

    def do_goto(self, number: int) -> None:
        """Open conversation ``number`` of the list."""
        self._open(navigation.nth(self._model, number))

    def do_next_conversation(self, _argument: str) -> None:
        """Open the conversation below."""
        self._open(navigation.step(self._model, 1))

    def do_previous_conversation(self, _argument: str) -> None:
        """Open the conversation above."""
        self._open(navigation.step(self._model, -1))

    def do_last_conversation(self, _argument: str) -> None:
        """Open the conversation before this one."""
        self._open(self._model.previous())

    def do_next_unread(self, _argument: str) -> None:
        """Open the next conversation with unread messages."""
        found = navigation.next_unread(self._model)
        if found is None:
            self._app.toast("Nothing is unread elsewhere.")
        self._open(found)

    def do_first_unread(self, _argument: str) -> None:
        """Scroll to the unread line."""
        if not self._app.chat.messages.to_first_unread():
            self._app.toast("Nothing is unread here.")

    def do_page_up(self, _argument: str) -> None:
        """Scroll back."""
        self._app.chat.messages.move_pages(-1)

    def do_page_down(self, _argument: str) -> None:
        """Scroll on."""
        self._app.chat.messages.move_pages(1)

    def do_oldest(self, _argument: str) -> None:
        """Scroll to the oldest message."""
        self._app.chat.messages.to_oldest()

    def do_newest(self, _argument: str) -> None:
        """Scroll to the newest message."""
        self._app.chat.messages.to_newest()

    def _open(self, conversation: str | None) -> None:
        if conversation is not None:
            self._app.open_conversation(conversation)

    # -- channels and people ---------------------------------------------------------------

    def do_join(self, argument: str) -> None:
        """Join a channel and open it."""
        channel = _channel(argument)
        known = self._model.find("channel", channel)
        if known is not None:
            self._open(known.id)
        elif errands := self._online():
            self._model.want("channel", channel)
            self._app.holding.begin()
            errands.join(channel)

    def do_part(self, argument: str) -> None:
        """Leave a channel."""
        open_one = self._model.conversation
        if argument:
            channel = _channel(argument)
        elif open_one is not None and open_one.kind == "channel":
            channel = open_one.name
        else:
            self._app.tell("Which channel? /part CHANNEL leaves it.", error=True)
            return
        if errands := self._online():
            errands.leave(channel)

    def do_msg(self, argument: str) -> None:
        """Say something to somebody in private."""
        name, _, content = argument.partition(" ")
        if not content.strip():
            self._app.tell("What is the message? /msg NAME TEXT sends it.", error=True)
        else:
            self._talk(name, content.strip())

    def do_query(self, argument: str) -> None:
        """Open a private conversation."""
        self._talk(argument.split(maxsplit=1)[0], "")

    def do_names(self, argument: str) -> None:
        """Say who is in a channel."""
        conversation = self._model.conversation
        if argument:
            if errands := self._online():
                errands.list_users(_channel(argument))
        elif conversation is None:
            self._app.tell("In which channel? /names CHANNEL lists who is in it.", error=True)
        else:
            listed = "  ".join(safe_line(member) for member in conversation.members)
            self._app.tell(f"Here: {listed}")

    def do_list(self, _argument: str) -> None:
        """Say which channels there are."""
        if errands := self._online():
            errands.list_channels()

    def _talk(self, name: str, content: str) -> None:
        name = names.user_name(name.removeprefix("@"))
        known = self._model.find("private", name)
        if known is not None:
            self._open(known.id)
            if content:
                self.say(content)
        elif errands := self._online():
            self._model.want("private", name)
            self._app.holding.begin(
                HeldLine(f"/msg {name} {content}", content) if content else None
            )
            errands.talk(name)

    # -- writing ---------------------------------------------------------------------------

    def carry_out(self, text: str) -> None:
        """Say a line, or do what it asks for, now."""
        meaning = slash.parse(text)
        if isinstance(meaning, slash.Problem):
            self._app.tell(meaning.sentence, error=True)
        elif isinstance(meaning, slash.Run):
            self._app.run_command(meaning.command, meaning.argument)
        else:
            self.say(meaning.content)

    def say(self, content: str) -> None:
        """Put a message into the outbox, for the open conversation."""
        conversation, errands = self._model.conversation, self._app.errands
        if conversation is None or errands is None:
            self._app.chat.composer.put(slash.typed(content))
            self._app.toast("Join a channel first: /join general", error=True)
        elif conversation.id in self._model.state.lost:
            self._app.chat.composer.put(slash.typed(content))
            command = "join" if conversation.kind == "channel" else "query"
            anew = f"/{command} {safe_line(conversation.name)} begins anew."
            self._app.tell(f"You are not in it any more: {anew}", error=True)
        else:
            self._app.chat.messages.to_newest()
            errands.write(conversation.id, content)

    def do_me(self, argument: str) -> None:
        """Say what you do."""
        self.say(f"/me {argument}")

    def do_retry(self, _argument: str) -> None:
        """Send what is stuck again, or dial for what waits."""
        if (found := self._in_hand()) is None:
            return
        errands, said = found
        if said.delivery is not Delivery.WAITING:
            errands.try_again(said.id)
        elif self._model.online:
            self._app.toast("It leaves by itself, after those before it.")
        else:
            self._app.retry_now()

    def do_take_back(self, _argument: str) -> None:
        """Put what is not sent back to where one writes."""
        active = self._model.active
        if active is not None and (found := self._in_hand()) is not None:
            errands, said = found
            errands.take_back(active, said.id)

    def do_throw_away(self, _argument: str) -> None:
        """Do not send what is not sent."""
        if (found := self._in_hand()) is not None:
            errands, said = found
            errands.throw_away(said.id)

    def _in_hand(self) -> tuple[Errands, Said] | None:
        """Return what there is to decide about here, or say that there is nothing."""
        transcript, errands = self._model.transcript, self._app.errands
        said = in_hand(transcript)
        if said is not None and errands is not None:
            return errands, said
        on_its_way = transcript is not None and transcript.unsent()
        sent = "Everything that you wrote here is sent."
        self._app.toast("It is on its way: wait for the answer." if on_its_way else sent)
        return None

    def do_copy(self, _argument: str) -> None:
        """Copy the selection, else clear the line, else say how to quit."""
        composer = self._app.chat.composer
        selected = self._app.chat.get_selected_text() or composer.selected_text
        if selected:
            self._app.copy_to_clipboard(selected)
            self._app.chat.clear_selection()
            self._app.toast("Copied.")
        elif composer.text:
            composer.put("")
        else:
            self._app.toast("Ctrl+Q quits rchat.")

    # -- the screen ------------------------------------------------------------------------

    def do_help(self, _argument: str) -> None:
        """Show the help."""
        self._app.open_help()

    def do_next_pane(self, _argument: str) -> None:
        """Move the focus on."""
        self._app.chat.focus_pane(1)

    def do_previous_pane(self, _argument: str) -> None:
        """Move the focus back."""
        self._app.chat.focus_pane(-1)

    def do_toggle_channels(self, _argument: str) -> None:
        """Show or hide the channel list."""
        self._app.chat.toggle("channels")

    def do_toggle_people(self, _argument: str) -> None:
        """Show or hide the people pane."""
        self._app.chat.toggle("people")

    def do_theme(self, argument: str) -> None:
        """Change the colours."""
        if not argument:
            dark = self._app.current_theme.dark
            self._app.theme = LIGHT_THEME if dark else DARK_THEME
        elif argument in self._app.available_themes:
            self._app.theme = argument
        else:
            there = "  ".join(sorted(self._app.available_themes))
            self._app.tell(f"There is no theme {argument}. There are: {there}", error=True)

    def do_reconnect(self, _argument: str) -> None:
        """Dial now."""
        self._app.retry_now()

    def do_connection(self, _argument: str) -> None:
        """Show the connect screen."""
        self._app.open_connection()

    def do_quit(self, _argument: str) -> None:
        """Leave."""
        self._app.leaving.ask()


def _channel(text: str) -> str:
    return names.channel_name(text.strip().removeprefix("#"))
