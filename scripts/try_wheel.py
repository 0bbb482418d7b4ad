"""Install a wheel into an empty environment, and start both of its commands from there."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

PATIENCE = 60.0
"""Seconds after which a command that shows nothing is taken for broken."""


def main(wheel: str) -> None:
    """Install, start the server, show the app, end both."""
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder) / "venv"
        venv.create(environment, with_pip=True)
        pip = [str(environment / "bin" / "python"), "-m", "pip"]
        subprocess.run(
            [*pip, "install", "--quiet", "--disable-pip-version-check", wheel],
            check=True,
            cwd=folder,
        )
        server = subprocess.Popen(
            [environment / "bin" / "rchat-server", "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
        )
        try:
            url = (server.stdout or sys.stdin).readline().removeprefix("listening on ").strip()
            show_app(environment / "bin" / "rchat-tui", url, folder)
            server.send_signal(signal.SIGTERM)
            if server.wait(PATIENCE) != 0:
                sys.exit(f"rchat-server ended with {server.returncode}")
        finally:
            server.kill()
    print(f"{Path(wheel).name}: both commands start and end well")


def show_app(command: Path, url: str, home: str) -> None:
    """Start the app in a pseudo-terminal, wait until it is connected, and quit it."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", HOME=home, COLUMNS="120", LINES="40")
        os.chdir(home)
        os.execv(command, [str(command), "--user", "wheel", "--server", url])
    wait_for(terminal, url.removeprefix("tcp://").encode())
    os.write(terminal, b"\x11")  # Ctrl+Q
    drain(terminal)
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"rchat-tui ended with {os.waitstatus_to_exitcode(status)}")


def wait_for(terminal: int, text: bytes) -> None:
    """Return when ``text`` was written to the terminal."""
    seen = b""
    end = time.monotonic() + PATIENCE
    while text not in seen:
        if time.monotonic() > end:
            sys.exit(f"rchat-tui did not show {text!r}")
        if select.select([terminal], [], [], 0.2)[0]:
            seen += os.read(terminal, 65536)


def drain(terminal: int) -> None:
    """Return when the other end has closed the terminal."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                if not os.read(terminal, 65536):
                    return
            except OSError:  # EIO: closed
                return
    sys.exit("rchat-tui did not quit")


if __name__ == "__main__":
    main(str(Path(sys.argv[1]).resolve()))
