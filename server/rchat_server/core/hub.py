"""Who is here, and which conversations exist: the door to the core."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rchat_protocol import models, names
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.limits import MESSAGE_BYTES
from rchat_server.core.canary import Canary
from rchat_server.core.commands import QueueLimits
from rchat_server.core.context import Context
from rchat_server.core.conversations import Conversations
from rchat_server.core.directory import Directory
from rchat_server.core.invitations import Invitations
from rchat_server.core.lobby import Lobby, LobbyLimits
from rchat_server.core.moderation import Moderation
from rchat_server.core.naming import no_such_channel, shown
from rchat_server.core.pages import Pages
from rchat_server.core.people import People
from rchat_server.core.post_office import PostOffice
from rchat_server.core.rates import Rates, told
from rchat_server.core.registrar import AccountLimits, Registrar
from rchat_server.core.restore import restored
from rchat_server.core.streams import Streams
from rchat_server.core.tasks import Tasks

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from rchat_server.core.commands import Receipt
    from rchat_server.core.conversation import Conversation
    from rchat_server.core.deeds import Asked
    from rchat_server.core.identity import Identity
    from rchat_server.core.ports import Clock, Passwords, Store
    from rchat_server.core.rates import Rate
    from rchat_server.core.records import Snapshot
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
    message_bytes: int = MESSAGE_BYTES
    """Largest content of a message, in bytes of UTF-8: no more than that."""
    writing: Rate | None = None
    """How often one identity may write, edit, react and the like; None: as it likes."""
    founding: Rate | None = None
    """How often one identity may make a channel; None: as it likes."""
    queue: QueueLimits = field(default_factory=QueueLimits)
    lobby: LobbyLimits = field(default_factory=LobbyLimits)
    accounts: AccountLimits = field(default_factory=AccountLimits)


class Hub:
    """The chat of one server.

    Args:
        store: Where everything is kept; what it has is loaded.
        clock: Time.
        new_token: Makes a secret (at least 128 random bits, URL-safe, without a dot).
        new_id: Makes an id that was not used before.
        passwords: Stretches them; closed with the hub.
        limits: Bounds.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        new_token: Callable[[], str],
        new_id: Callable[[], str],
        passwords: Passwords,
        limits: HubLimits,
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._limits = limits
        self._writing = Rates(limits.writing, clock.monotonic)
        self._founding = Rates(limits.founding, clock.monotonic)
        self._tasks = tasks = Tasks()
        self._directory = Directory(new_token=new_token, new_id=new_id)
        self._context = Context(
            store, Pages(store, tasks), tasks, self._directory.holder_by_key, limits.queue, clock
        )
        self._conversations = Conversations(self._context, new_id, limits.channels)
        self.lobby = Lobby(
            self._directory,
            clock=clock,
            new_id=new_id,
            forgotten=self._conversations.drop_private,
            accounts=store,
            limits=limits.lobby,
        )
        """Where people come in and go out."""
        self.canary = Canary(self._context, clock, new_id, self.lobby)
        """Finds out whether a message can be stored and delivered."""
        self.meter = self._context.meter
        self.streams = Streams(self._context.pages, tasks)
        """What people listen to."""
        self.people = People(self._directory, clock)
        """What people let each other know beside what they say."""
        self._post_office = PostOffice(
            self,
            log=store,
            clock=clock,
            new_id=new_id,
            tasks=self._tasks,
            most=limits.message_bytes,
        )
        snapshot = store.load()
        self.invitations = Invitations(
            snapshot.invitations, accounts=store, clock=clock, new_code=new_token
        )
        """What is needed to make an account, where one has to be invited."""
        self.registrar = Registrar(
            self._directory,
            self.lobby,
            self.invitations,
            accounts=store,
            passwords=passwords,
            clock=clock,
            limits=limits.accounts,
        )
        """Where accounts are made, and let people in."""
        self.moderation = Moderation(
            self._directory, log=store, clock=clock, passwords=passwords, new_id=new_id
        )
        """Who decides what in channels."""
        self._restore(snapshot)

    @property
    def task_count(self) -> int:
        """Tasks that run now: none when nothing is to be delivered."""
        return len(self._tasks)

    async def aclose(self) -> None:
        """Take nothing new, deliver what waits, and stop. Whoever listens is cut off by others."""
        self.lobby.close()
        await self._tasks.finish()
        self._passwords.close()

    @property
    def message_bytes(self) -> int:
        """Largest content of a message, in bytes of UTF-8."""
        return self._limits.message_bytes

    @property
    def session_count(self) -> int:
        """Connections that are logged in."""
        return self._directory.session_count()

    @property
    def channel_count(self) -> int:
        """Channels that exist."""
        return len(self._conversations.channel_names(None))

    def named_channel(self, name: str) -> Conversation:
        """Return a channel, for whoever runs the server.

        Raises:
            ChatError: ``no-such-channel``.
        """
        return self._conversations.channel(name)

    # -- channels ----------------------------------------------------------------------------------

    def channels(self, viewer: Identity | None = None) -> list[str]:
        """Return the names of the channels that somebody may know of, in order; None: of all."""
        return self._conversations.channel_names(viewer)

    def users(self, channel: str, viewer: Identity | None = None) -> list[str]:
        """Return who is in a channel, in order; nobody where there is no such channel."""
        conversation = self._conversations.find_channel(channel)
        if conversation is None or not conversation.is_known_to(viewer):
            return []
        return conversation.member_names()

    async def enter(self, session: Session, channel: str, password: str) -> None:
        """Bring the session's identity into a channel, by its password.

        Raises:
            ChatError: As `join`; ``channel-password``, ``too-fast``, ``busy``.
        """
        conversation = self._conversations.channel(channel)
        key = await self.moderation.key(session, conversation, password)
        await self.join(session, channel, key)

    def join(self, session: Session, channel: str, key: str = "") -> asyncio.Future[None]:
        """Bring the session's identity into a channel, which is made if need be.

        Args:
            session: Whose.
            channel: Its name.
            key: The hash of its password, where that was given.

        Raises:
            ChatError: ``invalid-name``, ``too-many-channels``, ``channel-full``; ``too-fast`` for
                one that is new. In the future: ``banned``, ``invited-only``,
                ``channel-password``, ``storage-unavailable``.
        """
        name = names.channel_name(channel)
        conversation = self._conversations.find_channel(name)
        if conversation is None:
            _refuse_too_fast(self._founding.take(session.identity.id), "You make channels")
            conversation = self._conversations.new_channel(name, session.identity)
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
        return conversation.enter(identity, joins=True, key=key)

    def leave(self, session: Session, channel: str) -> asyncio.Future[None]:
        """Take the session's identity out of a channel; the future is done after the last delivery.

        Raises:
            ChatError: ``no-such-channel``. Leaving where one is not is no error.
        """
        conversation = self._conversations.channel(channel)
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
            people = conversation.participants
            if not all(person.present or person.account for person in people):
                raise ChatError(
                    ErrorCode.RECIPIENT_GONE,
                    f"{conversation.name_for(session.identity)} is gone: nothing was sent.",
                )
            return conversation
        if request.channel is not None:
            conversation = self._conversations.channel(request.channel)
            if not conversation.is_known_to(session.identity):
                raise no_such_channel(request.channel)
            return conversation
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
        return self._conversations.new_private(people)

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
        conversation = self._conversations.find(conversation_id)
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
        conversation = self._conversations.channel(name)
        if not conversation.is_known_to(session.identity):
            raise no_such_channel(name)
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

    # -- within ------------------------------------------------------------------------------------

    def _restore(self, snapshot: Snapshot) -> None:
        people, conversations = restored(snapshot, self._context)
        self._conversations.restore(conversations)
        # Accounts first: their names are nobody else's.
        for person in sorted(people, key=lambda each: (each.account is None, each.since)):
            if person.known:
                self.lobby.restore(person)

    def _find_private(self, me: Identity, user: str) -> tuple[Conversation | None, Identity]:
        other = self._directory.holder(user)
        if other is None:
            raise ChatError(ErrorCode.NO_SUCH_USER, f"Nobody called {shown(user)} is here.")
        return self._conversations.private((me, other)), other


def _refuse_too_fast(wait: float, what: str) -> None:
    if wait:
        message = f"{what} faster than this server allows: wait {math.ceil(wait)} s."
        raise ChatError(ErrorCode.TOO_FAST, message, retry=told(wait))


def _refuse_too_many(count: int, limit: int, sentence: str) -> None:
    if count >= limit:
        raise ChatError(ErrorCode.TOO_MANY_CHANNELS, sentence)
