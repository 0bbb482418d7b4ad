"""What can be asked of the server: one method a route, each with a deadline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import routes
from rchat_protocol.models import (
    ConversationState,
    Empty,
    HistoryReply,
    HistoryRequest,
    MarkRead,
    OpenConversation,
)
from rchat_tui.client.errors import ConnectionLost
from rchat_tui.client.wire import decoded, decoded_text, encoded, encoded_text

if TYPE_CHECKING:
    from rchat_protocol.models import ServerInfo
    from rchat_protocol.routes import Route
    from rchat_tui.client.archive import Archive
    from rchat_tui.client.connection import Connection
    from rchat_tui.client.session import Session
    from rchat_tui.client.standing import Standing
    from rchat_tui.client.supervisor import Supervisor


class Requests:
    """The part of `ChatClient` that asks."""

    _url: str
    _deadline: float
    _standing: Standing
    _archive: Archive
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
        if cached is not None and cached[1] and not (before is None and after is None):
            return cached[0]
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
            reply = decoded(await self._ask(routes.HISTORY, encoded(request)), HistoryReply)
        except ConnectionLost:
            if cached is None:
                raise
            return cached[0]
        if around is None:
            self._archive.keep(reply, before=before, after=after)
        return reply

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
