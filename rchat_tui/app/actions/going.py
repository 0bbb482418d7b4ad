"""What the commands that go from one conversation to another do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_tui.app import navigation
from rchat_tui.app.actions.doing import Doing
from rchat_tui.app.saying import title

if TYPE_CHECKING:
    from rchat_tui.app.commands import Command


class Going(Doing):
    """From one conversation to another."""

    def run(self, command: Command, argument: str = "") -> None:
        """Carry out a command; ``goto-3`` goes to the third conversation of the list."""
        if command.id.startswith("goto-"):
            self._open(navigation.nth(self._model, int(command.id.removeprefix("goto-"))))
        else:
            super().run(command, argument)

    def do_next_conversation(self, _argument: str) -> None:
        """Open the conversation below."""
        self._open(navigation.step(self._model, 1))

    def do_previous_conversation(self, _argument: str) -> None:
        """Open the conversation above."""
        self._open(navigation.step(self._model, -1))

    def do_last_conversation(self, _argument: str) -> None:
        """Open the conversation before this one."""
        self._open(self._model.previous())

    def do_buffer(self, argument: str) -> None:
        """Open the conversation that is meant."""
        found = navigation.named(self._model, argument)
        if found is not None:
            self._open(found.id)
            return
        near = " or ".join(map(title, navigation.nearest(self._model, argument)))
        hint = f"Did you mean {near}?" if near else f"{self._stage.how('switcher')} finds one."
        self._stage.tell(f"You are in no conversation {argument}. {hint}", error=True)

    def do_next_unread(self, _argument: str) -> None:
        """Open the next conversation with unread messages."""
        found = navigation.next_unread(self._model)
        if found is None:
            self._stage.toast("Nothing is unread elsewhere.")
        self._open(found)
