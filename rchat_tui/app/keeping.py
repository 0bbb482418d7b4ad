"""What the app keeps on disk beside messages: drafts and the like, by area and key.

Concurrency: one worker of the app writes, one text after the other; it begins with the first and
ends when nothing waits. What changes while it writes is coalesced: the last word on each key waits,
and is written a pause after the one before, or at once when there is haste. Who leaves makes haste,
and waits for it (`Errands.written`).
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

from rchat_tui.app.answers import Told
from rchat_tui.client.errors import RchatError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.message import Message

    from rchat_tui.app.ports import ChatPort

PAUSE: Final = 1.0
"""Seconds between two rounds of writing."""

LAST_WORDS: Final = 1.0
"""Seconds that a client that goes waits for its disk."""

WAITING: Final = 1_000
"""Keys that wait for the disk; the last word on another is not kept, and that is said."""


class Keeping:
    """Keeps texts with one client."""

    def __init__(
        self,
        client: ChatPort,
        *,
        post: Callable[[Message], object],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        """Begin with nothing that waits. Arguments as those of `Errands`."""
        self._client = client
        self._post = post
        self._spawn = spawn
        self._waiting: dict[tuple[str, str], str | None] = {}
        self._haste = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._failing: set[str] = set()
        self.refused = 0
        """How often the disk refused."""

    @property
    def writing(self) -> bool:
        """Whether something is not on the disk yet."""
        return not self._idle.is_set()

    def keep(self, area: str, key: str, text: str | None, *, at_once: bool = False) -> None:
        """Keep a text, soon; None: no longer. Where the disk refuses it, that is told.

        Args:
            area: What kind of thing it is.
            key: What it is about.
            text: The last word on it.
            at_once: Whether not to wait for a pause.
        """
        if len(self._waiting) >= WAITING and (area, key) not in self._waiting:
            self._failed(area, "Not kept: the disk does not answer. Wait a moment.")
            return
        self._waiting[area, key] = text
        if at_once:
            self._haste.set()
        if self._idle.is_set():
            self._idle.clear()
            self._spawn(self._write())

    async def _write(self) -> None:
        try:
            while self._waiting:
                self._haste.clear()
                await self._write_all()
                if self._waiting:
                    await self._pause()
        finally:
            self._idle.set()

    async def _write_all(self) -> None:
        """Write what waits now. What changes meanwhile waits for the next round."""
        waiting, self._waiting = self._waiting, {}
        for (area, key), text in waiting.items():
            try:
                await self._client.keep(area, key, text)
                self._failing.discard(area)
            except RchatError as error:
                self._failed(area, str(error))

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(PAUSE):
                await self._haste.wait()
        except TimeoutError:
            pass

    def _failed(self, area: str, reason: str) -> None:
        self.refused += 1
        if area not in self._failing:  # told once: a draft is written every second
            self._failing.add(area)
            self._post(Told(reason, error=True))

    async def written(self) -> None:
        """Make haste, and return when nothing waits."""
        self._haste.set()
        await self._idle.wait()

    async def finish(self) -> None:
        """Write what waits, before the client goes; a disk that does not answer is left."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await self.written()

    def fetch(self, area: str, answer: Callable[[dict[str, str]], Message]) -> None:
        """Read the texts of an area, and post what ``answer`` makes of them."""

        async def fetch() -> None:
            try:
                self._post(answer(await self._client.kept(area)))
            except RchatError as error:
                self._post(Told(str(error), error=True))

        self._spawn(fetch())
