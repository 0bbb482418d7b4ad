"""Processes that a round starts, asks, kills, and starts again."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import resource
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

_MESSAGE_BYTES: Final = 64 * 1024
_START_TIMEOUT: Final = 20.0
_ANSWER_TIMEOUT: Final = 10.0

_ports = itertools.count(os.getpid() * 37)
_FIRST_PORT: Final = 20_000
_PORTS: Final = 12_000
"""Below those that the kernel gives to whoever dials: a port that a server left for a moment would
be taken by a client that dials it, and talks to itself."""


class Launcher:
    """The process that forks others. One serves any number of rounds, one round at a time."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        root = Path(__file__).parents[1]
        path = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = {**os.environ, "PYTHONPATH": path}
        # As they are run: it would take the time of several rounds.
        environment.pop("PYTHONASYNCIODEBUG", None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "stress.launcher", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=environment,
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        ours.settimeout(0)
        self._socket = ours
        self._started: asyncio.Queue[int] = asyncio.Queue()
        self._ends: dict[int, asyncio.Future[int]] = {}
        self._ordering = asyncio.Lock()
        self._reader: asyncio.Task[None] | None = None

    def close(self) -> None:
        """Let it end, and all that it started."""
        self._socket.close()
        self._process.wait(_START_TIMEOUT)

    async def __aenter__(self) -> Self:
        """Listen to it in this event loop, for a round."""
        self._started = asyncio.Queue()
        self._ordering = asyncio.Lock()
        self._reader = asyncio.create_task(self._read(), name="launcher")
        return self

    async def __aexit__(self, *_: object) -> None:
        for pid, ended in tuple(self._ends.items()):
            os.kill(pid, signal.SIGKILL)
            await ended
        assert self._reader is not None
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader

    async def start(self, order: dict[str, Any], descriptors: Sequence[int]) -> Child:
        """Fork a child that carries ``order`` out."""
        async with self._ordering:
            socket.send_fds(self._socket, [json.dumps(order).encode()], list(descriptors))
            pid = await self._started.get()
        return Child(pid, self._ends[pid])

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            told = json.loads(await loop.sock_recv(self._socket, _MESSAGE_BYTES))
            if "started" in told:
                self._ends[told["started"]] = loop.create_future()
                self._started.put_nowait(told["started"])
            else:
                self._ends.pop(told["ended"]).set_result(told["code"])


@dataclass(frozen=True)
class Child:
    """A process of the launcher's."""

    pid: int
    ended: asyncio.Future[int]
    """Its exit code; minus a signal's number."""

    async def stop(self, how: signal.Signals) -> int:
        """Send a signal and wait for the end; return the exit code."""
        if not self.ended.done():
            os.kill(self.pid, how)
        return await self.ended


@dataclass(frozen=True, slots=True)
class Standing:
    """How a server is."""

    tasks: tuple[str, ...]
    """Names of the tasks of its event loop."""
    files: tuple[str, ...]
    """What its file descriptors are."""
    memory: int
    """Bytes of anonymous memory that are resident: what it holds, without the code that the kernel
    maps from files as it is run."""
    processor: float
    """Processor seconds that it has used."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """How a server is, in a word."""

    tasks: int
    files: int
    memory: int
    """Bytes of anonymous memory that are resident."""
    late: float
    """Most seconds by which its event loop was late since it was asked before."""


class ServerProcess:
    """``rchat-server``, over any number of starts on one port and one data folder.

    Args:
        launcher: Who starts it.
        data: Its ``--data``.
        options: Further ones of the command.
        web: Whether WebSocket is spoken, too.
        order: What else the launcher is told: see `launcher._prepare_server`.
    """

    def __init__(
        self,
        launcher: Launcher,
        data: str,
        options: Sequence[str] = ("--no-limits",),
        *,
        web: bool = False,
        order: dict[str, Any] | None = None,
    ) -> None:
        self.port = 0
        self.starts = 0
        self.log = ""
        """What it wrote to standard error, over all starts."""
        self._launcher = launcher
        self._data = data
        self._options = options
        self._web = web
        self._order = order or {}
        self._child: Child | None = None
        self._control: socket.socket | None = None
        self._asking = asyncio.Lock()
        self._log_task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"tcp://127.0.0.1:{self.port}"

    @property
    def web_port(self) -> int:
        """Where it speaks WebSocket, if it does."""
        return self.port - _PORTS

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._child is not None and not self._child.ended.done()

    @property
    def child(self) -> Child:
        """Its process."""
        assert self._child is not None
        return self._child

    async def start(self) -> None:
        """Start it, on the port that it had before, and wait until it listens."""
        for _ in range(20):
            port = self.port or _FIRST_PORT + next(_ports) % _PORTS
            line = await self._start(port)
            if line.startswith("listening on "):
                self.port = port
                self.starts += 1
                return
            if "in use" not in self.log or self.port:
                break
        raise AssertionError(f"no server: {line!r}, {self.log[-2000:]}")

    async def stop(self, how: signal.Signals) -> int:
        """End it; return the exit code."""
        code = await self.child.stop(how)
        assert self._log_task is not None
        await self._log_task
        if self._control is not None:
            self._control.close()
            self._control = None
        return code

    async def how(self) -> Standing:
        """Ask how it is."""
        told = await self._ask({"ask": "how"})
        return Standing(
            tuple(told["tasks"]), tuple(told["files"]), told["memory"], told["processor"]
        )

    async def pulse(self) -> Pulse:
        """Ask how it is, in a word: however many connections it has, it is not held up."""
        return Pulse(**await self._ask({"ask": "pulse"}))

    @contextlib.asynccontextmanager
    async def pulses(self, every: float) -> AsyncIterator[list[Pulse]]:
        """Ask again and again how it is; yield the answers, as they come.

        Who is in the middle of asking at the end gets his answer: it would be taken for the next
        one's.
        """
        answers: list[Pulse] = [await self.pulse()]
        enough = asyncio.Event()

        async def ask() -> None:
            while not enough.is_set():
                answers.append(await self.pulse())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(every):
                        await enough.wait()

        asking = asyncio.create_task(ask(), name="pulses")
        try:
            yield answers
        finally:
            enough.set()
            await asking

    async def set_clock(self, seconds: float) -> None:
        """Let its wall clock be so far ahead of the machine's."""
        await self._ask({"ask": "clock", "seconds": seconds})

    def limit_files(self, size: int | None) -> None:
        """Let no file of its grow beyond ``size`` bytes; None takes that back."""
        _, hard = resource.prlimit(self.child.pid, resource.RLIMIT_FSIZE)
        soft = hard if size is None else size
        resource.prlimit(self.child.pid, resource.RLIMIT_FSIZE, (soft, hard))

    async def _start(self, port: int) -> str:
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        control.settimeout(0)
        out, their_out = os.pipe()
        err, their_err = os.pipe()
        order = {
            "run": "rchat_server.cli:main",
            "arguments": [
                *("--port", str(port), "--data", self._data, "--log-level", "info"),
                *(("--ws-port", str(port - _PORTS)) if self._web else ()),
                *self._options,
            ],
            **self._order,
        }
        try:
            self._child = await self._launcher.start(order, [theirs.fileno(), their_out, their_err])
        finally:
            theirs.close()
            os.close(their_out)
            os.close(their_err)
        self._control = control
        first: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._log_task = asyncio.create_task(self._listen(out, err, first), name="server's output")
        async with asyncio.timeout(_START_TIMEOUT):
            line = await first
        if not line:
            await self._log_task
        return line

    async def _listen(self, out: int, err: int, first: asyncio.Future[str]) -> None:
        """Read what it writes until it has ended."""
        out_reader, err_reader = await _reader(out), await _reader(err)

        async def read_out() -> None:
            first.set_result((await out_reader.readline()).decode())
            await out_reader.read()

        async def read_err() -> None:
            while text := await err_reader.readline():
                self.log += text.decode(errors="replace")

        async with asyncio.TaskGroup() as group:
            group.create_task(read_out())
            group.create_task(read_err())

    async def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._control is not None
        loop = asyncio.get_running_loop()
        async with self._asking, asyncio.timeout(_ANSWER_TIMEOUT):
            await loop.sock_sendall(self._control, json.dumps(question).encode())
            answer: dict[str, Any] = json.loads(await loop.sock_recv(self._control, _MESSAGE_BYTES))
        return answer


async def _reader(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb")
    )
    return reader
