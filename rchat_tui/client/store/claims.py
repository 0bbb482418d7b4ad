"""Locks between the processes of one person: files that a process holds, and that end with it.

Each store that is open holds the file of its own name under an exclusive `flock`. Whoever finds a
claim of another name looks whether that file can be locked: then its holder is dead, however it
died, and will never come back, for no name is used twice. No process ids, no times.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OPENING_TIMEOUT: Final = 5.0
"""Seconds that another process may take to open the same store."""

_PAUSE: Final = 0.01


class Locks:
    """A folder of lock files. What it raises are OSErrors.

    Args:
        folder: Of one store; made where there is none.
        name: Of this holder: no other ever has it.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self._folder = folder
        self._own: int | None = None
        self._login: int | None = None

    @contextlib.contextmanager
    def opening(self) -> Iterator[list[str]]:
        """Hold the lock under which a store is made ready, and come to life in it.

        Yields the names of the dead. What they left is to be cleared away: afterwards their names
        are forgotten.

        Raises:
            TimeoutError: Another process does not get done.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = self._open("opening")
        try:
            self._wait(lock)
            self._own = self._open(f"{self.name}.holder")
            fcntl.flock(self._own, fcntl.LOCK_EX | fcntl.LOCK_NB)
            dead = [path for path in self._folder.glob("*.holder") if not self.alive(path.stem)]
            yield [path.stem for path in dead]
            for path in dead:
                path.unlink(missing_ok=True)
        except BaseException:
            self.close()
            raise
        finally:
            os.close(lock)

    def alive(self, name: str) -> bool:
        """Say whether the holder of that name lives. To be asked by one process at a time."""
        if name == self.name:
            return self._own is not None
        try:
            file = os.open(self._folder / f"{name}.holder", os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            return False
        finally:
            os.close(file)

    def try_login(self) -> bool:
        """Take the lock of the login, if nobody has it."""
        file = self._open("login")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._login = file
        return True

    def end_login(self) -> None:
        """Give it back. Harmless where it is not held."""
        if self._login is not None:
            os.close(self._login)
            self._login = None

    def close(self) -> None:
        """Die: what is still claimed is anybody's. Idempotent."""
        self.end_login()
        if self._own is not None:
            (self._folder / f"{self.name}.holder").unlink(missing_ok=True)
            os.close(self._own)
            self._own = None

    def _open(self, name: str) -> int:
        return os.open(self._folder / name, os.O_RDWR | os.O_CREAT, 0o600)

    def _wait(self, lock: int) -> None:
        deadline = time.monotonic() + OPENING_TIMEOUT
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError from None
                time.sleep(_PAUSE)
            else:
                return
