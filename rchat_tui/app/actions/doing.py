"""What every group of actions stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import names
from rchat_protocol.errors import ChatError

if TYPE_CHECKING:
    from rchat_tui.app.commands import Command
    from rchat_tui.app.errands import Errands
    from rchat_tui.app.model import ChatModel
    from rchat_tui.app.stage import Stage


class Doing:
    """Carries out commands on a stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def run(self, command: Command, argument: str = "") -> None:
        """Carry out a command. Whatever is wrong with its argument is told to the user."""
        try:
            getattr(self, "do_" + command.id.replace("-", "_"))(argument)
        except ChatError as error:  # a name that cannot be one
            self._stage.tell(error.message, error=True)

    @property
    def _model(self) -> ChatModel:
        return self._stage.model

    def _online(self) -> Errands | None:
        """Return who asks the server, or say that there is none to ask."""
        errands = self._stage.errands
        if errands is None or not self._model.online:
            self._stage.tell("There is no connection to the server right now.", error=True)
            return None
        return errands

    def _open(self, conversation: str | None) -> None:
        if conversation is not None:
            self._stage.open_conversation(conversation)


def channel_of(text: str) -> str:
    """Return the channel's name that was typed, with or without its sigil.

    Raises:
        ChatError: It is none.
    """
    return names.channel_name(text.strip().removeprefix("#"))
