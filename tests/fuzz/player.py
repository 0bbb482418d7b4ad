"""Says talks to a server, and looks at what it answers."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Final

from fuzz.dial import Address, Line, dial
from fuzz.findings import Broken
from fuzz.talks import CHANNELS, CONVERSATION, EPOCH, PEOPLE, End, Stage, Talk
from stress import frames

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fuzz.judge import Judge
    from stress.frames import Frame

PATIENCE: Final = 10.0
"""Seconds that anybody waits where nobody says for how long."""

_LOGIN: Final = 1
"""The stream of a talk's login; its own have higher numbers."""


class _Listener:
    """Hears one talk's answers.

    Args:
        judge: Looks at each frame.
        asks: The streams of which each is to be answered once.
    """

    def __init__(self, judge: Judge, asks: Iterable[int]) -> None:
        self.wrong = ""
        """The first thing that was not as it has to be."""
        self.open = set(asks)
        self.answers: dict[int, bytes] = {}
        """To requests that are kept (`keep`)."""
        self.answered = 0
        self.over = False
        """Whether the server said that the connection ends."""
        self.changed = asyncio.Event()
        self._judge = judge
        self._closed: set[int] = set()
        self._keep = False

    def keep(self) -> None:
        """Keep the answers."""
        self._keep = True

    def hear(self, frame: Frame) -> None:
        """Take a frame."""
        try:
            self._judge.look(frame)
            self._take(frame)
        except Broken as broken:
            self.wrong = self.wrong or str(broken)
            self.changed.set()

    def _take(self, frame: Frame) -> None:
        is_error = frame.kind == frames.ERROR
        if is_error and not frame.stream:
            self.over = True
            self.changed.set()
        if not is_error and not (frame.kind == frames.PAYLOAD and frame.flags & frames.COMPLETE):
            return
        if frame.stream in self._closed:
            raise Broken(f"a request was answered twice, on stream {frame.stream}")
        if frame.stream in self.open:
            self.open.discard(frame.stream)
            self._closed.add(frame.stream)
            self.answered += 1
        if self._keep:
            self.answers[frame.stream] = frame.data
        if not self.open:
            self.changed.set()


class Player:
    """Says talks to one server.

    Args:
        address: Where it listens.
        judge: Looks at what it says.
        patience: Seconds in which it closes what is over, and answers what it was asked.
    """

    def __init__(self, address: Address, judge: Judge, patience: float = PATIENCE) -> None:
        self.answered = 0
        """Requests that were answered, of those that have to be."""
        self.wrong: list[tuple[Talk, str]] = []
        """What was not as it has to be, and the talk in which that was."""
        self._address = address
        self._judge = judge
        self._patience = patience
        self._logins: dict[str, bytes] = {}
        self._marks: dict[bytes, bytes] = {}

    async def prepare(self) -> None:
        """Log everybody in for the first time, and learn what the marks of talks stand for.

        Raises:
            Broken: The server does not do what it has to.
        """
        for who in PEOPLE:
            wire = [frames.request_response(_LOGIN, "login", who.encode())]
            for number, channel in enumerate(CHANNELS):
                join, say = 3 + 4 * number, 5 + 4 * number
                message = json.dumps({"content": "hello", "channel": channel}).encode()
                wire.append(frames.request_response(join, "channel.join", channel.encode()))
                wire.append(frames.request_response(say, "message", message))
            answers = await self._ask(wire)
            token = answers[_LOGIN].decode().rpartition(".")[2]
            self._logins[who] = frames.request_response(_LOGIN, "login", b"", token=token)
            for number in range(len(CHANNELS)):
                place = json.loads(answers[5 + 4 * number])
                self._marks[CONVERSATION % number] = place["conversation"].encode()
                self._marks[EPOCH] = place["epoch"].encode()
        if any(len(mark) != len(stands) for mark, stands in self._marks.items()):
            raise Broken("ids are not as long as the marks that stand for them")

    async def _ask(self, wire: list[bytes]) -> dict[int, bytes]:
        streams = [int.from_bytes(each[3:7]) for each in wire]
        listener = _Listener(self._judge, streams)
        listener.keep()
        line = await dial(self._address, listener.hear)
        line.say(_SETUP)
        line.say(b"".join(wire))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await listener.changed.wait()
        line.reset()
        if listener.wrong or listener.open:
            raise Broken(listener.wrong or "a server that is new does not answer")
        return listener.answers

    async def play_all(self, talks: Iterable[Talk], *, at_once: int) -> None:
        """Say ``talks``, so many at a time, until something is wrong."""
        waiting = iter(talks)

        async def play_some() -> None:
            for talk in waiting:
                if self.wrong:
                    return
                try:
                    await self.play(talk)
                except Broken as broken:
                    self.wrong.append((talk, str(broken)))

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(play_some())

    async def play(self, talk: Talk) -> None:
        """Say one.

        Raises:
            Broken: The server does not end what is over, does not answer, or says what it must not.
        """
        listener = _Listener(self._judge, talk.asks)
        try:
            line = await dial(self._address, listener.hear)
        except OSError as error:
            raise Broken(f"the server takes no connection: {error!r}") from None
        try:
            await self._say(talk, line, listener)
        finally:
            line.reset()
        self.answered += listener.answered
        if listener.wrong:
            raise Broken(listener.wrong)

    async def _say(self, talk: Talk, line: Line, listener: _Listener) -> None:
        if talk.end is End.DEAF:
            line.stop_listening()
        if talk.stage is not Stage.NOTHING:
            login = self._logins[talk.who] if talk.stage is Stage.LOGIN else b""
            line.say(_SETUP + login)
        tell = line.say if talk.is_framed else line.send
        for step in talk.steps:
            tell(self._filled(step))
            await asyncio.sleep(0)
            if line.ended.done():
                break
        if talk.asks:
            await self._hear_out(talk, line, listener)
        if talk.end is End.FINISH:
            line.finish()
            try:
                async with asyncio.timeout(self._patience):
                    await line.ended
            except TimeoutError:
                raise Broken(f"the connection was not closed in {self._patience} s") from None

    async def _hear_out(self, talk: Talk, line: Line, listener: _Listener) -> None:
        """Wait until all is answered that has to be."""
        line.ended.add_done_callback(lambda _: listener.changed.set())
        try:
            async with asyncio.timeout(self._patience):
                await listener.changed.wait()
        except TimeoutError:
            if talk.end is End.DEAF:
                return
            missing = sorted(listener.open)[:5]
            raise Broken(f"not answered in {self._patience} s: streams {missing}") from None
        if listener.open and talk.is_honest and not listener.wrong:
            raise Broken("the connection was ended, and nothing was wrong with it")

    def _filled(self, step: bytes) -> bytes:
        if b"@@the-" in step:
            for mark, stands in self._marks.items():
                step = step.replace(mark, stands)
        return step


_SETUP: Final = frames.setup(20, 60)
