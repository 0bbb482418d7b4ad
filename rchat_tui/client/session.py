"""Who this client is on its server, over all its connections: login, taking up, joining again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Final

from rchat_protocol import codec, routes
from rchat_protocol.credentials import Bearer, Credential, Simple
from rchat_protocol.errors import ErrorCode
from rchat_protocol.limits import METADATA_BYTES, REQUEST_FRAME_BYTES
from rchat_protocol.models import EventsRequest, Register, ServerInfo
from rchat_tui.client.errors import RchatError, RequestTimeout, ServerError, StorageFailed
from rchat_tui.client.events import Online
from rchat_tui.client.store.ports import SavedLogin
from rchat_tui.client.wire import checked_user, decoded, decoded_text, encoded, not_ours

if TYPE_CHECKING:
    from rchat_tui.client.connection import Connection
    from rchat_tui.client.feed import Feed
    from rchat_tui.client.passwords import Given, Passwords
    from rchat_tui.client.standing import Standing
    from rchat_tui.client.store.ports import ClientStore

_KEPT: Final = "login"
_ACCOUNT: Final = "account"
"""Where it is kept which identity is an account."""

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
        store: Where the login is kept.
        standing: Where the client stands in its conversations.
        feed: Where the events go.
        deadline: Seconds that each request may take.
        replay: Most entries of one conversation that a new connection is to bring.
        passwords: Where a password comes from, where one is asked for.
    """

    def __init__(
        self,
        url: str,
        user: str | None,
        *,
        store: ClientStore,
        standing: Standing,
        feed: Feed,
        deadline: float,
        replay: int,
        passwords: Passwords,
    ) -> None:
        self.user = user
        self.passwords = passwords
        self._url = url
        self._store = store
        self._standing = standing
        self._feed = feed
        self._deadline = deadline
        self._replay = replay
        self._session = ""
        self._unsaved: SavedLogin | None = None
        self._unsaved_count = 0
        self._superseded: SavedLogin | None = None
        self._logged_in = False
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
        if self._logged_in:
            with contextlib.suppress(RchatError):
                await connection.request(routes.LOGOUT, b"", deadline=_GOODBYE)

    async def server_info(self, connection: Connection) -> ServerInfo:
        """Ask what server it is.

        Raises:
            RchatError: It is none of ours, or does not answer.
        """
        reply = await connection.request(routes.SERVER_INFO, b"", deadline=self._deadline)
        return decoded(reply, ServerInfo)

    async def answers(self, connection: Connection, within: float) -> bool:
        """Say whether the server answers within so many seconds."""
        try:
            await connection.request(routes.SERVER_INFO, b"", deadline=min(within, self._deadline))
        except ServerError:
            return True
        except RchatError:
            return False
        return True

    def _cursors(self) -> bytes:
        """Return the request for events: as many cursors as one frame takes.

        A conversation whose cursor is left out says ``resumed: false``, and its reader loads it.
        """
        cursors = self._standing.cursors
        replay = self._replay
        while len(data := codec.encode(EventsRequest(after=cursors, max=replay))) > _REQUEST_BYTES:
            cursors = dict(list(cursors.items())[: len(cursors) // 2])
        return data

    # -- who one is --------------------------------------------------------------------------------

    async def save(self) -> bool:
        """Keep the login that the disk would not take; return whether there was one and it did.

        May raise `StorageFailed`.
        """
        if self._unsaved is None:
            return False
        async with contextlib.AsyncExitStack() as stack:
            await self._alone(stack)
            if await self._store.login() != self._superseded:
                return False  # another process has a newer one: the next connection takes it
            saved = await self._store.save_login(self._unsaved.user, self._unsaved.token)
        self._unsaved = None
        self._standing.identity = saved.identity
        return True

    async def _login(self, connection: Connection) -> bool:
        """Take the identity up, or get a new one; return whether it is another than before.

        All processes of a person have one identity: while one of them gets a new one, the others
        wait, and then take that up.
        """
        name = checked_user(self.user or "")
        before = self._standing.identity
        self._logged_in = False
        try:
            anew = await self._come_in(connection, name)
        except ServerError as error:
            if error.code != ErrorCode.PASSWORD_REQUIRED or not await self.passwords.ask(name):
                raise
            anew = await self._come_in(connection, name)
        self.user = name
        self._logged_in = True
        return anew or self._standing.identity != before

    async def _come_in(self, connection: Connection, name: str) -> bool:
        """Log in by what there is; return whether it is another identity than before."""
        if self.passwords.given is not None:
            async with contextlib.AsyncExitStack() as stack:
                await self._alone(stack)
                return await self._by_password(connection, name, self.passwords.given)
        anew = False
        known = await self._known()
        if known is None or not await self._take_up(connection, name, known):
            async with contextlib.AsyncExitStack() as stack:
                await self._alone(stack)
                others = await self._known()
                anew = (
                    others is None
                    or others == known
                    or not await self._take_up(connection, name, others)
                )
                if anew:
                    await self._begin_anew(connection, name)
        return anew

    async def _by_password(self, connection: Connection, name: str, given: Given) -> bool:
        try:
            if given.register:
                asked = encoded(Register(given.password, name, given.invitation))
                await connection.request(routes.ACCOUNT_REGISTER, asked, deadline=self._deadline)
                given.register = False
            credential = Simple(name, given.password)
            token = await self._request_login(connection, name, credential)
        except ServerError as error:
            if error.retry is False:  # it would be wrong again
                self.passwords.given = None
            raise
        self.passwords.given = None
        known = await self._known()
        same = known is not None and await self._is_account(known.identity)
        await self._keep(name, token, same=same)
        await self.note_account()
        return not same

    async def _is_account(self, identity: int) -> bool:
        """Whether that identity was an account, so that its password leads to it again."""
        with contextlib.suppress(StorageFailed):
            return (await self._store.kept(_KEPT)).get(_ACCOUNT) == str(identity)
        return False

    async def note_account(self) -> None:
        """Who one is now is an account."""
        with contextlib.suppress(StorageFailed):  # the next password makes a new identity then
            await self._store.keep_text(_KEPT, _ACCOUNT, str(self._standing.identity))

    async def _known(self) -> SavedLogin | None:
        """Return who one is, as far as any process knows."""
        saved = await self._store.login()
        return self._unsaved if self._unsaved and saved == self._superseded else saved

    async def _alone(self, stack: contextlib.AsyncExitStack) -> None:
        try:
            async with asyncio.timeout(self._deadline):
                await stack.enter_async_context(self._store.logging_in())
        except TimeoutError:
            raise RequestTimeout(
                "Another rchat of yours is logging in, and does not get done: quit it."
            ) from None

    async def _take_up(self, connection: Connection, name: str, saved: SavedLogin) -> bool:
        """Log in as who one is; return False where the server does not know him any more."""
        # The session of before is replaced; those of other processes are not.
        ours = self._session and saved.identity == self._standing.identity
        token = f"{self._session}.{saved.token}" if ours else saved.token
        try:
            await self._request_login(connection, name, Bearer(token))
        except ServerError as error:
            if error.code != ErrorCode.UNKNOWN_TOKEN:
                raise
            return False
        self._standing.identity = saved.identity
        return True

    async def _begin_anew(self, connection: Connection, name: str) -> None:
        await self._keep(name, await self._request_login(connection, name, None))

    async def _keep(self, name: str, token: str, *, same: bool = False) -> None:
        self._superseded = await self._store.login()
        try:
            saved = await self._store.save_login(name, token, same=same)
        except StorageFailed as error:
            # One can talk all the same; what is in the outbox waits until it is saved.
            _logger.warning("the login is not kept: %s", error)
            self._unsaved_count += 1
            saved = self._unsaved = SavedLogin(name, token, -self._unsaved_count)
        else:
            self._unsaved = None
        self._standing.identity = saved.identity

    async def _request_login(
        self, connection: Connection, name: str, credential: Credential | None
    ) -> str:
        """Log in, and return what takes the identity up again."""
        reply = await connection.request(
            routes.LOGIN, name.encode(), deadline=self._deadline, credential=credential
        )
        if not reply or len(reply) > _TOKEN_BYTES:
            raise not_ours()
        self._session, _, token = decoded_text(reply).rpartition(".")
        return token
