"""Everything that can be done, in ONE table.

Slash commands, keys, footer, palette and help are made from it, and a test walks it, so that none
of them can drift away from the others.

Where an action is carried out: ``do_<id>`` of `rchat_tui.app.actions.Actions`, or, with the scope
`Scope.COMPOSER`, ``action_<id>`` of the composer. Dashes in the id are underscores there.

``/me waves`` goes over the wire as the text that it is, ``/me waves``, and every rchat draws it as
``✶ alice waves``; a client that knows nothing of it shows what was typed.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator


class Scope(enum.Enum):
    """Where a command's keys work."""

    CHAT = enum.auto()
    """Anywhere on the chat screen."""
    COMPOSER = enum.auto()
    """While one writes."""
    APP = enum.auto()
    """On every screen."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be done."""

    id: str
    """Its name for the key map and for programs: it never changes."""
    label: str
    """A few words: footer, palette, help."""
    description: str
    """One sentence, without a full stop."""
    slash: tuple[str, ...] = ()
    """Its slash command and aliases, without the slash."""
    usage: str = ""
    """Its arguments, as the help shows them; those in brackets may be left out."""
    keys: tuple[str, ...] = ()
    """Default keys, in Textual's notation."""
    scope: Scope = Scope.CHAT
    palette: bool = True
    """Whether the palette offers it: not where it needs an argument that cannot be asked for."""
    footer: bool = False
    """Whether the footer shows its first key."""
    group: str = "More"
    """Heading in the help."""

    @property
    def needs_argument(self) -> bool:
        """Whether it means nothing without an argument."""
        return bool(self.usage) and not self.usage.startswith("[")


_MOVE: Final = "Moving about"
_WRITE: Final = "Writing"
_TALK: Final = "Channels and people"
_VIEW: Final = "The screen"


def _goto() -> Iterator[Command]:
    for number in range(1, 11):
        yield Command(
            f"goto-{number}",
            f"Conversation {number}",
            f"Go to conversation {number} of the list",
            keys=(f"alt+{number % 10}",),
            palette=False,
            group=_MOVE,
        )


