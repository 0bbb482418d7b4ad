"""What the app keeps beside messages reaches the disk: coalesced, and before one has left."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rchat_tui.app import keeping
from rchat_tui.app.answers import Told
from rchat_tui.app.errands import Errands
from rchat_tui.client.errors import StorageFailed
from support.fake_chat import FakeChat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from typing import Any

    from textual.message import Message


class Office:
    """Errands, and what they posted."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.chat = FakeChat()
        self.posted: list[Message] = []
        self._tasks = tasks
        self._workers: list[asyncio.Task[None]] = []
        self.errands = Errands(self.chat, post=self.posted.append, spawn=self._spawn)

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._workers.append(self._tasks.create_task(coroutine))

    def close(self) -> None:
        """End the workers, as an app does that ends."""
        for worker in self._workers:
            worker.cancel()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something to be so."""
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 - a list sets no event
                await asyncio.sleep(0)

    @property
    def kept(self) -> list[tuple[str, str, str | None]]:
        """What the disk was asked to keep, in order."""
        return self.chat.keeps


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """Errands whose workers end with the test."""
    async with asyncio.TaskGroup() as tasks:
        office = Office(tasks)
        yield office
        office.close()


async def test_what_changes_while_the_disk_works_is_written_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise each key that is pressed costs a sync of the disk."""
    monkeypatch.setattr(keeping, "PAUSE", 3600)
    office.chat.disk.clear()
    keep = office.errands.keeping.keep
    keep("draft", "general", "h")
    await asyncio.sleep(0)
    for text in ("he", "hel", "hello"):
        keep("draft", "general", text)
    keep("draft", "random", None)
    assert office.errands.writing
    office.chat.disk.set()
    assert await office.errands.written()
    assert office.kept == [
        ("draft", "general", "h"),
        ("draft", "general", "hello"),
        ("draft", "random", None),
    ]
    assert office.chat.texts == {"draft": {"general": "hello"}}
    assert not office.errands.writing


async def test_haste_ends_the_pause(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a draft that was sent is there again after a crash within the pause."""
    monkeypatch.setattr(keeping, "PAUSE", 3600)
    keep = office.errands.keeping.keep
    office.chat.disk.clear()
    keep("draft", "general", "hello")
    await asyncio.sleep(0)
    keep("draft", "general", "hello!")
    office.chat.disk.set()
    await office.until(lambda: len(office.kept) == 1)
    keep("draft", "general", None, at_once=True)
    await office.until(lambda: len(office.kept) == 2)
    assert office.kept[-1] == ("draft", "general", None)


async def test_who_leaves_waits_for_the_disk(office: Office) -> None:
    """Otherwise what was typed last before leaving is lost."""
    office.chat.disk.clear()
    office.errands.keeping.keep("draft", "general", "hello")
    leaving = asyncio.create_task(office.errands.written())
    done, _ = await asyncio.wait((leaving,), timeout=0.05)
    assert not done
    office.chat.disk.set()
    assert await leaving


async def test_a_disk_that_refuses_is_told_once(office: Office) -> None:
    """Otherwise what is not kept looks kept, or the same sentence comes every second."""
    keep = office.errands.keeping.keep
    office.chat.errors["keep"] = StorageFailed("The disk is full.")
    for text in ("h", "he"):
        keep("draft", "general", text)
        assert not await office.errands.written()
    assert office.posted == [Told("The disk is full.", error=True)]
    keep("muted", "general", "")
    await office.errands.written()
    assert len(office.posted) == 2, "of another kind"
    del office.chat.errors["keep"]
    keep("draft", "general", "hel")
    assert await office.errands.written()
    office.chat.errors["keep"] = StorageFailed("The disk is full.")
    keep("draft", "general", "hell")
    assert not await office.errands.written()
    assert len(office.posted) == 3


async def test_more_than_the_disk_can_take_is_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a disk that hangs lets memory grow."""
    monkeypatch.setattr(keeping, "WAITING", 2)
    office.chat.disk.clear()
    keep = office.errands.keeping.keep
    for key in "abc":
        keep("draft", key, "1")
    keep("draft", "a", "2")
    assert [type(message) for message in office.posted] == [Told]
    office.chat.disk.set()
    await office.errands.written()
    assert office.chat.texts == {"draft": {"a": "2", "b": "1"}}


async def test_what_is_kept_comes_back(office: Office) -> None:
    """Otherwise what was kept is of no use, or a broken disk is silent."""
    office.chat.texts["draft"] = {"general": "hello"}

    def answer(texts: dict[str, str]) -> Message:
        return Told(str(texts))

    office.errands.keeping.fetch("draft", answer)
    await office.until(lambda: office.posted)
    assert office.posted == [Told("{'general': 'hello'}")]
