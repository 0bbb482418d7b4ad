"""When the system asks the app to end: it gives the terminal back first."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_NAMES: Final = ("SIGTERM", "SIGHUP")


def leave_when_told(leave: Callable[[int], object]) -> None:
    """Call ``leave`` with the exit code that shells know, 128 and the signal's number.

    Windows has no such signals, and only the main thread hears of them: elsewhere nothing happens.
    """
    loop = asyncio.get_running_loop()
    for name in _NAMES:
        number = getattr(signal, name, None)
        if number is not None:
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, leave, 128 + number)
