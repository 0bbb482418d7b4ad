"""Who is here, and which conversations exist: the door to the core."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rchat_protocol import models, names
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.batch import Form
from rchat_server.core.canary import Canary
from rchat_server.core.commands import QueueLimits
from rchat_server.core.context import Context
from rchat_server.core.conversation import Conversation
from rchat_server.core.directory import Directory
from rchat_server.core.lobby import Lobby, LobbyLimits
from rchat_server.core.naming import shown
from rchat_server.core.outbox import Outbox
from rchat_server.core.pages import Pages
from rchat_server.core.people import People
from rchat_server.core.ports import ConversationRecord
from rchat_server.core.post_office import PostOffice
from rchat_server.core.rates import Rates
from rchat_server.core.restore import restored
from rchat_server.core.tasks import Tasks

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from rchat_server.core.commands import Receipt
    from rchat_server.core.deeds import Asked
    from rchat_server.core.identity import Identity
    from rchat_server.core.ports import Clock, Sink, Snapshot, Store
    from rchat_server.core.rates import Rate
    from rchat_server.core.session import Session


@dataclass(frozen=True, slots=True)
class HubLimits:
    """Bounds of what the server holds."""

    channels: int = 10_000
    """Channels that exist: one that was joined once stays listed, until the place is needed and
    nobody is in it and nothing was said in it."""
    members: int = 10_000
    """Members of one channel; its state must fit into one frame."""
    memberships: int = 1000
    """Channels of one identity, and private conversations likewise."""
    writing: Rate | None = None
    """How often one identity may write, edit, react and the like; None: as it likes."""
    founding: Rate | None = None
    """How often one identity may make a channel; None: as it likes."""
    queue: QueueLimits = field(default_factory=QueueLimits)
    lobby: LobbyLimits = field(default_factory=LobbyLimits)


class Hub:
    """The chat of one server.

    Args:
        store: Where everything is kept; what it has is loaded.
        clock: Time.
        new_token: Makes a secret (at least 128 random bits, URL-safe, without a dot).
        new_id: Makes an id that was not used before.
        limits: Bounds.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        new_token: Callable[[], str],
        new_id: Callable[[], str],
        limits: HubLimits,
    ) -> None:
        self._store = store
        self._new_id = new_id
        self._limits = limits
        self._writing = Rates(limits.writing, clock.monotonic)
        self._founding = Rates(limits.founding, clock.monotonic)
        self._tasks = tasks = Tasks()
        self._directory = Directory(new_token=new_token, new_id=new_id)
        self._context = Context(
            store, Pages(store, tasks), tasks, self._directory.holder_by_key, limits.queue
        )
        self._conversations: dict[str, Conversation] = {}
        self._channels: dict[str, Conversation] = {}
        self._private: dict[frozenset[str], Conversation] = {}
        self.lobby = Lobby(
            self._directory,
            clock=clock,
            new_id=new_id,
            forgotten=self._drop_private,
            accounts=store,
            limits=limits.lobby,
        )
        """Where people come in and go out."""
        self.canary = Canary(self._context, clock, new_id, self.lobby)
        """Finds out whether a message can be stored and delivered."""
        self.meter = self._context.meter
        self.people = People(self._directory, clock)
        """What people let each other know beside what they say."""
        self._post_office = PostOffice(
            self, log=store, clock=clock, new_id=new_id, tasks=self._tasks
        )
        self._restore(store.load())

    @property
    def task_count(self) -> int:
        """Tasks that run now: none when nothing is to be delivered."""
        return len(self._tasks)

    async def aclose(self) -> None:
        """Take nothing new, deliver what waits, and stop. Whoever listens is cut off by others."""
        self.lobby.close()
        await self._tasks.finish()

    # -- channels ----------------------------------------------------------------------------------

    def channels(self) -> list[str]:
        """Return the names of the channels that exist, in order."""
        return sorted((channel.name for channel in self._channels.values()), key=names.key)

    def users(self, channel: str) -> list[str]:
        """Return who is in a channel, in order; nobody where there is no such channel."""
        conversation = self._channels.get(names.key(channel))
        return [] if conversation is None else conversation.member_names()

    def join(self, session: Session, channel: str) -> asyncio.Future[None]:
        """Bring the session's identity into a channel, which is made if need be.

        Raises:
            ChatError: ``invalid-name``, ``too-many-channels``, ``channel-full``; ``too-fast`` for
                one that is new.
        """
        name = names.channel_name(channel)
        conversation = self._channels.get(names.key(name))
        if conversation is None:
            _refuse_too_fast(self._founding.take(session.identity.id), "You make channels")
            self._make_room_for_a_channel()
            conversation = self._new_conversation("channel", name)
            self._channels[names.key(name)] = conversation
        identity = session.identity
        if conversation not in identity.memberships:
            if conversation.member_count() >= self._limits.members:
                raise ChatError(ErrorCode.CHANNEL_FULL, f"There is no more room in {name}.")
            _refuse_too_many(
                sum(each.kind == "channel" for each in identity.memberships),
                self._limits.memberships,
                f"You are in {self._limits.memberships} channels: leave one first.",
            )
        conversation.refuse_when_full()
        return conversation.enter(identity, joins=True)

    def leave(self, session: Session, channel: str) -> asyncio.Future[None]:
        """Take the session's identity out of a channel; the future is done after the last delivery.

        Raises:
            ChatError: ``no-such-channel``. Leaving where one is not is no error.
        """
        conversation = self._channel(channel)
        conversation.refuse_when_full()
        return conversation.leave(session.identity, for_good=True)

    # -- messages ----------------------------------------------------------------------------------

    def post(self, session: Session, request: models.SendMessage) -> Receipt:
        """Queue a message: `PostOffice.post`.

        Raises:
            ChatError: ``shutting-down``, ``too-fast``, and what the post office refuses.
        """
        self.lobby.refuse_when_closing()
        _refuse_too_fast(self._writing.take(session.identity.id), "You write")
        return self._post_office.post(session, request)

    def act(self, session: Session, asked: Asked) -> Receipt:
        """Queue what acts on a message, or sets a topic: `PostOffice.act`.

        Raises:
            ChatError: ``shutting-down``, ``too-fast``, and what the post office refuses.
        """
        self.lobby.refuse_when_closing()
        _refuse_too_fast(self._writing.take(session.identity.id), "You write")
        return self._post_office.act(session, asked)

    def destination(self, session: Session, request: models.SendMessage) -> Conversation | None:
        """Return where a message goes; None for a private conversation that is not open yet."""
        if request.conversation is not None:
            conversation = self.conversation(session, request.conversation)
            if not all(person.present for person in conversation.participants):
                raise ChatError(
                    ErrorCode.RECIPIENT_GONE,
                    f"{conversation.name_for(session.identity)} is gone: nothing was sent.",
                )
            return conversation
        if request.channel is not None:
            return self._channel(request.channel)
        if request.user is not None:
            return self._find_private(session.identity, request.user)[0]
        raise ChatError(
            ErrorCode.BAD_REQUEST, "Say where the message goes: conversation, channel or user."
        )

    def open_private(self, session: Session, user: str) -> Conversation:
        """Return the conversation with whoever holds the name ``user`` now, made if need be.

        Raises:
            ChatError: ``no-such-user``, ``too-many-channels``.
        """
        me = session.identity
        conversation, other = self._find_private(me, user)
        if conversation is not None:
            return conversation
        people = (me,) if me is other else (me, other)
        for person in people:
            _refuse_too_many(
                len(person.private),
                self._limits.memberships,
                f"{person.name} is in {self._limits.memberships} private conversations already.",
            )
        conversation = self._new_conversation("private", "", people)
        self._private[frozenset(person.id for person in people)] = conversation
        for person in people:
            person.private[conversation] = None
        return conversation

    def private(self, session: Session, user: str) -> Conversation:
        """Return the conversation with whoever holds the name ``user`` now.

        Raises:
            ChatError: ``no-such-user``; ``no-such-conversation`` where the two never talked.
        """
        conversation, other = self._find_private(session.identity, user)
        if conversation is None or conversation not in session.identity.memberships:
            raise ChatError(
                ErrorCode.NO_SUCH_CONVERSATION, f"You have not talked with {other.name} yet."
            )
        return conversation

    def conversation(self, session: Session, conversation_id: str) -> Conversation:
        """Return the conversation with this id, which the session's identity is in.

        Raises:
            ChatError: ``no-such-conversation``, also where it is somebody else's.
        """
        conversation = self._conversations.get(conversation_id)
        if conversation is None or conversation not in session.identity.memberships:
            raise ChatError(
                ErrorCode.NO_SUCH_CONVERSATION,
                "There is no such conversation, or you are not in it.",
            )
        return conversation

    def channel(self, session: Session, name: str) -> Conversation:
        """Return a channel that the session's identity is in.

        Raises:
            ChatError: ``no-such-channel``, ``not-a-member``.
        """
        conversation = self._channel(name)
        if conversation not in session.identity.memberships:
            raise ChatError(
                ErrorCode.NOT_A_MEMBER, f"You are not in {conversation.name}: join it first."
            )
        return conversation

    def mark_read(self, session: Session, conversation: Conversation, seq: int) -> None:
        """Move the identity's read marker, and tell all of its terminals."""
        membership = session.identity.memberships[conversation]
        seq = min(seq, conversation.published)
        if membership.mark_read(seq):
            self._store.put_read(session.identity.id, conversation.id, seq)
            for each in session.identity.sessions.values():
                for outbox in tuple(each.outboxes):
                    outbox.read_marker_moved(conversation)

    # -- streams -----------------------------------------------------------------------------------

    def incoming(self, session: Session, sink: Sink) -> Outbox:
        """Open the tutorial's stream: every message since login and since each join.

        Raises:
            ChatError: ``bad-request``, where the session listens already.
        """
        if any(outbox.form is Form.TUTORIAL for outbox in session.outboxes):
            raise ChatError(
                ErrorCode.BAD_REQUEST, "You are listening already: stop that stream first."
            )
        outbox = Outbox(
            session,
            sink,
            Form.TUTORIAL,
            cursors=session.incoming,
            pages=self._context.pages,
            tasks=self._tasks,
        )
        outbox.open()
        return outbox

    def events(self, session: Session, sink: Sink, request: models.EventsRequest) -> Outbox:
        """Open a stream of everything that happens where the session's identity is."""
        outbox = Outbox(
            session,
            sink,
            Form.EVENTS,
            cursors={},
            pages=self._context.pages,
            tasks=self._tasks,
            after=request.after,
            most=request.max,
        )
        outbox.open()
        return outbox

    # -- within ------------------------------------------------------------------------------------

    def _restore(self, snapshot: Snapshot) -> None:
        people, conversations = restored(snapshot, self._context)
        for conversation in conversations:
            self._conversations[conversation.id] = conversation
            if conversation.kind == "channel":
                self._channels[names.key(conversation.name)] = conversation
            else:
                self._private[frozenset(each.id for each in conversation.participants)] = (
                    conversation
                )
        for person in sorted(people, key=lambda each: each.since):
            if person.known:
                self.lobby.restore(person)

    def _find_private(self, me: Identity, user: str) -> tuple[Conversation | None, Identity]:
        other = self._directory.holder(user)
        if other is None:
            raise ChatError(ErrorCode.NO_SUCH_USER, f"Nobody called {shown(user)} is here.")
        return self._private.get(frozenset((me.id, other.id))), other

    def _drop_private(self, gone: Identity) -> None:
        """Keep no private conversation that nobody is in."""
        for conversation in tuple(gone.private):
            people = conversation.participants
            if conversation.is_expecting or any(
                conversation in each.memberships for each in people if each is not gone
            ):
                continue  # what waits there brings the other in, and is answered as stored
            del self._private[frozenset(person.id for person in people)]
            self._drop(conversation)  # before its people: each word may be the last one stored
            for person in people:
                person.private.pop(conversation, None)
                if not (person.private or person.known or person is gone):
                    self._store.drop_identity(person.id)

    def _make_room_for_a_channel(self) -> None:
        if len(self._channels) < self._limits.channels:
            return
        for key, channel in self._channels.items():
            if channel.is_idle:
                del self._channels[key]
                self._drop(channel)
                return
        raise ChatError(ErrorCode.TOO_MANY_CHANNELS, "This server has no room for more channels.")

    def _drop(self, conversation: Conversation) -> None:
        conversation.alive = False
        self._context.pages.forget(conversation)
        del self._conversations[conversation.id]
        self._store.forget(conversation.id)

    def _new_conversation(
        self, kind: models.ConversationKind, name: str, people: tuple[Identity, ...] = ()
    ) -> Conversation:
        conversation = Conversation(self._new_id(), kind, name, self._context, participants=people)
        self._conversations[conversation.id] = conversation
        people_ids = tuple(person.id for person in people)
        self._store.put_conversation(ConversationRecord(conversation.id, kind, name, people_ids))
        return conversation

    def _channel(self, name: str) -> Conversation:
        conversation = self._channels.get(names.key(name))
        if conversation is None:
            raise ChatError(
                ErrorCode.NO_SUCH_CHANNEL,
                f"There is no channel called {shown(name)}.",
            )
        return conversation


def _refuse_too_fast(wait: float, what: str) -> None:
    if wait:
        message = f"{what} faster than this server allows: wait {math.ceil(wait)} s."
        raise ChatError(ErrorCode.TOO_FAST, message, retry=round(wait, 3))


def _refuse_too_many(count: int, limit: int, sentence: str) -> None:
    if count >= limit:
        raise ChatError(ErrorCode.TOO_MANY_CHANNELS, sentence)
