"""People at a real server's wire, who remember every byte that they were told."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from rchat_protocol import codec, models, routes
from rchat_protocol.routes import Interaction
from rchat_tui.client.address import ServerAddress
from rchat_tui.client.connection import dial_server
from rchat_tui.client.errors import ConnectionLost, ServerError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from rchat_protocol.credentials import Credential
    from rchat_protocol.routes import Route
    from rchat_tui.client.connection import Connection

DEADLINE: Final = 10.0
"""Seconds for an answer, and for something to be heard."""

_CREDIT: Final = 1_000_000
"""Items of an endless stream: more than a test hears."""


class Person:
    """Somebody on one connection. Use it as a context: it hangs up in the end.

    Args:
        line: The connection.
        name: What he is called.
    """

    def __init__(self, line: Connection, name: str) -> None:
        self.line = line
        self.name = name
        self.credential = ""
        """What the login answered: ``<session id>.<token>``."""
        self.heard: list[bytes] = []
        """Everything that he was told: answers, errors, items of streams."""
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.line.aclose()

    @property
    def token(self) -> str:
        """What opens his identity."""
        return self.credential.partition(".")[2]

    def knows(self, mark: str) -> bool:
        """Return whether he was told something with that in it, in whatever answer."""
        return any(mark.encode() in told for told in self.heard)

    async def log_in(self, credential: Credential | None = None) -> None:
        """Come in under his name.

        Raises:
            ServerError: He was not let in.
        """
        self.credential = (await self.raw(routes.LOGIN, self.name.encode(), credential)).decode()

    async def ask(self, route: Route, asked: object = None) -> Any:
        """Send a request, and return the answer: JSON, or a list of the names of a finite stream.

        Raises:
            ServerError: The server refused.
        """
        data = b"" if asked is None else _data(asked)
        if route.interaction is Interaction.STREAM:
            items = await self.line.collect(route, data, deadline=DEADLINE)
            self.heard.extend(items)
            return [item.decode() for item in items]
        return msgspec.json.decode(await self.raw(route, data))

    async def raw(self, route: Route, data: bytes, credential: Credential | None = None) -> bytes:
        """Send these bytes, and return the answer's."""
        try:
            answer = await self.line.request(route, data, deadline=DEADLINE, credential=credential)
        except ServerError as error:
            self.heard.append(f"{error.code}: {error.message}".encode())
            raise
        self.heard.append(answer)
        return answer

    async def refused(self, route: Route, asked: object) -> tuple[str, str]:
        """Send a request that is refused; return the code and the sentence."""
        try:
            answer = await self.ask(route, asked)
        except ServerError as error:
            return error.code, error.message
        raise AssertionError(f"{self.name} may do {route.name}: {answer}")

    def listen(self, route: Route = routes.EVENTS, asked: object = None) -> None:
        """Hear an endless stream from now on."""
        data = b"" if asked is None else _data(asked)
        self.line.subscribe(route, data, self._take, credit=_CREDIT)

    def _take(self, item: bytes) -> None:
        self.heard.append(item)
        self._news.set()

    async def hears(self, mark: str) -> None:
        """Wait until he was told something with that in it."""
        await self.until(lambda: self.knows(mark), f"{self.name} never heard of {mark!r}")

    async def until(self, true: Callable[[], bool], otherwise: str) -> None:
        """Wait until what he has heard makes something true."""
        try:
            async with asyncio.timeout(DEADLINE):
                while not true():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(otherwise) from None


@contextlib.asynccontextmanager
async def coming(
    url: str, name: str, credential: Credential | None = None
) -> AsyncIterator[Person]:
    """Let somebody come in, and hang up in the end."""
    async with Person(await dial_server(ServerAddress.parse(url)), name) as person:
        await person.log_in(credential)
        yield person


async def register(url: str, name: str, password: str, invitation: str | None = None) -> None:
    """Make an account."""
    async with Person(await dial_server(ServerAddress.parse(url)), name) as nobody:
        await nobody.ask(routes.ACCOUNT_REGISTER, models.Register(password, name, invitation))


async def goodbye(person: Person) -> None:
    """Leave at once, so that the name is free."""
    with contextlib.suppress(ConnectionLost):
        await person.raw(routes.LOGOUT, b"")


def _data(asked: object) -> bytes:
    if isinstance(asked, bytes):
        return asked
    return asked.encode() if isinstance(asked, str) else codec.encode(asked)  # type: ignore[arg-type]
