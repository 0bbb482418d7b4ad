"""A whole server in this process, without sockets and clocks, so that coverage can lead.

An input is a list of records, each what one of two people does who are in one channel. The server
is a new one for each input, and its ids and secrets are counted: an input always does the same.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from typing import TYPE_CHECKING, Any, Final

import msgspec

from fuzz.findings import Broken
from fuzz.frame_talks import frame
from fuzz.judge import Judge
from rchat_protocol.routes import ROUTES, Interaction
from rchat_protocol.transport.memory import MemoryTransport, memory_pair
from rchat_server.core.hub import Hub, HubLimits
from rchat_server.gateway.listener import Listener
from rchat_server.gateway.service import Service
from rchat_server.service import FEEDS, LISTS, POSTS, READS, RESPONSES, Caller
from rchat_server.storage.memory import MemoryStore
from stress import frames
from support.chat import PlainPasswords
from support.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_server.core.sites import Origin

END: Final = b"\x1e"
"""Ends a record. The first byte of one says what is done; the rest is data."""

ROUTE_NAMES: Final = tuple(ROUTES)
"""First bytes below their number ask for a route with the data …"""

CANCEL, MORE, TURN, OTHER, RAW, AGAIN = range(0xF0, 0xF6)
"""… and these let go of a stream, give it credit, let time pass, let the other person go on, send
any frame, and hang up and come again. All others are nothing."""

CONVERSATION: Final = "i3"
"""The id of the channel in which both are, as ids are counted."""

_CHANNEL: Final = b"hall"

RECORDS: Final = 40
"""Records of an input, at the most."""

_TURNS: Final = 3_000
"""Turns of the loop after which what has not happened never will."""


class _Ear(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.faults: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.faults.append(self.format(record))


class _Person:
    """One of the two."""

    def __init__(self, name: str, connect: Callable[[], MemoryTransport], judge: Judge) -> None:
        self._name = name
        self._connect = connect
        self._judge = judge
        self.token = ""
        self.wrong = ""
        self.begin()

    def begin(self) -> None:
        """Connect, and log in."""
        self.open: set[int] = set()
        self.stream = 1
        self.over = False
        self._splitter = frames.Splitter()
        self.line = self._connect()
        self.line._received = self._hear  # type: ignore[method-assign]
        login = frames.request_response(1, "login", self._name.encode(), token=self.token)
        self.line.write(frames.setup(20, 60) + login)
        self.ask("channel.join", _CHANNEL)

    def ask(self, route: str, data: bytes) -> None:
        """Ask for something."""
        self.stream += 2
        if ROUTES[route].interaction is Interaction.STREAM:
            self.line.write(frames.request_stream(self.stream, route, data, credit=5))
        else:
            self.open.add(self.stream)
            self.line.write(frames.request_response(self.stream, route, data))

    def do(self, kind: int, data: bytes) -> None:
        """Do what a record says."""
        if kind < len(ROUTE_NAMES):
            self.ask(ROUTE_NAMES[kind], data)
        elif kind == CANCEL:
            self.open.discard(self.stream)
            self.line.write(frame(frames.CANCEL, self.stream, 0, b""))
        elif kind == MORE:
            self.line.write(frames.request_n(self.stream, 1 + len(data)))
        elif kind == AGAIN:
            self.line.abort()
            self.begin()
        elif kind == RAW and len(data) >= 2:
            # The server may end the connection now: nothing has to be answered any more.
            self.over = True
            self.line.write(frame(data[0] & 0x3F, self.stream, data[1] << 2 & 0x3FF, data[2:]))

    def is_answered(self) -> bool:
        """Say whether nothing is left to be answered."""
        return not self.open or self.over

    def _hear(self, data: bytes) -> None:
        for each in self._splitter.feed(data):
            try:
                self._judge.look(each)
            except Broken as broken:
                self.wrong = self.wrong or str(broken)
            if each.stream == 1 and each.kind == frames.PAYLOAD:
                self.token = each.data.decode().rpartition(".")[2]
            if each.kind == frames.ERROR or each.flags & frames.COMPLETE:
                self.over = self.over or not each.stream
                self.open.discard(each.stream)


class Inside:
    """Serves inputs, one after the other."""

    def __init__(self) -> None:
        self._judge = Judge()
        self._loop = asyncio.new_event_loop()
        # It would take ten times as long.
        self._loop.set_debug(False)
        self._ear = _Ear()
        logging.getLogger().addHandler(self._ear)

    def close(self) -> None:
        """Take the ear out, and close the loop."""
        logging.getLogger().removeHandler(self._ear)
        self._loop.close()

    def take(self, data: bytes) -> None:
        """Do what the records say, and see that all ends well.

        Raises:
            Broken: It does not.
        """
        self._ear.faults.clear()
        records = [each for each in data.split(END)[:RECORDS] if each]
        wrong = ""
        try:
            self._loop.run_until_complete(self._play(records))
        except Broken as broken:
            wrong = str(broken)
        finally:
            self._loop.run_until_complete(_end_tasks())
        if self._ear.faults or wrong:
            # The log says more than what the other side may hear.
            raise Broken("\n".join([wrong, *self._ear.faults[:1]]).strip())

    async def _play(self, records: list[bytes]) -> None:
        clock, numbers = FakeClock(), itertools.count()
        hub, listener = _server(clock, lambda: f"i{next(numbers)}")

        def connect() -> MemoryTransport:
            client, server = memory_pair(timers=clock)
            listener.serve(server)
            return client

        people: list[_Person] = []
        for name in ("ann", "bob"):
            people.append(_Person(name, connect, self._judge))
            await _until(people[-1].is_answered, "nobody can come in")
        person = people[0]
        for kind, rest in ((each[0], each[1:]) for each in records):
            if kind == OTHER:
                person = people[people.index(person) - 1]
            elif kind == TURN:
                await _pass_time(clock, min(len(rest), 9) ** 2)
            else:
                person.do(kind, rest)
        await _until(lambda: all(each.is_answered() for each in people), "not all is answered")
        for person in people:
            if person.wrong:
                raise Broken(person.wrong)
            person.line.abort()
        await _until(lambda: not listener.connections, "a connection does not end")
        await _until(lambda: not hub.task_count, "a task of the hub does not end")
        await _until(lambda: len(asyncio.all_tasks()) == 1, "a task does not end")


async def _end_tasks() -> None:
    """End what a finding leaves behind."""
    for task in (left := asyncio.all_tasks() - {asyncio.current_task()}):
        assert task is not None
        task.cancel()
    if left:
        await asyncio.wait(left)


async def _pass_time(clock: FakeClock, seconds: int) -> None:
    """Let time pass, and each second what it sets off."""
    await asyncio.sleep(0)
    for _ in range(seconds):
        clock.advance(1)
        for _ in range(5):
            await asyncio.sleep(0)


async def _until(condition: Callable[[], bool], otherwise: str) -> None:
    for _ in range(_TURNS):
        if condition():
            return
        await asyncio.sleep(0)
    raise Broken(otherwise)


def _server(clock: FakeClock, new_id: Callable[[], str]) -> tuple[Hub, Listener[Caller]]:
    store = MemoryStore(epoch="e")
    hub = Hub(
        store=store,
        clock=clock,
        new_token=new_id,
        new_id=new_id,
        passwords=PlainPasswords(),
        limits=HubLimits(),
    )

    def new_caller(origin: Origin, close: Callable[[Any], None]) -> Caller:
        return Caller(hub, store, origin=origin, close=close)

    service = Service(
        new_caller=new_caller,
        responses=RESPONSES,
        reads=READS,
        posts=POSTS,
        lists=LISTS,
        feeds=FEEDS,
    )
    return hub, Listener(service, timers=clock)


def example() -> list[bytes]:
    """Return inputs from which others are made: together they ask for every route."""
    texts = {
        "conversation": CONVERSATION,
        "user": "bob",
        "channel": _CHANNEL.decode(),
        "content": "hi @bob: see https://example.org",
        "emoji": "+",
        "epoch": "e",
    }
    made = []
    for number, route in enumerate(ROUTES.values()):
        data = _CHANNEL
        if isinstance(route.request, type) and issubclass(route.request, msgspec.Struct):
            data = _example(route.request, texts)
        said = bytes((ROUTE_NAMES.index("message"),)) + b'{"content":"one","channel":"hall"}'
        made.append(END.join([said, bytes((TURN,)), bytes((number,)) + data, bytes((OTHER,))]))
    more = bytes((OTHER,)) + END + bytes((RAW, 0x28, 8)) + END + bytes((CANCEL,))
    return [*made, END.join(made[:6]), END.join([*made[6:12], bytes((AGAIN,)), more])]


def _example(model: type[msgspec.Struct], texts: dict[str, str]) -> bytes:
    """Return JSON with the fields of a request that are plain."""
    value: dict[str, Any] = {}
    for field in msgspec.structs.fields(model):
        match msgspec.inspect.type_info(field.type):
            case msgspec.inspect.IntType():
                value[field.encode_name] = 1
            case msgspec.inspect.BoolType():
                value[field.encode_name] = True
            case msgspec.inspect.ListType():
                value[field.encode_name] = ["one"]
            case msgspec.inspect.DictType():
                value[field.encode_name] = {CONVERSATION: {"epoch": "e", "seq": 0}}
            case msgspec.inspect.LiteralType(values):
                value[field.encode_name] = values[0]
            case msgspec.inspect.UnionType():
                if field.encode_name in texts and field.encode_name != "user":
                    value[field.encode_name] = texts[field.encode_name]
            case _:
                value[field.encode_name] = texts.get(field.encode_name, "one")
    return msgspec.json.encode(value)
