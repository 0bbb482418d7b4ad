"""Who decides in a channel."""

from __future__ import annotations

from typing import Final

from rchat_tui.app.commands.command import Command, Kind

_GROUP: Final = "Moderation"


MODERATING: Final[tuple[Command, ...]] = (
    Command(
        "rules",
        "Who decides here",
        "Tell who may come into this channel, who decides, and who is banned or silenced",
        slash=("rules", "bans"),
        group=_GROUP,
    ),
    Command(
        "kick",
        "Put out",
        "Put somebody out of this channel, who may come back",
        slash=("kick",),
        usage="NAME [REASON]",
        takes=(Kind.PERSON,),
        group=_GROUP,
    ),
    Command(
        "ban",
        "Ban",
        "Put out, and let in no more, a person or all whose names are like spam*",
        slash=("ban",),
        usage="NAME|MASK [30m|12h|7d] [REASON]",
        takes=(Kind.PERSON,),
        group=_GROUP,
    ),
    Command(
        "ban-address",
        "Ban an address",
        "Let nobody in any more who comes from where that person does",
        slash=("banaddress",),
        usage="NAME [30m|12h|7d] [REASON]",
        takes=(Kind.PERSON,),
        group=_GROUP,
    ),
    Command(
        "unban",
        "Lift a ban",
        "Let in again whom a ban of /rules is about",
        slash=("unban",),
        usage="NAME|MASK",
        takes=(Kind.PERSON,),
        group=_GROUP,
    ),
    Command(
        "silence",
        "Silence",
        "Let somebody listen in this channel, and not speak",
        slash=("silence",),
        usage="NAME [30m|12h|7d] [REASON]",
        takes=(Kind.PERSON,),
        group=_GROUP,
    ),
    Command(
        "unsilence",
        "Let speak",
        "Let somebody speak again who was silenced",
        slash=("unsilence",),
        usage="NAME",
        takes=(Kind.PERSON,),
        group=_GROUP,
    ),
    Command(
        "slow",
        "Slow mode",
        "Let so many seconds pass from one message of a person to the next; 0 ends that",
        slash=("slow",),
        usage="SECONDS",
        takes=(Kind.CHOICE,),
        choices=("0", "5", "10", "30", "60", "300"),
        group=_GROUP,
    ),
    Command(
        "access",
        "Who may come in",
        "Let in everybody, those who are invited, or those who know a password",
        slash=("access",),
        usage="public|private|password",
        takes=(Kind.CHOICE,),
        choices=("public", "private", "password"),
        group=_GROUP,
    ),
    Command(
        "op",
        "Make an operator",
        "Let somebody moderate this channel",
        slash=("op",),
        usage="NAME",
        takes=(Kind.PERSON,),
        group=_GROUP,
    ),
    Command(
        "deop",
        "Make no operator",
        "Let somebody moderate this channel no more",
        slash=("deop",),
        usage="NAME",
        takes=(Kind.PERSON,),
        group=_GROUP,
    ),
    Command(
        "owner",
        "Give the channel away",
        "Let somebody own this channel; you stay an operator",
        slash=("owner",),
        usage="NAME",
        takes=(Kind.PERSON,),
        group=_GROUP,
    ),
    Command(
        "audit",
        "What was done",
        "Tell what operators did in this channel, the newest first",
        slash=("audit",),
        group=_GROUP,
    ),
)
