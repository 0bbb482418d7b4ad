"""Clients of ours that come back: with a token, and with where they stand in a conversation."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.channel import CHANNEL
from bench.load import FRONT, Line, Step
from bench.wires import (
    EVENTS_STREAM,
    JOIN_STREAM,
    LOGIN_STREAM,
    MARKER,
    RchatWire,
    answered,
    content,
    listen,
    request,
    setup,
)
from rchat_protocol.transport.frames import FrameDecoder

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from bench.contenders import Server
    from bench.load import Load

MOST: Final = 1_000_000
"""Entries that ``events`` sends again at the most: what the protocol allows."""

_LARGEST_FRAME: Final = 1 << 23
_NUMBER_NAME: Final = b'"seq":'
_NUMBER: Final = re.compile(_NUMBER_NAME + rb"(\d+),")
"""A message's number. In a read marker the number comes last, with no comma after it."""
_NUMBER_BYTES: Final = len(_NUMBER_NAME) + 20


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a client stands in the one conversation."""

    conversation: str
    epoch: str
    seq: int


class Keeper(Line):
    """Keeps what it hears."""

    __slots__ = ("kept",)

    def __init__(self, name: str, connection: socket.socket) -> None:
        super().__init__(name, connection)
        self.kept = bytearray()

    def heard(self, buffer: bytearray, end: int) -> None:
        """Keep it, and count."""
        self.kept += buffer[FRONT:end]
        super().heard(buffer, end)

    def answer(self, stream: int) -> bytes:
        """Return the data of the first frame on ``stream``.

        Raises:
            LookupError: None came.
        """
        for data in self.items(stream):
            return data
        raise LookupError(f"{self.name}: no answer on stream {stream}")

    def items(self, stream: int) -> Iterator[bytes]:
        """Yield the data of the frames on ``stream`` so far."""
        decoder = FrameDecoder(_LARGEST_FRAME)
        decoder.feed(bytes(self.kept))
        while (frame := decoder.next_frame()) is not None:
            if frame.stream_id == stream:
                yield bytes(frame.data)


class Follower(Line):
    """Sees that the messages it gets are numbered without a gap, and keeps nothing of them."""

    __slots__ = ("_expected", "_rest", "followed")

    def follow(self, after: int) -> None:
        """Expect the numbers after ``after``. To be said before the line is used."""
        self._expected = after + 1
        self._rest = b""
        self.followed = 0

    def heard(self, buffer: bytearray, end: int) -> None:
        """Look at the numbers that came, then do as any line does.

        Raises:
            AssertionError: They do not follow each other.
        """
        start = FRONT - len(self._rest)
        buffer[start:FRONT] = self._rest
        numbers = [int(each) for each in _NUMBER.findall(buffer, start, end)]
        if numbers:
            expected = list(range(self._expected, self._expected + len(numbers)))
            assert numbers == expected, f"after {expected[0] - 1}: {numbers[:5]} … {numbers[-5:]}"
            self._expected += len(numbers)
            self.followed += len(numbers)
            start = buffer.rfind(_NUMBER_NAME, start, end)
            whole = _NUMBER.match(buffer, start, end)
            start = start if whole is None else whole.end()
        self._rest = bytes(buffer[max(start, end - _NUMBER_BYTES) : end])
        super().heard(buffer, end)


def come(load: Load, server: Server, count: int) -> list[str]:
    """Let ``count`` guests log in and join, and hang up; return their tokens."""
    keepers: list[Keeper] = []

    def guests() -> Iterator[tuple[Keeper, list[Step]]]:
        for number in range(count):
            keepers.append(load.connect(server.port, f"g{number}", Keeper))
            yield keepers[-1], RchatWire().sender(number, CHANNEL)

    load.arrive(guests(), MARKER)
    load.quiet()
    for keeper in keepers:
        load.close(keeper)
    return [keeper.answer(LOGIN_STREAM).decode() for keeper in keepers]


def post(load: Load, server: Server, name: str, count: int) -> Cursor:
    """Post messages one after another; return where the last one stands."""
    keeper = load.connect(server.port, name, Keeper)
    login = setup() + request(LOGIN_STREAM, "login", name.encode())
    steps = [Step(login, answered(LOGIN_STREAM))]
    join = request(JOIN_STREAM, "channel.join", CHANNEL.encode())
    steps.append(Step(join, answered(JOIN_STREAM)))
    data = json.dumps({"content": content().decode(), "channel": CHANNEL}).encode()
    streams = range(JOIN_STREAM + 2, JOIN_STREAM + 2 + 2 * count, 2)
    steps += [Step(request(each, "message", data), answered(each)) for each in streams]
    load.arrive([(keeper, steps)], MARKER)
    load.close(keeper)
    ack = json.loads(keeper.answer(streams[-1]))
    return Cursor(ack["conversation"], ack["epoch"], ack["seq"])


def return_steps(token: str, cursor: Cursor, until: bytes) -> list[Step]:
    """Return how a guest comes back: with his token, and from where he stands."""
    after = {cursor.conversation: {"epoch": cursor.epoch, "seq": cursor.seq}}
    asked = json.dumps({"after": after, "max": MOST}).encode()
    return [
        Step(setup() + request(LOGIN_STREAM, "login", b"", token=token), answered(LOGIN_STREAM)),
        Step(listen(EVENTS_STREAM, "events", asked), until),
    ]
