"""Before the door: who is accepted, who is turned away, and what that costs."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from typing import TYPE_CHECKING, Any

import pytest
import uvloop

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.gateway import doorstep
from rchat_server.gateway.doorstep import Doorstep, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

SOON = 5
FULL = ChatError(ErrorCode.TOO_MANY_CONNECTIONS, "There are too many.", retry=30.0)


class Hall:
    """Lets as many in as it is told, and owns what is done for them."""

    def __init__(self, most: int) -> None:
        self.there = 0
        self.told: list[str] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self._most = most

    def enter(self, _host: str) -> ChatError | None:
        """Count one."""
        self.there += 1
        return FULL if self.there > self._most else None

    def crowds(self, _host: str) -> bool:
        """Never."""
        return False

    def leave(self, _host: str) -> None:
        """Count one less."""
        self.there -= 1

    def turned_away(self, host: str, error: ChatError) -> None:
        """Note it."""
        self.told.append(f"{host}: {error.code}")

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Keep it until it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def end(self) -> None:
        """Cancel all of it."""
        for task in self.tasks:
            task.cancel()


class Stays(asyncio.Protocol):
    """A connection that stays until the other side goes."""

    def __init__(self, hall: Hall, enter: doorstep.Enter) -> None:
        self._hall = hall
        self._enter = enter

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask, as whoever is made here has to."""
        assert self._enter(str(transport.get_extra_info("peername")[0])) is None

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Leave."""
        self._hall.leave("")


@contextlib.contextmanager
def standing(most: int) -> Any:
    """Yield a doorstep that lets so many in, who owns them, and its port."""
    hall = Hall(most)
    step = Doorstep(hall, Kind(lambda enter: Stays(hall, enter)))
    port = step.open(["127.0.0.1"], 0, 100)
    try:
        yield step, hall, port
    finally:
        step.close()
    assert not step._told


async def test_who_may_not_stay_is_told_though_he_has_said_something() -> None:
    """Closed with unread bytes, a connection is reset, and the reason lost: he dials at once."""
    with standing(0) as (_, hall, port):
        async with asyncio.timeout(SOON):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"x" * 1000)
            assert b"too-many-connections" in await reader.read()
            assert hall.told == ["127.0.0.1: too-many-connections"]
            while hall.there:  # noqa: ASYNC110 - it is cut off a second later
                await asyncio.sleep(0.05)
            writer.transport.abort()


async def test_a_crowd_that_is_told_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise thousands a second from one address take all the descriptors that there are."""
    monkeypatch.setattr(doorstep, "_TOLD", 3)
    with standing(0) as (step, hall, port):
        async with asyncio.timeout(SOON):
            lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(10)]
            while len(hall.told) < len(lines):  # noqa: ASYNC110 - the kernel's word is waited for
                await asyncio.sleep(0.01)
        assert len(step._told) == hall.there == 3
        for _, writer in lines:
            writer.transport.abort()
    assert hall.there == 0


async def test_a_crowd_is_accepted_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise those who are in wait until a thousand others have been let in."""
    monkeypatch.setattr(doorstep, "_AT_A_TIME", 2)
    with standing(10) as (step, hall, port):
        lines = []
        for _ in range(5):
            line = socket.socket()
            line.connect(("127.0.0.1", port))
            lines.append(line)
        for expected in (2, 4, 5, 5):
            step._accept(step._sockets[0])
            assert hall.there == expected
        for line in lines:
            line.close()
        while hall.there:  # noqa: ASYNC110 - the kernel's word is waited for
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_one_that_comes_while_the_server_ends_is_told(
    run: Callable[..., None],
    early: bool,  # noqa: FBT001
) -> None:
    """Its task is cancelled as it begins to stand: closed behind its back, it broke at a word."""

    async def come() -> None:
        hall = Hall(1)

        class Speaks(Stays):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                super().connection_made(transport)
                if not early:
                    hall.end()
                loop = asyncio.get_running_loop()
                loop.call_later(0.05, self._end, transport)

            def _end(self, transport: Any) -> None:
                transport.write(b"bye")
                transport.close()

        def make(enter: doorstep.Enter) -> Speaks:
            if early:  # one turn of the loop before it stands
                hall.end()
            return Speaks(hall, enter)

        with contextlib.closing(Doorstep(hall, Kind(make))) as step:
            port = step.open(["127.0.0.1"], 0, 100)
            async with asyncio.timeout(SOON):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                assert await reader.read() == b"bye"
                writer.close()
                await writer.wait_closed()
                while hall.there or hall.tasks:  # noqa: ASYNC110 - the kernel's word is waited for
                    await asyncio.sleep(0.01)

    run(come())


async def test_where_there_is_no_descriptor_it_goes_on_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Otherwise the server takes a whole core to find out, or never accepts anybody again."""
    monkeypatch.setattr(doorstep, "_NO_FILES", 0.05)

    class Exhausted:
        def accept(self) -> None:
            raise OSError(errno.EMFILE, "Too many open files")

        def fileno(self) -> int:
            return int(step._sockets[0].fileno())

    with standing(1) as (step, hall, port):
        step._accept(Exhausted())
        assert "no connection can be accepted: [Errno 24] Too many open files" in caplog.text
        step._loop.remove_reader(step._sockets[0])
        (pause,) = step._pauses
        pause.cancel()
        step._pauses.clear()
        step._pause(step._sockets[0])
        async with asyncio.timeout(SOON):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            assert hall.there == 0
            while not hall.there:  # noqa: ASYNC110 - it goes on by a timer
                await asyncio.sleep(0.01)
            writer.transport.abort()
            while hall.there:  # noqa: ASYNC110 - the kernel's word is waited for
                await asyncio.sleep(0.01)
