"""A pseudo-terminal with an app in it, and when what was typed is seen in it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from bench.client.frames import ANSWER, QUERY, Frame, Frames
from bench.machine import resident

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PATIENCE: Final = 60.0
"""Seconds after which what is waited for will not be seen any more."""

_READ: Final = 1 << 16
_KEPT: Final = 20
"""Frames that are told of where one does not come."""


class Window:
    """One terminal with one program. To be used in a ``with``, which ends the program."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        size: tuple[int, int] = (120, 40),
    ) -> None:
        self.controller, self._terminal = pty.openpty()
        self._set_size(*size)
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdin=self._terminal,
            stdout=self._terminal,
            stderr=self._terminal,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment},
            start_new_session=True,
        )
        self._frames = Frames()
        self._waiting: deque[Frame] = deque()
        self._seen: deque[Frame] = deque(maxlen=_KEPT)
        self._asked = False
        self._tail = b""
        self._watched = b""
        self._watched_seen: Frame | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.controller)
        os.close(self._terminal)

    # -- what a person does --------------------------------------------------------------------

    def type(self, keys: str) -> float:
        """Press keys; return when."""
        data = keys.encode()
        at = time.perf_counter()
        assert os.write(self.controller, data) == len(data), "the terminal's input is full"
        return at

    def resize(self, columns: int, lines: int) -> float:
        """Draw the window larger or smaller; return when."""
        at = time.perf_counter()
        self._set_size(columns, lines)
        # The program leads a session without a controlling terminal, which would send this.
        self.process.send_signal(signal.SIGWINCH)
        return at

    def _set_size(self, columns: int, lines: int) -> None:
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, size)

    # -- what a person sees --------------------------------------------------------------------

    def frame(self, patience: float = PATIENCE) -> Frame | None:
        """Return the next frame, or None where none comes in so many seconds.

        Raises:
            EOFError: The program has ended.
        """
        end = time.perf_counter() + patience
        while not self._waiting:
            left = end - time.perf_counter()
            if left <= 0:
                return None
            self._read(left)
        frame = self._waiting.popleft()
        self._seen.append(frame)
        if self._watched and self._watched in frame.data:
            self._watched, self._watched_seen = b"", frame
        return frame

    def until(self, shown: Callable[[Frame], bool], patience: float = PATIENCE) -> Frame:
        """Return the first frame that is as it should be.

        Raises:
            TimeoutError: None came.
        """
        end = time.perf_counter() + patience
        while (frame := self.frame(max(0.0, end - time.perf_counter()))) is not None:
            if shown(frame):
                return frame
        seen = "\n".join(repr(frame.text) for frame in self._seen)
        raise TimeoutError(f"not seen in {patience} s; the last frames were\n{seen}")

    def until_text(self, text: str, patience: float = PATIENCE) -> Frame:
        """Return the first frame that draws ``text``, in one style and on one row."""
        wanted = text.encode()
        return self.until(lambda frame: wanted in frame.data, patience)

    def watch(self, text: str) -> None:
        """Look out for ``text`` in every frame from now on, whatever else they are taken for."""
        self._watched, self._watched_seen = text.encode(), None

    @property
    def found(self) -> Frame | None:
        """The first frame that drew what is looked out for; it may be long ago."""
        return self._watched_seen

    def watched(self, patience: float = PATIENCE) -> Frame:
        """Wait for what is looked out for, and return the first frame that drew it."""
        if self.found is None:
            self.until(lambda _: self.found is not None, patience)
        assert self.found is not None
        return self.found

    def quiet(self, seconds: float = 0.5) -> None:
        """Take what is drawn until nothing has been for so long, a blinking cursor's row aside."""
        last = time.perf_counter()
        while (left := last + seconds - time.perf_counter()) > 0:
            frame = self.frame(left)
            if frame is not None and len(frame.rows) > 1:
                last = frame.at

    def _read(self, patience: float) -> None:
        if not select.select([self.controller], (), (), patience)[0]:
            return
        data = os.read(self.controller, _READ)
        at = time.perf_counter()
        if not data:
            raise EOFError("the program has ended")
        if not self._asked:
            self._tail += data
            if QUERY in self._tail:
                self._asked = True
                os.write(self.controller, ANSWER)
            self._tail = self._tail[1 - len(QUERY) :]
        self._waiting.extend(self._frames.feed(data, at))

    # -- what it costs -------------------------------------------------------------------------

    @property
    def memory(self) -> float:
        """What the program has resident, in MB."""
        return resident(self.process.pid) * 1024 / 1e6

    @property
    def processor_seconds(self) -> float:
        """What the program has used so far, all its threads, to the nanosecond."""
        total = 0
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            # A thread that has ended meanwhile has its time in no file any more.
            with contextlib.suppress(FileNotFoundError):
                total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9
