"""Passwords, stretched by Argon2id in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from rchat_protocol.errors import ChatError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

# The second of OWASP's equivalent choices (Password Storage Cheat Sheet): 20 ms of one core here.
_TIME_COST: Final = 2
_MEMORY_KIB: Final = 19 * 1024
_LANES: Final = 1

WAITING: Final = 64
"""Passwords that wait: a second and a half of work. Who comes then is told to come again."""

_NICENESS: Final = 10
"""How much the threads give way: the event loop, which delivers messages, goes first."""


class PasswordPool:
    """Stretches passwords, off the event loop, a few at a time.

    The threads are made when they are needed, and end with the process, or with `close`.

    Args:
        threads: How many at a time; each takes a core, and 19 MiB.
    """

    def __init__(self, threads: int = 1) -> None:
        self._hasher = PasswordHasher(_TIME_COST, _MEMORY_KIB, _LANES)
        self._threads = ThreadPoolExecutor(threads, "passwords", initializer=_give_way)
        self._waiting = 0

    def close(self) -> None:
        """End the threads, after what they have in hand: that is waited for by nobody."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hashed(self, password: str) -> str:
        """Return what is stored of a password.

        Raises:
            ChatError: ``busy``.
        """
        return await self._run(functools.partial(self._hasher.hash, password))

    async def match(self, password: str, stored: str | None) -> bool:
        """Return whether it is the one; for None, after as much work, that it is not.

        Raises:
            ChatError: ``busy``.
        """
        return await self._run(functools.partial(self._matches, password, stored))

    def _matches(self, password: str, stored: str | None) -> bool:
        if stored is None:
            self._hasher.hash(password)
            return False
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING:
            raise ChatError(
                ErrorCode.BUSY, "Very many people are logging in: try again soon.", retry=2.0
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _give_way() -> None:
    with contextlib.suppress(AttributeError, OSError):  # Linux has it for each thread
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
