"""The one owner of the core's tasks: nothing runs that nobody waits for."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine

_log = logging.getLogger(__name__)


class Tasks:
    """Tasks that end by themselves, kept until they have.

    Unlike `asyncio.TaskGroup`, one that fails does not take the others with it: a fault in one
    channel must not silence the rest.
    """

    def __init__(self) -> None:
        self._running: dict[asyncio.Task[None], None] = {}

    def __len__(self) -> int:
        return len(self._running)

    def spawn(self, coroutine: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
        """Run ``coroutine`` and keep it until it is done. A failure goes to the log."""
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._running[task] = None
        task.add_done_callback(self._done)
        return task

    async def finish(self) -> None:
        """Wait until every task has ended, those that start meanwhile included."""
        while self._running:
            await asyncio.wait(self._running)

    async def cancel(self) -> None:
        """Cancel what still runs and wait for it."""
        for task in self._running:
            task.cancel()
        await self.finish()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a task failed", exc_info=error, extra={"task": task.get_name()})
