"""What the commands do by which people let each other know how it is."""

from __future__ import annotations

from rchat_tui.app.actions.doing import Doing


class Meeting(Doing):
    """What people let each other know."""

    def do_away(self, argument: str) -> None:
        """Be away, for a reason or for none."""
        if errands := self._online():
            errands.set_away(argument)

    def do_back(self, _argument: str) -> None:
        """Be back."""
        if self._model.state.away is None:
            self._stage.toast("You are not away.")
        elif errands := self._online():
            errands.set_away(None)
