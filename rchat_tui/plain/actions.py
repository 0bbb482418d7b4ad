"""What the slash commands do where there is no screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_tui.app.actions.accounting import Accounting
from rchat_tui.app.actions.acting import Acting
from rchat_tui.app.actions.attending import Attending
from rchat_tui.app.actions.choosing import Choosing
from rchat_tui.app.actions.going import Going
from rchat_tui.app.actions.meeting import Meeting
from rchat_tui.app.actions.moderating import Moderating
from rchat_tui.app.actions.sending import Sending
from rchat_tui.app.commands import COMMANDS

if TYPE_CHECKING:
    from rchat_tui.plain.chat import PlainChat

_NOTES: Final = (
    "A line is a message to the open conversation, unless it begins with a slash.",
    "A line that ends in a backslash goes on in the next one.",
    "The end of input (Ctrl+D on a line of its own) leaves, too.",
)


class PlainActions(Going, Attending, Meeting, Acting, Choosing, Sending, Accounting, Moderating):
    """The commands of the table that mean something without a screen."""

    def __init__(self, chat: PlainChat) -> None:
        super().__init__(chat)
        self._chat = chat

    def do_help(self, _argument: str) -> None:
        """Tell every slash command."""
        for heading in dict.fromkeys(command.group for command in COMMANDS):
            listed = [command for command in COMMANDS if command.group == heading and command.slash]
            if listed:
                self._chat.write(f"-- {heading}")
            for command in listed:
                typed = " ".join(f"/{name}" for name in command.slash)
                self._chat.write(f"{typed} {command.usage}".rstrip() + f": {command.description}")
        self._chat.write("-- Good to know")
        for note in _NOTES:
            self._chat.write(note)

    def do_search(self, argument: str) -> None:
        """Read out what was said somewhere; without words, what was found before that."""
        self._chat.finder.find(argument)

    def do_page_up(self, _argument: str) -> None:
        """Read out what was said before."""
        self._chat.reader.older()

    def do_newest(self, _argument: str) -> None:
        """Read out the newest messages."""
        self._chat.reader.newest()

    def do_clear(self, _argument: str) -> None:
        """There is nothing to clear."""
        self._stage.tell("Lines that were written stay in plain mode.")

    def do_theme(self, _argument: str) -> None:
        """There is nothing to colour."""
        self._stage.tell("There are no colours in plain mode.")

    def do_reconnect(self, _argument: str) -> None:
        """Dial now."""
        self._stage.retry_now()

    def do_connection(self, _argument: str) -> None:
        """Tell where one is."""
        self._chat.tell_connection()

    def do_quit(self, _argument: str) -> None:
        """Leave."""
        self._chat.leave(0)
