"""``rchat-server``: the process around a server."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from rchat_protocol import __version__
from rchat_protocol.errors import ChatError
from rchat_protocol.looks import look
from rchat_protocol.words import split
from rchat_server import admin, logs
from rchat_server.compose import compose_hub, server_of
from rchat_server.config import ServerConfig, parse
from rchat_server.core.hub import HubLimits
from rchat_server.gateway.console import Answer, ConsoleError, console
from rchat_server.gateway.tls import Certificate, CertificateError
from rchat_server.service import console as asking
from rchat_server.storage.memory import MemoryStore
from rchat_server.storage.sqlite import Keep, StorageRefusedError, folder, open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from rchat_server.core.hub import Hub
    from rchat_server.core.ports import Store

logger = logging.getLogger(__name__)

_SWITCH_INTERVAL: Final = 0.0005
"""Seconds after which the event loop lets a thread of the store on."""

_YOUNG_OBJECTS: Final = 20_000
"""Objects that are made, and not freed, between two looks of Python for cycles; usually a few
hundred."""

_OPEN = (
    "rchat-server: whoever reaches this port can come in as a guest: --mode accounts, or invite,"
    " keeps strangers out."
)
_IN_THE_CLEAR = (
    "rchat-server: connections are not encrypted: whoever is on their way can read and change what"
    " is said. --cert and --key encrypt them."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a server until a signal ends it. Returns the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    command = admin.asked(given)
    if command is not None:
        return admin.main(command)
    config = parse(arguments)
    logs.set_up(config.log_level, config.log_format)
    if config.task != "serve":
        return _do_task(config)
    _allow_many_connections()
    # The threads of the store wait for Python's lock a hundred times a second: not 5 ms each time.
    sys.setswitchinterval(_SWITCH_INTERVAL)
    look("")  # its table is read before anybody waits for it,
    split("\u00e9")  # and what words are is found out
    _spare_the_collector()
    if not config.is_local:
        if config.lobby.guests:
            _say(_OPEN)
        if config.tls is None:
            _say(_IN_THE_CLEAR)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(serve(config))
    except KeyboardInterrupt:
        return 0
    except (StorageRefusedError, CertificateError, ConsoleError) as error:
        _say(f"rchat-server: {error}")
        return 1
    except OSError as error:
        _say(f"rchat-server: {_why(config, error)}")
        return 1
    return 0


async def serve(config: ServerConfig) -> None:
    """Serve until SIGINT, SIGTERM or, where ``config`` says so, the end of standard input.

    Raises:
        OSError: The address is in use, is not ours, or does not resolve.
        StorageRefusedError: What is to be kept cannot be.
        CertificateError: Connections cannot be encrypted as they are to be.
    """
    certificate = None if config.tls is None else Certificate(config.tls)
    began = time.monotonic()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(logs.fault_in_loop)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if config.until_eof:
        _watch_stdin(loop, stop)
    async with contextlib.AsyncExitStack() as stack:
        kept = await stack.enter_async_context(_store(config))
        store = kept or MemoryStore(epoch=secrets.token_hex(8))
        hub = compose_hub(store, _limits(config))
        tls = None if certificate is None else certificate.context
        server = await stack.enter_async_context(
            server_of(
                hub,
                store,
                config.host,
                config.port,
                limits=config.transport,
                door=config.door,
                tls=tls,
                web=config.web,
            )
        )
        await stack.enter_async_context(_kept_fresh(certificate))
        await stack.enter_async_context(_console(config, hub))
        print("listening on", " and ".join(server.urls), flush=True)  # noqa: T201 - the one line
        _tell_of_start(config, hub, server.urls)
        await stop.wait()
        logger.info("stopping")
    logger.info("stopped", extra={"seconds": round(time.monotonic() - began, 1)})


def _tell_of_start(config: ServerConfig, hub: Hub, urls: Sequence[str]) -> None:
    logger.info(
        "started",
        extra={
            "version": __version__,
            "listening": list(urls),
            "mode": hub.registrar.mode,
            "data": "memory" if config.data is None else "folder",
            "encrypted": config.tls is not None,
        },
    )


@contextlib.asynccontextmanager
async def _console(config: ServerConfig, hub: Hub) -> AsyncIterator[None]:
    """Answer whoever runs the server, where there is a place for it."""
    if config.console is None:
        yield
        return

    async def answer(question: bytes) -> Answer:
        asked = msgspec.json.decode(question, type=asking.Asked)
        ask = str(type(asked).__struct_config__.tag)
        try:
            lines = await asking.answer(hub, asked)
        except ChatError as error:
            logger.info("asked locally", extra={"ask": ask, "code": str(error.code)})
            raise
        logger.info("asked locally", extra={"ask": ask, "code": "ok"})
        return Answer(lines)

    async with console(config.console, answer):
        yield


def _limits(config: ServerConfig) -> HubLimits:
    return HubLimits(
        message_bytes=config.message_bytes,
        writing=config.writing,
        founding=config.founding,
        lobby=config.lobby,
        accounts=config.accounts,
    )


@contextlib.asynccontextmanager
async def _kept_fresh(certificate: Certificate | None) -> AsyncIterator[None]:
    """Read the certificate again when it changes, and when SIGHUP says so."""
    if certificate is None:
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, certificate.try_to_renew)
    watch = loop.create_task(certificate.watch(), name="watch the certificate")
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        watch.cancel()
        await asyncio.wait((watch,))


def _spare_the_collector() -> None:
    """Let Python look for cycles seldom: measured, it is a tenth of a message's cost otherwise.

    What is loaded by now stays, and nothing of a message is a cycle.
    """
    gc.freeze()
    _, *older = gc.get_threshold()
    gc.set_threshold(_YOUNG_OBJECTS, *older)


def _store(config: ServerConfig) -> AbstractAsyncContextManager[Store | None]:
    if config.data is None:
        return contextlib.nullcontext()
    return open_store(config.data, Keep(config.keep_messages, config.keep_seconds))


def _do_task(config: ServerConfig) -> int:
    """Do what is to be done with the data of a server; return the exit code."""
    if config.data is None:
        _say(f"rchat-server: {config.task} needs a folder: name it with --data.")
        return 2
    try:
        if config.task == "check":
            wrong = folder.check(config.file or config.data)
            print("\n".join(wrong) or "It is sound.")  # noqa: T201 - a command's output
            return 1 if wrong else 0
        file = config.file or Path()
        if config.task == "backup":
            folder.backup(config.data, file)
            print(f"Copied to {file}.")  # noqa: T201
        else:
            folder.restore(config.data, file)
            print(f"Restored from {file}. Clients load again when they come back.")  # noqa: T201
    except StorageRefusedError as error:
        _say(f"rchat-server: {error}")
        return 1
    return 0


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Set ``stop`` when standard input ends.

    A thread, since an event loop cannot wait for all that standard input may be (a file, for one);
    a daemon, since nothing can interrupt its read. It holds nothing that has to be cleaned up.
    """

    def wait_for_end() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        # The loop may be closed by now.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait_for_end, name="stdin", daemon=True).start()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _allow_many_connections() -> None:
    """Raise the limit of open files as far as we may: each connection is one."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _why(config: ServerConfig, error: OSError) -> str:
    import errno

    place = error.filename or f"{config.host}:{config.port}"
    match error:
        case socket.gaierror():
            return f"there is no host called {config.host}."
        case OSError(errno=errno.EADDRINUSE):
            return f"{place} is in use: is a server running there already? Choose another port."
        case OSError(errno=errno.EADDRNOTAVAIL):
            return f"{config.host} is no address of this machine."
        case PermissionError():
            return f"you may not listen on {place}: ports below 1024 are for the system."
        case _:
            return f"cannot listen on {place}: {os.strerror(error.errno or 0)}."


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201 - a command's output
