"""The core without sockets: a hub, people, and sinks that take as much as they are told to."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, TypeVar

import msgspec

from rchat_protocol import codec, models
from rchat_server.core.hub import Hub, HubLimits
from rchat_server.core.sites import Origin
from rchat_server.storage.memory import MemoryStore
from support.clock import FakeClock

if TYPE_CHECKING:
    from rchat_protocol.errors import ChatError
    from rchat_server.core.outbox import Outbox
    from rchat_server.core.ports import Store, View
    from rchat_server.core.session import Session

E = TypeVar("E", bound=msgspec.Struct)

UNLIMITED = 2**31 - 1


class RecordingSink:
    """A `Sink` that keeps what it takes."""

    def __init__(self, credit: int = UNLIMITED) -> None:
        self.credit = credit
        self.taken: list[bytes] = []
        self.completed = False

    def offer(self, view: View) -> int:
        """Take what there is credit for."""
        count = min(self.credit, len(view.payloads))
        self.credit -= count
        self.taken += view.payloads[:count]
        return count

    def complete(self) -> None:
        """Note it."""
        self.completed = True


HERE = Origin("127.0.0.1")


class PlainPasswords:
    """`Passwords` that costs nothing."""

    async def hashed(self, password: str) -> str:
        """Return what is stored."""
        await asyncio.sleep(0)
        return f"hash of {password}"

    async def match(self, password: str, stored: str | None) -> bool:
        """Compare."""
        await asyncio.sleep(0)
        return stored == f"hash of {password}"

    def close(self) -> None:
        """Nothing is open."""


class Person:
    """A session, and what its streams have been sent."""

    def __init__(self, chat: Chat, session: Session, token: str) -> None:
        self.chat = chat
        self.session = session
        self.token = token
        self.name = session.identity.name

    async def join(self, channel: str) -> None:
        """Join and wait until it has happened."""
        await self.chat.hub.join(self.session, channel)

    async def register(self, password: str, invitation: str | None = None) -> None:
        """Become an account."""
        asked = models.Register(password, invitation=invitation)
        await self.chat.hub.registrar.register(self.session, asked, HERE)

    async def say(self, channel: str, content: str, message_id: str | None = None) -> int:
        """Post to a channel; return the number."""
        request = models.SendMessage(content, channel=channel, id=message_id)
        return (await self.chat.hub.post(self.session, request).outcome()).seq

    async def whisper(self, user: str, content: str) -> int:
        """Post to a person; return the number."""
        posted = self.chat.hub.post(self.session, models.SendMessage(content, user=user))
        return (await posted.outcome()).seq

    def listen(self, credit: int = UNLIMITED) -> TutorialStream:
        """Open ``messages.incoming``."""
        sink = RecordingSink(credit)
        return TutorialStream(sink, self.chat.hub.streams.incoming(self.session, sink))

    def events(
        self,
        credit: int = UNLIMITED,
        after: dict[str, models.Cursor] | None = None,
        most: int = 1000,
    ) -> EventStream:
        """Open ``events``."""
        sink = RecordingSink(credit)
        request = models.EventsRequest(after or {}, most)
        return EventStream(sink, self.chat.hub.streams.events(self.session, sink, request))


class _Stream:
    def __init__(self, sink: RecordingSink, outbox: Outbox) -> None:
        self.sink = sink
        self.outbox = outbox

    def grant(self, credit: int) -> None:
        """Give the stream more credit."""
        self.sink.credit += credit
        self.outbox.room()

    def close(self) -> None:
        """Stop listening."""
        self.outbox.close()


class TutorialStream(_Stream):
    """``messages.incoming`` as it was received."""

    @property
    def messages(self) -> list[models.TutorialMessage]:
        """What came."""
        return [msgspec.json.decode(data, type=models.TutorialMessage) for data in self.sink.taken]

    @property
    def contents(self) -> list[str]:
        """The texts that came."""
        return [message.content for message in self.messages]


class EventStream(_Stream):
    """``events`` as it was received."""

    @property
    def events(self) -> list[models.Event]:
        """What came."""
        return [event for data in self.sink.taken if (event := codec.decode_event(data))]

    def of(self, kind: type[E]) -> list[E]:
        """What came of one type."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def seqs(self) -> list[int]:
        """The numbers of the messages that came."""
        return [event.seq for event in self.of(models.MessagePosted)]


class Chat:
    """A hub on a fake clock, whose ids and tokens count up."""

    def __init__(self, log: Store | None = None, limits: HubLimits | None = None) -> None:
        self.clock = FakeClock()
        self.log = log or MemoryStore("epoch")
        self._ids = itertools.count(1)
        self._tokens = itertools.count(1)
        self._limits = limits or HubLimits()
        self.hub = self._start()
        self.closed: list[tuple[str, ChatError]] = []

    def restart(self) -> None:
        """The server ended, however it did, and another one begins on what is stored."""
        self.clock.forget_timers()
        self.hub = self._start()

    def forget_pages(self) -> None:
        """Keep nothing of what was delivered, as when other channels took its place."""
        pages = self.hub._context.pages
        for conversation in list(self.hub._conversations._all.values()):
            pages.forget(conversation)

    def _start(self) -> Hub:
        return Hub(
            store=self.log,
            clock=self.clock,
            new_token=lambda: f"token-{next(self._tokens)}",
            new_id=lambda: f"id-{next(self._ids)}",
            passwords=PlainPasswords(),
            limits=self._limits,
        )

    def login(self, name: str) -> Person:
        """Let somebody new in."""
        session, token = self.hub.lobby.login(name, lambda error: self.closed.append((name, error)))
        return Person(self, session, token)

    def resume(self, person: Person, *, name: str = "", replaces: bool = False) -> Person:
        """Let somebody in who was here before."""
        session = self.hub.lobby.resume(
            name,
            person.token,
            person.session.id if replaces else None,
            lambda error: self.closed.append((person.name, error)),
        )
        return Person(self, session, person.token)

    def leave(self, person: Person) -> None:
        """The person's line drops."""
        self.hub.lobby.detach(person.session)

    async def settle(self) -> None:
        """Let the loop run until nothing of the hub runs any more."""
        await asyncio.sleep(0)
        while self.hub.task_count:  # noqa: ASYNC110 - the condition is the point
            await asyncio.sleep(0)
