"""What stands on the server's disk, and what a commit does to it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from rchat_server.core.ports import (
    Appended,
    Deed,
    Entry,
    Joined,
    NewDeed,
    NewEntry,
    Reaction,
    Ruled,
)
from rchat_server.core.records import MembershipRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rchat_server.core.ports import Change
    from rchat_server.core.records import ConversationRecord, IdentityRecord


@dataclass(slots=True)
class Image:
    """What stands on the disk."""

    epoch: str
    keep: int
    """Most entries of one log; 0: all."""
    identities: dict[str, IdentityRecord] = field(default_factory=dict)
    conversations: dict[str, ConversationRecord] = field(default_factory=dict)
    logs: dict[str, list[Entry]] = field(default_factory=dict)
    """Every entry that ever was, the removed ones too: entry n stands at n - 1."""
    removed: dict[str, int] = field(default_factory=dict)
    """How many of the first of them retention has removed."""
    dropped: dict[str, list[Entry]] = field(default_factory=dict)
    """Logs that are no more."""
    members: dict[tuple[str, str], MembershipRecord] = field(default_factory=dict)
    """By conversation and identity."""
    places: dict[tuple[str, str], Appended] = field(default_factory=dict)
    """By author and message id."""
    texts: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Which message each content was ever said in."""
    versions: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    """By conversation and number, what each message has said, the first first."""
    reactions: dict[tuple[str, int], tuple[Reaction, ...]] = field(default_factory=dict)
    """Likewise, how people have reacted."""
    moves: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    """How often an identity (second) was stored to join a conversation (first), or to leave it."""

    def head(self, conversation: str) -> int:
        """Return the number of the last entry."""
        return len(self.logs.get(conversation, ()))

    def first(self, conversation: str) -> int:
        """Return the number of the first entry that is kept."""
        return self.removed.get(conversation, 0) + 1

    def entries(self, conversation: str) -> list[Entry]:
        """Return every entry that ever was in a log, even where it was dropped since."""
        return self.logs.get(conversation) or self.dropped.get(conversation, [])

    def copy(self, epoch: str) -> Image:
        """Return a copy, as of a backup, for another epoch."""
        return Image(
            epoch,
            self.keep,
            dict(self.identities),
            dict(self.conversations),
            {id_: list(entries) for id_, entries in self.logs.items()},
            dict(self.removed),
            dict(self.dropped),
            dict(self.members),
            dict(self.places),
            dict(self.texts),
            {place: list(said) for place, said in self.versions.items()},
            dict(self.reactions),
        )

    def messages(self, conversation: str) -> list[Entry]:
        """Return the messages that are kept, as they are now."""
        kept = self.logs.get(conversation, [])[self.removed.get(conversation, 0) :]
        return [entry for entry in kept if not isinstance(entry, Deed)]

    def said(self, conversation: str, seq: int) -> str | None:
        """Return what a message said at first, even where its log was dropped since."""
        return next(iter(self.versions.get((conversation, seq), ())), None)

    def is_silent(self, conversation: str, first: int, last: int) -> bool:
        """Return whether none of these entries is a message that says something and is kept."""
        messages = (self.message(conversation, seq) for seq in range(first, last + 1))
        return all(each is None or each.deleted for each in messages)

    def unread(self, conversation: str, read: int) -> int:
        """Return how many messages there are after one's read marker."""
        log = self.logs.get(conversation, [])
        return sum(not (isinstance(each, Deed) or each.deleted) for each in log[read:])

    def forgotten(self, conversation: str, read: int) -> int:
        """Return how many entries after it retention has removed that were no such messages.

        A server that has started since cannot tell them from messages.
        """
        log = self.logs.get(conversation, [])[read : self.removed.get(conversation, 0)]
        return sum(isinstance(each, Deed) or each.deleted for each in log)

    def message(self, conversation: str, seq: int) -> Entry | None:
        """Return a message as it is now; None where none of that number is kept."""
        log = self.logs.get(conversation, [])
        entry = log[seq - 1] if self.first(conversation) <= seq <= len(log) else None
        return None if isinstance(entry, Deed) else entry

    # -- what a commit does ------------------------------------------------------------------------

    def append(self, conversation: str, changes: Sequence[Change]) -> list[Appended]:
        """Carry out an `append`."""
        results = []
        for change in changes:
            if isinstance(change, NewEntry):
                results.append(self._post(conversation, change))
                continue
            if isinstance(change, NewDeed):
                results.append(self._act(conversation, change))
                continue
            if isinstance(change, Ruled):
                raise NotImplementedError  # nobody moderates here
            self.moves[conversation, change.identity, isinstance(change, Joined)] += 1
            if isinstance(change, Joined):
                if change.identity not in self.identities:
                    continue  # forgotten meanwhile
                joined = MembershipRecord(change.identity, conversation, self.head(conversation))
                self.members.setdefault((conversation, change.identity), joined)
            else:
                self.members.pop((conversation, change.identity), None)
        if self.keep:
            gone = self.removed.get(conversation, 0)
            self.removed[conversation] = max(gone, self.head(conversation) - self.keep)
        return results

    def _post(self, conversation: str, new: NewEntry) -> Appended:
        known = self.places.get((new.author, new.id))
        if known is not None:
            return msgspec.structs.replace(known, fresh=False)
        log = self.logs.setdefault(conversation, [])
        seq = len(log) + 1
        reply = new.reply or None
        log.append(Entry(seq, new.author, new.user, new.content, new.id, new.at, reply))
        place = Appended(conversation, seq, new.id, new.at, fresh=True)
        self.places[new.author, new.id] = place
        self.texts[new.content] = (conversation, seq)
        self.versions[conversation, seq] = [new.content]
        self.read(new.author, conversation, seq)
        for identity in new.mentions:
            member = self.members.get((conversation, identity))
            if member is not None:
                self.members[conversation, identity] = MembershipRecord(
                    identity, conversation, member.read, (*member.mentions, seq)
                )
        return place

    def _act(self, conversation: str, new: NewDeed) -> Appended:
        known = self.places.get((new.author, new.id))
        if known is not None:
            return msgspec.structs.replace(known, fresh=False)
        log = self.logs.setdefault(conversation, [])
        seq = len(log) + 1
        log.append(
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
        place = self.places[new.author, new.id] = Appended(
            conversation, seq, new.id, new.at, fresh=True
        )
        if new.kind == "topic":
            record = self.conversations[conversation]
            self.conversations[conversation] = replace(record, topic=new.content)
        elif (message := self.message(conversation, new.target)) is not None:
            self._act_on(conversation, message, new)
        return place

    def _act_on(self, conversation: str, message: Entry, new: NewDeed) -> None:
        log, here = self.logs[conversation], (conversation, message.seq)
        before = self.reactions.get(here, ())
        match new.kind:
            case "edit":
                edited = msgspec.structs.replace(message, content=new.content, edited=new.at)
                log[message.seq - 1] = edited
                self.texts[new.content] = here
                self.versions[here].append(new.content)
            case "delete":
                log[message.seq - 1] = msgspec.structs.replace(
                    message, content="", edited=None, deleted=True
                )
                deeds = [each for each in log[message.seq :] if isinstance(each, Deed)]
                for deed in deeds:
                    if (deed.kind, deed.target) == ("edit", message.seq):
                        log[deed.seq - 1] = msgspec.structs.replace(deed, content="")
                self.reactions.pop(here, None)
                for identity in new.mentions:
                    member = self.members.get((conversation, identity))
                    if member is not None:
                        left = tuple(seq for seq in member.mentions if seq != message.seq)
                        self.members[conversation, identity] = replace(member, mentions=left)
            case "react":
                self.reactions[here] = (*before, Reaction(new.author, new.content, new.user))
            case "unreact":
                self.reactions[here] = tuple(
                    each
                    for each in before
                    if (each.identity, each.emoji) != (new.author, new.content)
                )

    def read(self, identity: str, conversation: str, seq: int) -> None:
        """Move a read marker, never back."""
        member = self.members.get((conversation, identity))
        if member is not None and seq > member.read:
            mentions = tuple(mention for mention in member.mentions if mention > seq)
            self.members[conversation, identity] = MembershipRecord(
                identity, conversation, seq, mentions
            )

    def drop_identity(self, identity: str) -> None:
        """Forget somebody."""
        self.identities.pop(identity, None)
        self.members = {key: m for key, m in self.members.items() if key[1] != identity}
        self.places = {key: place for key, place in self.places.items() if key[0] != identity}

    def forget(self, conversation: str) -> None:
        """Drop a conversation."""
        self.conversations.pop(conversation, None)
        self.dropped[conversation] = self.logs.pop(conversation, [])
        for entry in self.dropped[conversation]:
            self.places.pop((entry.author, entry.id), None)
        self.members = {key: m for key, m in self.members.items() if key[0] != conversation}
