"""A person at a terminal: the real client on his file, and what he does with it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rchat_tui.client import feed
from rchat_tui.client.client import ChatClient
from rchat_tui.client.errors import RchatError
from rchat_tui.client.events import Online
from rchat_tui.client.state import ChatState, fold
from simulate.acts import ACT_WEIGHTS, ACTS, carried_out
from simulate.deeds import DEEDS, WEIGHTS
from simulate.ears import Ear
from simulate.profile import ProfileStore
from simulate.world import URL

if TYPE_CHECKING:
    from rchat_tui.client.address import ServerAddress
    from rchat_tui.client.connection import Connection
    from simulate.deeds import Deed
    from simulate.loop import Process
    from simulate.network import Line
    from simulate.people import Person
    from simulate.presence import Presence
    from simulate.promise import Promise
    from simulate.world import World

STALE: Final = 5.0
"""Seconds in which a session that was replaced has to be gone."""


@dataclass(slots=True)
class Dialled:
    """A line that a client has dialled."""

    line: Line
    online: float | None = None
    """Since when the client has been logged in on it; None where it never was."""


class Terminal:
    """One terminal of a person: a client process, or none between two of them.

    Args:
        world: What there is.
        promise: Who is told what is said.
        presence: Who is told of goodbyes.
        person: Whose terminal it is.
        number: Which of his.
    """

    def __init__(
        self, world: World, promise: Promise, presence: Presence, person: Person, number: int
    ) -> None:
        self.name = f"{person.name}.{number}"
        self.person = person
        self.process: Process | None = None
        self.chat: ChatClient | None = None
        self.store: ProfileStore | None = None
        self.ear: Ear | None = None
        self.state = ChatState()
        self.lines: list[Dialled] = []
        self.told = 0
        """Messages that it has said so far."""
        self.acted = 0
        """Texts that it has edited something to, or answered."""
        self.deaf_until = 0.0
        """Until when it takes no event."""
        self.speed = 0.0
        """Seconds that it takes for an event."""
        self.promise = promise
        person.terminals.append(self)
        self.world = world
        self.presence = presence
        self.rng = world.chance(self.name)
        self._starts = 0
        self._listening: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether there is a client process."""
        return self.process is not None

    @property
    def client(self) -> ChatClient:
        """The client, which there is."""
        assert self.chat is not None
        return self.chat

    # -- its life ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin a client."""
        self._starts += 1
        process = self.process = self.world.new_process(f"{self.name}#{self._starts}")
        self.world.note(process.name, "starts")
        self.state = ChatState()
        self.ear = Ear(
            self.world,
            self.promise,
            process.name,
            knows=lambda identity: self.person.knows(self.world, identity),
            left=self.person.has_left,
            presence=self.presence,
        )
        process.context.copy().run(self._begin, process)

    def _begin(self, process: Process) -> None:
        assert self.ear is not None
        rng = self.world.chance(process.name)
        self.store = ProfileStore(self.person.profile, process, rng)
        self.chat = ChatClient(
            URL,
            user=self.person.name,
            rng=rng,
            dial=self._dial,
            clock=self.person.clock,
            store=self.store,
        )
        self.chat._session._replay = self.world.plan.replay
        self.chat.start()
        listen = self._listen(self.chat, self.ear)
        self._listening = self.world.loop.spawn(process, listen, name="listen")

    def kill(self) -> None:
        """End the client as ``kill -9`` does."""
        if self.process is None:
            return
        self.world.note(self.process.name, "is killed")
        self.world.loop.kill(self.process)
        if self.store is not None:
            self.store.kill()
        for dialled in self.lines:
            dialled.line.orphan(self.process, goodbye=True)
        self._gone()

    async def quit(self) -> None:
        """End the client as it ends by itself."""
        process, chat = self.process, self.chat
        if process is None or chat is None:
            return
        self.world.note(process.name, "quits")
        self.presence.reason(self.person.name)
        self.speed = self.deaf_until = 0.0
        await self.world.loop.spawn(process, chat.aclose(), name="quit")
        if self.process is process:
            if self._listening is not None:
                await asyncio.wait((self._listening,), timeout=20)
            await asyncio.sleep(1)  # what it was asked, and does not know to be over, ends
            left = [task.get_name() for task in process.tasks if task.get_name() != "act"]
            if left:
                self.world.broken(f"{process.name} has quit, and leaves {left}")
            self.world.note(process.name, "has quit")
            self.world.loop.kill(process)
            self._gone()

    def insist(self) -> None:
        """Try again where the client says that it takes a person."""
        if self.chat is not None and self.process is not None:
            self.world.loop.call_soon(self.chat.retry_now, context=self.process.context)

    def _gone(self) -> None:
        self.process = self.chat = self.store = self.ear = None
        self.lines.clear()

    async def _dial(self, address: ServerAddress) -> Connection:
        assert self.process is not None
        process = self.process
        connection = await self.world.dial(process, address)
        self.lines.append(Dialled(self.world.lines[-1]))
        return connection

    def look(self) -> None:
        """See to it that what is bounded stays so, and that one session is one line."""
        chat, world = self.chat, self.world
        self.person.learn(world)
        if chat is None or not self.lines:
            return
        # A line is opened with credit for one event, however many wait.
        if chat._feed._events > feed.WINDOW + len(self.lines):
            world.broken(f"{self.name} holds {chat._feed._events} events")
        last = self.lines[-1]
        if isinstance(chat.status, Online) and last.online is None:
            last.online = world.loop.now
        if last.online is None or world.loop.now - max(last.online, world.stalled_until) < STALE:
            return
        for earlier in self.lines[:-1]:
            end = earlier.line.server
            if earlier.online is not None and end.process.alive and not end.gone:
                world.broken(
                    f"{self.name} was taken up anew, and its earlier session is still here"
                )

    # -- what it hears -----------------------------------------------------------------------------

    async def _listen(self, chat: ChatClient, ear: Ear) -> None:
        loop, world = self.world.loop, self.world
        async for event in chat.events():
            world.note(ear.who, event)
            if isinstance(event, Online):
                self.person.learn(world)
            ear.take(event)
            self.state = fold(self.state, event)
            if loop.now < self.deaf_until and not world.calm:
                await asyncio.sleep(self.deaf_until - loop.now)
            elif self.speed and not world.calm:
                await asyncio.sleep(self.rng.random() * self.speed)

    # -- what it does ------------------------------------------------------------------------------

    async def act(self) -> None:
        """Do something, again and again, until the world is calm. Outlives a client."""
        world, plan = self.world, self.world.plan
        while not world.calm:
            await asyncio.sleep(self.rng.expovariate(1 / plan.pace))
            if self.process is not None and not world.calm:
                deed = self.rng.choices(DEEDS, WEIGHTS)[0]
                _ = world.loop.spawn(self.process, self._do(deed), name="act")

    async def act_on(self) -> None:
        """Do something to what was said, likewise."""
        world, rng = self.world, self.world.chance(f"{self.name} acting")
        while not world.calm:
            await asyncio.sleep(rng.expovariate(1 / world.plan.acting))
            if self.process is not None and not world.calm:
                act = rng.choices(ACTS, ACT_WEIGHTS)[0]
                _ = world.loop.spawn(self.process, carried_out(self, act, rng), name="act")

    async def _do(self, deed: Deed) -> None:
        try:
            await deed(self)
        except RchatError as error:
            self.world.note(self.name, f"{deed.__name__}: {type(error).__name__} {error}")
