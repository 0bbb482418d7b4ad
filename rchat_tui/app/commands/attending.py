"""What calls for you."""

from __future__ import annotations

from typing import Final

from rchat_tui.app.commands.command import Command, Kind

_GROUP: Final = "What calls for you"


ATTENDING: Final[tuple[Command, ...]] = (
    Command(
        "next-mention",
        "Next mention",
        "Go to the next message here that mentions you",
        keys=("alt+n",),
        group=_GROUP,
    ),
    Command(
        "previous-mention",
        "Previous mention",
        "Go to the one before; older messages are loaded for it",
        keys=("alt+p",),
        group=_GROUP,
    ),
    Command(
        "notify",
        "Notifications",
        "Choose what notifies you here: all, mentions or none",
        slash=("notify",),
        usage="[LEVEL]",
        takes=(Kind.CHOICE,),
        choices=("all", "mentions", "none"),
        group=_GROUP,
    ),
    Command(
        "mute",
        "Mute",
        "Mute this conversation, or hear of it again",
        slash=("mute",),
        group=_GROUP,
    ),
    Command(
        "unmute",
        "Unmute",
        "Hear of this conversation again",
        slash=("unmute",),
        palette=False,
        group=_GROUP,
    ),
    Command(
        "pin",
        "Pin",
        "Pin this conversation to the top of the list, or unpin it",
        slash=("pin",),
        group=_GROUP,
    ),
    Command(
        "unpin",
        "Unpin",
        "Unpin this conversation",
        slash=("unpin",),
        palette=False,
        group=_GROUP,
    ),
    Command(
        "close",
        "Close the conversation",
        "Close this private conversation until something is said in it",
        slash=("close",),
        group=_GROUP,
    ),
)
