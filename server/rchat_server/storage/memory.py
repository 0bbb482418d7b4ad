"""A store that keeps nothing when the process ends, for `--data :memory:`, demos and tests."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from rchat_server.core.ports import (
    Appended,
    Deed,
    Entry,
    Findings,
    Joined,
    Left,
    LogPage,
    MessagePage,
    NewDeed,
    NewEntry,
    Ruled,
    Target,
)
from rchat_server.core.records import (
    AuditRow,
    ConversationRecord,
    IdentityRecord,
    InvitationRecord,
    MembershipRecord,
    Snapshot,
)
from rchat_server.core.search import Found, Hit, first_hits, place_of
from rchat_server.storage.shelf import Shelf, between, page, react, read_to, within

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rchat_server.core.ports import Change
    from rchat_server.core.search import Sought

_MENTIONS_KEPT = 1000

_SEARCHED = 200
"""Entries that are looked at in one piece: some milliseconds."""


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
        self._shelves: dict[str, Shelf] = {}
        self._by_id: dict[tuple[str, str], Appended] = {}
        self._identities: dict[str, IdentityRecord] = {}
        self._conversations: dict[str, ConversationRecord] = {}
        self._invitations: dict[bytes, InvitationRecord] = {}

    @property
    def epoch(self) -> str:
        """A random word that changes when the log may have gone back."""
        return self._epoch

    # -- the log -----------------------------------------------------------------------------------

    async def append(self, conversation: str, changes: Sequence[Change]) -> list[Appended]:
        """Keep ``changes``; a known id gets its first entry."""
        shelf = self._shelves.setdefault(conversation, Shelf())
        results = []
        for change in changes:
            if isinstance(change, NewEntry):
                results.append(self._post(conversation, shelf, change))
            elif isinstance(change, NewDeed):
                results.append(self._act(conversation, shelf, change))
            elif isinstance(change, Joined):
                self._join(conversation, shelf, change.identity)
            elif isinstance(change, Left):
                shelf.members.pop(change.identity, None)
            elif isinstance(change, Ruled):
                self._rule(conversation, shelf, change)
        self._trim(shelf)
        return results

    def _post(self, conversation: str, shelf: Shelf, new: NewEntry) -> Appended:
        known = self._by_id.get((new.author, new.id))
        if known is not None:
            return known
        seq = shelf.head + 1
        shelf.add(Entry(seq, new.author, new.user, new.content, new.id, new.at, new.reply or None))
        fresh = self._placed(conversation, seq, new)
        read_to(shelf, new.author, seq)
        for identity in new.mentions:
            member = shelf.members.get(identity)
            if member is not None and len(member.mentions) < _MENTIONS_KEPT:
                shelf.members[identity] = replace(member, mentions=(*member.mentions, seq))
        return fresh

    def _placed(self, conversation: str, seq: int, new: NewEntry | NewDeed) -> Appended:
        fresh = Appended(conversation, seq, new.id, new.at, fresh=True)
        self._by_id[new.author, new.id] = msgspec.structs.replace(fresh, fresh=False)
        return fresh

    def _act(self, conversation: str, shelf: Shelf, new: NewDeed) -> Appended:
        known = self._by_id.get((new.author, new.id))
        if known is not None:
            return known
        seq = shelf.head + 1
        shelf.add(
            Deed(
                seq=seq,
                author=new.author,
                user=new.user,
                content=new.content,
                id=new.id,
                at=new.at,
                kind=new.kind,
                target=new.target,
            )
        )
        if new.audit is not None:
            shelf.record(new.audit)
        message = shelf.message(new.target)
        if new.kind == "topic":
            record = self._conversations.get(conversation)
            if record is not None:
                self._conversations[conversation] = replace(record, topic=new.content)
        elif message is not None and new.kind == "edit":
            shelf.rewrite(msgspec.structs.replace(message, content=new.content, edited=new.at))
        elif message is not None and new.kind == "delete":
            self._erase(shelf, message, new)
        elif message is not None:
            react(shelf.reactions.setdefault(new.target, []), new)
        return self._placed(conversation, seq, new)

    def _erase(self, shelf: Shelf, message: Entry, new: NewDeed) -> None:
        shelf.rewrite(msgspec.structs.replace(message, content="", edited=None, deleted=True))
        for entry in [
            each
            for each in shelf.entries
            if isinstance(each, Deed) and (each.kind, each.target) == ("edit", message.seq)
        ]:
            shelf.rewrite(msgspec.structs.replace(entry, content=""))
        shelf.reactions.pop(message.seq, None)
        for identity in new.mentions:
            member = shelf.members.get(identity)
            if member is not None:
                left = tuple(seq for seq in member.mentions if seq != message.seq)
                shelf.members[identity] = replace(member, mentions=left)

    def _join(self, conversation: str, shelf: Shelf, identity: str) -> None:
        person = self._identities.get(identity)
        if person is not None and person.token_hash:  # not forgotten meanwhile
            joined = MembershipRecord(identity, conversation, shelf.head)
            shelf.members.setdefault(identity, joined)

    def _rule(self, conversation: str, shelf: Shelf, change: Ruled) -> None:
        record = self._conversations.get(conversation)
        if record is not None:
            self._conversations[conversation] = replace(record, rules=change.rules)
        for identity in change.expelled:
            shelf.members.pop(identity, None)
        shelf.record(change.audit)

    async def audit(self, conversation: str, *, before: int | None, limit: int) -> list[AuditRow]:
        """Return the record of what was done to a channel and its people, newest first."""
        shelf = self._shelves.get(conversation, Shelf())
        rows = (row for row in reversed(shelf.audit) if before is None or row.key < before)
        return list(islice(rows, limit))

    async def find(self, author: str, message_id: str) -> Appended | None:
        """Return what became of the entry that ``author`` posted under that id."""
        return self._by_id.get((author, message_id))

    async def read(
        self, conversation: str, *, after: int, through: int, limit: int, max_bytes: int
    ) -> LogPage:
        """Return the first entries with ``after < seq <= through``."""
        shelf = self._shelves.get(conversation, Shelf())
        run = islice(between(shelf, after, through), limit)
        return LogPage(within(run, max_bytes), shelf.first)

    async def messages_after(
        self, conversation: str, *, after: int, through: int, limit: int, max_bytes: int
    ) -> MessagePage:
        """Return the first messages with ``after < seq <= through``."""
        shelf = self._shelves.get(conversation, Shelf())
        return page(shelf, between(shelf, after, through), limit, max_bytes)

    async def messages_before(
        self, conversation: str, *, before: int, limit: int, max_bytes: int
    ) -> MessagePage:
        """Return the last messages with ``seq < before``, oldest first."""
        shelf = self._shelves.get(conversation, Shelf())
        newest_first = islice(reversed(shelf.entries), max(shelf.head + 1 - before, 0), None)
        found = page(shelf, newest_first, limit, max_bytes)
        return replace(found, messages=found.messages[::-1])

    async def inspect(
        self, conversation: str, targets: Collection[int], ids: Collection[tuple[str, str]]
    ) -> Findings:
        """Look up what is to be acted on."""
        shelf = self._shelves.get(conversation, Shelf())
        messages = [each for each in map(shelf.message, targets) if each is not None]
        return Findings(
            {
                each.seq: Target(
                    each.author, each.deleted, tuple(shelf.reactions.get(each.seq, ()))
                )
                for each in messages
            },
            {place: self._by_id[place] for place in ids if place in self._by_id},
        )

    async def search(self, sought: Sought) -> Found:
        """Return messages that are looked for, having looked at all of them."""
        hits: list[Hit] = []
        for conversation, through in sought.through.items():
            shelf = self._shelves.get(conversation, Shelf())
            entries = tuple(between(shelf, 0, through))
            for start in range(0, len(entries), _SEARCHED):
                hits += [
                    Hit(conversation, entry)
                    for entry in entries[start : start + _SEARCHED]
                    if not isinstance(entry, Deed) and sought.admits(conversation, entry)
                ]
                await asyncio.sleep(0)  # for the others on this loop
        hits.sort(key=lambda hit: place_of(hit.conversation, hit.entry), reverse=True)
        hits = [self._with_reactions(hit) for hit in hits[: sought.limit + 1]]
        kept, whole = first_hits(hits, sought)
        return Found(kept, whole)

    def _with_reactions(self, hit: Hit) -> Hit:
        shelf = self._shelves.get(hit.conversation, Shelf())
        here = shelf.reactions.get(hit.entry.seq, ())
        return replace(hit, reactions=[(each.emoji, each.user) for each in here])

    def first(self, conversation: str) -> int:
        """Return the number of the first entry that is kept; head + 1 when none is."""
        shelf = self._shelves.get(conversation)
        return 1 if shelf is None else shelf.first

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
            deeds={
                id_: [
                    (each.seq, each.target if each.kind == "delete" else 0)
                    for each in shelf.entries
                    if isinstance(each, Deed)
                ]
                for id_, shelf in shelves.items()
            },
            invitations=list(self._invitations.values()),
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

    def put_invitation(self, record: InvitationRecord) -> None:
        """Keep an invitation, or forget one that is used up."""
        self._invitations[record.hash] = record
        if not record.uses:
            del self._invitations[record.hash]

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
        read_to(self._shelves.setdefault(conversation, Shelf()), identity, seq)

    async def settled(self) -> None:
        """Return: there is no disk to wait for."""

    def _trim(self, shelf: Shelf) -> None:
        while len(shelf.entries) > self._keep_entries or (
            shelf.size > self._keep_bytes and len(shelf.entries) > 1
        ):
            oldest = shelf.entries.popleft()
            shelf.size -= len(oldest.content.encode())
            self._by_id.pop((oldest.author, oldest.id), None)
            shelf.reactions.pop(oldest.seq, None)
