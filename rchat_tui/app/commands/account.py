"""One's account."""

from __future__ import annotations

from typing import Final

from rchat_tui.app.commands.command import Command, Kind

_GROUP: Final = "Your account"


ACCOUNT: Final[tuple[Command, ...]] = (
    Command(
        "register",
        "Make an account",
        "Make your name yours for good, with a password; it is asked for",
        slash=("register",),
        group=_GROUP,
    ),
    Command(
        "password",
        "Change the password",
        "Change the password of your account, and log out everywhere else",
        slash=("password",),
        group=_GROUP,
    ),
    Command(
        "logins",
        "Where you are logged in",
        "List the machines that are logged in to your account",
        slash=("logins", "tokens"),
        group=_GROUP,
    ),
    Command(
        "logout",
        "Log out elsewhere",
        "Log one of the machines out that /logins lists, or all but this one",
        slash=("logout", "revoke"),
        usage="NUMBER|others",
        takes=(Kind.CHOICE,),
        choices=("others",),
        group=_GROUP,
    ),
)
