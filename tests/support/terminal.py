"""Real apps in real pseudo-terminals, and what is on their screens."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING, Self

import pyte
from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE = 20.0
"""Seconds after which a screen that does not show what it should is a failure."""


class Terminal:
    """One terminal with a program in it. Made by a `Desk`."""

    def __init__(
        self, command: list[str], columns: int, lines: int, environment: Mapping[str, str]
    ) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = bytearray()
        self.controller, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.process = subprocess.Popen(
            command,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment},
            start_new_session=True,
        )
        os.close(terminal)
        self.open = True

    @property
    def lines(self) -> list[str]:
        """What is on the screen now."""
        return [self._line(row).rstrip() for row in range(self._screen.lines)]

    def _line(self, row: int) -> str:
        # As pyte's own `display`, which fails where half of a wide character was drawn over.
        cells, texts, wide = self._screen.buffer[row], [], False
        for column in range(self._screen.columns):
            text = cells[column].data or " "
            if not wide:
                texts.append(text)
            wide = not wide and cell_len(text[0]) == 2
        return "".join(texts)

    @property
    def text(self) -> str:
        """What is on the screen now, in one piece."""
        return "\n".join(self.lines)

    def edge(self, row: int) -> int:
        """Return the column from which the row's ground is that of its last cell."""
        cells = self._screen.buffer[row]
        column = self._screen.columns - 1
        while column and cells[column - 1].bg == cells[self._screen.columns - 1].bg:
            column -= 1
        return column

    def type(self, keys: str) -> None:
        """Send keys, as the terminal encodes them."""
        os.write(self.controller, keys.encode())

    def take(self) -> None:
        """Take what the program has written."""
        try:
            data = os.read(self.controller, 65536)
        except OSError:  # Linux says EIO when the other end has closed
            data = b""
        if not data:
            self.open = False
            return
        self.raw += data
        self._stream.feed(data)

    def hang_up(self) -> None:
        """Close the terminal's window; what the program does then is its own affair."""
        self.open = False
        os.close(self.controller)
        self.controller = -1

    def close(self) -> None:
        """End the program, whatever it does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        with contextlib.suppress(OSError):
            os.close(self.controller)


class Desk:
    """Terminals side by side. All of them are read while one is waited for."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._terminals: list[Terminal] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for terminal in self._terminals:
            terminal.close()

    def run(self, *command: str, columns: int = 120, lines: int = 40) -> Terminal:
        """Open a terminal with a program in it."""
        terminal = Terminal(list(command), columns, lines, self._environment)
        self._terminals.append(terminal)
        return terminal

    def app(self, *options: str, columns: int = 120, lines: int = 40) -> Terminal:
        """Open a terminal with ``rchat-tui`` in it."""
        return self.run(sys.executable, "-m", "rchat_tui", *options, columns=columns, lines=lines)

    def wait_for(self, terminal: Terminal, *texts: str, gone: str | None = None) -> None:
        """Return when the terminal's screen shows all of ``texts``, and not ``gone``."""
        deadline = time.monotonic() + PATIENCE
        while not all(text in terminal.text for text in texts) or (gone and gone in terminal.text):
            if time.monotonic() > deadline or not terminal.open:
                raise AssertionError(f"no {texts} (or still {gone!r}) in:\n{terminal.text}")
            self.pump()

    def wait_for_quiet(self, terminal: Terminal) -> None:
        """Return when the frame that is being drawn is whole: nothing more comes for a while."""
        while select.select([terminal.controller], [], [], 0.2)[0]:
            terminal.take()

    def wait_exit(self, terminal: Terminal) -> int:
        """Return the program's exit code when it has ended."""
        deadline = time.monotonic() + PATIENCE
        while terminal.open:
            if time.monotonic() > deadline:
                raise AssertionError(f"still running:\n{terminal.text}")
            self.pump()
        return terminal.process.wait(PATIENCE)

    def pump(self) -> None:
        """Take what the programs have written, or let a moment pass."""
        by_controller = {each.controller: each for each in self._terminals if each.open}
        for ready in select.select(list(by_controller), [], [], 0.1)[0]:
            by_controller[ready].take()
