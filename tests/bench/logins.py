"""What others feel of logins by password: each is 20 ms of a core, in the server's pool of threads.

The deliveries are those of `bench.latency`, with and without 20 logins a second, in turns.
"""

from __future__ import annotations

import json
import statistics
import time
from typing import TYPE_CHECKING, Final

from bench.contenders import rchat
from bench.latency import MEMBERS, PER_SECOND, milliseconds, run
from bench.load import Line, Step
from bench.table import Result, Unit
from bench.wires import LOGIN_STREAM, MARKER, answered, request, setup

if TYPE_CHECKING:
    import array
    from collections.abc import Callable, Iterator

    from bench.contenders import Server
    from bench.load import Load
    from bench.options import Options

LOGINS: Final = 20
"""A second."""

QUIET: Final = "rchat"
BUSY: Final = f"rchat, beside {LOGINS} password logins a second"

_ACCOUNTS: Final = 20
_PASSWORD: Final = "a good password"  # noqa: S105 - of a measurement
_AIM: Final = 2.0


class Logins:
    """Logs in again and again, a connection each, whatever became of the one before.

    Args:
        load: Whose connections they are.
        server: Where to.
    """

    def __init__(self, load: Load, server: Server) -> None:
        self.done = 0
        """How many were let in."""
        self.begun = 0
        self._load = load
        self._server = server
        self._due = 0
        self._register()

    def turn(self) -> None:
        """Begin the next one, where it is due."""
        now = time.monotonic_ns()
        if not self._due:
            self._due = now
        if now < self._due:
            return
        self._due += 10**9 // LOGINS
        line = self._load.connect(self._server.port, f"login {self.begun}", Line, self._server.tls)
        line.watch(answered(LOGIN_STREAM))
        line.on_found = lambda _: self._in(line)
        account = f"account{self.begun % _ACCOUNTS}", _PASSWORD
        self.begun += 1
        self._load.send(line, setup() + request(LOGIN_STREAM, "login", b"", account=account))

    def _in(self, line: Line) -> None:
        self.done += 1
        self._load.close(line)

    def _register(self) -> None:
        line = self._load.connect(self._server.port, "registrar", Line, self._server.tls)
        streams = range(1, 1 + 2 * _ACCOUNTS, 2)
        asked = [
            json.dumps({"user": f"account{number}", "password": _PASSWORD}).encode()
            for number in range(_ACCOUNTS)
        ]
        steps = [
            Step(
                (setup() if stream == 1 else b"") + request(stream, "account.register", data),
                answered(stream),
            )
            for stream, data in zip(streams, asked, strict=True)
        ]
        self._load.arrive([(line, steps)], MARKER)
        self._load.close(line)


def _beside(made: list[Logins]) -> Callable[[Load, Server], Callable[[], None]]:
    def begin(load: Load, server: Server) -> Callable[[], None]:
        made.append(Logins(load, server))
        return made[-1].turn

    return begin


def measure(options: Options) -> Iterator[Result]:
    """Measure both in turns.

    Raises:
        AssertionError: Fewer than nine of ten logins were done in their time.
    """
    contender = rchat(in_memory=options.in_memory)
    runs: dict[str, list[tuple[array.array[int], float]]] = {QUIET: [], BUSY: []}
    for _ in range(options.runs):
        runs[QUIET].append(run(contender, 2 * options.seconds))
        made: list[Logins] = []
        runs[BUSY].append(run(contender, 2 * options.seconds, _beside(made)))
        (logins,) = made
        assert logins.done >= 0.9 * logins.begun, f"{logins.done} of {logins.begun} logged in"
    for part, called in ((0.5, "50 %"), (0.99, "99 %"), (1.0, "longest")):
        values = {
            name: tuple(milliseconds(late, part) for late, _ in each) for name, each in runs.items()
        }
        ratio = statistics.median(values[BUSY]) / statistics.median(values[QUIET])
        for name, each in runs.items():
            yield Result(
                f"others' delivery time, {PER_SECOND:,} messages/s to {MEMBERS} members, {called}",
                name,
                Unit.MILLISECONDS,
                values[name],
                aim=f"{_AIM:.0f} times" if part == 0.99 else "",
                load=tuple(full for _, full in each),
                note=f"{ratio:.2f} times" if name == BUSY else "",
            )
