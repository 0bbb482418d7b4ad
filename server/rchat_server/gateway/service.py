"""What the gateway serves: tables from route to function, given to it as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from rchat_protocol.errors import ChatError
    from rchat_protocol.transport.streams import StreamSource
    from rchat_server.core.ports import Reply, Sink
    from rchat_server.core.sites import Origin
    from rchat_server.service.caller import Request


class CallerLike(Protocol):
    """One connection's standing, as the gateway sees it."""

    @property
    def logged_in(self) -> bool:
        """Whether anybody is logged in on it."""

    def closed(self) -> None:
        """The connection is gone."""


CallerT = TypeVar("CallerT", bound=CallerLike)


@dataclass(frozen=True, slots=True)
class Service(Generic[CallerT]):
    """The routes, by interaction. One value for all connections, made once.

    The functions raise `ChatError` for what the other side is to see. Whatever else they raise is a
    fault: it is logged, and answered as ``internal``.
    """

    new_caller: Callable[[Origin, Callable[[ChatError], None]], CallerT]
    """Makes a connection's standing, from where it comes from and a way to end it."""
    responses: Mapping[str, Callable[[CallerT, Request], Coroutine[Any, Any, bytes]]]
    """Request-response: each returns the answer's data."""
    reads: Mapping[str, Callable[[CallerT, Request], Coroutine[Any, Any, bytes]]]
    """Request-response whose answers may be large: of one connection, one after the other, and each
    when there is room for it."""
    posts: Mapping[str, Callable[[CallerT, bytes, Reply], None]]
    """Request-response likewise: each takes the request's data alone, gives the answer, now or
    later, and is no coroutine."""
    lists: Mapping[str, Callable[[CallerT, Request], Sequence[bytes]]]
    """Finite streams: each returns all items as they are now."""
    feeds: Mapping[str, Callable[[CallerT, Request, Sink], StreamSource]]
    """Endless streams: each returns what feeds the sink."""
    refused: Callable[[str], None] = lambda _code: None
    """Told the code of each error with which a request is answered, or a connection ends."""
