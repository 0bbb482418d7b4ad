"""A store that keeps nothing when the process ends, for `--data :memory:`, demos and tests."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from rchat_server.core.ports import (
    Appended,
    ConversationRecord,
    Entry,
    IdentityRecord,
    Joined,
    Left,
    LogPage,
    MembershipRecord,
    NewEntry,
    Snapshot,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rchat_server.core.ports import Change

_MENTIONS_KEPT = 1000


@dataclass(slots=True)
class _Shelf:
    """One conversation's entries: a run of numbers that ends at the head."""

    entries: deque[Entry] = field(default_factory=deque)
    head: int = 0
    size: int = 0
    members: dict[str, MembershipRecord] = field(default_factory=dict)


class MemoryStore:
    """Entries in memory, the newest of each conversation, and everybody who is known.

    Args:
        epoch: A random word: what another process kept is not here.
        keep_entries: Most entries of one conversation; the oldest go first, and with an entry
            goes the knowledge of its id.
        keep_bytes: Most bytes of content of one conversation, likewise.
    """

    def __init__(
        self, epoch: str, *, keep_entries: int = 10_000, keep_bytes: int = 16 * 1024 * 1024
    ) -> None:
        self._epoch = epoch
        self._keep_entries = keep_entries
        self._keep_bytes = keep_bytes
        self._shelves: dict[str, _Shelf] = {}
        self._by_id: dict[tuple[str, str], Appended] = {}
        self._identities: dict[str, IdentityRecord] = {}
        self._conversations: dict[str, ConversationRecord] = {}

    @property
    def epoch(self) -> str:
        """A random word that changes when the log may have gone back."""
        return self._epoch

    # -- the log -----------------------------------------------------------------------------------

    async def append(self, conversation: str, changes: Sequence[Change]) -> list[Appended]:
        """Keep ``changes``; a known id gets its first entry."""
        shelf = self._shelves.setdefault(conversation, _Shelf())
        results = []
        for change in changes:
            if isinstance(change, NewEntry):
                results.append(self._post(conversation, shelf, change))
            elif isinstance(change, Joined):
                self._join(conversation, shelf, change.identity)
            elif isinstance(change, Left):
                shelf.members.pop(change.identity, None)
        self._trim(shelf)
        return results

    def _post(self, conversation: str, shelf: _Shelf, new: NewEntry) -> Appended:
        known = self._by_id.get((new.author, new.id))
        if known is not None:
            return known
        shelf.head += 1
        seq = shelf.head
        entry = Entry(seq, new.author, new.user, new.content, new.id, new.at)
        shelf.entries.append(entry)
        shelf.size += len(entry.content.encode())
        fresh = Appended(conversation, seq, new.id, new.at, fresh=True)
        self._by_id[new.author, new.id] = msgspec.structs.replace(fresh, fresh=False)
        _read(shelf, new.author, seq)
        for identity in new.mentions:
            member = shelf.members.get(identity)
            if member is not None and len(member.mentions) < _MENTIONS_KEPT:
                shelf.members[identity] = replace(member, mentions=(*member.mentions, seq))
        return fresh

    def _join(self, conversation: str, shelf: _Shelf, identity: str) -> None:
        person = self._identities.get(identity)
        if person is not None and person.token_hash:  # not forgotten meanwhile
            joined = MembershipRecord(identity, conversation, shelf.head)
            shelf.members.setdefault(identity, joined)

    async def find(self, author: str, message_id: str) -> Appended | None:
        """Return what became of the entry that ``author`` posted under that id."""
        return self._by_id.get((author, message_id))

    async def read(
        self, conversation: str, *, after: int, through: int, limit: int, max_bytes: int
    ) -> LogPage:
        """Return the first entries with ``after < seq <= through``."""
        shelf = self._shelves.get(conversation, _Shelf())
        first = shelf.head - len(shelf.entries) + 1
        start = max(after + 1, first)
        stop = min(through, shelf.head, start + limit - 1)
        run = islice(shelf.entries, start - first, max(stop - first + 1, start - first))
        return LogPage(within(run, max_bytes), first)

    async def read_back(
        self, conversation: str, *, before: int, limit: int, max_bytes: int
    ) -> LogPage:
        """Return the last entries with ``seq < before``, oldest first."""
        shelf = self._shelves.get(conversation, _Shelf())
        first = shelf.head - len(shelf.entries) + 1
        newest_first = islice(reversed(shelf.entries), max(shelf.head + 1 - before, 0), None)
        run = within(islice(newest_first, limit), max_bytes)
        return LogPage(run[::-1], first)

    def first(self, conversation: str) -> int:
        """Return the number of the first entry that is kept; head + 1 when none is."""
        shelf = self._shelves.get(conversation)
        return 1 if shelf is None else shelf.head - len(shelf.entries) + 1

    # -- accounts ----------------------------------------------------------------------------------

    def load(self) -> Snapshot:
        """Return what is here."""
        shelves = self._shelves
        return Snapshot(
            identities=list(self._identities.values()),
            conversations=[
                (record, shelves[id_].head if id_ in shelves else 0)
                for id_, record in self._conversations.items()
            ],
            memberships=[m for shelf in shelves.values() for m in shelf.members.values()],
        )

    def put_identity(self, record: IdentityRecord) -> None:
        """Keep an identity."""
        if not record.token_hash:
            self.drop_identity(record.id)
        self._identities[record.id] = record

    def drop_identity(self, identity: str) -> None:
        """Forget an identity, and what was kept for its return."""
        if self._identities.pop(identity, None) is None:
            return
        for shelf in self._shelves.values():
            shelf.members.pop(identity, None)
        for key in [key for key in self._by_id if key[0] == identity]:
            del self._by_id[key]

    def put_conversation(self, record: ConversationRecord) -> None:
        """Keep a conversation."""
        self._conversations.setdefault(record.id, record)

    def forget(self, conversation: str) -> None:
        """Drop a conversation."""
        self._conversations.pop(conversation, None)
        shelf = self._shelves.pop(conversation, None)
        for entry in shelf.entries if shelf else ():
            self._by_id.pop((entry.author, entry.id), None)

    def put_read(self, identity: str, conversation: str, seq: int) -> None:
        """Keep a read marker."""
        _read(self._shelves.setdefault(conversation, _Shelf()), identity, seq)

    async def settled(self) -> None:
        """Return: there is no disk to wait for."""

    def _trim(self, shelf: _Shelf) -> None:
        while len(shelf.entries) > self._keep_entries or (
            shelf.size > self._keep_bytes and len(shelf.entries) > 1
        ):
            oldest = shelf.entries.popleft()
            shelf.size -= len(oldest.content.encode())
            self._by_id.pop((oldest.author, oldest.id), None)


def _read(shelf: _Shelf, identity: str, seq: int) -> None:
    member = shelf.members.get(identity)
    if member is not None and seq > member.read:
        mentions = tuple(mention for mention in member.mentions if mention > seq)
        shelf.members[identity] = replace(member, read=seq, mentions=mentions)


def within(entries: Iterable[Entry], max_bytes: int) -> list[Entry]:
    """Return ``entries`` until their content exceeds ``max_bytes``, at least one of them."""
    kept: list[Entry] = []
    size = 0
    for entry in entries:
        size += len(entry.content.encode())
        if kept and size > max_bytes:
            break
        kept.append(entry)
    return kept
