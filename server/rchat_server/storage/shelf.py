"""One conversation of the store that keeps nothing: its entries, and pages of them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from rchat_server.core.ports import Deed, Entry, MessagePage, NewDeed, Reaction
from rchat_server.core.records import Audit, AuditRow, MembershipRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_RECORDED = 10_000
"""Acts of moderation of one channel that are kept."""


@dataclass(slots=True)
class Shelf:
    """One conversation's entries: a run of numbers that ends at the head."""

    entries: deque[Entry] = field(default_factory=deque)
    head: int = 0
    size: int = 0
    members: dict[str, MembershipRecord] = field(default_factory=dict)
    reactions: dict[int, list[Reaction]] = field(default_factory=dict)
    """By number of the message."""
    audit: deque[AuditRow] = field(default_factory=lambda: deque(maxlen=_RECORDED))
    acts: int = 0
    """How many there ever were."""

    def record(self, audit: Audit) -> None:
        """Keep what was done."""
        self.acts += 1
        self.audit.append(AuditRow(**msgspec.structs.asdict(audit), key=self.acts))

    @property
    def first(self) -> int:
        """Number of the first entry that is kept."""
        return self.head - len(self.entries) + 1

    def message(self, seq: int) -> Entry | None:
        """Return the message of that number, where it is one and is kept."""
        entry = self.entries[seq - self.first] if self.first <= seq <= self.head else None
        return None if isinstance(entry, Deed) else entry

    def add(self, entry: Entry) -> None:
        """Put an entry behind the others."""
        self.entries.append(entry)
        self.head = entry.seq
        self.size += len(entry.content.encode())

    def rewrite(self, entry: Entry) -> None:
        """Put an entry in the place of the one with its number."""
        before = self.entries[entry.seq - self.first]
        self.entries[entry.seq - self.first] = entry
        self.size += len(entry.content.encode()) - len(before.content.encode())


def between(shelf: Shelf, after: int, through: int) -> Iterator[Entry]:
    """Return the entries with ``after < seq <= through`` that are kept."""
    first = shelf.first
    start = max(after + 1, first)
    stop = min(through, shelf.head)
    return islice(shelf.entries, start - first, max(stop - first + 1, start - first))


def page(shelf: Shelf, entries: Iterable[Entry], limit: int, max_bytes: int) -> MessagePage:
    """Return a page of messages out of ``entries``, in their order."""
    messages = (each for each in entries if not isinstance(each, Deed))
    found = list(islice(messages, limit + 1))
    kept: list[Entry] = []
    reactions: dict[int, list[tuple[str, str]]] = {}
    size = 0
    for entry in found[:limit]:
        here = [(each.emoji, each.user) for each in shelf.reactions.get(entry.seq, ())]
        size += len(entry.content.encode())
        size += sum(len(emoji.encode()) + len(user.encode()) for emoji, user in here)
        if kept and size > max_bytes:
            break
        kept.append(entry)
        if here:
            reactions[entry.seq] = here
    return MessagePage(kept, reactions, len(kept) == len(found), shelf.first, shelf.head)


def react(reactions: list[Reaction], new: NewDeed) -> None:
    """Put a reaction to the others, or take it back."""
    mine = [each for each in reactions if (each.identity, each.emoji) == (new.author, new.content)]
    if new.kind == "unreact":
        for each in mine:
            reactions.remove(each)
    elif not mine:
        reactions.append(Reaction(new.author, new.content, new.user))


def read_to(shelf: Shelf, identity: str, seq: int) -> None:
    """Move a read marker up, and forget the mentions below it."""
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
