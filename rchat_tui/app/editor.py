"""Writing in one's own editor, which has the terminal meanwhile.

Concurrency: the editor is a process of its own, awaited; the app's loop goes on, and what arrives
is on the screen when the editor is left. Whoever cancels it ends the editor.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BYTES: Final = 256 * 1024
"""Most bytes that are taken back: who writes more has taken the wrong file."""

_NAME: Final = "message.md"
_FROM_KEYS: Final = ("SIGINT", "SIGQUIT")
"""What Ctrl+C and Ctrl+Backslash send to all in the terminal: they are meant for the editor."""


class EditorError(Exception):
    """Nothing was written: ``str(error)`` is a sentence that says why."""


def command(environment: Mapping[str, str]) -> list[str]:
    """Return the editor that one wants, with its arguments.

    Raises:
        EditorError: None is named, or not so that it could be started.
    """
    for name in ("VISUAL", "EDITOR"):
        if environment.get(name, "").strip():
            try:
                return shlex.split(environment[name])
            except ValueError as error:
                raise EditorError(f"{name} cannot be read: {error}.") from None
    raise EditorError("Which editor? Start rchat with one, like EDITOR=nano rchat-tui.")


async def write_in(editor: list[str], text: str) -> str:
    """Let a text be changed in an editor; return what it is then.

    The terminal is to be free. The text is in a file that nobody else can read, and that is gone
    afterwards.

    Raises:
        EditorError: The editor does not start, fails, or leaves no text.
    """
    try:
        path = await asyncio.to_thread(_lay_down, text)
    except OSError as error:
        raise EditorError(f"There is no room for a file: {error.strerror}.") from error
    try:
        await _run([*editor, str(path)])
        return await asyncio.to_thread(_take_up, path)
    except OSError as error:
        what = f"What was written there cannot be read: {error.strerror}."
        raise EditorError(what) from error
    finally:
        # Not in a thread: who is cancelled twice, as when the app ends, would not wait for it.
        shutil.rmtree(path.parent, ignore_errors=True)


async def _run(arguments: list[str]) -> None:
    name = Path(arguments[0]).name
    with _deaf():
        try:
            process = await asyncio.create_subprocess_exec(*arguments)
        except OSError as error:
            raise EditorError(f"{name} cannot be started: {error.strerror}.") from error
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
            raise
    if code:
        how = "was interrupted" if code < 0 else f"failed ({code})"
        raise EditorError(f"{name} {how}: what you wrote here is as it was.")


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Let keys that interrupt reach the editor alone; its process hears them as ever."""
    before = {}
    for name in _FROM_KEYS:
        number = getattr(signal, name, None)
        if number is not None:
            with contextlib.suppress(ValueError):  # only the main thread hears of them
                before[number] = signal.signal(number, lambda *_: None)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _lay_down(text: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="rchat-"))  # for nobody else's eyes
    path = folder / _NAME
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text.encode(errors="replace") + b"\n" * bool(text))
    return path


def _take_up(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(BYTES + 1)
    if len(data) > BYTES:
        raise EditorError(f"That is more than {BYTES:,} bytes: what you wrote here is as it was.")
    try:
        return data.decode().rstrip("\n")
    except UnicodeDecodeError:
        raise EditorError("That is no UTF-8 text: what you wrote here is as it was.") from None
