"""Others who talk while the app is measured; see `bench.client.sender`."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self, cast

from bench.machine import SERVER_CORE, pinned

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Said:
    """What they did."""

    sent: dict[str, int]
    """Messages, by channel. All were acknowledged."""
    late: float
    """Seconds that they were behind their own clock at the most."""


class Flood:
    """Messages at fixed rates, from a process beside the server's. To be used in a ``with``."""

    def __init__(self, port: int, rates: Mapping[str, float], seconds: float) -> None:
        """Let them come in; they are silent until `begin`."""
        command = [sys.executable, "-m", "bench.client.sender", str(port), str(seconds)]
        command += [f"{channel}={rate}" for channel, rate in rates.items()]
        with pinned(SERVER_CORE):
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=Path(__file__).parent.parent.parent,
            )
        assert self._out.readline() == "ready\n", "they could not come in"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def begin(self) -> None:
        """Let them talk."""
        said = cast("IO[str]", self._process.stdin)
        said.write("\n")
        said.flush()

    @property
    def over(self) -> bool:
        """Whether they have said all."""
        return self._process.poll() is not None

    def end(self) -> Said:
        """Wait until they have said all, and return what."""
        told = json.loads(self._out.readline())
        return Said(told["sent"], told["late"])

    @property
    def _out(self) -> IO[str]:
        return cast("IO[str]", self._process.stdout)
