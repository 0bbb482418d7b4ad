"""Who this client is on its server, over all its connections: login, taking up, joining again."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Final

from rchat_protocol import codec, routes
from rchat_protocol.errors import ErrorCode
from rchat_protocol.limits import METADATA_BYTES, REQUEST_FRAME_BYTES
from rchat_protocol.models import EventsRequest, ServerInfo
from rchat_tui.client.errors import RchatError, ServerError
from rchat_tui.client.events import Online
from rchat_tui.client.wire import checked_user, decoded, decoded_text, not_ours

if TYPE_CHECKING:
    from rchat_tui.client.connection import Connection
    from rchat_tui.client.feed import Feed
    from rchat_tui.client.standing import Standing

_TOKEN_BYTES: Final = 1024
"""Longest token that is kept: it has to fit into a request's metadata."""

_GOODBYE: Final = 1.0
"""Seconds that a goodbye may take: somebody waits for his prompt."""

_REQUEST_BYTES: Final = REQUEST_FRAME_BYTES - METADATA_BYTES

_logger = logging.getLogger(__name__)


class Session:
    """The login and what has to be done again on every new connection.

    Args:
        url: Of the server, for `Online`.
        user: The name to log in with; None for a client that has not said yet.
        standing: Where the client stands in its conversations.
        feed: Where the events go.
        deadline: Seconds that each request may take.
    """

    def __init__(
        self, url: str, user: str | None, *, standing: Standing, feed: Feed, deadline: float
    ) -> None:
        self.user = user
        self.identity = 0
        """Changes whenever the server made a new identity; 0 before the first login.

        What was sent under one of them cannot be sent again under another: the server knows the
        ids of an identity's messages, and nobody else's.
        """
        self._url = url
        self._token: str | None = None
        self._standing = standing
        self._feed = feed
        self._deadline = deadline
        self._rejoining: list[str] = []

    async def begin(self, connection: Connection) -> Online:
        """Log in and let the events flow; return what the feed was told.

        Raises:
            RchatError: There is no login to be had on this connection.
        """
        fresh = await self._login(connection)
        # Second on the wire, always: most connections then share its stream id, and the server
        # the bytes that it fans out.
        self._rejoining = self._standing.channels if fresh else []
        credit = self._feed.opened(self._rejoining)
        stream = connection.subscribe(
            routes.EVENTS, self._cursors(), self._feed.receive, credit=credit
        )
        self._feed.attach(stream.request)
        server = await self.server_info(connection)
        online = Online(self.user or "", self._url, server, fresh=fresh)
        self._feed.release(online)
        return online

    async def rejoin(self, connection: Connection) -> None:
        """Join the channels again that a new identity is not in.

        Raises:
            RchatError: The line is gone, or the server does not answer.
        """
        for channel in self._rejoining:
            try:
                await connection.request(
                    routes.CHANNEL_JOIN, channel.encode(), deadline=self._deadline
                )
            except ServerError as error:
                _logger.warning("could not join %r again: %s", channel, error)
                self._standing.left(channel)
                self._feed.rejoined(channel)

    async def end(self, connection: Connection) -> None:
        """Say goodbye, so that others see at once that nobody is here. A try, a short one."""
        if self._token is not None:
            with contextlib.suppress(RchatError):
                await connection.request(routes.LOGOUT, b"", deadline=_GOODBYE)

    async def server_info(self, connection: Connection) -> ServerInfo:
        """Ask what server it is.

        Raises:
            RchatError: It is none of ours, or does not answer.
        """
        reply = await connection.request(routes.SERVER_INFO, b"", deadline=self._deadline)
        return decoded(reply, ServerInfo)

    def _cursors(self) -> bytes:
        """Return the request for events: as many cursors as one frame takes.

        A conversation whose cursor is left out says ``resumed: false``, and its reader loads it.
        """
        cursors = self._standing.cursors
        while len(data := codec.encode(EventsRequest(after=cursors))) > _REQUEST_BYTES:
            cursors = dict(list(cursors.items())[: len(cursors) // 2])
        return data

    async def _login(self, connection: Connection) -> bool:
        """Take the identity up, or get a new one; return whether it is new."""
        name = checked_user(self.user or "")
        if self._token is not None:
            try:
                await self._request_login(connection, name, self._token)
            except ServerError as error:
                if error.code != ErrorCode.UNKNOWN_TOKEN:
                    raise
                self._token = None
            else:
                self.user = name
                return False
        await self._request_login(connection, name, None)
        self.user = name
        self.identity += 1
        return True

    async def _request_login(self, connection: Connection, name: str, token: str | None) -> None:
        reply = await connection.request(
            routes.LOGIN, name.encode(), deadline=self._deadline, token=token
        )
        if not reply or len(reply) > _TOKEN_BYTES:
            raise not_ours()
        self._token = decoded_text(reply)
