"""What calls for you."""

from __future__ import annotations

from typing import Final

from rchat_tui.app.commands.command import Command

_GROUP: Final = "What calls for you"


ATTENDING: Final[tuple[Command, ...]] = (
    Command(
        "next-mention",
        "Next mention",
        "Go to the next message here that mentions you, or has a keyword in it",
        keys=("alt+n",),
        group=_GROUP,
    ),
    Command(
        "previous-mention",
        "Previous mention",
        "Go to the message before that mentions you; older ones are loaded for it",
        keys=("alt+p",),
        group=_GROUP,
    ),
    Command(
        "notify",
        "Notifications",
        "Choose what of this conversation notifies you: all, mentions or none",
        slash=("notify",),
        usage="[LEVEL]",
        group=_GROUP,
    ),
    Command(
        "mute",
        "Mute",
        "Let this conversation call for you no more; again, and it does",
        slash=("mute",),
        group=_GROUP,
    ),
    Command(
        "unmute",
        "Unmute",
        "Let this conversation call for you again",
        slash=("unmute",),
        palette=False,
        group=_GROUP,
    ),
    Command(
        "pin",
        "Pin",
        "Let this conversation stand first in the list; again, and it does not",
        slash=("pin",),
        group=_GROUP,
    ),
    Command(
        "unpin",
        "Unpin",
        "Let this conversation stand in the list where it would",
        slash=("unpin",),
        palette=False,
        group=_GROUP,
    ),
)
