"""`ChatClient`: the chat from a program's side. Everything else in this package serves it."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import TYPE_CHECKING, Self

from rchat_protocol import routes
from rchat_protocol.errors import ErrorCode
from rchat_protocol.models import (
    Ack,
    ConversationState,
    Empty,
    HistoryReply,
    HistoryRequest,
    MarkRead,
    OpenConversation,
    SendMessage,
)
from rchat_tui.client.address import ServerAddress
from rchat_tui.client.backoff import Backoff
from rchat_tui.client.clock import SystemClock
from rchat_tui.client.connection import dial_tcp
from rchat_tui.client.errors import ConnectionLost, RchatError, ServerError
from rchat_tui.client.events import Connecting, Online
from rchat_tui.client.feed import Feed
from rchat_tui.client.listening import listen, print_message
from rchat_tui.client.sender import Sender
from rchat_tui.client.session import Session
from rchat_tui.client.standing import Standing
from rchat_tui.client.supervisor import Supervisor
from rchat_tui.client.wire import checked_user, decoded, decoded_text, encoded, encoded_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from types import TracebackType

    from rchat_protocol.models import ServerInfo, TutorialMessage
    from rchat_protocol.routes import Route
    from rchat_tui.client.clock import Clock
    from rchat_tui.client.connection import Connection
    from rchat_tui.client.events import ClientEvent, ConnectionEvent


class ChatClient:
    """A person's or a bot's place in the chat, over as many connections as it takes.

    Use it as a context manager, or call `connect` (or `start`) and `aclose`. Once connected it
    keeps the line up by itself: it dials again, takes its identity up, and `events` goes on where
    it was. It belongs to the event loop in which it is connected.

    Args:
        url: ``[tcp://]host[:port]``.
        user: The name to log in with; without one, call `login`.
        deadline: Seconds that any request may take.
        rng: Where chance comes from: the jitter between dials, ids of messages.
        dial: Makes a connection to an address, or raises `ConnectFailed`.
        clock: What time it is, and waiting for the next dial.

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
        dial: Callable[[ServerAddress], Awaitable[Connection]] = dial_tcp,
        clock: Clock | None = None,
    ) -> None:
        address = ServerAddress.parse(url)
        self._url = str(address)
        self._deadline = deadline
        self._rng = rng or random.SystemRandom()
        self._clock = clock or SystemClock()
        standing = Standing()
        self._standing = standing
        self._feed = Feed(standing)
        self._session = Session(
            self._url, user, standing=standing, feed=self._feed, deadline=deadline
        )
        self._supervisor = Supervisor(
            address,
            dial,
            session=self._session,
            feed=self._feed,
            backoff=Backoff(),
            rng=self._rng,
            clock=self._clock,
        )
        self._sender = Sender(
            self._url,
            supervisor=self._supervisor,
            session=self._session,
            deadline=deadline,
            clock=self._clock,
            rng=self._rng,
        )
        self._listener: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The server's address in its normal form, ``tcp://host:port``."""
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
        self._supervisor.start()
        try:
            await self._supervisor.outcome()
        except BaseException:
            await self.aclose()
            raise

    def start(self) -> None:
        """Begin to dial and keep at it, whatever happens: `events` tells. Never waits or raises."""
        self._supervisor.start()

    def retry_now(self) -> None:
        """Dial at once instead of after the wait, also where no try was to come by itself."""
        self._supervisor.retry_now()

    async def aclose(self) -> None:
        """Hang up, within a second or so, and let `events` end. Idempotent."""
        self.stop_listening_for_messages()
        await self._supervisor.stop()
        self._feed.close()
        if self._listener is not None:
            await asyncio.wait((self._listener,))

    async def login(self, user: str) -> None:
        """Take a name; dial first where there is no line. After ``name-in-use``: take another.

        Raises:
            ServerError: ``invalid-name``, ``name-in-use``, ``already-logged-in``.
            ConnectFailed: Nobody answers there.
            RequestTimeout: No answer came before the deadline.
        """
        name = checked_user(user)
        if isinstance(self.status, Connecting) and self._session.user is not None:
            with contextlib.suppress(RchatError):  # of another name than this one
                await self._supervisor.outcome()
        if isinstance(self.status, Online):
            raise ServerError(
                ErrorCode.ALREADY_LOGGED_IN, f"You are here as {self.status.user} already."
            )
        self._session.user = name
        self._supervisor.start()
        self._supervisor.retry_now()
        await self._supervisor.outcome()

    # -- channels ----------------------------------------------------------------------------------

    async def join(self, channel: str) -> None:
        """Join a channel, making it where there is none. Its `ConversationState` comes by event.

        Raises:
            RchatError: A `ServerError` (``invalid-name``, ``channel-full``, …) or no answer.
        """
        await self._ask(routes.CHANNEL_JOIN, encoded_text(channel))
        self._standing.joined(channel)

    async def leave(self, channel: str) -> None:
        """Leave a channel. `Parted` comes by event. Leaving where one is not is no error.

        Raises:
            RchatError: A `ServerError` (``no-such-channel``) or no answer.
        """
        await self._ask(routes.CHANNEL_LEAVE, encoded_text(channel))
        self._standing.left(channel)

    async def list_channels(self) -> list[str]:
        """Return the names of all channels, in the server's order.

        Raises:
            RchatError: No answer.
        """
        return [decoded_text(item) for item in await self._collect(routes.CHANNELS, b"")]

    async def get_users(self, channel: str) -> list[str]:
        """Return who is in a channel; nobody where there is no such channel.

        Raises:
            RchatError: No answer.
        """
        data = encoded_text(channel)
        return [decoded_text(item) for item in await self._collect(routes.CHANNEL_USERS, data)]

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

    async def history(
        self,
        *,
        conversation: str | None = None,
        channel: str | None = None,
        user: str | None = None,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        limit: int = 100,
    ) -> HistoryReply:
        """Return a page of one conversation, oldest first: the newest unless a place is named.

        Args:
            conversation: Its id; or name a ``channel``, or the other ``user``.
            channel: A channel that you are in.
            user: Whoever holds that name now.
            before: Only numbers below this one.
            after: Only numbers above this one.
            around: The page with this number in its middle.
            limit: Most messages, 1 to 500.

        Raises:
            RchatError: A `ServerError` (``no-such-conversation``, …) or no answer.
        """
        request = HistoryRequest(
            conversation=conversation,
            channel=channel,
            user=user,
            before=before,
            after=after,
            around=around,
            limit=limit,
        )
        return decoded(await self._ask(routes.HISTORY, encoded(request)), HistoryReply)

    async def open_conversation(self, user: str) -> ConversationState:
        """Return the private conversation with whoever holds the name now.

        Raises:
            RchatError: A `ServerError` (``no-such-user``) or no answer.
        """
        request = encoded(OpenConversation(user))
        return decoded(await self._ask(routes.CONVERSATION_OPEN, request), ConversationState)

    async def mark_read(self, conversation: str, seq: int) -> None:
        """Say that everything up to ``seq`` has been seen. `ReadMarker` comes by event.

        Raises:
            RchatError: A `ServerError` (``no-such-conversation``) or no answer.
        """
        request = encoded(MarkRead(conversation, seq))
        decoded(await self._ask(routes.CONVERSATION_READ, request), Empty)

    async def server_info(self) -> ServerInfo:
        """Return what server this is. Needs no login.

        Raises:
            RchatError: No answer.
        """
        return await self._session.server_info(self._connection())

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

    # -- requests ----------------------------------------------------------------------------------

    def _connection(self) -> Connection:
        connection = self._supervisor.connection
        if connection is None:
            raise ConnectionLost(f"There is no connection to {self._url} now.")
        return connection

    async def _ask(self, route: Route, data: bytes) -> bytes:
        return await self._connection().request(route, data, deadline=self._deadline)

    async def _collect(self, route: Route, data: bytes) -> list[bytes]:
        return await self._connection().collect(route, data, deadline=self._deadline)
