"""Somebody whose client knows the tutorial's part of the protocol alone: no numbers, no tokens.

When his line drops he logs in again, as somebody new. What he is sent is held against the disk by
its text: from his join on, each message once, in the log's order, none left out.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rchat_protocol import codec, routes
from rchat_protocol.models import Ack, SendMessage, TutorialMessage
from rchat_protocol.transport.frames import MAX_REQUEST_N
from rchat_tui.client.address import ServerAddress
from rchat_tui.client.errors import RchatError, ServerError
from simulate.world import URL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rchat_protocol.transport.client import InboundStream
    from rchat_tui.client.connection import Connection
    from simulate.image import Image
    from simulate.presence import Presence
    from simulate.promise import Promise
    from simulate.world import World

DEADLINE: Final = 10.0
"""Seconds that he waits for an answer."""

CALM: Final = frozenset(("slow disk", "bad weather", "stall", "swallow"))
"""Troubles after which a stream may be behind without a fault of anybody."""


@dataclass(slots=True)
class Tuned:
    """A channel that he is in."""

    earliest: int
    """The first message that he hears has at least this number …"""
    latest: int | None = None
    """… and at most this one; not known before the join is answered."""
    last: int = 0
    """Number of the last one that he heard; 0 before the first."""
    loose: bool = False
    """Whether he stopped listening meanwhile, so that what was on its way is lost."""
    since: float = 0.0
    """When he came in."""


@dataclass(slots=True)
class Sitting:
    """What lasts from a login to the end of the line."""

    connection: Connection
    image: Image
    channels: dict[str, Tuned] = field(default_factory=dict)
    """By conversation id."""
    private: dict[str, int] = field(default_factory=dict)
    """Number of the last message heard, by conversation id."""
    vague: set[str] = field(default_factory=set)
    """Channels that he may have left, or not: his request was not answered."""
    stream: InboundStream | None = None
    listening_since: float = 0.0
    unlimited: bool = True


class Tutorial:
    """A client that follows the tutorial.

    Args:
        world: What there is.
        promise: Who is told what is said.
        presence: Who is told of goodbyes.
        number: Which of them.
    """

    def __init__(self, world: World, promise: Promise, presence: Presence, number: int) -> None:
        self.name = f"t{number}"
        self.sitting: Sitting | None = None
        self._world = world
        self._promise = promise
        self._presence = presence
        self._rng = world.chance(self.name)
        self._process = world.new_process(self.name)
        self._told = 0
        self._closing = False

    def start(self) -> None:
        """Begin."""
        _ = self._world.loop.spawn(self._process, self._live(), name="live")

    async def close(self) -> None:
        """Hang up for good."""
        self._closing = True
        if self.sitting is not None:
            await self._world.loop.spawn(
                self._process, self.sitting.connection.aclose(), name="close"
            )
        self._world.loop.kill(self._process)

    # -- his life ----------------------------------------------------------------------------------

    async def _live(self) -> None:
        while not self._closing:
            try:
                await self._sit()
            except RchatError as error:
                self._world.note(self.name, f"{type(error).__name__} {error}")
            self.sitting = None
            await asyncio.sleep(self._rng.uniform(0.1, 2))

    async def _sit(self) -> None:
        connection = await self._world.dial(self._process, ServerAddress.parse(URL))
        async with connection:
            image = self._world.image
            await connection.request(routes.LOGIN, self.name.encode(), deadline=DEADLINE)
            self._world.note(self.name, "is logged in")
            sitting = self.sitting = Sitting(connection, image)
            self._listen(sitting)
            await self._join(sitting)
            acting = asyncio.create_task(self._act(sitting), name="act")
            try:
                await connection.ended()
            finally:
                self._presence.reason(self.name)
                acting.cancel()
                await asyncio.wait((acting,))
                self._world.note(self.name, f"has no line: {connection.loss()}")

    async def _act(self, sitting: Sitting) -> None:
        world, deeds = self._world, (self._send, self._send, self._leave, self._join, self._pause)
        while not world.calm:
            await asyncio.sleep(self._rng.expovariate(1 / world.plan.pace))
            try:
                await self._rng.choice(deeds)(sitting)
            except RchatError as error:
                world.note(self.name, f"{error}")
        if sitting.stream is None:
            self._listen(sitting)

    # -- deeds -------------------------------------------------------------------------------------

    def _listen(self, sitting: Sitting) -> None:
        sitting.unlimited = self._world.calm or self._rng.random() < 0.7
        sitting.listening_since = self._world.loop.now

        def take(data: bytes) -> None:
            self._hear(sitting, codec.decode(data, TutorialMessage))
            if not sitting.unlimited and sitting.stream is not None:
                sitting.stream.request(1)

        sitting.stream = sitting.connection.subscribe(
            routes.MESSAGES_INCOMING, b"", take, credit=MAX_REQUEST_N if sitting.unlimited else 2
        )

    async def _pause(self, sitting: Sitting) -> None:
        """Stop listening, and listen again."""
        if sitting.stream is None:
            self._listen(sitting)
        else:
            sitting.stream.cancel()
            sitting.stream = None
            for tuned in sitting.channels.values():
                tuned.loose = True

    async def _join(self, sitting: Sitting) -> None:
        name = f"room{self._rng.randrange(self._world.plan.channels)}"
        known = self._channel(sitting, name)
        before = sitting.image.head(known) if known else 0
        await sitting.connection.request(routes.CHANNEL_JOIN, name.encode(), deadline=DEADLINE)
        id_ = self._channel(sitting, name)
        if id_ is None:
            self._world.broken(f"{self.name} is in {name}, which is not on the disk")
        elif id_ in sitting.vague:
            pass
        elif tuned := sitting.channels.get(id_):
            # It may have begun while the answer was on its way.
            tuned.latest = tuned.latest or sitting.image.head(id_) + 1
        else:
            now = self._world.loop.now
            latest = sitting.image.head(id_) + 1
            sitting.channels[id_] = Tuned(before + 1, latest, since=now)
            self._world.note(self.name, f"is in {name} from {before + 1}..{latest} on")

    async def _leave(self, sitting: Sitting) -> None:
        name = f"room{self._rng.randrange(self._world.plan.channels)}"
        id_ = self._channel(sitting, name)
        head = sitting.image.head(id_) if id_ else 0
        began = self._world.loop.now
        self._presence.reason(self.name, name)
        try:
            await sitting.connection.request(routes.CHANNEL_LEAVE, name.encode(), deadline=DEADLINE)
        except RchatError:
            sitting.vague.add(id_ or "")
            sitting.channels.pop(id_ or "", None)
            raise
        tuned = sitting.channels.pop(id_ or "", None)
        if tuned is None:
            return
        self._world.note(self.name, f"has left {name} after {tuned.last} of {head}")
        heard = tuned.last or (tuned.latest or 0) - 1
        silent = id_ is None or sitting.image.is_silent(id_, heard + 1, head)
        if not silent and self._was_live(sitting, tuned, began):
            self._world.broken(f"{self.name} has left {name} at {head}, and heard {heard}")
        self._promise.checks += 1

    def _was_live(self, sitting: Sitting, tuned: Tuned, when: float) -> bool:
        plan = self._world.plan
        return (
            not CALM.intersection(plan.troubles)
            and plan.limits.high_water >= 1024 * 1024
            and sitting.stream is not None
            and sitting.unlimited
            and when - max(sitting.listening_since, tuned.since) > 3
        )

    async def _send(self, sitting: Sitting) -> None:
        self._told += 1
        text = f"{self.name} says {self._told}"
        said = self._promise.say(self.name, text, "raw")
        if self._rng.random() < 0.7:
            channel = f"room{self._rng.randrange(self._world.plan.channels)}"
            request = SendMessage(text, channel=channel)
        else:
            user = f"p{self._rng.randrange(len(self._world.plan.people))}"
            request = SendMessage(text, user=user)
        try:
            answer = await sitting.connection.request(
                routes.MESSAGE, codec.encode(request), deadline=DEADLINE
            )
        except ServerError:
            said.fate = "refused"
            raise
        self._promise.acked(said, codec.decode(answer, Ack))

    # -- what he hears -----------------------------------------------------------------------------

    def _channel(self, sitting: Sitting, name: str) -> str | None:
        for record in sitting.image.conversations.values():
            if record.kind == "channel" and record.name == name:
                return record.id
        return None

    def _hear(self, sitting: Sitting, message: TutorialMessage) -> None:
        self._world.note(
            self.name, f"hears {message.user} in {message.channel}: {message.content[:40]}"
        )
        place = sitting.image.texts.get(message.content)
        if place is None:
            self._world.broken(f"{self.name} hears {message}, which is not on the disk")
            return
        id_, seq = place
        record = sitting.image.conversations[id_]
        entry = sitting.image.logs[id_][seq - 1]
        if (entry.user, record.name or None) != (message.user, message.channel):
            self._world.broken(f"{self.name} hears {message}; on the disk is {entry} in {record}")
        if message.channel is None:
            self._hear_private(sitting, id_, seq)
        elif id_ not in sitting.vague:
            self._hear_channel(sitting, id_, seq)
        self._promise.checks += 1

    def _hear_channel(self, sitting: Sitting, id_: str, seq: int) -> None:
        tuned = sitting.channels.get(id_)
        if tuned is None:  # the join is not answered yet
            tuned = sitting.channels[id_] = Tuned(1, None, since=self._world.loop.now)
        last = tuned.last or (tuned.latest or seq) - 1
        # What is no longer kept, no message, or deleted by now, he does not hear.
        begin = tuned.last + 1 if tuned.last else tuned.latest or seq
        silent = sitting.image.is_silent(id_, begin, seq - 1)
        if tuned.last == 0:
            good = tuned.loose or (tuned.earliest <= seq and silent)
        else:
            good = seq > last and (tuned.loose or silent)
        if not good:
            self._world.broken(f"{self.name} hears {id_}/{seq} after {last}: {tuned}")
        tuned.last, tuned.loose = seq, False

    def _hear_private(self, sitting: Sitting, id_: str, seq: int) -> None:
        last = sitting.private.get(id_, 0)
        if seq <= last:
            self._world.broken(f"{self.name} hears {id_}/{seq} after {last}")
        sitting.private[id_] = seq

    def missing(self) -> Iterator[str]:
        """Yield what he has not heard and has to have, in the end."""
        sitting = self.sitting
        if sitting is None or sitting.stream is None:
            yield f"{self.name} does not listen"
            return
        for id_, tuned in sitting.channels.items():
            head = sitting.image.head(id_)
            heard = max(tuned.last, (tuned.latest or 1) - 1)
            if not (tuned.loose or sitting.image.is_silent(id_, heard + 1, head)):
                yield f"{self.name} heard {id_} to {tuned.last}, and it goes to {head}"