COMMANDS: Final[tuple[Command, ...]] = (
    Command(
        "help",
        "Help",
        "Show every key and command",
        slash=("help",),
        keys=("f1",),
        footer=True,
        group=_VIEW,
    ),
    Command(
        "switcher",
        "Switch",
        "Find a channel, a person or a command by a few of its letters",
        keys=("ctrl+k",),
        palette=False,
        footer=True,
        group=_MOVE,
    ),
    Command(
        "next-unread",
        "Next unread",
        "Go to the next conversation with unread messages, those that mention you first",
        keys=("alt+a",),
        footer=True,
        group=_MOVE,
    ),
    Command(
        "previous-conversation",
        "Previous",
        "Go to the conversation above",
        keys=("alt+up",),
        group=_MOVE,
    ),
    Command(
        "next-conversation",
        "Next",
        "Go to the conversation below",
        keys=("alt+down",),
        group=_MOVE,
    ),
    *_goto(),
    Command(
        "last-conversation",
        "Last conversation",
        "Go back to the conversation before this one",
        keys=("alt+s",),
        group=_MOVE,
    ),
    Command(
        "first-unread",
        "First unread",
        "Scroll to the first unread message",
        keys=("alt+u",),
        group=_MOVE,
    ),
    Command("page-up", "Page up", "Scroll back", keys=("pageup",), palette=False, group=_MOVE),
    Command("page-down", "Page down", "Scroll on", keys=("pagedown",), palette=False, group=_MOVE),
    Command("oldest", "Oldest", "Scroll to the oldest message", keys=("alt+home",), group=_MOVE),
    Command("newest", "Newest", "Scroll to the newest message", keys=("alt+end",), group=_MOVE),
    Command(
        "join",
        "Join a channel",
        "Join a channel; it comes into being when there is none of that name",
        slash=("join", "j"),
        usage="CHANNEL",
        group=_TALK,
    ),
    Command(
        "part",
        "Leave",
        "Leave this channel, or the one named",
        slash=("part", "leave"),
        usage="[CHANNEL]",
        group=_TALK,
    ),
    Command(
        "msg",
        "Message somebody",
        "Write to somebody in private",
        slash=("msg",),
        usage="NAME TEXT",
        palette=False,
        group=_TALK,
    ),
    Command(
        "query",
        "Talk to somebody",
        "Open a private conversation",
        slash=("query", "q"),
        usage="NAME",
        group=_TALK,
    ),
    Command(
        "names",
        "Who is here",
        "List who is in this channel, or in the one named",
        slash=("names",),
        usage="[CHANNEL]",
        group=_TALK,
    ),
    Command(
        "list",
        "All channels",
        "List the channels of this server",
        slash=("list",),
        group=_TALK,
    ),
    Command(
        "send",
        "Send",
        "Send what is written",
        keys=("enter",),
        scope=Scope.COMPOSER,
        palette=False,
        group=_WRITE,
    ),
    Command(
        "new-line",
        "New line",
        "Begin a new line in the message",
        keys=("ctrl+j", "alt+enter", "shift+enter"),
        scope=Scope.COMPOSER,
        palette=False,
        group=_WRITE,
    ),
    Command(
        "complete",
        "Complete",
        "Complete the name, channel or command; again for the next one",
        keys=("tab",),
        scope=Scope.COMPOSER,
        palette=False,
        group=_WRITE,
    ),
    Command(
        "complete-back",
        "Complete back",
        "Back to the completion before",
        keys=("shift+tab",),
        scope=Scope.COMPOSER,
        palette=False,
        group=_WRITE,
    ),
    Command(
        "history-back",
        "Earlier",
        "On the first line: what you wrote before",
        keys=("up",),
        scope=Scope.COMPOSER,
        palette=False,
        group=_WRITE,
    ),
    Command(
        "history-forward",
        "Later",
        "On the last line: what you wrote after",
        keys=("down",),
        scope=Scope.COMPOSER,
        palette=False,
        group=_WRITE,
    ),
    Command(
        "me",
        "Act",
        "Say what you do: /me waves",
        slash=("me",),
        usage="TEXT",
        palette=False,
        group=_WRITE,
    ),
    Command(
        "retry",
        "Try again",
        "Send your newest message that could not be sent here again",
        slash=("retry",),
        keys=("alt+r",),
        group=_WRITE,
    ),
    Command(
        "take-back",
        "Edit",
        "Take back your newest message that is not sent, to change it",
        slash=("takeback",),
        keys=("alt+t",),
        group=_WRITE,
    ),
    Command(
        "throw-away",
        "Throw away",
        "Throw your newest message that is not sent away",
        slash=("throwaway",),
        keys=("alt+x",),
        group=_WRITE,
    ),
    Command(
        "copy",
        "Copy",
        "Copy the selection, else clear the line, else say how to quit",
        keys=("ctrl+c",),
        palette=False,
        group=_WRITE,
    ),
    Command(
        "palette",
        "Commands",
        "Find a command by a few of its letters",
        keys=("f2", "ctrl+p"),
        palette=False,
        footer=True,
        group=_VIEW,
    ),
    Command(
        "next-pane",
        "Next pane",
        "Move the focus between the panes",
        keys=("f6",),
        palette=False,
        group=_VIEW,
    ),
    Command(
        "previous-pane",
        "Previous pane",
        "Move the focus back",
        keys=("shift+f6",),
        palette=False,
        group=_VIEW,
    ),
    Command(
        "toggle-channels",
        "Channel list",
        "Show or hide the channel list",
        keys=("f7",),
        group=_VIEW,
    ),
    Command(
        "toggle-people",
        "People",
        "Show or hide who is here",
        keys=("f8",),
        group=_VIEW,
    ),
    Command(
        "theme",
        "Change theme",
        "Change the colours; alone, it goes from dark to light and back",
        slash=("theme",),
        usage="[NAME]",
        group=_VIEW,
    ),
    Command(
        "reconnect",
        "Reconnect",
        "Dial the server now instead of waiting",
        slash=("reconnect",),
        group=_VIEW,
    ),
    Command(
        "connection",
        "Connection",
        "Choose another server or another name, or start a server here",
        slash=("connection",),
        group=_VIEW,
    ),
    Command(
        "quit",
        "Quit",
        "Leave rchat",
        slash=("quit", "exit"),
        keys=("ctrl+q",),
        scope=Scope.APP,
        footer=True,
        group=_VIEW,
    ),
)

BY_ID: Final = {command.id: command for command in COMMANDS}

BY_SLASH: Final = {name: command for command in COMMANDS for name in command.slash}
