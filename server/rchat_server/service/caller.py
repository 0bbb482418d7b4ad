"""Who asks: one connection, and as whom it is logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rchat_protocol.errors import ChatError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_protocol.credentials import Credential
    from rchat_server.core.hub import Hub
    from rchat_server.core.ports import Log
    from rchat_server.core.session import Session
    from rchat_server.core.sites import Origin


class Request(NamedTuple):
    """One request's data, and the credential that came with it."""

    data: bytes
    credential: Credential | None = None

    def __repr__(self) -> str:
        """Tell no secret: a password may be among the data."""
        return f"Request({len(self.data)} bytes, {self.credential!r})"


class Caller:
    """One connection's standing in the chat.

    Args:
        hub: The chat.
        log: Where history is read.
        origin: Where it comes from.
        close: Ends the connection, telling the other end why.
    """

    def __init__(
        self, hub: Hub, log: Log, *, origin: Origin, close: Callable[[ChatError], None]
    ) -> None:
        self.hub = hub
        self.log = log
        self.origin = origin
        self.close = close
        self.coming_in = False
        """Whether a login is under way that has to wait."""
        self.gone_out = False
        """Whether he said goodbye: a connection logs in once, or its limits would begin anew."""
        self._session: Session | None = None

    @property
    def logged_in(self) -> bool:
        """Whether this connection has a session."""
        return self._session is not None

    @property
    def session(self) -> Session:
        """The session.

        Raises:
            ChatError: ``not-logged-in``.
        """
        if self._session is None:
            raise ChatError(ErrorCode.NOT_LOGGED_IN, "Log in first.")
        return self._session

    def begin(self, session: Session) -> None:
        """The connection is logged in now."""
        self._session = session

    def end(self) -> None:
        """He said goodbye: others see it at once."""
        self.hub.lobby.detach(self.session, at_once=True)
        self._session = None
        self.gone_out = True

    def forget(self, session: Session) -> None:
        """The connection is not logged in as ``session`` after all."""
        if self._session is session:
            self._session = None

    def closed(self) -> None:
        """The connection is gone. May be said more than once."""
        if self._session is not None:
            self.hub.lobby.detach(self._session)
