"""The server that is watched, from outside."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self, cast

from fuzz.dial import Address
from fuzz.findings import Broken
from fuzz.host import MESSAGE_BYTES
from fuzz.stall import Stall

if TYPE_CHECKING:
    from collections.abc import Sequence

_ANSWER_TIMEOUT: Final = 10.0
"""Seconds: a loop that stands still for so long is as good as dead."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a server is."""

    tasks: int
    sockets: int
    """Open ones."""
    memory: int
    """Bytes of anonymous memory that are resident."""
    objects: int
    """That the garbage collector knows; 0 where it did not run."""
    frames: int
    """Handled since its start."""
    faults: tuple[str, ...]
    """Logged since it was asked before."""
    stalls: tuple[Stall, ...]
    """Of its loop, since it was asked before."""


class WatchedServer:
    """A server of our own. ``with`` it.

    Args:
        options: Beside its port.
        plant: A fault to be found.
    """

    def __init__(self, options: Sequence[str] = (), *, plant: str = "") -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(_ANSWER_TIMEOUT)
        path = os.pathsep.join(
            [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
        )
        environment = {**os.environ, "PYTHONPATH": path}
        # It would take the time of several servers.
        environment.pop("PYTHONASYNCIODEBUG", None)
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "fuzz.host", str(theirs.fileno()), plant),
                *("--port", "0", "--no-limits", *options),
            ],
            pass_fds=[theirs.fileno()],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        theirs.close()
        self._control = ours
        self.address = self._address()

    def _address(self) -> Address:
        line = cast("IO[str]", self._process.stdout).readline().strip()
        if not line.startswith("listening on "):
            self.close()
            raise Broken(f"no server: {line!r}")
        # Of several the last one is meant: WebSocket's, where that was asked for.
        return Address.parse(line.removeprefix("listening on ").split(" and ")[-1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def ask(self, *, collect: bool = False) -> Standing:
        """Return how it is.

        Args:
            collect: Whether to let its garbage collector run before.

        Raises:
            Broken: It does not answer.
        """
        try:
            self._control.send(json.dumps({"collect": collect}).encode())
            answer = self._control.recv(MESSAGE_BYTES)
        except OSError as error:
            raise Broken(f"the server does not answer: {error!r}") from None
        if not answer:
            raise Broken(f"the server has ended with {self._process.wait()}")
        told: dict[str, Any] = json.loads(answer)
        return Standing(
            tasks=told["tasks"],
            sockets=told["sockets"],
            memory=told["memory"],
            objects=told["objects"],
            frames=told["frames"],
            faults=tuple(told["faults"]),
            stalls=tuple(Stall(*each) for each in told["stalls"]),
        )

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()
        self._control.close()
