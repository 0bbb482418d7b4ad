"""The local socket: one question, one answer, for the user who runs the server alone."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import struct
from typing import TYPE_CHECKING, Final

import msgspec

from rchat_protocol.errors import ChatError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

logger = logging.getLogger(__name__)

QUESTION_BYTES: Final = 16 * 1024
PATIENCE: Final = 10.0
"""Seconds in which a question comes, and in which it is answered."""

CONNECTIONS: Final = 8
"""At a time; more are closed."""

_LONGEST_PATH: Final = 107
"""Bytes of a socket's path, as Linux has it; some systems have 103."""


class ConsoleError(Exception):
    """The socket cannot be opened: ``str(error)`` is a sentence."""


class Answer(msgspec.Struct, frozen=True):
    """What comes back: one of the two."""

    lines: list[str] = []
    error: str = ""

    def __repr__(self) -> str:
        """Tell no secret: the code of an invitation is a line."""
        return f"Answer({len(self.lines)} lines, {self.error!r})"


@contextlib.asynccontextmanager
async def console(path: Path, answer: Callable[[bytes], Awaitable[Answer]]) -> AsyncIterator[None]:
    """Answer on the socket at ``path`` while the context lasts.

    Args:
        path: In a folder that is this server's alone.
        answer: Is given a question.

    Raises:
        ConsoleError: The socket cannot be opened.
    """
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "asyncio calls this in a task"  # noqa: S101
        running.add(task)
        try:
            if len(running) <= CONNECTIONS and _is_ours(writer):
                async with asyncio.timeout(PATIENCE):
                    await _answer_one(reader, writer, answer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
            logger.info("a question on the local socket came to nothing")
        finally:
            running.discard(task)
            writer.close()

    server = await _listen(path, serve)
    try:
        yield
    finally:
        server.close()
        for task in tuple(running):
            task.cancel()
        if running:
            await asyncio.wait(running)
        _remove(path)


async def _answer_one(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    answer: Callable[[bytes], Awaitable[Answer]],
) -> None:
    question = await reader.readline()
    try:
        told = await answer(question)
    except ChatError as error:
        told = Answer(error=error.message)
    except msgspec.MsgspecError:
        told = Answer(error="The server does not understand that: are both of one version?")
    writer.write(msgspec.json.encode(told) + b"\n")
    await writer.drain()


async def _listen(
    path: Path,
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> asyncio.Server:
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise ConsoleError(
            f"{path} is too long for a socket: choose a shorter --data, or another --admin-socket."
        )
    try:
        return await asyncio.start_unix_server(serve, sock=_bound(path), limit=QUESTION_BYTES)
    except OSError as error:
        raise ConsoleError(f"{path} cannot be opened: {error.strerror}.") from error


def _bound(path: Path) -> socket.socket:
    """Return a socket that nobody else can connect to, and that does not listen yet."""
    _remove(path)  # of a server that was killed: this one holds the folder
    bound = socket.socket(socket.AF_UNIX)
    try:
        bound.bind(str(path))
        path.chmod(0o600)
    except BaseException:
        bound.close()
        raise
    return bound


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _is_ours(writer: asyncio.StreamWriter) -> bool:
    """Return whether who is at the other end runs this server, or the machine."""
    peer = writer.get_extra_info("socket")
    if not hasattr(socket, "SO_PEERCRED"):
        return True  # the file's mode keeps the others out
    size = struct.calcsize("3i")
    _, user, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return user in (0, os.geteuid())


def ask(path: Path, question: bytes) -> Answer:
    """Ask a running server.

    Raises:
        ConsoleError: There is none, or it does not answer.
    """
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(PATIENCE)
            line.connect(str(path))
            line.sendall(question + b"\n")
            line.shutdown(socket.SHUT_WR)
            told = b"".join(iter(lambda: line.recv(65536), b""))
        return msgspec.json.decode(told, type=Answer)
    except (FileNotFoundError, ConnectionRefusedError):
        raise ConsoleError(
            f"No server runs with {path.parent}: start it, or say with --data where it keeps what."
        ) from None
    except (OSError, msgspec.MsgspecError):
        raise ConsoleError(f"The server at {path} does not answer: is it yours?") from None
