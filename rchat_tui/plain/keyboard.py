"""Lines of standard input, and the way to run the chat on them."""

from __future__ import annotations

import asyncio
import contextlib
import io
import signal
import sys
import threading
from typing import TYPE_CHECKING, BinaryIO, Final

from rchat_protocol.limits import MESSAGE_BYTES
from rchat_tui.plain.chat import PlainChat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rchat_tui.app.ports import ClientFactory
    from rchat_tui.app.settings import AppSettings

_LINE_BYTES: Final = 4 * MESSAGE_BYTES
"""Longest line that is read at once; what is longer comes as several."""

_LEAVING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def lines_of(file: BinaryIO) -> AsyncIterator[str]:
    """Yield the lines of a file or terminal, without their ends.

    A thread reads them: a terminal that is made non-blocking is so for standard output, too. It is
    a daemon, since nothing ends a read; it reads no further line before the last one was taken.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[bytes] = asyncio.Queue()
    wanted = threading.Semaphore()  # so the queue holds one line at the most

    def read() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: so does the program
            line = b"begin"
            while line:
                wanted.acquire()
                line = file.readline(_LINE_BYTES)
                loop.call_soon_threadsafe(lines.put_nowait, line)

    threading.Thread(target=read, name="standard input", daemon=True).start()
    while line := await lines.get():
        wanted.release()
        yield line.decode(errors="replace").rstrip("\r\n")


def write(line: str) -> None:
    """Write a line to standard output, at once; what its encoding lacks becomes ``?``."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(line.encode(encoding, "replace").decode(encoding) + "\n")
    sys.stdout.flush()


def hush(on: bool) -> None:  # noqa: FBT001 - a callback of one argument
    """Let the terminal show nothing of what is typed, or show it again; a pipe shows nothing."""
    if not sys.stdin.isatty():
        return
    import termios

    attributes = termios.tcgetattr(sys.stdin)
    flags = attributes[3] & ~termios.ECHO if on else attributes[3] | termios.ECHO
    termios.tcsetattr(sys.stdin, termios.TCSADRAIN, [*attributes[:3], flags, *attributes[4:]])


def run(settings: AppSettings, client: ClientFactory) -> int:
    """Chat in plain lines until the user leaves; return the exit code.

    Raises:
        RchatError: No client can be made for this address and name.
    """
    return asyncio.run(_run(settings, client))


async def _run(settings: AppSettings, client: ClientFactory) -> int:
    chat = PlainChat(settings, client, write=write, hush=hush)
    loop = asyncio.get_running_loop()
    for number in _LEAVING:
        loop.add_signal_handler(number, chat.leave, 128 + number)
    try:
        # Without a buffer, whose lock the waiting thread would hold: Python aborts at its end then.
        return await chat.run(lines_of(io.FileIO(sys.stdin.fileno(), closefd=False)))
    finally:
        hush(on=False)
        for number in _LEAVING:
            loop.remove_signal_handler(number)
