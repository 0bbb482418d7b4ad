"""An event loop whose time is a number, and the processes on it, which can be killed and stalled.

Time passes when nothing is left to do: it jumps to the next timer. There are no threads, no sockets
and no clock. async-solipsism and looptime, both well kept, give virtual time on top of asyncio's
own loop; what they do not know is a **process**. Here each callback belongs to the process in whose
context it was scheduled: the callbacks of one that was killed are dropped, as with ``kill -9`` (no
``finally`` runs), those of one that is stalled wait. Two hundred lines do that, and a turn costs a
third of what it costs in `asyncio.BaseEventLoop`, which polls its selector each time.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
from collections import deque
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

START: Final = 1_000.0
"""Seconds that the loop's clock shows when a run begins."""

TURNS_A_MOMENT: Final = 200_000
"""Callbacks at one moment of virtual time, after which time is taken to stand still for ever."""


class SimulationError(AssertionError):
    """The run cannot go on: somebody spins, waits for nothing, or let an exception fall."""


class Process:
    """Something that can be killed or stalled: a server, or a client."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self.tasks: dict[asyncio.Task[Any], None] = {}
        """Its tasks that have not ended, in the order in which they began."""
        self.waiting: deque[_Handle] | None = None
        """What is to be done when it is no longer stalled; None while it runs."""
        self.context = contextvars.copy_context()
        self.context.run(_PROCESS.set, self)

    def __repr__(self) -> str:
        return f"<{self.name}>"


_PROCESS: Final[contextvars.ContextVar[Process]] = contextvars.ContextVar("process")


class _Handle:
    """A callback that waits for its turn."""

    __slots__ = ("_when", "args", "callback", "context", "dropped")

    def __init__(
        self,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        context: contextvars.Context,
        when: float = 0.0,
    ) -> None:
        self.callback = callback
        self.args = args
        self.context = context
        self.dropped = False
        self._when = when

    def cancel(self) -> None:
        """Let it not be called."""
        self.dropped = True

    def cancelled(self) -> bool:
        """Return whether it was cancelled."""
        return self.dropped

    def when(self) -> float:
        """Return when it is due."""
        return self._when


class VirtualLoop(asyncio.AbstractEventLoop):
    """The loop. `run` a coroutine on it; everything else asyncio asks of it itself."""

    def __init__(self) -> None:
        self.now = START
        self.turns = 0
        """Callbacks that were called so far."""
        self._ready: deque[_Handle] = deque()
        self._timers: list[tuple[float, int, _Handle]] = []
        self._timers_made = 0
        self._running = False
        self._closed = False
        self._fault: BaseException | None = None
        self.harness = Process("harness")

    # -- for the simulation ------------------------------------------------------------------------

    def run(self, coroutine: Coroutine[Any, Any, None], *, until: float) -> None:
        """Run ``coroutine`` in the harness's process until it ends.

        Args:
            coroutine: What to run.
            until: The moment at which it is taken to hang.

        Raises:
            SimulationError: It hangs, nothing will ever happen, or an exception was lost.
        """
        asyncio._set_running_loop(self)
        self._running = True
        try:
            main = self.spawn(self.harness, coroutine, name="main")
            main.add_done_callback(lambda _: self.stop())
            self._turn_until_stopped(until)
            main.result()
        finally:
            asyncio._set_running_loop(None)

    def spawn(
        self, process: Process, coroutine: Coroutine[Any, Any, Any], *, name: str
    ) -> asyncio.Task[Any]:
        """Run ``coroutine`` as a task of ``process``; the run fails where it does."""
        task = self.create_task(coroutine, name=name, context=process.context.copy())
        task.add_done_callback(self._ended)
        return task

    def kill(self, process: Process) -> None:
        """End ``process`` on the spot: nothing of it is ever called again."""
        process.alive = False
        process.waiting = None

    def stall(self, process: Process, seconds: float) -> None:
        """Let ``process`` do nothing for so long; time goes on for it all the same."""
        if process.alive and process.waiting is None:
            process.waiting = deque()
            self.call_later(seconds, self._unstall, process, context=self.harness.context)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            if not isinstance(error, SimulationError):
                fault = SimulationError(f"the task {task.get_name()} failed: {error!r}")
                fault.__cause__ = error
                error = fault
            self.fail(error)

    def fail(self, why: BaseException) -> None:
        """End the run with ``why``, after this turn."""
        if self._fault is None:
            self._fault = why

    def bury(self, process: Process) -> None:
        """Free what a killed process has left, without a trace of it: for the end of a run."""
        self.kill(process)
        for task in process.tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined] # it died, that is all
            coroutine: Any = task.get_coro()
            for _ in range(20):  # it may await something while it cleans up, any number of times
                try:
                    coroutine.close()
                except BaseException:  # noqa: BLE001, S112 - the dead have no say
                    continue
                break
        process.tasks.clear()

    def _unstall(self, process: Process) -> None:
        waiting, process.waiting = process.waiting, None
        self._ready.extend(waiting or ())

    def _turn_until_stopped(self, until: float) -> None:
        ready, timers = self._ready, self._timers
        moment_began = self.turns
        while self._running:
            if not ready:
                while timers and timers[0][2].dropped:
                    heapq.heappop(timers)
                if not timers:
                    raise SimulationError("nothing will ever happen any more")
                self.now = max(self.now, timers[0][0])
                moment_began = self.turns
                if self.now > until:
                    raise SimulationError("the run does not come to its end")
                while timers and timers[0][0] <= self.now:
                    ready.append(heapq.heappop(timers)[2])
            self._turn(ready.popleft())
            if self.turns - moment_began > TURNS_A_MOMENT:
                raise SimulationError("somebody spins, and time stands still")

    def _turn(self, handle: _Handle) -> None:
        if handle.dropped:
            return
        process = handle.context.get(_PROCESS, self.harness)
        if not process.alive:
            return
        if process.waiting is not None:
            process.waiting.append(handle)
            return
        self.turns += 1
        try:
            handle.context.run(handle.callback, *handle.args)
        except SimulationError:
            raise
        except Exception as fault:
            raise SimulationError(f"a callback of {process} failed: {fault!r}") from fault
        if self._fault is not None:
            raise self._fault

    # -- for asyncio -------------------------------------------------------------------------------

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self.now

    def call_soon(  # type: ignore[override]
        self,
        callback: Callable[..., object],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> _Handle:
        """Call it in its turn."""
        handle = _Handle(callback, args, context or contextvars.copy_context())
        if not self._closed:
            self._ready.append(handle)
        return handle

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> _Handle:
        """Call it at that moment."""
        handle = _Handle(callback, args, context or contextvars.copy_context(), when)
        if not self._closed:
            self._timers_made += 1  # of two at the same moment, the one made first goes first
            heapq.heappush(self._timers, (when, self._timers_made, handle))
        return handle

    def call_later(  # type: ignore[override]
        self,
        delay: float,
        callback: Callable[..., object],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> _Handle:
        """Call it after so many seconds."""
        return self.call_at(self.now + delay, callback, *args, context=context)

    def create_future(self) -> asyncio.Future[Any]:
        """Return a future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Any,
        *,
        name: str | None = None,
        context: contextvars.Context | None = None,
        **_options: Any,
    ) -> asyncio.Task[Any]:
        """Return a task of the process in whose context this is."""
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, name=name, context=context)
        tasks = (context.get(_PROCESS, self.harness) if context else current(self)).tasks
        tasks[task] = None
        task.add_done_callback(tasks.pop)
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Let the run fail: nobody may lose an exception."""
        if not self._closed:
            fault = context.get("exception")
            lost = SimulationError(f"an exception was lost: {context['message']}: {fault!r}")
            lost.__cause__ = fault
            self.fail(lost)

    def get_debug(self) -> bool:
        """Say no: asyncio's debugging looks at real time."""
        return False

    def is_running(self) -> bool:
        """Return whether it runs."""
        return self._running

    def is_closed(self) -> bool:
        """Return whether it was closed."""
        return self._closed

    def stop(self) -> None:
        """End `run` after this turn."""
        self._running = False

    def close(self) -> None:
        """Call nothing any more."""
        self._closed = True
        self._ready.clear()
        self._timers.clear()

    async def shutdown_asyncgens(self) -> None:
        """Do nothing: asynchronous generators are not hooked."""

    def run_in_executor(self, *_args: Any) -> NoReturn:  # type: ignore[override]
        """Refuse: a thread is what no seed can repeat."""
        raise SimulationError("no threads in a simulation")


def virtual_loop() -> VirtualLoop:
    """Return a loop. Of what asyncio asks of one, it has what works without a system below it."""
    return VirtualLoop()  # type: ignore[abstract]


def current(loop: VirtualLoop) -> Process:
    """Return the process that is running."""
    return _PROCESS.get(loop.harness)
