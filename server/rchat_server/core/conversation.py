"""A channel or two people: one queue, and one delivery task while there is something to deliver.

Everything whose order matters goes through the queue: messages, what acts on them, the topic, joins
and leaves. The delivery task takes what waits, appends the entries to the log in one commit,
answers the senders, and offers the batch to every live stream. It never waits for a recipient.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import msgspec

from rchat_protocol import codec, models, names
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core import rules
from rchat_server.core.batch import Batch
from rchat_server.core.commands import (
    NUMBERED,
    Act,
    Command,
    Enter,
    Leave,
    Moderate,
    Post,
    refuse,
)
from rchat_server.core.commits import Commits
from rchat_server.core.effects import Effects
from rchat_server.core.roster import Roster
from rchat_server.core.tally import Tally
from rchat_server.core.tempo import Tempo
from rchat_server.core.waiting import CommandQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rchat_server.core.context import Context
    from rchat_server.core.identity import Identity
    from rchat_server.core.outbox import Outbox
    from rchat_server.core.ports import Entry, NewDeed, NewEntry
    from rchat_server.core.records import ConversationRecord
    from rchat_server.core.rules import Rules
    from rchat_server.core.rulings import Actor, Room, Ruling

_logger = logging.getLogger(__name__)


class Conversation:
    """One log, the people who read it, and the task that delivers.

    Args:
        record: What is stored of it.
        context: What it stands on.
        participants: The people of a private conversation; empty for a channel.
        head: Number of the newest entry in its log.
        tally: Which entries of its log count.

    Raises:
        msgspec.DecodeError: What holds in it was stored, and is damaged.
    """

    def __init__(
        self,
        record: ConversationRecord,
        context: Context,
        *,
        participants: tuple[Identity, ...] = (),
        head: int = 0,
        tally: Tally | None = None,
    ) -> None:
        self.id = record.id
        """Opaque and unique; names only open it."""
        self.kind: models.ConversationKind = record.kind
        self.name = record.name
        """The channel's; empty for two people."""
        self.participants = participants
        self.topic = record.topic
        """What a channel is about."""
        self.tally = tally or Tally()
        """Which entries count as unread, up to ``published``."""
        self.rules: Rules = rules.decode(record.rules)
        """What holds in a channel: changed in the order of the queue."""
        self.tempo = Tempo()
        """How often people write."""
        self.now_ms = context.clock.now_ms
        self.published = head
        """Number of the last entry that was offered to the live streams."""
        self.alive = True
        """False once it was dropped, when its place was needed for another."""
        self.live: dict[Outbox, None] = {}
        """The streams that have been offered everything up to ``published``."""
        self.roster = Roster(participants)
        """Who is seen here."""
        self._queue = CommandQueue(context.limits)
        self.refuse_when_full = self._queue.refuse_when_full
        self._commits = Commits(self, context.store, head, context.meter)
        self._effects = Effects(self, context.pages)
        self._meter = context.meter
        self._in_hand: list[Command] = []
        self._delivery: asyncio.Task[None] | None = None
        self._store = context.store
        self._pages = context.pages
        self._tasks = context.tasks
        self._find = context.find

    # -- asking ------------------------------------------------------------------------------------

    @property
    def is_idle(self) -> bool:
        """Whether nobody is here, nothing waits or is being committed, and nothing was said.

        Nor may anything hold here that would hold no more in another of its name.
        """
        said = self._queue or self._in_hand or self._commits.head
        return not (self.roster or said or self.rules.restricts)

    @property
    def is_expecting(self) -> bool:
        """Whether somebody is about to become a member, or a message to be stored."""
        return any(
            isinstance(each, Post) or (isinstance(each, Enter) and each.joins)
            for each in (*self._in_hand, *self._queue)
        )

    def is_known_to(self, viewer: Identity | None) -> bool:
        """Return whether somebody may know of this channel; None: who runs the server."""
        if viewer is None or self.rules.access != "private":
            return True
        return self in viewer.memberships or viewer.id in (
            *self.rules.invited,
            *self.rules.operators,
        )

    def member_count(self) -> int:
        """How many are here."""
        return len(self.roster)

    def member_names(self) -> list[str]:
        """Return the names of those who are here, in order. Not to be changed by the caller."""
        return self.roster.names()

    def members(self) -> models.Members:
        """Return who is here, whole."""
        return models.Members(self.id, self.roster.names(), self.roster.away(), self.standing())

    def standing(self) -> models.ChannelRules:
        """Return what holds here, as all may see it."""
        held = self.rules
        named = {id_: self.roster.name_of(id_) or name for id_, name in held.operators.items()}
        owner = named.pop(held.owner, "")
        operators = sorted(named.values(), key=names.key)
        return models.ChannelRules(held.access, held.slow, owner, operators)

    def name_for(self, viewer: Identity) -> str:
        """Return the channel's name, or the other person's."""
        if self.kind == "channel":
            return self.name
        others = [person for person in self.participants if person is not viewer]
        return (others or [viewer])[0].name

    def state(
        self, viewer: Identity, *, head: int | None = None, resumed: bool = False
    ) -> models.ConversationState:
        """Return how the conversation stands, or stood at ``head``, for ``viewer``, a member."""
        head = self.published if head is None else head
        membership = viewer.memberships[self]
        return models.ConversationState(
            conversation=self.id,
            kind=self.kind,
            name=self.name_for(viewer),
            epoch=self._store.epoch,
            head=head,
            first=self._store.first(self.id),
            read=membership.read,
            unread=self.tally.unread(membership.read, head),
            mentions=sum(seq <= head for seq in membership.mentions),
            members=self.member_names(),
            resumed=resumed,
            topic=self.topic,
            away=self.roster.away(),
            rules=self.standing(),
        )

    def read_marker(self, viewer: Identity, *, head: int) -> models.ReadMarker:
        """Return how far ``viewer`` has read, and what was left to read as of entry ``head``."""
        membership = viewer.memberships[self]
        return models.ReadMarker(
            self.id,
            membership.read,
            unread=self.tally.unread(membership.read, head),
            mentions=sum(seq <= head for seq in membership.mentions),
        )

    # -- putting into the queue (never waits) ------------------------------------------------------

    def post(self, author: Identity, entry: NewEntry) -> Post:
        """Queue a message, and return what is settled once it is committed.

        Who writes to a person is in the conversation from then on, and so is the other.

        Raises:
            ChatError: ``busy``, where the queue is full.
        """
        size = codec.utf8_bytes(entry.content)
        self.refuse_when_full(size)
        for person in self.participants:
            if self not in person.memberships:
                _ = self.enter(person, joins=True)
        spoken_to = self._spoken_to(author, entry.content)
        if spoken_to:
            mentions = tuple(person.id for person in spoken_to)
            entry = msgspec.structs.replace(entry, mentions=mentions)
        post = author.posted[entry.id] = Post(author, entry, size, spoken_to)
        if entry.reply:
            self._commits.unvetted += 1
        self._put(post, size)
        return post

    def act(self, author: Identity, deed: NewDeed) -> Act:
        """Queue what acts on a message, or sets the topic; as `post`.

        Raises:
            ChatError: ``busy``. Whether he may do it is decided in its turn.
        """
        size = codec.utf8_bytes(deed.content)
        self.refuse_when_full(size)
        act = author.posted[deed.id] = Act(author, deed, size)
        self._commits.unvetted += 1
        self._put(act, size)
        return act

    def enter(self, identity: Identity, *, joins: bool, key: str = "") -> asyncio.Future[None]:
        """Queue a join; where it is none, others see a member again.

        Args:
            identity: Who comes in.
            joins: Whether he becomes a member.
            key: The hash of the channel's password, where he gave that.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._put(Enter(identity, identity.name, joins, done, key))
        return done

    def moderate(
        self, actor: Actor, decide: Callable[[Rules, Room, Actor], Ruling]
    ) -> asyncio.Future[None]:
        """Queue an act of moderation; whether he may is decided in its turn.

        Raises:
            ChatError: ``busy``.
        """
        self.refuse_when_full()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._commits.unvetted += 1
        self._put(Moderate(actor, decide, done))
        return done

    def leave(self, identity: Identity, *, for_good: bool) -> asyncio.Future[None]:
        """Queue a leave; where it is not ``for_good``, the membership stays for his return."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._put(Leave(identity, for_good, done))
        return done

    def _spoken_to(self, author: Identity, content: str) -> tuple[Identity, ...]:
        keys = names.mentioned(content)
        if not keys:
            return ()
        people = map(self._find, keys)
        return tuple(each for each in people if each is not None and each is not author)

    def _put(self, command: Command, size: int = 0) -> None:
        self._queue.put(command, size)
        self._meter.waiting += 1
        if self._delivery is None or self._delivery.done():
            self._delivery = self._tasks.spawn(self._deliver(), name=f"deliver {self.id}")

    # -- the delivery task -------------------------------------------------------------------------

    async def _deliver(self) -> None:
        while self._queue:
            commands = self._in_hand = self._queue.take()
            self._meter.waiting -= len(commands)
            try:
                await self._process(commands)
            except Exception:
                _logger.exception("delivery failed", extra={"conversation": self.id})
                self._recover(commands)
            self._in_hand = []
            # Whoever was answered, and the other conversations, have their turn.
            await asyncio.sleep(0)

    def _recover(self, commands: Sequence[Command]) -> None:
        """Leave nobody without an answer, and no stream without what was committed."""
        for command in commands:
            refuse(command, ChatError(ErrorCode.INTERNAL, "The server failed to do that."))
        self.published = self._commits.head
        for outbox in tuple(self.live):
            outbox.fall_behind(self)

    async def _process(self, commands: Sequence[Command]) -> None:
        """Commit, answer the senders, and hand out: in the order of the queue."""
        commands = await self._commits.commit(commands)
        items: list[Entry | models.Event] = []
        self._effects.carry_out(commands, items)
        self.publish(items)
        for command in commands:
            if not isinstance(command, NUMBERED) and not command.done.done():
                command.done.set_result(None)

    def seen_again(self, identity: Identity) -> None:
        """Begin with ``identity`` here: it was when the server ended."""
        self.roster.add(identity, identity.name)

    def show_state(self, person: Identity) -> None:
        """Begin, or begin anew, to tell a member of this conversation how it stands."""
        if self not in person.memberships:
            return
        for session in person.sessions.values():
            session.incoming.setdefault(self, self.published)
            for outbox in tuple(session.outboxes):
                outbox.enter(self)

    def show_presence(self, changed: Sequence[Identity]) -> None:
        """Tell the other of two people who is here, and what he is called now."""
        for person in self.participants:
            if person not in changed:
                self.show_state(person)

    def publish(self, items: list[Entry | models.Event]) -> None:
        """Offer ``items`` to every live stream, and empty the list."""
        if not items:
            return
        batch = Batch(self, tuple(items))
        items.clear()
        self.published = max(self.published, batch.last_seq)
        self._pages.delivered(self, batch)
        for outbox in tuple(self.live):
            try:
                outbox.offer(self, batch)
            except Exception:
                # One recipient's fault is his own: the rest get what is theirs.
                _logger.exception("offering a batch failed", extra={"conversation": self.id})
                outbox.fail()
        self._meter.deliveries += len(self.live) * len(batch)
