"""Lines that nobody else is to see: passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Then = Callable[[tuple[str, ...]], object]


class Secrets:
    """Asks for one thing after the other; of what is typed nothing is shown.

    Args:
        tell: Tells a sentence.
        hush: Lets the terminal show nothing of what is typed, or show it again.
    """

    def __init__(self, tell: Callable[[str], object], hush: Callable[[bool], object]) -> None:
        self._tell = tell
        self._hush = hush
        self._fields: list[str] = []
        self._given: list[str] = []
        self._then: Then | None = None

    @property
    def asking(self) -> bool:
        """Whether a line is awaited."""
        return self._then is not None

    def ask(self, title: str, fields: tuple[str, ...], then: Then) -> None:
        """Ask.

        Args:
            title: What it is about.
            fields: What each is called; the last of several may be left empty.
            then: Is called with what was given, unless that is given up.
        """
        self._fields, self._given, self._then = [*fields], [], then
        title += "" if title.endswith(("?", ".")) else "."
        hidden = True
        self._hush(hidden)  # first: whoever answers at once is not to be shown either
        self._tell(f"{title} Nothing of what you type is shown; an empty line gives up.")
        self._prompt()

    def takes(self, line: str) -> bool:
        """Take a line, where one is awaited; return whether it was."""
        then = self._then
        if then is None:
            return False
        last = len(self._given) + 1 == len(self._fields)
        if line or (last and self._given):
            self._given.append(line)
            if not last:
                self._prompt()
                return True
        hidden, self._then = False, None
        self._hush(hidden)
        given, self._given = tuple(self._given), []
        if len(given) == len(self._fields):
            then(given)
        else:
            self._tell("Given up.")
        return True

    def _prompt(self) -> None:
        field = self._fields[len(self._given)].rstrip(".")
        self._tell(f"{field}:")
