"""A living chat in one command: a server of its own, and residents who talk.

The server stands on a thread and an event loop of its own: an app that is suspended for an editor
must not freeze it. It keeps everything in memory and listens on a free port of this machine alone.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING, Final, Self

from rchat_tui.client.errors import SetupError
from rchat_tui.demo.script import CHANNELS

if TYPE_CHECKING:
    from types import TracebackType

START_TIMEOUT: Final = 20.0
"""Seconds in which the residents have come in."""

_logger = logging.getLogger(__name__)


class Demo:
    """The thread. ``with Demo() as demo:`` starts it; `wait` for the residents; it ends with it.

    Args:
        seed: What chance begins with: the same seed gives the same talk.
        pace: 1 is the pace of people; less is faster.
    """

    channels = CHANNELS
    """Where the residents talk, and a newcomer is to join."""

    def __init__(self, *, seed: int | str = "rchat", pace: float = 1.0) -> None:
        self._seed = seed
        self._pace = pace
        self._url = ""
        self._failure: BaseException | None = None
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="demo")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        with self._lock:
            if self._loop is not None and self._main is not None:
                self._loop.call_soon_threadsafe(self._main.cancel)
        self._thread.join()

    def wait(self) -> str:
        """Wait until the residents have come in; return the server's URL.

        Raises:
            SetupError: They have not.
        """
        if not self._ready.wait(START_TIMEOUT):
            raise SetupError(f"The demo did not start within {START_TIMEOUT:g} s.")
        if not self._url:
            raise SetupError(f"The demo did not start: {self._failure}") from self._failure
        return self._url

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except asyncio.CancelledError:
            pass  # `__exit__` asked for it
        except BaseException as failure:
            _logger.exception("the demo failed")
            self._failure = failure
        finally:
            with self._lock:
                self._loop = None
            self._ready.set()

    async def _serve(self) -> None:
        # The thread begins while the app is being imported, and pays for these itself.
        from rchat_server.compose import compose_server
        from rchat_tui.demo.residents import Residents

        with self._lock:
            self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
        if self._stopping.is_set():
            return
        async with compose_server("127.0.0.1", 0) as server:
            host, port = server.address
            url = f"tcp://{host}:{port}"
            async with Residents(url, seed=self._seed, pace=self._pace) as residents:
                self._url = url
                self._ready.set()
                await residents.run()
