"""What is read, on its way to a disk that is slow or full."""

from __future__ import annotations

import asyncio

from rchat_protocol import models
from rchat_tui.client import ConversationState, MessagePosted, StorageFailed
from rchat_tui.client.keeper import WAITING, Keeper
from rchat_tui.client.standing import Standing
from rchat_tui.client.store.limits import CacheLimits
from rchat_tui.client.store.memory import MemoryClientStore

LIMITS = CacheLimits(numbers=100_000)


class Disk:
    """Takes as long as it is told to, and refuses where it is told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.full = False
        self.commits = 0

    async def __call__(self) -> None:
        """Commit."""
        await self.go.wait()
        if self.full:
            raise StorageFailed("The disk is full.")
        self.commits += 1


class Reader:
    """A keeper that hears of one channel."""

    def __init__(self) -> None:
        self.disk = Disk()
        self.store = MemoryClientStore(sync=self.disk, limits=LIMITS)
        self.standing = Standing()
        self.keeper = Keeper(self.store, standing=self.standing, user=lambda: "me")

    async def begin(self) -> None:
        """Hear of the channel."""
        await self.store.open()
        self.keeper.begin(())
        self.hear(ConversationState("c", "channel", "general", "e", 0, 1, 0, 0, 0, []))

    def hear(self, event: models.Event) -> None:
        """Hear of something, as the feed does."""
        assert self.standing.apply(event)
        self.keeper.apply(event)

    def read(self, first: int, last: int) -> None:
        """Hear of these messages."""
        for seq in range(first, last + 1):
            self.hear(MessagePosted("c", seq, f"i{seq}", "bob", "hi", 0))


async def test_a_slow_disk_makes_holes_and_no_heap() -> None:
    """Broken, a burst grew in memory until the disk came back, or a hole was taken for read."""
    reader = Reader()
    await reader.begin()
    reader.read(1, 3)
    await asyncio.sleep(0)
    reader.read(4, WAITING + 500)
    waiting = sum(len(run.messages) for runs in reader.keeper._runs.values() for run in runs)
    assert waiting == WAITING
    reader.disk.go.set()
    while reader.keeper._runs:  # noqa: ASYNC110 - it is written aside
        await asyncio.sleep(0)
    reader.read(WAITING + 501, WAITING + 502)
    await reader.keeper.aclose()
    log = reader.store.disk.logs["c"]
    assert log.held == ((1, WAITING + 3), (WAITING + 501, WAITING + 502)), "and no more than that"
    assert log.state.head == WAITING + 502
    assert reader.disk.commits <= 4, "what comes meanwhile goes with the next"


async def test_a_full_disk_costs_what_it_did_not_take_and_nothing_else() -> None:
    """Broken, a full disk ended the keeping for good, or marked as kept what was not."""
    reader = Reader()
    reader.disk.go.set()
    await reader.begin()
    await asyncio.sleep(0)
    reader.disk.full = True
    reader.read(1, 3)
    while reader.keeper._runs:  # noqa: ASYNC110 - it is written aside
        await asyncio.sleep(0)
    reader.disk.full = False
    reader.read(4, 5)
    await reader.keeper.aclose()
    log = reader.store.disk.logs["c"]
    assert (log.held, log.state.head, log.state.unread) == (((4, 5),), 5, 5)


async def test_a_page_that_cannot_be_is_not_kept() -> None:
    """Broken, a hostile server wrote into what is held of other conversations and numbers."""
    reader = Reader()
    reader.disk.go.set()
    await reader.begin()
    reader.read(1, 1)

    def page(*seqs: int, conversation: str = "c", epoch: str = "e") -> models.HistoryReply:
        found = [models.Message(seq, f"i{seq}", "eve", "hi", 0) for seq in seqs]
        return models.HistoryReply(conversation, epoch, found, more=False)

    for reply in (
        page(),
        page(5, 4),
        page(4, 4),
        page(7, 12),
        page(0, 1),
        page(4, 5, epoch="another"),
        page(4, 5, conversation="unknown"),
    ):
        reader.keeper.page(reply, before=10, after=None)
    reader.keeper.page(page(3, 9), before=None, after=5)
    await reader.keeper.aclose()
    assert {id_: log.held for id_, log in reader.store.disk.logs.items()} == {"c": ((1, 1),)}
