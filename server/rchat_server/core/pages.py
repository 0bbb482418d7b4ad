"""Runs of entries for those who are behind: read and encoded once, however many want them.

When a server comes back, thousands of streams want the same entries of one channel; those who fall
behind for a moment want the batch that was just delivered. Both find it here, encoded already. What
is here is shared by all conversations and bounded; the least recently used goes first.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rchat_protocol.errors import ChatError
from rchat_server.core.batch import Batch

if TYPE_CHECKING:
    from rchat_server.core.conversation import Conversation
    from rchat_server.core.ports import Log
    from rchat_server.core.tasks import Tasks

PAGE_ENTRIES: Final = 256
"""Entries that are read from the log at a time."""
PAGE_BYTES: Final = 256 * 1024
"""Bytes of content that are read from the log at a time."""

SHARED_BYTES: Final = 4 * 1024 * 1024
"""Bytes of memory that are kept, as far as can be told."""

_ENTRY_BYTES: Final = 1000
"""What an entry takes in memory beside its content: measured, with its encoding and its frame."""
_COPIES: Final = 3
"""How often its content is there: itself, encoded, and in frames."""

Key = tuple["Conversation", int]


@dataclass(frozen=True, slots=True)
class Page:
    """Entries that follow each other, and nothing else."""

    batch: Batch
    first: int
    """Number of the first entry that the log kept when they were read; 1 where nobody looked."""
    size: int


class Pages:
    """The runs that were wanted or delivered last.

    Args:
        log: Where entries are read.
        tasks: Owner of the reading tasks.
    """

    def __init__(self, log: Log, tasks: Tasks) -> None:
        self.log = log
        self._tasks = tasks
        self._kept: OrderedDict[Key, Page] = OrderedDict()
        self._bytes = 0
        self._reading: dict[Key, asyncio.Future[Page]] = {}

    def delivered(self, conversation: Conversation, batch: Batch) -> None:
        """Keep what was just delivered, for those who did not take it."""
        if batch.first_seq and not batch.changes_roster:
            page = Page(batch, 1, _size(batch))
            self._keep((conversation, batch.first_seq - 1), page)

    async def after(self, conversation: Conversation, seq: int) -> Page:
        """Return the entries that follow number ``seq``, as many as a page has, up to the newest.

        Raises:
            ChatError: ``storage-unavailable``.
        """
        key = (conversation, seq)
        page = self._kept.get(key)
        if page is not None:
            self._kept.move_to_end(key)
            return page
        reading = self._reading.get(key)
        if reading is None:
            reading = self._reading[key] = asyncio.get_running_loop().create_future()
            _ = self._tasks.spawn(self._read(key, reading), name=f"read {conversation.id}")
        # Whoever is cancelled is so alone.
        return await asyncio.shield(reading)

    def forget(self, conversation: Conversation) -> None:
        """Keep nothing of a conversation: it is no more, or what was said in it is erased."""
        for key in [key for key in self._kept if key[0] is conversation]:
            self._bytes -= self._kept.pop(key).size
        # What is being read may be of before: those who wait get it, and nobody after them.
        for key in [key for key in self._reading if key[0] is conversation]:
            del self._reading[key]

    async def _read(self, key: Key, done: asyncio.Future[Page]) -> None:
        conversation, seq = key
        try:
            found = await self.log.read(
                conversation.id,
                after=seq,
                through=conversation.published,
                limit=PAGE_ENTRIES,
                max_bytes=PAGE_BYTES,
            )
            batch = Batch(conversation, found.entries)
            page = Page(batch, found.first, _size(batch))
        except ChatError as error:
            done.set_exception(error)
            done.exception()  # nobody may be left who asks
        except BaseException as error:
            done.set_exception(error)
            done.exception()
            raise
        else:
            done.set_result(page)
            if found.entries and self._reading.get(key) is done:
                self._keep(key, page)
        finally:
            if self._reading.get(key) is done:
                del self._reading[key]

    def _keep(self, key: Key, page: Page) -> None:
        if key in self._kept:
            self._bytes -= self._kept.pop(key).size
        self._kept[key] = page
        self._bytes += page.size
        while self._bytes > SHARED_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.size


def _size(batch: Batch) -> int:
    return _COPIES * batch.content_bytes + _ENTRY_BYTES * len(batch)
