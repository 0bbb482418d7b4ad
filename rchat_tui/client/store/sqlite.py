"""A store on disk, in one SQLite file that all processes of a person share.

Concurrency: all SQL runs on one thread, which the store owns and ends; at most `JOBS` wait for it,
who comes later waits for his turn. What is committed is on the disk (``synchronous = FULL``), the
cache alone follows with the next commit. Claims are held by a lock file: see `claims`.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import uuid4

from rchat_tui.client.errors import StorageFailed
from rchat_tui.client.store.cache_tables import CacheTables
from rchat_tui.client.store.claims import Locks
from rchat_tui.client.store.database import Database, failed
from rchat_tui.client.store.kept_table import KeptTable
from rchat_tui.client.store.limits import CacheLimits
from rchat_tui.client.store.outbox_table import OutboxTable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from rchat_protocol.models import SearchHit
    from rchat_protocol.searching import Criteria, Place
    from rchat_tui.client.outbox import Entry, Outcome
    from rchat_tui.client.store.ports import CachedPage, Remembrance, SavedLogin, Seen

T = TypeVar("T")

JOBS: Final = 64
"""Most jobs that wait for the thread."""

LOGIN_PAUSE: Final = 0.05
"""Seconds from one try to take the lock of the login to the next."""


class SqliteClientStore:
    """A `ClientStore` in a file.

    Args:
        path: Of the file; its folder is made. Lock files stand beside it.
        or_memory: Whether to go on in memory, and say so, where the file cannot be opened.
        limits: Of the cache.
    """

    def __init__(
        self, path: Path, *, or_memory: bool = False, limits: CacheLimits | None = None
    ) -> None:
        self._path = path
        self._or_memory = or_memory
        self._limits = limits or CacheLimits()
        self._jobs = asyncio.Semaphore(JOBS)
        self._thread: ThreadPoolExecutor | None = None
        # Below: the thread's.
        self._database: Database | None = None
        self._locks: Locks | None = None
        self._outbox: OutboxTable | None = None
        self._cache: CacheTables | None = None
        self._kept: KeptTable | None = None

    @property
    def shared(self) -> bool:
        """Whether it is in a file."""
        return self._locks is not None

    # -- begin and end -----------------------------------------------------------------------------

    async def open(self) -> str | None:
        """Open the file, or go on in memory."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="rchat store")
        try:
            return await self._run(self._open)
        except BaseException:
            self._end_thread()
            raise

    async def aclose(self) -> None:
        """Give the claims back, and close the file."""
        if self._thread is not None:
            try:
                await self._run(self._close)
            finally:
                self._end_thread()

    def _open(self) -> str | None:
        try:
            self._locks = self._open_file()
        except StorageFailed as error:
            if not self._or_memory:
                raise
            self._use(Database(None), "", lambda _name: True)
            return f"{error} What is written and read is kept until you quit, no longer."
        return None

    def _open_file(self) -> Locks:
        locks = Locks(self._path.with_suffix(".locks"), uuid4().hex)
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with locks.opening(), contextlib.ExitStack() as undo:
                database = Database(self._path)
                undo.callback(database.close)
                self._use(database, locks.name, locks.alive).end_claims_of_the_dead()
                undo.pop_all()
        except (sqlite3.Error, OSError) as error:
            raise failed(error, str(self._path)) from error
        return locks

    def _use(self, database: Database, me: str, alive: Callable[[str], bool]) -> OutboxTable:
        self._database = database
        self._outbox = OutboxTable(database, me, alive)
        self._cache = CacheTables(database, self._limits)
        self._kept = KeptTable(database)
        return self._outbox

    def _close(self) -> None:
        if self._locks is not None:
            self._locks.close()
        if self._outbox is not None and self._database is not None:
            # Where that fails, whoever looks next finds that we live no more.
            with contextlib.suppress(sqlite3.Error):
                self._outbox.end_claims_of_the_dead()
            self._database.close()
        self._outbox = self._cache = self._kept = None

    async def _run(self, job: Callable[[], T]) -> T:
        if self._thread is None:
            raise StorageFailed("The store is closed.")
        async with self._jobs:
            if self._thread is None:
                raise StorageFailed("The store is closed.")
            loop = asyncio.get_running_loop()
            try:
                return await loop.run_in_executor(self._thread, job)
            except (sqlite3.Error, OSError) as error:
                raise failed(error, str(self._path)) from error

    def _end_thread(self) -> None:
        if self._thread is not None:
            self._thread.shutdown(wait=False)
            self._thread = None

    @property
    def _boxes(self) -> OutboxTable:
        if self._outbox is None:
            raise StorageFailed("The store is closed.")
        return self._outbox

    @property
    def _pages(self) -> CacheTables:
        if self._cache is None:
            raise StorageFailed("The store is closed.")
        return self._cache

    @property
    def _texts(self) -> KeptTable:
        if self._kept is None:
            raise StorageFailed("The store is closed.")
        return self._kept

    # -- who one is --------------------------------------------------------------------------------

    async def login(self) -> SavedLogin | None:
        """Return who one is."""
        return await self._run(self._boxes.login)

    @contextlib.asynccontextmanager
    async def logging_in(self) -> AsyncIterator[None]:
        """Hold the lock."""
        locks = self._locks
        if locks is None:
            yield
            return
        try:
            while not locks.try_login():  # noqa: ASYNC110 - another process sets no event of ours
                await asyncio.sleep(LOGIN_PAUSE)
        except OSError as error:  # no file can be made, or its folder is gone
            raise failed(error, str(self._path)) from error
        try:
            yield
        finally:
            locks.end_login()

    async def save_login(self, user: str, token: str, *, same: bool = False) -> SavedLogin:
        """Keep a new identity, or another token of the one of before."""
        return await self._run(lambda: self._boxes.save_login(user, token, same=same))

    # -- the outbox --------------------------------------------------------------------------------

    async def entries(self) -> tuple[Entry, ...]:
        """Return what is in the outbox."""
        return await self._run(self._boxes.entries)

    async def changed(self) -> bool:
        """Say whether somebody has changed the outbox."""
        return await self._run(self._boxes.changed)

    async def put(self, entry: Entry) -> Entry:
        """Put an entry behind the others."""
        return await self._run(lambda: self._boxes.put(entry))

    async def claim(self, lane: str, identity: int) -> Entry | None:
        """Take the next entry of a lane."""
        return await self._run(lambda: self._boxes.claim(lane, identity))

    async def settle(self, entry_id: str, outcome: Outcome) -> Entry:
        """End a claim."""
        return await self._run(lambda: self._boxes.settle(entry_id, outcome))

    async def retry(self, entry_id: str) -> Entry | None:
        """Let an entry wait again."""
        return await self._run(lambda: self._boxes.retry(entry_id))

    async def withdraw(self, entry_id: str) -> Entry | None:
        """Take an entry out."""
        return await self._run(lambda: self._boxes.withdraw(entry_id))

    # -- the cache ---------------------------------------------------------------------------------

    async def keep(self, seen: Seen) -> None:
        """Put it into the cache."""
        await self._run(lambda: self._pages.keep(seen))

    async def remembered(self, limit: int, total: int) -> Remembrance:
        """Return every conversation, and the ends of the logs of those heard of last."""
        return await self._run(lambda: self._pages.remembered(limit, total))

    async def page(
        self, conversation: str, epoch: str, *, before: int | None, after: int | None, limit: int
    ) -> CachedPage | None:
        """Return a page, as far as it is held."""
        return await self._run(lambda: self._pages.page(conversation, epoch, before, after, limit))

    async def search(
        self, criteria: Criteria, *, conversation: str | None, older_than: Place | None, limit: int
    ) -> list[SearchHit]:
        """Return messages that are held and meet the criteria, newest first."""
        hits: list[SearchHit] = []
        while True:
            found, older_than = await self._run(
                functools.partial(self._pages.look, criteria, conversation, older_than)
            )
            hits += found
            if older_than is None or len(hits) >= limit:
                return hits[:limit]

    # -- what one keeps beside messages ------------------------------------------------------------

    async def kept(self, area: str) -> dict[str, str]:
        """Return the texts of an area."""
        return await self._run(lambda: self._texts.texts(area))

    async def keep_text(self, area: str, key: str, text: str | None) -> None:
        """Keep a text."""
        await self._run(lambda: self._texts.put(area, key, text))
