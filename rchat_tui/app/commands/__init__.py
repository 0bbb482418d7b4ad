"""Everything that can be done, in ONE table.

Slash commands, keys, footer, palette and help are made from it, and a test walks it, so that none
of them can drift away from the others.

Where an action is carried out: ``do_<id>`` of `rchat_tui.app.actions.Actions`, or, with the scope
`Scope.COMPOSER`, ``action_<id>`` of the composer. Dashes in the id are underscores there.

``/me waves`` goes over the wire as the text that it is, ``/me waves``, and every rchat draws it as
``✶ alice waves``; a client that knows nothing of it shows what was typed.
"""

from __future__ import annotations

from typing import Final

from rchat_tui.app.commands.account import ACCOUNT
from rchat_tui.app.commands.acting import ACTING
from rchat_tui.app.commands.attending import ATTENDING
from rchat_tui.app.commands.command import Command, Kind, Scope
from rchat_tui.app.commands.moderating import MODERATING
from rchat_tui.app.commands.moving import MOVING
from rchat_tui.app.commands.people import PEOPLE
from rchat_tui.app.commands.talking import TALKING
from rchat_tui.app.commands.viewing import VIEWING
from rchat_tui.app.commands.writing import WRITING

__all__ = ["BY_ID", "BY_SLASH", "COMMANDS", "Command", "Kind", "Scope"]

COMMANDS: Final[tuple[Command, ...]] = (
    *MOVING,
    *ATTENDING,
    *TALKING,
    *PEOPLE,
    *WRITING,
    *ACTING,
    *VIEWING,
    *ACCOUNT,
    *MODERATING,
)
"""Grouped, and in the order in which the help shows them."""

BY_ID: Final = {command.id: command for command in COMMANDS}

BY_SLASH: Final = {name: command for command in COMMANDS for name in command.slash}
