"""A channel or two people: one queue, and one delivery task while there is something to deliver.

Everything whose order matters goes through the queue: messages, joins and leaves. The delivery task
takes what waits, appends the messages to the log in one commit, answers the senders, and offers the
batch to every live stream. It never waits for a recipient.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from itertools import groupby
from typing import TYPE_CHECKING, Final

import msgspec

from rchat_protocol import codec, models, names
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.batch import Batch
from rchat_server.core.commands import (
    Command,
    Enter,
    Leave,
    Post,
    change_of,
    refuse,
)
from rchat_server.core.identity import Membership
from rchat_server.core.ports import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rchat_server.core.context import Context
    from rchat_server.core.identity import Identity
    from rchat_server.core.outbox import Outbox
    from rchat_server.core.ports import Change, NewEntry

COMMIT_ENTRIES: Final = 256
"""Most messages in one commit of one conversation, so that a busy one starves no other."""
COMMIT_BYTES: Final = 256 * 1024
"""Most bytes of content in one commit, after at least one message."""

_logger = logging.getLogger(__name__)


class Conversation:
    """One log, the people who read it, and the task that delivers.

    Args:
        id: Opaque and unique; names only open it.
        kind: Channel or private.
        name: The channel's name; empty for two people.
        context: What it stands on.
        participants: The people of a private conversation; empty for a channel.
        head: Number of the newest entry in its log.
    """

    def __init__(
        self,
        id: str,  # noqa: A002 - the field's word
        kind: models.ConversationKind,
        name: str,
        context: Context,
        *,
        participants: tuple[Identity, ...] = (),
        head: int = 0,
    ) -> None:
        self.id = id
        self.kind: models.ConversationKind = kind
        self.name = name
        self.participants = participants
        self.published = head
        """Number of the last entry that was offered to the live streams."""
        self.alive = True
        """False once it was dropped, when its place was needed for another."""
        self.live: dict[Outbox, None] = {}
        """The streams that have been offered everything up to ``published``."""
        self.roster = 0
        """Changes whenever somebody joins or leaves."""
        self._members: dict[str, str] = {}
        """By identity id, what each was called when he came in: as others were told."""
        self._names: list[str] | None = None
        self._queue: deque[Command] = deque()
        self._in_hand: list[Command] = []
        self._committed = head
        self._queued_bytes = 0
        self._delivery: asyncio.Task[None] | None = None
        self._store = context.store
        self._pages = context.pages
        self._tasks = context.tasks
        self._find = context.find
        self._limits = context.limits

    # -- asking ------------------------------------------------------------------------------------

    @property
    def is_idle(self) -> bool:
        """Whether nobody is here, nothing waits or is being committed, and nothing was said."""
        return not (self._members or self._queue or self._in_hand or self._committed)

    @property
    def is_expecting(self) -> bool:
        """Whether somebody is about to become a member, or a message to be stored."""
        return any(
            isinstance(each, Post) or (isinstance(each, Enter) and each.joins)
            for each in (*self._in_hand, *self._queue)
        )

    def member_count(self) -> int:
        """How many are here."""
        return len(self._members)

    def member_names(self) -> list[str]:
        """Return the names of those who are here, in order. Not to be changed by the caller."""
        if self.kind == "private":
            return sorted((p.name for p in self.participants if p.present), key=names.key)
        if self._names is None:
            self._names = sorted(self._members.values(), key=names.key)
        return self._names

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
            unread=max(0, head - membership.read),
            mentions=sum(seq <= head for seq in membership.mentions),
            members=self.member_names(),
            resumed=resumed,
        )

    # -- putting into the queue (never waits) ------------------------------------------------------

    def refuse_when_full(self, size: int = 0) -> None:
        """See whether there is room for another command, with ``size`` bytes of content.

        Raises:
            ChatError: ``busy``.
        """
        if (
            len(self._queue) >= self._limits.commands
            or self._queued_bytes + size > self._limits.bytes
        ):
            raise ChatError(
                ErrorCode.BUSY, "There is more to deliver here than there is room for.", retry=0.5
            )

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
        self._queued_bytes += size
        self._put(post)
        return post

    def enter(self, identity: Identity, *, joins: bool) -> asyncio.Future[None]:
        """Queue a join; where it is none, others see a member again."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._put(Enter(identity, identity.name, joins, done))
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

    def _put(self, command: Command) -> None:
        self._queue.append(command)
        if self._delivery is None or self._delivery.done():
            self._delivery = self._tasks.spawn(self._deliver(), name=f"deliver {self.id}")

    # -- the delivery task -------------------------------------------------------------------------

    async def _deliver(self) -> None:
        while self._queue:
            commands = self._in_hand = self._take()
            try:
                await self._process(commands)
            except Exception:
                _logger.exception("delivery in conversation %s failed", self.id)
                self._recover(commands)
            self._in_hand = []
            # Whoever was answered, and the other conversations, have their turn.
            await asyncio.sleep(0)

    def _recover(self, commands: Sequence[Command]) -> None:
        """Leave nobody without an answer, and no stream without what was committed."""
        for command in commands:
            refuse(command, ChatError(ErrorCode.INTERNAL, "The server failed to do that."))
        self.published = self._committed
        for outbox in tuple(self.live):
            outbox.fall_behind(self)

    def _take(self) -> list[Command]:
        """Take from the queue what one commit may hold."""
        if len(self._queue) <= COMMIT_ENTRIES and self._queued_bytes <= COMMIT_BYTES:
            commands = list(self._queue)  # nearly always
            self._queue.clear()
            self._queued_bytes = 0
            return commands
        commands = []
        entries = size = 0
        while self._queue:
            command = self._queue[0]
            if isinstance(command, Post):
                if entries and (entries == COMMIT_ENTRIES or size + command.size > COMMIT_BYTES):
                    # Whom a message brings in comes in with it: both are stored, or neither.
                    while isinstance(commands[-1], Enter):
                        self._queue.appendleft(commands.pop())
                    break
                entries += 1
                size += command.size
            commands.append(self._queue.popleft())
        self._queued_bytes -= size
        return commands

    async def _process(self, commands: Sequence[Command]) -> None:
        """Commit, answer the senders, and hand out: in the order of the queue."""
        commands = await self._commit(commands)
        items: list[Entry | models.Event] = []
        for kind, run in groupby(commands, key=type):
            if kind is Post:
                self._mark([item for item in run if isinstance(item, Post)], items)
            elif kind is Enter:
                self._admit([item for item in run if isinstance(item, Enter)], items)
            else:
                self._dismiss([item for item in run if isinstance(item, Leave)], items)
        self._publish(items)
        for command in commands:
            if not isinstance(command, Post) and not command.done.done():
                command.done.set_result(None)

    async def _commit(self, commands: Sequence[Command]) -> Sequence[Command]:
        """Store all that has to be, and answer the senders.

        Returns the commands that are to be carried out; messages that are new in the log have a
        place there. What could not be stored is refused here, and does not happen.
        """
        stored: list[Command] = []
        changes: list[Change] = []
        for command in commands:
            change = command.entry if isinstance(command, Post) else change_of(command)
            if change is not None:
                stored.append(command)
                changes.append(change)
        if not changes:
            return commands
        try:
            results = await self._store.append(self.id, changes)
        except ChatError as error:
            refused = dict.fromkeys(stored)
            for command in refused:
                refuse(command, error)
            return [each for each in commands if each not in refused]
        posts = [command for command in stored if isinstance(command, Post)]
        for post, result in zip(posts, results, strict=True):
            if result.fresh:
                new, self._committed = post.entry, result.seq
                post.placed = Entry(result.seq, new.author, new.user, new.content, new.id, new.at)
        for post, result in zip(posts, results, strict=True):
            post.author.posted.pop(post.entry.id, None)
            post.settle(result)
        return commands

    def _mark(self, posts: Sequence[Post], items: list[Entry | models.Event]) -> None:
        """Writing says that one has read; being spoken to counts as a mention."""
        reached: dict[Identity, int] = {}
        for post in posts:
            if (entry := post.placed) is None:
                continue
            items.append(entry)
            reached[post.author] = entry.seq
            for person in post.spoken_to:
                if (membership := person.memberships.get(self)) is not None:
                    if person in reached:  # a list that is full has room again
                        membership.mark_read(reached[person])
                    membership.mention(entry.seq)
        for author, seq in reached.items():
            if (membership := author.memberships.get(self)) is not None:
                membership.mark_read(seq)

    def _admit(self, entering: Sequence[Enter], items: list[Entry | models.Event]) -> None:
        """Let people in. Those who are here hear of it; the newcomers get the state instead."""
        # Whoever was forgotten while this waited cannot come in any more. Whoever is away comes in
        # unseen: others hear of him when he is back.
        known = [each for each in entering if each.identity.known]
        for each in known:
            person = each.identity
            is_member = each.joins or self in person.memberships
            if is_member and person.present and person.id not in self._members:
                self._members[person.id] = each.name
                self._roster_changed()
                if self.kind == "channel":
                    items.append(models.MemberJoined(self.id, each.name))
        self._publish(items)
        for each in known:
            if each.joins:
                each.identity.memberships.setdefault(self, Membership(read=self.published))
        for person in dict.fromkeys(each.identity for each in known):
            self._show_state(person)
        self._show_presence([each.identity for each in known])

    def _dismiss(self, leaves: Sequence[Leave], items: list[Entry | models.Event]) -> None:
        """Let people go. They still get what was said before."""
        self._publish(items)
        for leave in leaves:
            person = leave.identity
            if (shown := self._members.pop(person.id, None)) is not None:
                self._roster_changed()
                if self.kind == "channel":
                    items.append(models.MemberLeft(self.id, shown))
            if leave.for_good and person.memberships.pop(self, None) is not None:
                for session in person.sessions.values():
                    session.incoming.pop(self, None)
                    for outbox in tuple(session.outboxes):
                        outbox.depart(self)
        self._show_presence([leave.identity for leave in leaves])

    def seen_again(self, identity: Identity) -> None:
        """Begin with ``identity`` here: it was when the server ended."""
        self._members[identity.id] = identity.name
        self._roster_changed()

    def _roster_changed(self) -> None:
        self.roster += 1
        self._names = None

    def _show_state(self, person: Identity) -> None:
        """Begin, or begin anew, to tell a member of this conversation how it stands."""
        if self not in person.memberships:
            return
        for session in person.sessions.values():
            session.incoming.setdefault(self, self.published)
            for outbox in tuple(session.outboxes):
                outbox.enter(self)

    def _show_presence(self, changed: Sequence[Identity]) -> None:
        """Tell the other of two people who is here, and what he is called now."""
        for person in self.participants:
            if person not in changed:
                self._show_state(person)

    def _publish(self, items: list[Entry | models.Event]) -> None:
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
                _logger.exception("offering a batch of conversation %s failed", self.id)
                outbox.fail()
