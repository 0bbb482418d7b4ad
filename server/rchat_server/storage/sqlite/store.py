"""`SqliteStore`: everything that a server keeps, in one SQLite file."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from rchat_server.core.ports import Appended
from rchat_server.core.records import (
    ConversationRecord,
    IdentityRecord,
    MembershipRecord,
    Snapshot,
)
from rchat_server.faults import why
from rchat_server.storage.sqlite import accounts
from rchat_server.storage.sqlite import folder as folders
from rchat_server.storage.sqlite.deeds import uncounted
from rchat_server.storage.sqlite.indexer import Indexer
from rchat_server.storage.sqlite.pending import Pending
from rchat_server.storage.sqlite.reader import Readers
from rchat_server.storage.sqlite.retention import Keep
from rchat_server.storage.sqlite.searcher import Searcher
from rchat_server.storage.sqlite.transaction import Index, Shelf
from rchat_server.storage.sqlite.writer import Commit, Writer, storage_unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from rchat_server.core.ports import Change, Findings, LogPage, MessagePage
    from rchat_server.core.records import AuditRow, InvitationRecord
    from rchat_server.core.search import Found, Sought

T = TypeVar("T")

MENTIONS_KEPT = 1000
"""Unread mentions of one member that are loaded; more are counted as so many."""

_logger = logging.getLogger(__name__)


@asynccontextmanager
async def open_store(folder: Path, keep: Keep | None = None) -> AsyncIterator[SqliteStore]:
    """Open the store in ``folder``, which is made if need be, for this process alone.

    Raises:
        StorageRefusedError: It cannot be used; the message says why and what to do.
    """
    with contextlib.ExitStack() as stack:
        path = stack.enter_context(folders.locked(folder))
        folders.prepare(path)
        with folders.explained(path):
            store = SqliteStore(path, keep or Keep())
        try:
            yield store
        finally:
            await store.aclose()


class SqliteStore:
    """The store over one file, within one event loop.

    Args:
        path: The database, made or migrated by `folder.prepare`, and locked by the caller.
        keep: How much of each log is kept.

    Raises:
        sqlite3.Error: It cannot be read.
    """

    def __init__(self, path: Path, keep: Keep) -> None:
        self._loop = asyncio.get_running_loop()
        self._pending = Pending()
        with contextlib.closing(folders.connect(path)) as connection:
            self._epoch, self._snapshot, self._index = _load(connection)
        self._readers = Readers(path, self._index)
        self._indexer = Indexer(path, self._index, self._epoch)
        self._searcher = Searcher(path, self._index, self._indexer)
        self._writer = Writer(path, self._index, self._pending, keep, self._indexer)
        self._writer.start()
        self._indexer.start()

    async def aclose(self) -> None:
        """Store what waits, and end the threads."""
        # Who reads goes before who writes: a log of changes goes with the last connection, and
        # only where that one may write.
        await asyncio.to_thread(self._searcher.close)
        await asyncio.to_thread(self._indexer.close)
        await asyncio.to_thread(self._writer.close)
        await asyncio.to_thread(self._readers.close)

    # -- the log -----------------------------------------------------------------------------------

    @property
    def epoch(self) -> str:
        """A random word that changes when the log may have gone back."""
        return self._epoch

    async def append(self, conversation: str, changes: Sequence[Change]) -> list[Appended]:
        """Commit ``changes`` in one piece; return what became of each new entry.

        Raises:
            ChatError: ``storage-unavailable``.
        """
        return await self._commit(conversation, changes)

    async def find(self, author: str, message_id: str) -> Appended | None:
        """Return what became of the entry that ``author`` posted under that id.

        Raises:
            ChatError: ``storage-unavailable``.
        """
        place = await self._read(self._readers.place(author, message_id))
        if place is None:
            return None
        conversation, seq, at = place
        return Appended(conversation, seq, message_id, at, fresh=False)

    async def read(
        self, conversation: str, *, after: int, through: int, limit: int, max_bytes: int
    ) -> LogPage:
        """Return the first entries with ``after < seq <= through``.

        Raises:
            ChatError: ``storage-unavailable``.
        """
        return await self._read(
            self._readers.forward(
                conversation, after=after, through=through, limit=limit, max_bytes=max_bytes
            )
        )

    async def messages_after(
        self, conversation: str, *, after: int, through: int, limit: int, max_bytes: int
    ) -> MessagePage:
        """Return the first messages with ``after < seq <= through``, as they are now.

        Raises:
            ChatError: ``storage-unavailable``.
        """
        return await self._read(
            self._readers.messages(
                conversation, (after, through), limit, max_bytes, newest_first=False
            )
        )

    async def messages_before(
        self, conversation: str, *, before: int, limit: int, max_bytes: int
    ) -> MessagePage:
        """Return the last messages with ``seq < before``, oldest first.

        Raises:
            ChatError: ``storage-unavailable``.
        """
        return await self._read(
            self._readers.messages(
                conversation, (0, before - 1), limit, max_bytes, newest_first=True
            )
        )

    async def inspect(
        self, conversation: str, targets: Collection[int], ids: Collection[tuple[str, str]]
    ) -> Findings:
        """Look up what is to be acted on, all at one moment.

        Raises:
            ChatError: ``storage-unavailable``.
        """
        return await self._read(self._readers.inspect(conversation, targets, ids))

    async def audit(self, conversation: str, *, before: int | None, limit: int) -> list[AuditRow]:
        """Return the record of what was done to a channel and its people, newest first.

        Raises:
            ChatError: ``storage-unavailable``.
        """
        return await self._read(self._readers.audit(conversation, before, limit))

    async def search(self, sought: Sought) -> Found:
        """Return messages that are looked for, newest first, as they are now.

        Raises:
            ChatError: ``busy``, where it takes too long; ``storage-unavailable``.
        """
        return await self._read(self._searcher.search(sought))

    def first(self, conversation: str) -> int:
        """Return the number of the first entry that is kept; head + 1 when none is."""
        shelf = self._index.shelves.get(conversation)
        return 1 if shelf is None else shelf.removed + 1

    # -- accounts ----------------------------------------------------------------------------------

    def load(self) -> Snapshot:
        """Return what was stored when this was opened."""
        snapshot, self._snapshot = self._snapshot, Snapshot()
        return snapshot

    def put_identity(self, record: IdentityRecord) -> None:
        """Store an identity, new or changed."""
        self._writer.note(lambda pending: pending.identities.__setitem__(record.id, record))

    def drop_identity(self, identity: str) -> None:
        """Forget an identity."""
        self._writer.note(lambda pending: pending.identities.__setitem__(identity, None))

    def put_invitation(self, record: InvitationRecord) -> None:
        """Store an invitation, new or used."""
        self._writer.note(lambda pending: pending.invitations.__setitem__(record.hash, record))

    def put_conversation(self, record: ConversationRecord) -> None:
        """Store a new conversation."""
        self._index.shelves[record.id] = Shelf(key=0, head=0, removed=0)
        self._writer.note(lambda pending: pending.conversations.__setitem__(record.id, record))

    def forget(self, conversation: str) -> None:
        """Drop a conversation; its entries go little by little."""
        self._writer.note(lambda pending: pending.forgotten.__setitem__(conversation, None))

    def put_read(self, identity: str, conversation: str, seq: int) -> None:
        """Store how far a member has read."""
        self._writer.note(lambda pending: pending.read(identity, conversation, seq))

    async def settled(self) -> None:
        """Wait until all that was said so far is stored.

        Raises:
            ChatError: ``storage-unavailable``; it stays to be stored.
        """
        await self._commit(None, ())

    # -- the threads -------------------------------------------------------------------------------

    async def _commit(self, conversation: str | None, changes: Sequence[Change]) -> list[Appended]:
        done: asyncio.Future[list[Appended]] = self._loop.create_future()

        def settle(commit: Commit) -> None:
            if done.cancelled():
                return
            if commit.error is not None:
                done.set_exception(commit.error)
            else:
                done.set_result(commit.results)

        def answer(commit: Commit) -> None:
            self._loop.call_soon_threadsafe(settle, commit)

        self._writer.submit(Commit(conversation, changes, answer))
        return await done

    async def _read(self, page: Future[T]) -> T:
        try:
            return await asyncio.wrap_future(page)
        except (sqlite3.Error, OSError) as error:
            _logger.error("messages cannot be read", extra={"why": why(error)})  # noqa: TRY400 - not our fault
            raise storage_unavailable() from None


def _load(connection: sqlite3.Connection) -> tuple[str, Snapshot, Index]:
    (epoch,) = connection.execute("SELECT epoch FROM server").fetchone()
    people: dict[int, str] = {}
    identities = []
    opened = accounts.accounts(connection)
    for key, id_, token_hash, name, present, since in connection.execute(
        "SELECT key, id, token_hash, name, present, since FROM identities ORDER BY key"
    ):
        people[key] = id_
        identities.append(
            IdentityRecord(id_, bytes(token_hash), name, bool(present), since, opened.get(key))
        )
    names: dict[int, str] = {}
    shelves: dict[str, Shelf] = {}
    conversations = []
    for key, id_, kind, name, participants, topic, rules, removed, head in connection.execute(
        "SELECT key, id, kind, name, participants, topic, rules, removed, coalesce("
        " (SELECT max(seq) FROM entries WHERE conversation = key), removed)"
        " FROM conversations WHERE NOT dropped ORDER BY key"
    ):
        names[key] = id_
        shelves[id_] = Shelf(key, head, removed)
        record = ConversationRecord(id_, kind, name, tuple(json.loads(participants)), topic, rules)
        conversations.append((record, head))
    memberships = [
        MembershipRecord(people[identity], names[conversation], read, mentions)
        for conversation, identity, read, mentions in _memberships(connection)
        if identity in people and conversation in names
    ]
    deeds = {names[key]: of for key, of in uncounted(connection).items() if key in names}
    keys = {id_: key for key, id_ in people.items()}
    snapshot = Snapshot(
        identities, conversations, memberships, deeds, accounts.invitations(connection)
    )
    return epoch, snapshot, Index(shelves, keys, people)


def _memberships(
    connection: sqlite3.Connection,
) -> list[tuple[int, int, int, tuple[int, ...]]]:
    mentions: dict[tuple[int, int], list[int]] = {}
    for conversation, identity, seq in connection.execute(
        "SELECT n.conversation, n.identity, n.seq FROM mentions AS n JOIN memberships AS m"
        " ON m.conversation = n.conversation AND m.identity = n.identity AND n.seq > m.read"
        " ORDER BY n.seq"
    ):
        mine = mentions.setdefault((conversation, identity), [])
        if len(mine) < MENTIONS_KEPT:
            mine.append(seq)
    return [
        (conversation, identity, read, tuple(mentions.get((conversation, identity), ())))
        for conversation, identity, read in connection.execute(
            "SELECT conversation, identity, read FROM memberships"
        )
    ]
