"""`ChatClient`: the chat from a program's side. Everything else in this package serves it."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import TYPE_CHECKING, Final, Self

from rchat_protocol import limits
from rchat_protocol.models import Ack, SendMessage
from rchat_tui.client.address import ServerAddress
from rchat_tui.client.archive import Archive
from rchat_tui.client.arrival import Arrival
from rchat_tui.client.backoff import Backoff
from rchat_tui.client.clock import SystemClock
from rchat_tui.client.connection import dial_server
from rchat_tui.client.errors import RchatError
from rchat_tui.client.feed import Feed
from rchat_tui.client.listening import listen, print_message
from rchat_tui.client.passwords import Passwords, PasswordSource
from rchat_tui.client.sender import Sender
from rchat_tui.client.session import Session
from rchat_tui.client.standing import Standing
from rchat_tui.client.store.memory import MemoryClientStore
from rchat_tui.client.supervisor import Supervisor
from rchat_tui.client.ticker import Ticker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from types import TracebackType

    from rchat_protocol.models import TutorialMessage
    from rchat_tui.client.clock import Clock
    from rchat_tui.client.connection import Connection
    from rchat_tui.client.events import ClientEvent, ConnectionEvent, LocalEvent
    from rchat_tui.client.store.ports import ClientStore

REPLAY: Final = 100
"""Entries of one conversation that a new connection brings to a client that keeps what it reads:
after a week away the newest and the counts; `ChatClient.history` has the rest."""


class ChatClient(Arrival):
    """A person's or a bot's place in the chat, over as many connections as it takes.

    Use it as a context manager, or call `connect` (or `start`) and `aclose`. Once connected it
    keeps the line up by itself: it dials again, takes its identity up, and `events` goes on where
    it was. It belongs to the event loop in which it is connected.

    Args:
        url: ``[tcp://]host[:port]``, or as `ServerAddress.parse` takes it.
        user: The name to log in with; without one, call `login`.
        deadline: Seconds that any request may take.
        rng: Where chance comes from: the jitter between dials, ids of messages.
        dial: Makes a connection to an address, or raises `ConnectFailed`.
        clock: What time it is, and waiting for the next dial.
        store: What is kept: login, outbox, cache. The client opens and closes it. Without one they
            live in memory.
        passwords: What to do about passwords without a person; `login` takes one from a person.

    Raises:
        InvalidAddress: The URL names no server.
    """

    def __init__(
        self,
        url: str = "tcp://127.0.0.1:6565",
        *,
        user: str | None = None,
        deadline: float = 10.0,
        rng: random.Random | None = None,
        dial: Callable[[ServerAddress], Awaitable[Connection]] = dial_server,
        clock: Clock | None = None,
        store: ClientStore | None = None,
        passwords: PasswordSource | None = None,
    ) -> None:
        address = ServerAddress.parse(url)
        self._url = str(address)
        self._deadline = deadline
        self._rng = rng or random.SystemRandom()
        self._clock = clock or SystemClock()
        standing = Standing()
        self._standing = standing
        keeps = store or MemoryClientStore()
        self._archive = Archive(
            keeps,
            standing=standing,
            say=self._say,
            user=lambda: self.user,
            clock=self._clock,
            rng=self._rng,
            deadline=deadline,
        )
        self._feed = Feed(standing, self._archive.note)
        self._session = Session(
            self._url,
            user,
            store=keeps,
            standing=standing,
            feed=self._feed,
            deadline=deadline,
            replay=limits.EVENTS_MAX if store is None else REPLAY,
            passwords=Passwords(address, passwords or PasswordSource()),
        )
        self._supervisor = Supervisor(
            address,
            dial,
            session=self._session,
            archive=self._archive,
            feed=self._feed,
            backoff=Backoff(),
            rng=self._rng,
            clock=self._clock,
        )
        self._sender = Sender(
            self._url,
            supervisor=self._supervisor,
            standing=standing,
            deadline=deadline,
            clock=self._clock,
            rng=self._rng,
        )
        self._ticker = Ticker(self._clock, woke=self._supervisor.woke, look=self._look)
        self._listener: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The server's address in its normal form, such as ``tcp://host:port``."""
        return self._url

    @property
    def user(self) -> str | None:
        """The name that was asked for; once logged in, the name that others see."""
        return self._session.user

    @property
    def status(self) -> ConnectionEvent | None:
        """The last word about the line; None before `connect` or `start`."""
        return self._supervisor.status

    # -- the line ----------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def connect(self) -> None:
        """Dial, and log in where a user is known. From then on the line is kept up by itself.

        Raises:
            ConnectFailed: Nobody answers there, or nobody who speaks this chat.
            ServerError: The login was refused: ``name-in-use``, ``invalid-name``.
            RequestTimeout: The server takes connections but does not answer.
        """
        self.start()
        try:
            await self._supervisor.outcome()
        except BaseException:
            await self.aclose()
            raise

    def start(self) -> None:
        """Begin to dial and keep at it, whatever happens: `events` tells. Never waits or raises."""
        self._supervisor.start()
        self._ticker.start()

    def retry_now(self) -> None:
        """Dial at once instead of after the wait, also where no try was to come by itself."""
        self._supervisor.retry_now()

    async def aclose(self) -> None:
        """Hang up, within a second or two, and let `events` end. Idempotent.

        What waits in the outbox has a second to leave; what is left stays there.
        """
        self.stop_listening_for_messages()
        await self._ticker.stop()
        await self._archive.finish()
        await self._supervisor.stop()
        await self._archive.aclose()
        self._feed.close()
        if self._listener is not None:
            await asyncio.wait((self._listener,))

    # -- messages ----------------------------------------------------------------------------------

    async def channel_message(
        self, channel: str, content: str, *, message_id: str | None = None
    ) -> Ack:
        """Say something in a channel, and return once it is stored. As `send` otherwise."""
        return await self._sender.send(SendMessage(content, channel=channel, id=message_id))

    async def private_message(
        self, user: str, content: str, *, message_id: str | None = None
    ) -> Ack:
        """Say something to whoever holds the name now; return once it is stored. As `send`."""
        return await self._sender.send(SendMessage(content, user=user, id=message_id))

    async def send(self, conversation: str, content: str, *, message_id: str | None = None) -> Ack:
        """Say something in the conversation with that id, and return once it is stored.

        Where the line drops and comes back before the deadline, the message is sent again under its
        id, and arrives once.

        Args:
            conversation: Its id, from an event.
            content: At most 16 KiB of UTF-8.
            message_id: One that was used before, to try that message again; made otherwise.

        Raises:
            ServerError: Refused: ``message-empty``, ``recipient-gone``, … or ``busy`` (see
                `ServerError.retry`). It is not stored.
            ConnectionLost: There is no connection: nothing was sent.
            OutcomeUnknown: It went out, and no acknowledgement came before the deadline.
        """
        return await self._sender.send(
            SendMessage(content, conversation=conversation, id=message_id)
        )

    # -- messages that are kept until they are stored ----------------------------------------------

    async def post(self, conversation: str, content: str, *, reply: int | None = None) -> str:
        """Write something, and return its id once the disk has it. It needs no line.

        It leaves by itself, in the order in which it was written, also after this program has ended
        and was started again. `Outgoing`, then `Delivered`, come by event.

        Args:
            conversation: Its id, from an event.
            content: At most 16 KiB of UTF-8.
            reply: Number of the message that it answers. Where the server has lost its memory when
                it leaves, it leaves without that.

        Raises:
            ServerError: It can never be sent: ``message-empty``, ``message-too-large``,
                ``bad-request``, or ``no-such-conversation``.
            StorageFailed: The disk refuses. Nothing was kept.
        """
        return await self._archive.post(conversation, content, reply=reply)

    async def retry(self, message_id: str) -> None:
        """Let what has failed, or whose outcome is unknown, be sent again.

        What is unknown may then be stored twice. Harmless where it waits anyway.

        Raises:
            StorageFailed: The disk refuses. Nothing has changed.
        """
        await self._archive.retry(message_id)

    async def withdraw(self, message_id: str) -> str:
        """Take something out of the outbox; return its content. `Withdrawn` comes by event.

        Raises:
            ServerError: ``bad-request``: it is delivered, or is being sent and may be stored.
            StorageFailed: The disk refuses. Nothing has changed.
        """
        return await self._archive.withdraw(message_id)

    # -- what one keeps beside messages ------------------------------------------------------------

    async def kept(self, area: str) -> dict[str, str]:
        """Return what one keeps in an area (drafts, …) by key, in the order in which the keys came.

        It needs no line. Where several processes share the store, it is as all of them left it.

        Raises:
            StorageFailed: The disk refuses.
        """
        return await self._archive.kept(area)

    async def keep(self, area: str, key: str, text: str | None) -> None:
        """Keep a text on this machine under a key of an area, and return once the disk has it.

        Args:
            area: What kind of thing it is.
            key: What it is about: at most 512 bytes of UTF-8, as the area; 1,000 in an area.
            text: At most 64 KiB of UTF-8; None: keep it no longer.

        Raises:
            StorageFailed: The disk refuses, or it is too much. Nothing has changed.
        """
        await self._archive.keep_text(area, key, text)

    # -- what happens ------------------------------------------------------------------------------

    def events(self) -> AsyncIterator[ClientEvent]:
        """Return what happens from the login on, each entry once, in order, over all connections.

        It begins with how the line stands, or with what has come since the login, and ends at
        `aclose`. The server sends no faster than it is consumed. An iteration can be left and a new
        one goes on there; two at a time are a RuntimeError, for each event goes to one of them.
        """
        self._feed.rewind()
        return self._feed

    def listen_for_messages(
        self, on_message: Callable[[TutorialMessage], Awaitable[object] | object] | None = None
    ) -> None:
        """Call ``on_message`` for each message, until `stop_listening_for_messages`.

        What came before, and while nobody listened, is delivered too. Your own messages come back
        from channels, never from private conversations. It consumes `events`. What ``on_message``
        raises goes to the log, and the next message is delivered all the same.

        Args:
            on_message: A function or coroutine function; without one, messages are printed.

        Raises:
            RuntimeError: It is listening already.
        """
        if self._listener is not None and not self._listener.done():
            raise RuntimeError("already listening: stop that first")
        listening = listen(
            self.events(), on_message or print_message, rooms=self._feed.rooms, me=lambda: self.user
        )
        self._listener = asyncio.create_task(listening, name="listen")

    def stop_listening_for_messages(self) -> None:
        """End `listen_for_messages`; harmless where nobody listens."""
        if self._listener is not None:
            self._listener.cancel()

    # -- what is kept ------------------------------------------------------------------------------

    def _say(self, event: LocalEvent) -> None:
        self._feed.say(event)

    async def _look(self) -> None:
        with contextlib.suppress(RchatError):  # the disk refuses still
            if await self._session.save() and self._supervisor.connection is not None:
                await self._archive.up(self._supervisor.connection)
        await self._archive.look()
