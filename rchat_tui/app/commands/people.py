"""What people let each other know."""

from __future__ import annotations

from typing import Final

from rchat_tui.app.commands.command import Command, Kind

_GROUP: Final = "Channels and people"


PEOPLE: Final[tuple[Command, ...]] = (
    Command(
        "whois",
        "Who is that",
        "Tell of somebody: away or silent since when, and which channels you share",
        slash=("whois",),
        usage="NAME",
        takes=(Kind.PERSON,),
        group=_GROUP,
    ),
    Command(
        "nick",
        "Take another name",
        "Leave, and come back under another name, until you quit",
        slash=("nick",),
        usage="NEW-NAME",
        group=_GROUP,
    ),
    Command(
        "invite",
        "Invite",
        "Invite somebody into this channel, or into the one named",
        slash=("invite",),
        usage="NAME [CHANNEL]",
        takes=(Kind.PERSON, Kind.JOINED),
        group=_GROUP,
    ),
    Command(
        "accept",
        "Accept",
        "Join the channel that you were invited to last",
        slash=("accept",),
        keys=("alt+j",),
        group=_GROUP,
    ),
    Command(
        "ignore",
        "Ignore",
        "Hide what somebody says, or hear it again; alone, it lists whom you ignore",
        slash=("ignore",),
        usage="[NAME]",
        takes=(Kind.PERSON,),
        group=_GROUP,
    ),
    Command(
        "away",
        "Away",
        "Let others see that you are away, and why",
        slash=("away",),
        usage="[TEXT]",
        group=_GROUP,
    ),
    Command(
        "back",
        "Back",
        "Let others see that you are back",
        slash=("back",),
        group=_GROUP,
    ),
)
