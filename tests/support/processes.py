"""Real server processes."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class ServerProcess:
    """``rchat-server`` on a port of its own, or on the one it had before.

    It keeps nothing, unless its options say where.

    Args:
        port: Where it listens; 0 takes a free one.
        options: Of the command line.
        command: What is run with them.
        errors: The file that is to be its standard error; a pipe by default, which holds little.
    """

    def __init__(
        self,
        port: int = 0,
        *options: str,
        command: Sequence[str] = (sys.executable, "-m", "rchat_server"),
        errors: IO[bytes] | None = None,
    ) -> None:
        if "--data" not in options:
            options = ("--data", ":memory:", *options)
        if "--config" not in options:
            options = ("--no-limits", *options)
        self.process = subprocess.Popen(
            [*command, "--port", str(port), *options],
            stdout=subprocess.PIPE,
            stderr=errors or subprocess.PIPE,
            text=True,
        )
        self.line = cast("IO[str]", self.process.stdout).readline().strip()
        match = re.fullmatch(
            r"listening on (tcps?)://127\.0\.0\.1:(\d+)(?: and (wss?://127\.0\.0\.1:\d+/\S*))?",
            self.line,
        )
        if match is None:
            self.process.kill()
            _, said = self.process.communicate()
            raise AssertionError(f"no server: {self.line!r}, {said!r}")
        self.scheme, self.port = match.group(1), int(match.group(2))
        self.web_url: str = match.group(3) or ""
        """Where it speaks WebSocket, if it does."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """End it; return its exit code, and what it wrote to standard error if that is a pipe."""
        self.process.send_signal(how)
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors or ""


@contextlib.contextmanager
def server_process(port: int = 0, *options: str) -> Iterator[ServerProcess]:
    """Start a server, and kill it in the end if it still runs."""
    server = ServerProcess(port, *options)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop(signal.SIGKILL)
