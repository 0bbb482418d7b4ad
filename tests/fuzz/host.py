"""A server in a process of its own, that answers how it is.

It runs the real command, ``rchat_server.cli.main``. Added from outside: a heartbeat in its loop, a
count of the frames that it handled, an ear for what it logs, and, where a test asks for one, a
fault that is to be found.

Spoken to over a socket that keeps messages apart: JSON. Run as ``python -m fuzz.host``.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import os
import re
import socket
import sys
import time
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fuzz.stall import Heartbeat
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.transport.server import ServerEndpoint
from rchat_server import cli
from rchat_server.gateway import limited
from rchat_server.service import RESPONSES

if TYPE_CHECKING:
    from collections.abc import Callable

MESSAGE_BYTES: Final = 256 * 1024

_FAULTS_KEPT: Final = 20
_FAULT_CHARS: Final = 4000


class _Ear(logging.Handler):
    """Keeps what is logged as a fault."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.faults: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it, with its traceback."""
        if record.name == limited.logger.name:
            return  # a limit that holds, as it should when somebody floods
        if len(self.faults) < _FAULTS_KEPT:
            self.faults.append(self.format(record)[-_FAULT_CHARS:])


class _Counter:
    """Counts the frames that all connections handle."""

    def __init__(self) -> None:
        self.frames = 0
        dispatch = ServerEndpoint._dispatch

        def counted(endpoint: ServerEndpoint, frame: Any) -> None:
            self.frames += 1
            dispatch(endpoint, frame)

        setattr(ServerEndpoint, "_dispatch", counted)  # noqa: B010 - for a type checker it is fixed


class Host:
    """What is added to the server of this process.

    Args:
        control: Over which it is asked.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._ear = _Ear()
        self._counter = _Counter()
        self._heartbeat: Heartbeat | None = None
        control.settimeout(0)

    async def serve(self, serve: Callable[..., Any], *arguments: Any) -> Any:
        """Do what ``serve`` does, and answer meanwhile."""
        loop = asyncio.get_running_loop()
        logging.getLogger().addHandler(self._ear)
        loop.add_reader(self._control, self._answer)
        self._heartbeat = Heartbeat(loop)
        try:
            return await serve(*arguments)
        finally:
            loop.remove_reader(self._control)

    def _answer(self) -> None:
        message = self._control.recv(MESSAGE_BYTES)
        if not message:
            os._exit(71)  # whoever started us is no more
        assert self._heartbeat is not None
        collect = json.loads(message)["collect"]
        self._heartbeat.look()
        self._heartbeat.skip()
        if collect:
            gc.collect()
        self._control.send(json.dumps(self._standing(self._heartbeat, collect=collect)).encode())

    def _standing(self, heartbeat: Heartbeat, *, collect: bool) -> dict[str, Any]:
        faults, self._ear.faults = self._ear.faults, []
        stalls = [astuple(each) for each in heartbeat.stalls]
        heartbeat.stalls.clear()
        status = Path("/proc/self/status").read_text()
        memory = re.search(r"RssAnon:\s+(\d+) kB", status)
        return {
            "tasks": len(asyncio.all_tasks()),
            "sockets": _sockets(),
            "memory": int(memory[1]) * 1024 if memory else 0,
            "objects": len(gc.get_objects()) if collect else 0,
            "frames": self._counter.frames,
            "faults": faults,
            "stalls": stalls,
            "processor": time.process_time(),
        }


def _sockets() -> int:
    """Return how many descriptors are sockets: a store opens files as it needs them."""
    count = 0
    for each in Path("/proc/self/fd").iterdir():
        # The listing itself is among them, and is gone by now.
        with contextlib.suppress(OSError):
            count += str(each.readlink()).startswith("socket:")
    return count


# -- faults that are planted, to see them found ------------------------------------------------


async def _stall(*_: Any) -> bytes:
    time.sleep(0.5)  # noqa: ASYNC251 - that is the fault
    return b"{}"


async def _break(*_: Any) -> bytes:
    raise RuntimeError("planted")


async def _tell(*_: Any) -> bytes:
    error = ZeroDivisionError("division by zero")
    raise ChatError(ErrorCode.BAD_REQUEST, f"It did not work: {error!r}")


async def _forget(*_: Any) -> bytes:
    await asyncio.get_running_loop().create_future()
    return b""


async def _hold(*_: Any) -> bytes:
    task = asyncio.get_running_loop().create_task(asyncio.sleep(3600))
    task.add_done_callback(lambda _: None)
    return b"{}"


async def _allow(*_: Any) -> bytes:
    return b"{}"


PLANTS: Final[dict[str, tuple[str, Callable[..., Any]]]] = {
    "stall": ("server.info", _stall),
    "break": ("server.info", _break),
    "tell": ("server.info", _tell),
    "forget": ("server.info", _forget),
    "hold": ("server.info", _hold),
    "allow": ("channel.mute", _allow),
}
"""By the name of the fault: which route does what instead."""


def main() -> int:
    """Run a server: the descriptor to be asked over, a fault to plant or nothing, its options."""
    descriptor, plant, *arguments = sys.argv[1:]
    host = Host(socket.socket(fileno=int(descriptor)))
    if plant:
        route, instead = PLANTS[plant]
        RESPONSES[route] = instead
    serve = cli.serve

    async def serve_watched(*given: Any) -> Any:
        return await host.serve(serve, *given)

    setattr(cli, "serve", serve_watched)  # noqa: B010 - for a type checker it is no variable
    return cli.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
