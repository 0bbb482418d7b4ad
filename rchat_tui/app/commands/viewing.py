"""The screen and the app."""

from __future__ import annotations

from typing import Final

from rchat_tui.app.commands.command import Command, Kind, Scope

_GROUP: Final = "The screen"


VIEWING: Final[tuple[Command, ...]] = (
    Command(
        "help",
        "Help",
        "Show every key and command",
        slash=("help",),
        keys=("f1",),
        scope=Scope.APP,
        footer=1,
        group=_GROUP,
    ),
    Command(
        "palette",
        "Commands",
        "Find a command by a few of its letters",
        keys=("f2", "ctrl+p"),
        palette=False,
        footer=4,
        group=_GROUP,
    ),
    Command(
        "next-pane",
        "Next pane",
        "Move the focus between the panes",
        keys=("f6",),
        palette=False,
        group=_GROUP,
    ),
    Command(
        "previous-pane",
        "Previous pane",
        "Move the focus back",
        keys=("shift+f6",),
        palette=False,
        group=_GROUP,
    ),
    Command(
        "toggle-channels",
        "Channel list",
        "Show or hide the channel list",
        keys=("f7",),
        group=_GROUP,
    ),
    Command(
        "toggle-people",
        "People",
        "Show or hide who is here",
        keys=("f8",),
        group=_GROUP,
    ),
    Command(
        "theme",
        "Change theme",
        "Change the colours; alone, it goes from dark to light and back",
        slash=("theme",),
        usage="[NAME]",
        takes=(Kind.THEME,),
        group=_GROUP,
    ),
    Command(
        "set",
        "Settings",
        "Tell the settings; or change one, and keep it; - empties it",
        slash=("set",),
        usage="[NAME] [VALUE]",
        takes=(Kind.SETTING,),
        group=_GROUP,
    ),
    Command(
        "reconnect",
        "Reconnect",
        "Dial the server now instead of waiting",
        slash=("reconnect",),
        group=_GROUP,
    ),
    Command(
        "connection",
        "Connection",
        "Choose another server or another name, or start a server here",
        slash=("connection",),
        group=_GROUP,
    ),
    Command(
        "quit",
        "Quit",
        "Leave rchat",
        slash=("quit", "exit"),
        keys=("ctrl+q",),
        scope=Scope.APP,
        footer=5,
        group=_GROUP,
    ),
)
