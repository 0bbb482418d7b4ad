"""What is typed while a conversation is being opened is meant for it, and waits for it.

Opening takes an answer of the server. A line that was typed meanwhile must not go to the
conversation that is still on the screen: a private word would be said to everybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from rchat_tui.app.model import Opened
    from rchat_tui.app.stage import Stage

_MOST: Final = 100
"""Lines that wait; another is carried out where one is."""


class HeldLine(Struct, frozen=True):
    """A line that waits."""

    typed: str
    """As it was typed, to be given back."""
    content: str | None = None
    """What to say, where that is known: then it is not parsed again."""


class Holding:
    """The lines that wait for the conversation that the model wants to open."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._target: Opened | None = None
        self._lines: list[HeldLine] = []

    def begin(self, first: HeldLine | None = None) -> None:
        """From now on hold what is typed."""
        self._target = self._stage.model.wanted
        if first is not None:
            self._lines.append(first)

    def takes(self, typed: str) -> bool:
        """Return whether the line has to wait, and keep it then."""
        if self._target is None and self._stage.model.wanted is not None:
            self.begin()
        if self._target is None or len(self._lines) >= _MOST:
            return False
        self._lines.append(HeldLine(typed))
        return True

    def release(self) -> None:
        """Carry out what waits, if the conversation is open; give it back, if it will not be."""
        model = self._stage.model
        if self._target is None or model.wanted is not None:
            return
        arrived = model.opened == self._target
        self._target = None
        lines, self._lines = self._lines, []
        if arrived:
            for line in lines:
                self._carry_out(line)
        elif lines:
            self._stage.put_back("\n".join(line.typed for line in lines))

    def _carry_out(self, line: HeldLine) -> None:
        if line.content is not None:
            self._stage.actions.say(line.content)
        elif not self.takes(line.typed):  # one of them may open another
            self._stage.actions.carry_out(line.typed)
