"""From the start of a process to its first painted screen, beside Textual's hello-world.

Both run in a pseudo-terminal of 120x40, in turns, so that what else the machine does hits both.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.contenders import IN_MEMORY, OURS
from bench.table import Result, Unit
from support.processes import server_process

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.options import Options

HELLO = """
from textual.app import App
from textual.widgets import Static

class Hello(App):
    def compose(self):
        yield Static("hello-world-painted")

Hello().run()
"""

PATIENCE = 30.0
"""Seconds after which nothing will be painted any more."""


def first_paint(command: Sequence[str], text: bytes, environment: Mapping[str, str]) -> float:
    """Return the seconds from the start of ``command`` until its terminal shows ``text``."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm-256color", **environment},
        start_new_session=True,
    )
    os.close(terminal)
    seen = b""
    try:
        while text not in seen:
            if time.perf_counter() - started > PATIENCE:
                raise TimeoutError(f"{command}: no {text!r} in {seen[-2000:]!r}")
            if select.select([controller], [], [], 0.1)[0]:
                seen += os.read(controller, 65536)
        return time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(controller)


def measure(options: Options) -> Iterator[Result]:
    """Measure both in turns."""
    hello: list[float] = []
    rchat: list[float] = []
    with tempfile.TemporaryDirectory() as folder, server_process(0, "--data", IN_MEMORY) as server:
        script = Path(folder) / "hello.py"
        script.write_text(HELLO)
        command = str(Path(sys.executable).with_name("rchat-tui"))
        app = [command, "--user", "bench", "--server", server.url]
        home = {"HOME": folder}
        for _ in range(options.runs + 1):
            hello.append(first_paint([sys.executable, str(script)], b"hello-world-painted", {}))
            rchat.append(first_paint(app, b"rchat", home))
    del hello[0], rchat[0]  # the first of each compiled the modules
    for called, values in (("Textual's hello-world", hello), ("rchat-tui", rchat)):
        told = tuple(value * 1000 for value in values)
        yield Result(f"first paint of {called}", OURS, Unit.MILLISECONDS, told)
    ratios = tuple(ours / theirs for ours, theirs in zip(rchat, hello, strict=True))
    yield Result("first paint, over hello-world's", OURS, Unit.TIMES, ratios, aim="1.5")
