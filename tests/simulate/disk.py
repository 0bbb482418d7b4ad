"""The server's disk as a disk is: what was committed stays, what was not is gone.

`Image` is what stands on it, `Disk` the `Store` of one process that works on it. A commit takes
time, takes all that waits with it, and may fail; of one that is under way when the process is
killed, chance says whether it is there: all of it, or nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import msgspec

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.ports import (
    Deed,
    Findings,
    Joined,
    Left,
    LogPage,
    MessagePage,
    NewDeed,
    NewEntry,
    Target,
)
from rchat_server.core.records import Snapshot

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Collection, Sequence

    from rchat_server.core.ports import Appended, Change, Entry
    from rchat_server.core.records import (
        AuditRow,
        ConversationRecord,
        IdentityRecord,
        InvitationRecord,
    )
    from rchat_server.core.search import Found, Sought
    from simulate.image import Image
    from simulate.loop import VirtualLoop

RETRY: Final = 0.5
"""Seconds after which what waits is written again after a failure."""

Put = tuple[str, str, str]
"""What kind of thing was said, about whom or what: of several words about one the last counts."""


@dataclass(slots=True, eq=False)
class _Commit:
    conversation: str
    """Empty for a barrier."""
    changes: Sequence[Change]
    done: asyncio.Future[list[Appended]]
    results: list[Appended] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _Group:
    commits: list[_Commit]
    puts: dict[Put, Callable[[Image], None]]

    def apply(self, image: Image) -> None:
        for put in self.puts.values():
            put(image)
        for commit in self.commits:
            if commit.conversation:
                commit.results = image.append(commit.conversation, commit.changes)


@dataclass(slots=True)
class DiskSpeed:
    """How long things take, in seconds, and whether they work at all."""

    commit: float = 0.004
    """Longest commit."""
    read: float = 0.002
    """Longest read."""
    stall: float = 0.02
    """How often either takes a hundred times as long."""
    full: bool = False
    """Whether no commit succeeds."""
    unreadable: bool = False
    """Whether no entry can be read."""


class Disk:
    """A `Store` on an image, of one server process.

    Args:
        image: What stands there when the process begins.
        loop: Time.
        rng: The chance in it.
        speed: How it works; shared, and changed while it works.
        note: Told of every commit, for the trace.
    """

    def __init__(
        self,
        image: Image,
        loop: VirtualLoop,
        rng: random.Random,
        speed: DiskSpeed,
        note: Callable[[str], None],
    ) -> None:
        self.image = image
        self.commits = 0
        """How many have succeeded."""
        self.on_commit: Callable[[], None] = lambda: None
        """Called when something is on the disk and nobody knows yet: a moment to crash in."""
        self._loop = loop
        self._rng = rng
        self._speed = speed
        self._note = note
        self._waiting: list[_Commit] = []
        self._puts: dict[Put, Callable[[Image], None]] = {}
        self._under_way: _Group | None = None
        self._scheduled = False

    @property
    def epoch(self) -> str:
        """A random word that changes when the log may have gone back."""
        return self.image.epoch

    @property
    def idle(self) -> bool:
        """Whether nothing waits to be written."""
        return not (self._waiting or self._puts or self._under_way)

    def crash(self) -> None:
        """The process is no more: what was under way is there, or not."""
        if self._under_way is not None and self._rng.random() < 0.5 and not self._speed.full:
            self._note("what was under way is on the disk")
            self._under_way.apply(self.image)

    # -- the log -----------------------------------------------------------------------------------

    async def append(self, conversation: str, changes: Sequence[Change]) -> list[Appended]:
        """Commit ``changes`` in one piece."""
        return await self._commit(_Commit(conversation, tuple(changes), self._loop.create_future()))

    async def find(self, author: str, message_id: str) -> Appended | None:
        """Return what became of the entry that ``author`` posted under that id."""
        await self._take_time()
        place = self.image.places.get((author, message_id))
        return None if place is None else msgspec.structs.replace(place, fresh=False)

    async def read(
        self, conversation: str, *, after: int, through: int, limit: int, max_bytes: int
    ) -> LogPage:
        """Return the first entries with ``after < seq <= through``."""
        await self._take_time()
        first = self.image.first(conversation)
        start = max(after + 1, first)
        run = self.image.logs.get(conversation, [])[start - 1 : max(through, 0)][:limit]
        return LogPage(_within(run, max_bytes), first)

    async def messages_after(
        self, conversation: str, *, after: int, through: int, limit: int, max_bytes: int
    ) -> MessagePage:
        """Return the first messages with ``after < seq <= through``."""
        await self._take_time()
        messages = self.image.messages(conversation)
        wanted = [each for each in messages if after < each.seq <= through]
        return self._page(conversation, wanted, limit, max_bytes)

    async def messages_before(
        self, conversation: str, *, before: int, limit: int, max_bytes: int
    ) -> MessagePage:
        """Return the last messages with ``seq < before``, oldest first."""
        await self._take_time()
        wanted = [each for each in self.image.messages(conversation) if each.seq < before]
        page = self._page(conversation, wanted[::-1], limit, max_bytes)
        return replace(page, messages=page.messages[::-1])

    def _page(
        self, conversation: str, wanted: list[Entry], limit: int, max_bytes: int
    ) -> MessagePage:
        image = self.image
        kept = _within(wanted[:limit], max_bytes)
        reactions = {
            each.seq: [(of.emoji, of.user) for of in image.reactions[conversation, each.seq]]
            for each in kept
            if image.reactions.get((conversation, each.seq))
        }
        whole = len(kept) == len(wanted)
        return MessagePage(
            kept, reactions, whole, image.first(conversation), image.head(conversation)
        )

    async def inspect(
        self, conversation: str, targets: Collection[int], ids: Collection[tuple[str, str]]
    ) -> Findings:
        """Look up what is to be acted on."""
        await self._take_time()
        image = self.image
        found = [image.message(conversation, seq) for seq in sorted(targets)]
        return Findings(
            {
                each.seq: Target(
                    each.author, each.deleted, image.reactions.get((conversation, each.seq), ())
                )
                for each in found
                if each is not None
            },
            {
                id_: msgspec.structs.replace(image.places[id_], fresh=False)
                for id_ in sorted(ids)
                if id_ in image.places
            },
        )

    async def search(self, sought: Sought) -> Found:
        """Nobody searches in here: what is promised, and looked at, is delivery."""
        raise NotImplementedError

    async def audit(self, conversation: str, *, before: int | None, limit: int) -> list[AuditRow]:
        """Return the record: nobody moderates here."""
        raise NotImplementedError

    def first(self, conversation: str) -> int:
        """Return the number of the first entry that is kept."""
        return self.image.first(conversation)

    # -- accounts ----------------------------------------------------------------------------------

    def load(self) -> Snapshot:
        """Return what stands there."""
        image = self.image
        return Snapshot(
            identities=list(image.identities.values()),
            conversations=[
                (record, image.head(id_)) for id_, record in image.conversations.items()
            ],
            memberships=list(image.members.values()),
            deeds={
                id_: [
                    (each.seq, each.target if each.kind == "delete" else 0)
                    for each in log[image.removed.get(id_, 0) :]
                    if isinstance(each, Deed)
                ]
                for id_, log in image.logs.items()
            },
        )

    def put_identity(self, record: IdentityRecord) -> None:
        """Store an identity."""

        def put(image: Image) -> None:
            if not record.token_hash:
                image.drop_identity(record.id)
            image.identities[record.id] = record

        self._put(("identity", record.id, ""), put)

    def drop_identity(self, identity: str) -> None:
        """Forget an identity."""
        self._put(("identity", identity, ""), lambda image: image.drop_identity(identity))

    def put_invitation(self, record: InvitationRecord) -> None:
        """Store an invitation: nobody makes any here."""
        raise NotImplementedError

    def put_conversation(self, record: ConversationRecord) -> None:
        """Store a new conversation."""
        self._put(
            ("conversation", record.id, ""),
            lambda image: image.conversations.__setitem__(record.id, record),
        )

    def forget(self, conversation: str) -> None:
        """Drop a conversation."""
        self._put(("conversation", conversation, ""), lambda image: image.forget(conversation))

    def put_read(self, identity: str, conversation: str, seq: int) -> None:
        """Store how far a member has read."""
        self._put(
            ("read", identity, conversation),
            lambda image: image.read(identity, conversation, seq),
        )

    async def settled(self) -> None:
        """Wait until all that was said so far is stored."""
        if self._puts or (self._under_way is not None and self._under_way.puts):
            await self._commit(_Commit("", (), self._loop.create_future()))

    # -- the writer --------------------------------------------------------------------------------

    async def _commit(self, commit: _Commit) -> list[Appended]:
        self._waiting.append(commit)
        self._soon()
        return await commit.done

    def _put(self, key: Put, put: Callable[[Image], None]) -> None:
        self._puts.pop(key, None)
        self._puts[key] = put
        self._soon()

    def _soon(self) -> None:
        if not self._scheduled and self._under_way is None:
            self._scheduled = True
            self._loop.call_soon(self._begin)

    def _begin(self) -> None:
        self._scheduled = False
        if self._under_way is not None or not (self._waiting or self._puts):
            return
        self._under_way = _Group(self._waiting, self._puts)
        self._waiting, self._puts = [], {}
        self._loop.call_later(self._how_long(self._speed.commit), self._end)

    def _end(self) -> None:
        group, self._under_way = self._under_way, None
        assert group is not None
        if self._speed.full:
            self._puts = group.puts | self._puts
            for commit in group.commits:
                if not commit.done.done():
                    commit.done.set_exception(_unavailable())
            self._loop.call_later(RETRY, self._soon)
            return
        group.apply(self.image)
        self.commits += 1
        self._note(f"commit {self.commits}: {_described(group)}")
        self.on_commit()
        for commit in group.commits:
            if not commit.done.done():
                commit.done.set_result(commit.results)
        self._soon()

    async def _take_time(self) -> None:
        """Be slow, and perhaps fail. What is read is read at the end of it."""
        await asyncio.sleep(self._how_long(self._speed.read))
        if self._speed.unreadable:
            raise _unavailable()

    def _how_long(self, longest: float) -> float:
        slow = 100 if self._rng.random() < self._speed.stall else 1
        return longest * slow * self._rng.random()


def _within(entries: Sequence[Entry], max_bytes: int) -> list[Entry]:
    kept: list[Entry] = []
    size = 0
    for entry in entries:
        if (size := size + len(entry.content.encode())) > max_bytes and kept:
            break
        kept.append(entry)
    return kept


def _described(group: _Group) -> str:
    said = [f"{kind} {about}" for kind, about, _ in group.puts]
    for commit in group.commits:
        for change in commit.changes:
            what = change.identity if isinstance(change, Joined | Left) else "something"
            if isinstance(change, NewEntry | NewDeed):
                what = repr(change.content)
            said.append(f"{type(change).__name__.lower()} {what} in {commit.conversation}")
    return ", ".join(said)


def _unavailable() -> ChatError:
    return ChatError(ErrorCode.STORAGE_UNAVAILABLE, "The disk fails.", retry=2.0)
