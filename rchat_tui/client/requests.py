"""What can be asked of the server: one method a route, each with a deadline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_protocol import routes
from rchat_protocol.errors import ChatError
from rchat_protocol.models import (
    ConversationState,
    DeleteMessage,
    EditMessage,
    Empty,
    HistoryReply,
    HistoryRequest,
    Invite,
    MarkRead,
    OpenConversation,
    React,
    SearchReply,
    SearchRequest,
    SetAway,
    SetTopic,
    Typing,
    UserInfo,
    UserQuery,
)
from rchat_tui.client.errors import ConnectionLost, RequestTimeout, ServerError
from rchat_tui.client.wire import checked_content, decoded, decoded_text, encoded, encoded_text

if TYPE_CHECKING:
    from rchat_protocol.models import ServerInfo
    from rchat_protocol.routes import Route
    from rchat_tui.client.archive import Archive
    from rchat_tui.client.connection import Connection
    from rchat_tui.client.sender import Sender
    from rchat_tui.client.session import Session
    from rchat_tui.client.standing import Standing
    from rchat_tui.client.supervisor import Supervisor


_TRIES: Final = 5
"""How often a page is asked for that is out of date when it comes: a second time is rare."""


class Requests:
    """The part of `ChatClient` that asks."""

    _url: str
    _deadline: float
    _standing: Standing
    _archive: Archive
    _sender: Sender
    _session: Session
    _supervisor: Supervisor

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

    # -- conversations -----------------------------------------------------------------------------

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

        What is kept here from before is not asked for again. Without a line it is all there is, and
        may be less than asked for.

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
        cached = None
        if user is None and around is None:
            cached = await self._archive.page(
                conversation=conversation,
                channel=channel,
                before=before,
                after=after,
                limit=limit,
            )
        # The newest may have come since: what was just acknowledged, for one.
        if cached is not None and cached.whole and not (before is None and after is None):
            fresh = self._archive.fresh(cached)
            if fresh is not None:
                return fresh
        request = HistoryRequest(
            conversation=conversation,
            channel=channel,
            user=user,
            before=before,
            after=after,
            around=around,
            limit=limit,
        )
        try:
            return await self._page(request)
        except ConnectionLost:
            if conversation is not None and around is not None:
                cached = await self._archive.around(conversation, seq=around, limit=limit)
            fresh = None if cached is None else self._archive.fresh(cached)
            if fresh is None:
                raise
            return fresh

    async def _page(self, request: HistoryRequest) -> HistoryReply:
        """Ask for a page, with all that was done to its messages as far as it was heard of."""
        for _ in range(_TRIES):
            reply = decoded(await self._ask(routes.HISTORY, encoded(request)), HistoryReply)
            current = self._archive.current(reply)
            if current is not None:
                if request.around is None or current.last:
                    self._archive.keep(current, before=request.before, after=request.after)
                return current
        raise RequestTimeout("So much is edited there that no page of it can be read now.")

    async def search(self, request: SearchRequest) -> SearchReply:
        """Return messages that are looked for, newest first, out of all that you may read.

        Args:
            request: The words and phrases, and what else has to hold. For what is older, ask the
                same again with the answer's ``next`` as ``cursor``.

        Raises:
            RchatError: A `ServerError` (``bad-request``, ``busy``, …) or no answer.
        """
        return decoded(await self._ask(routes.SEARCH, encoded(request)), SearchReply)

    async def search_kept(self, request: SearchRequest) -> SearchReply:
        """Return messages that are looked for, newest first, out of what is kept on this machine.

        By the same rules as `search`, and without a line. What was never seen here is not found.

        Raises:
            ServerError: ``bad-request``: there is no word in it, or the cursor is none.
            StorageFailed: The disk refuses.
        """
        try:
            return await self._archive.search(request)
        except ChatError as error:
            raise ServerError(error.code, error.message) from None

    async def open_conversation(self, user: str) -> ConversationState:
        """Return the private conversation with whoever holds the name now.

        Raises:
            RchatError: A `ServerError` (``no-such-user``) or no answer.
        """
        request = encoded(OpenConversation(user))
        reply = await self._ask(routes.CONVERSATION_OPEN, request)
        state = decoded(reply, ConversationState)
        self._archive.opened(state)
        return state

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

    # -- acting on messages ------------------------------------------------------------------------
    #
    # Each returns once it is stored, and raises as `ChatClient.send` does. None waits for a line.

    async def edit(self, conversation: str, seq: int, content: str) -> None:
        """Let a message of yours say something else. `MessageEdited` comes by event.

        Args:
            conversation: Its id, from an event.
            seq: The message's number.
            content: At most 16 KiB of UTF-8.

        Raises:
            ServerError: ``not-yours``, ``no-such-message``, ``message-empty``, …
            ConnectionLost: There is no connection: nothing was sent.
            OutcomeUnknown: It went out, and no acknowledgement came before the deadline.
        """
        checked_content(content)
        await self._sender.do(routes.MESSAGE_EDIT, EditMessage(conversation, seq, content))

    async def delete(self, conversation: str, seq: int) -> None:
        """Erase what a message of yours says. `MessageDeleted` comes by event.

        Raises:
            RchatError: As of `edit`.
        """
        await self._sender.do(routes.MESSAGE_DELETE, DeleteMessage(conversation, seq))

    async def react(self, conversation: str, seq: int, emoji: str, *, on: bool = True) -> None:
        """React to a message, or take that back. `MessageReaction` comes by event.

        Nothing comes where that changes nothing.

        Args:
            conversation: Its id, from an event.
            seq: The message's number.
            emoji: An emoji, or a short text without white space: at most 32 bytes of UTF-8.
            on: Whether to put it or to take it back.

        Raises:
            RchatError: As of `edit`; a `ServerError` may say ``reaction-invalid``,
                ``too-many-reactions``.
        """
        await self._sender.do(routes.MESSAGE_REACT, React(conversation, seq, emoji, on))

    async def set_topic(self, conversation: str, topic: str) -> None:
        """Say what a channel is about; empty: nothing. `TopicChanged` comes by event.

        Raises:
            RchatError: As of `edit`; a `ServerError` may say ``topic-invalid``.
        """
        await self._sender.do(routes.CHANNEL_TOPIC, SetTopic(conversation, topic))

    # -- people ------------------------------------------------------------------------------------

    async def user_info(self, user: str) -> UserInfo:
        """Return what anybody may know of whoever holds the name now.

        Raises:
            RchatError: A `ServerError` (``no-such-user``; ``no-such-route`` of an older server) or
                no answer.
        """
        return decoded(await self._ask(routes.USER_INFO, encoded(UserQuery(user))), UserInfo)

    async def invite(self, conversation: str, user: str) -> None:
        """Let somebody hear that you would have him in a channel of yours.

        Args:
            conversation: The channel's id, from an event.
            user: Whoever holds that name now.

        Raises:
            RchatError: A `ServerError` (``already-member``, ``no-such-user``, ``busy``, …) or no
                answer.
        """
        decoded(await self._ask(routes.CHANNEL_INVITE, encoded(Invite(conversation, user))), Empty)

    async def typing(self, conversation: str, *, on: bool = True) -> None:
        """Let others see that you are writing. Their clients forget it after six seconds.

        Args:
            conversation: Its id, from an event.
            on: False: you have stopped, and sent nothing.

        Raises:
            RchatError: A `ServerError` (``no-such-conversation``; ``no-such-route`` of an older
                server) or no answer.
        """
        decoded(await self._ask(routes.TYPING, encoded(Typing(conversation, on))), Empty)

    async def set_away(self, text: str | None) -> None:
        """Let others see that you are away, or are back. `PresenceChanged` comes by event.

        Args:
            text: Why: one line, at most 200 characters, or nothing; None: you are back.

        Raises:
            RchatError: A `ServerError` (``away-invalid``; ``no-such-route`` of an older server) or
                no answer.
        """
        decoded(await self._ask(routes.AWAY, encoded(SetAway(text))), Empty)

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
