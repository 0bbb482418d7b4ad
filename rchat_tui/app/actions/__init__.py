"""What the commands of the table do: ``do_<id>`` carries out the command with that id.

What a group of actions asks of its surroundings is `rchat_tui.app.stage.Stage`; only `Viewing`
and `Selecting` know the screen. So whoever has no screen can carry out all the others.
"""

from __future__ import annotations

from rchat_tui.app.actions.accounting import Accounting
from rchat_tui.app.actions.attending import Attending
from rchat_tui.app.actions.choosing import Choosing
from rchat_tui.app.actions.going import Going
from rchat_tui.app.actions.meeting import Meeting
from rchat_tui.app.actions.moderating import Moderating
from rchat_tui.app.actions.selecting import Selecting
from rchat_tui.app.actions.sending import Sending

__all__ = ["Actions"]


class Actions(Selecting, Going, Attending, Meeting, Choosing, Sending, Accounting, Moderating):
    """The commands, carried out on the app."""
