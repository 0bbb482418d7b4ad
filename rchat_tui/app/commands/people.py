"""What people let each other know."""

from __future__ import annotations

from typing import Final

from rchat_tui.app.commands.command import Command

_GROUP: Final = "Channels and people"


PEOPLE: Final[tuple[Command, ...]] = (
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
