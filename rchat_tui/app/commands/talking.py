"""Channels and people."""

from __future__ import annotations

from typing import Final

from rchat_tui.app.commands.command import Command, Kind

_GROUP: Final = "Channels and people"


TALKING: Final[tuple[Command, ...]] = (
    Command(
        "join",
        "Join a channel",
        "Join a channel; it comes into being when there is none of that name",
        slash=("join", "j"),
        usage="CHANNEL",
        takes=(Kind.CHANNEL,),
        group=_GROUP,
    ),
    Command(
        "part",
        "Leave",
        "Leave this channel, or the one named",
        slash=("part", "leave"),
        usage="[CHANNEL]",
        takes=(Kind.JOINED,),
        group=_GROUP,
    ),
    Command(
        "msg",
        "Message somebody",
        "Write to somebody in private",
        slash=("msg",),
        usage="NAME TEXT",
        takes=(Kind.PERSON,),
        palette=False,
        group=_GROUP,
    ),
    Command(
        "query",
        "Talk to somebody",
        "Open a private conversation",
        slash=("query", "q"),
        usage="NAME",
        takes=(Kind.PERSON,),
        group=_GROUP,
    ),
    Command(
        "names",
        "Who is here",
        "List who is in this channel, or in the one named",
        slash=("names",),
        usage="[CHANNEL]",
        takes=(Kind.CHANNEL,),
        group=_GROUP,
    ),
    Command(
        "list",
        "All channels",
        "List the channels of this server",
        slash=("list",),
        group=_GROUP,
    ),
)
