"""Starts processes quickly: it imports everything once, and forks a child for each.

A child runs the real command, ``rchat_server.cli.main`` or what else it is told. To the server is
added, from outside: a wall clock that can be set, deadlines short enough for a round of a second,
and answers to the question how it is (tasks, files, memory), from its own event loop.

Spoken to over a socket that keeps messages apart: JSON, with file descriptors beside it.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import re
import selectors
import signal
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_MESSAGE_BYTES: Final = 64 * 1024

_wall_offset = [0]
"""Nanoseconds that the wall clock of this process is ahead of the machine's."""


def main() -> None:
    """Fork a child for each order, and report each child's end, until the socket closes."""
    importlib.import_module("rchat_server.cli")
    importlib.import_module("stress.puppet")
    importlib.import_module("stress.gang")
    orders = socket.socket(fileno=int(sys.argv[1]))
    awake, alarm = socket.socketpair()
    awake.settimeout(0)
    alarm.settimeout(0)
    signal.set_wakeup_fd(alarm.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the runner's to deal with
    selector = selectors.DefaultSelector()
    selector.register(orders, selectors.EVENT_READ)
    selector.register(awake, selectors.EVENT_READ)
    children: set[int] = set()
    while True:
        for key, _ in selector.select():
            if key.fileobj is awake:
                awake.recv(1024)
                _reap(children, orders)
            elif not _obey(orders, children, [selector, awake, alarm]):
                for pid in children:
                    os.kill(pid, signal.SIGKILL)
                return


def _obey(orders: socket.socket, children: set[int], ours: list[Any]) -> bool:
    """Carry an order out; return False at the end."""
    message, descriptors, _, _ = socket.recv_fds(orders, _MESSAGE_BYTES, 4)
    if not message:
        return False
    pid = os.fork()
    if pid == 0:
        try:
            for each in (*ours, orders):
                each.close()
            code = _child(json.loads(message), descriptors)
        except BaseException:  # noqa: BLE001 - a fork must not return into its parent's loop
            sys.excepthook(*sys.exc_info())
            code = 70
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    children.add(pid)
    for descriptor in descriptors:
        os.close(descriptor)
    orders.send(json.dumps({"started": pid}).encode())
    return True


def _reap(children: set[int], orders: socket.socket) -> None:
    for pid in tuple(children):
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            children.discard(pid)
            code = os.waitstatus_to_exitcode(status)
            orders.send(json.dumps({"ended": pid, "code": code}).encode())


_INDEX_AGAIN: Final = 0.5
"""Seconds after which an index that could not be written is tried again."""


def _child(order: dict[str, Any], descriptors: list[int]) -> int:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    control, out, err = descriptors
    os.dup2(out, 1)
    os.dup2(err, 2)
    for descriptor in (out, err):
        os.close(descriptor)
    _set_wall_clock()
    module, _, function = order["run"].partition(":")
    if module == "rchat_server.cli":
        _prepare_server(order, socket.socket(fileno=control))
        return int(getattr(importlib.import_module(module), function)(order["arguments"]))
    return int(getattr(importlib.import_module(module), function)(order, control))


def _set_wall_clock() -> None:
    """Let every clock of the wall in this process be as far off as it is told to be."""
    real_ns = time.time_ns
    time.time_ns = lambda: real_ns() + _wall_offset[0]
    time.time = lambda: time.time_ns() / 1e9


# -- the server --------------------------------------------------------------------------------


def _prepare_server(order: dict[str, Any], control: socket.socket) -> None:
    """Let the server answer questions, and have the deadlines that the order names."""
    from rchat_protocol.transport.server import ServerPolicy
    from rchat_server import cli, compose
    from rchat_server.gateway.listener import LIMITS, Listener
    from rchat_server.storage.sqlite import indexer

    # A disk that was full is well again within a round, and so is to be the index.
    setattr(indexer, "_RETRY", _INDEX_AGAIN)  # noqa: B010 - for a type checker it is a constant

    def listener(service: Any, *, door: Any = None, **_: Any) -> Listener[Any]:
        policy = ServerPolicy(**order.get("policy", {}))
        limits = replace(LIMITS, **order.get("limits", {}))
        return Listener(service, limits=limits, policy=policy, door=door)

    setattr(compose, "Listener", listener)  # noqa: B010 - for a type checker it is no variable
    if order.get("guarded"):
        _tell_addresses_apart()
        _set_deadlines(order["deadlines"])
    if order.get("plant"):
        importlib.import_module("stress.plants").PLANTS[order["plant"]]()
    serve = cli.serve

    async def serve_and_answer(*arguments: Any) -> Any:
        loop = asyncio.get_running_loop()
        control.settimeout(0)
        loop.add_reader(control, _answer, control)
        if order.get("guarded"):
            _watch(loop, loop.time())
        try:
            return await serve(*arguments)
        finally:
            loop.remove_reader(control)

    setattr(cli, "serve", serve_and_answer)  # noqa: B010


def _tell_addresses_apart() -> None:
    """Let each address of 127.0.0.0/8 but the first be another customer's: see `setting.Guard`."""
    from rchat_server.core import sites
    from rchat_server.gateway import door, web

    real = sites.site_of

    def site_of(host: str) -> str | None:
        return host if host.startswith("127.") and host != "127.0.0.1" else real(host)

    for module in (sites, door, web):
        setattr(module, "site_of", site_of)  # noqa: B010


def _set_deadlines(deadlines: dict[str, float]) -> None:
    from rchat_server.gateway import listener, web

    if "handshake" in deadlines:
        setattr(listener, "HANDSHAKE", deadlines["handshake"])  # noqa: B010
    if "head" in deadlines:
        setattr(web, "HEAD_DEADLINE", deadlines["head"])  # noqa: B010


_late = [0.0]
"""Most seconds by which this process's event loop was late since it was asked."""
_LOOK: Final = 0.01


def _watch(loop: asyncio.AbstractEventLoop, due: float) -> None:
    """See by how much the event loop is late, for ever."""
    now = loop.time()
    _late[0] = max(_late[0], now - due)
    loop.call_at(now + _LOOK, _watch, loop, now + _LOOK)


def _answer(control: socket.socket) -> None:
    """Answer one question from within the event loop."""
    message = control.recv(_MESSAGE_BYTES)
    if not message:
        os._exit(71)  # whoever started us is no more
    asked = json.loads(message)
    answer = _QUESTIONS[asked["ask"]](asked)
    control.send(json.dumps(answer).encode())


def _how_are_you(_asked: dict[str, Any]) -> dict[str, Any]:
    tasks = sorted(task.get_name() for task in asyncio.all_tasks())
    folder = Path("/proc/self/fd")
    files = sorted(_target(each) for each in folder.iterdir())
    # What only the garbage collector would free is no memory that is held.
    gc.collect()
    return {
        "tasks": tasks,
        "files": files,
        "memory": _memory(),
        "processor": time.process_time(),
    }


def _pulse(_asked: dict[str, Any]) -> dict[str, Any]:
    late, _late[0] = _late[0], 0.0
    files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a path for each of ten thousand
    return {
        "tasks": len(asyncio.all_tasks()),
        "files": files,
        "memory": _memory(),
        "late": late,
    }


def _memory() -> int:
    status = Path("/proc/self/status").read_text()
    found = re.search(r"RssAnon:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


def _target(descriptor: Path) -> str:
    try:
        target = str(descriptor.readlink())
    except OSError:
        return "(the listing itself)"
    # Inode numbers say nothing that would be the same twice.
    return re.sub(r"\[\d+\]", "", target)


def _set_clock(asked: dict[str, Any]) -> dict[str, Any]:
    _wall_offset[0] = int(asked["seconds"] * 1e9)
    return {"now": time.time()}


_QUESTIONS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "how": _how_are_you,
    "pulse": _pulse,
    "clock": _set_clock,
}


if __name__ == "__main__":
    main()
