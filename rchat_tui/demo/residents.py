"""The people of the demo: ordinary chat clients on the real wire, with a play to perform.

Every task here is awaited by `Residents.run`. What a resident is still to answer waits in a queue
of `ANSWERS`; when it is full, he does not answer: nobody talks with ten people at once.
"""

from __future__ import annotations

import asyncio
import logging
import random
import zlib
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final, Self

from msgspec import Struct

from rchat_protocol import names
from rchat_tui.client import ChatState, MemberJoined, MessagePosted, RchatError, fold
from rchat_tui.client.client import ChatClient
from rchat_tui.client.clock import SystemClock
from rchat_tui.demo import script
from rchat_tui.demo.play import Act, Step, addressed, answer, expects_answer, parse

if TYPE_CHECKING:
    from types import TracebackType

    from rchat_tui.client import ClientEvent
    from rchat_tui.client.clock import Clock

ANSWERS: Final = 4
"""What one resident has still to say to somebody."""
GREETED: Final = 1000
"""Newcomers who are remembered as greeted; then all are forgotten."""
BETWEEN_LINES: Final = (2.0, 6.0)
BETWEEN_SCENES: Final = (3.0, 8.0)
BEFORE_AN_ANSWER: Final = (1.2, 3.0)
BEFORE_A_WELCOME: Final = (3.0, 5.0)
"""Seconds, at pace 1: at least and at most."""

_RESIDENTS: Final = frozenset(names.key(who) for who in script.RESIDENTS)

_logger = logging.getLogger(__name__)


class Pace:
    """How fast the residents live.

    Args:
        factor: 1 is the pace of people; less is faster.
        clock: Whose time it is.
    """

    def __init__(self, factor: float, clock: Clock) -> None:
        self._factor = factor
        self._clock = clock

    async def pause(self, rng: random.Random, between: tuple[float, float]) -> None:
        """Wait for some seconds between two bounds."""
        await self._clock.sleep(rng.uniform(*between) * self._factor)


class _Answer(Struct, frozen=True):
    """Something to be said to somebody, soon."""

    words: str
    pause: tuple[float, float]
    conversation: str | None = None
    user: str = ""
    """To whom in private, where no conversation is named."""


class Resident:
    """One of the people.

    Args:
        name: Which one.
        chat: His client, connected.
        rng: His moods.
        pace: How fast he lives.
    """

    def __init__(self, name: str, chat: ChatClient, rng: random.Random, pace: Pace) -> None:
        self.name = name
        self.chat = chat
        self._rng = rng
        self._pace = pace
        self._state = ChatState(user=name)
        self._greeted: set[str] = set()
        self._answers: asyncio.Queue[_Answer] = asyncio.Queue(ANSWERS)

    async def perform(self, channel: str, step: Step) -> None:
        """Do what the play says."""
        match step.act:
            case Act.SAY:
                await self.chat.channel_message(channel, step.words)
            case Act.LEAVE:
                await self.chat.leave(channel)
            case Act.RETURN:
                await self.chat.join(channel)

    async def listen(self) -> None:
        """Hear what is said, and note what is to be answered; until the client is closed."""
        async for event in self.chat.events():
            self._state = fold(self._state, event)
            for reply in self._replies(event):
                if not self._answers.full():
                    self._answers.put_nowait(reply)

    async def speak(self) -> None:
        """Answer, one after the other. Runs until it is cancelled."""
        while True:
            reply = await self._answers.get()
            await self._pace.pause(self._rng, reply.pause)
            try:
                if reply.conversation is None:
                    await self.chat.private_message(reply.user, reply.words)
                else:
                    await self.chat.send(reply.conversation, reply.words)
            except RchatError as error:  # who was spoken to may be gone
                _logger.info("%s could not answer: %s", self.name, error)

    def _replies(self, event: ClientEvent) -> list[_Answer]:
        match event:
            case MemberJoined() if names.key(event.user) not in _RESIDENTS:
                return self._welcome(event)
            case MessagePosted() if names.key(event.user) not in _RESIDENTS:
                if self._is_mine(event):
                    words = answer(self.name, event.user, event.content, self._rng)
                    return [_Answer(words, BEFORE_AN_ANSWER, event.conversation)]
        return []

    def _is_mine(self, event: MessagePosted) -> bool:
        """Whether it is this one who answers. All see the same, so that exactly one does."""
        conversation = self._state.conversations.get(event.conversation)
        if conversation is None or conversation.kind == "private":
            return conversation is not None
        if spoken_to := addressed(event.content):
            return self.name in spoken_to
        here = [who for who in script.RESIDENTS if who in conversation.members]
        return expects_answer(event.content) and self.name == _one_of(here, event.id)

    def _welcome(self, event: MemberJoined) -> list[_Answer]:
        conversation = self._state.conversations.get(event.conversation)
        key = names.key(event.user)
        if conversation is None or conversation.name != "general" or key in self._greeted:
            return []
        if len(self._greeted) >= GREETED:
            self._greeted.clear()
        self._greeted.add(key)
        replies = []
        greeter = _one_of([who for who, _ in script.HELLO], key)
        if greeter == self.name:
            words = dict(script.HELLO)[self.name].format(user=event.user)
            replies.append(_Answer(words, BEFORE_AN_ANSWER, event.conversation))
        if self.name == script.HOST:
            replies += [
                _Answer(
                    words.format(user=event.user, me=self.name), BEFORE_A_WELCOME, user=event.user
                )
                for words in script.WELCOME
            ]
        return replies


class Residents:
    """All of them: ``async with`` brings them in and lets them have talked already; then `run`.

    Args:
        url: Of the server.
        seed: What chance begins with: the same seed gives the same talk.
        pace: 1 is the pace of people; less is faster.
        clock: Whose time it is.
    """

    def __init__(
        self, url: str, *, seed: int | str, pace: float = 1.0, clock: Clock | None = None
    ) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - a play
        self._pace = Pace(pace, clock or SystemClock())
        self._stack = AsyncExitStack()
        self._people = {
            name: Resident(
                name,
                ChatClient(url, user=name),
                random.Random(f"{seed} {name}"),  # noqa: S311 - likewise
                self._pace,
            )
            for name in script.RESIDENTS
        }

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            for resident in self._people.values():
                await stack.enter_async_context(resident.chat)
                for channel in script.CHANNELS:
                    await resident.chat.join(channel)
            for scene in parse(script.BEFORE):
                for step in scene.steps:
                    await self._people[step.who].perform(scene.channel, step)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def run(self) -> None:
        """Live: talk, hear, answer. Runs until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            for resident in self._people.values():
                group.create_task(resident.listen(), name=f"{resident.name} listens")
                group.create_task(resident.speak(), name=f"{resident.name} speaks")
            group.create_task(self._play(), name="the play")

    async def _play(self) -> None:
        scenes = parse(script.LIVE)
        while True:
            self._rng.shuffle(scenes)
            for scene in scenes:
                await self._pace.pause(self._rng, BETWEEN_SCENES)
                for step in scene.steps:
                    await self._pace.pause(self._rng, BETWEEN_LINES)
                    try:
                        await self._people[step.who].perform(scene.channel, step)
                    except RchatError as error:  # the play goes on
                        _logger.warning("%s missed a cue: %s", step.who, error)


def _one_of(people: list[str], what: str) -> str | None:
    return people[zlib.crc32(what.encode()) % len(people)] if people else None
