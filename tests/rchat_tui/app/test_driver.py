"""What stands between Textual and the terminal, when the terminal is elsewhere or gone."""

from __future__ import annotations

import io
from typing import Any

from rchat_tui.app.anchors import UntilGone, anchoring


class Driver:
    """What Textual's driver does that matters here."""

    def __init__(self) -> None:
        self._file = io.StringIO()
        self.written: list[str] = []

    def write(self, data: str) -> None:
        """Write."""
        self.written.append(data)

    def suspend_application_mode(self) -> None:
        """Leave the screen: it says so to the terminal."""
        self.write("leaves")

    def resume_application_mode(self) -> None:
        """Come back to it."""
        self.write("comes back")


def _driver() -> Any:
    made: Any = anchoring(Driver)  # type: ignore[arg-type]
    return made()


def test_nothing_is_drawn_while_another_program_has_the_screen() -> None:
    """Otherwise the app draws over the editor, then hangs on a writer that has ended."""
    driver = _driver()
    driver.write("before")
    driver.suspend_application_mode()
    driver.write("meanwhile")
    driver.resume_application_mode()
    driver.write("after")
    assert driver.written == ["before", "leaves", "comes back", "after"]


def test_who_was_not_away_does_not_come_back() -> None:
    """Otherwise a SIGCONT makes a second reader, which takes every other key."""
    driver = _driver()
    driver.resume_application_mode()
    assert driver.written == []


def test_a_terminal_that_is_gone_takes_everything() -> None:
    """Otherwise a closed window leaves a process that hangs for ever."""

    class Gone(io.StringIO):
        def write(self, text: str, /) -> int:
            raise OSError(5, f"Input/output error: {text}")

        def flush(self) -> None:
            raise OSError(5, "Input/output error")

    file = UntilGone(Gone())
    assert file.write("frame") == 5
    file.flush()
    closed = io.StringIO()
    closed.close()
    UntilGone(closed).write("frame")
    there = io.StringIO()
    UntilGone(there).write("frame")
    assert there.getvalue() == "frame"
    assert UntilGone(there).writable(), "all else is the file's"
    assert isinstance(_driver()._file, UntilGone)
