"""What the load says to each contender, as bytes: made beforehand where that can be."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from rsocket.frame_builders import (
    to_request_response_frame,
    to_request_stream_frame,
    to_setup_frame,
)
from rsocket.payload import Payload

from bench.load import Step
from rchat_protocol.credentials import Bearer, Simple
from rchat_protocol.transport.frames import MAX_REQUEST_N, frame_bytes
from rchat_protocol.transport.metadata import COMPOSITE_METADATA, JSON, route_metadata

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_protocol.credentials import Credential

MARKER: Final = b"<delivered once>"
"""Stands in the content of every message of a measurement, once, and in nothing else."""

CONTENT_BYTES: Final = 64

_SHORT: Final = 125
"""Longest message of a WebSocket whose length is one byte."""
_UPGRADE: Final = (
    b"GET /rchat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)

LOGIN_STREAM: Final = 1
EVENTS_STREAM: Final = 3
"""Our own client opens its events as its second request, so that most members share a number."""
JOIN_STREAM: Final = 5
_FIRST_MESSAGE_STREAM: Final = 101

LIVE: Final = b'"type":"live"'
"""Ends what a stream of events begins with."""


def content(text: bytes = b"") -> bytes:
    """Return a message's content: the marker, ``text``, and x to fill it up."""
    return (MARKER + text).ljust(CONTENT_BYTES, b"x")


class Wire(Protocol):
    """How to talk to a contender."""

    answer: bytes
    """Stands once in each answer to a sender, and in nothing else that he gets."""
    answer_covers: int
    """Messages of a sender in full flight that one answer is for."""
    ask: bytes
    """What asks for an answer after so many messages; empty where each has its own."""

    def member(self, number: int, channel: str) -> list[Step]:
        """Come in as one who listens."""

    def sender(self, number: int, channel: str) -> list[Step]:
        """Come in as one who only sends."""

    def messages(self, channel: str) -> Callable[[bytes], bytes]:
        """Return what makes one sender's messages from contents."""


# -- RSocket ---------------------------------------------------------------------------------------


def setup() -> bytes:
    """Return SETUP; the lifetime is longer than a measurement, so that no keepalive is needed."""
    keepalive, lifetime = timedelta(seconds=60), timedelta(seconds=300)
    return frame_bytes(to_setup_frame(None, JSON, COMPOSITE_METADATA, keepalive, lifetime))


def request(
    stream: int,
    route: str,
    data: bytes,
    *,
    token: str | None = None,
    account: tuple[str, str] | None = None,
) -> bytes:
    """Return a request-response, with a token, or with name and password of an account."""
    credential: Credential | None = None if token is None else Bearer(token)
    if account is not None:
        credential = Simple(*account)
    payload = Payload(data, route_metadata(route, credential=credential))
    return frame_bytes(to_request_response_frame(stream, payload))


def listen(stream: int, route: str, data: bytes = b"") -> bytes:
    """Return a request-stream without limit."""
    payload = Payload(data, route_metadata(route))
    return frame_bytes(to_request_stream_frame(stream, payload, initial_request_n=MAX_REQUEST_N))


def answered(stream: int) -> bytes:
    """Return how the answer to a request begins, after its length: NEXT and COMPLETE are set."""
    return stream.to_bytes(4) + b"\x28\x60"


class _Requests:
    """Makes one connection's ``message`` requests, faster than the library's builders do."""

    def __init__(self) -> None:
        # Stream id (4 bytes) and data are put in for each; the rest is the same for all.
        frame = request(_FIRST_MESSAGE_STREAM, "message", b"")
        self._head = frame[7:]
        self._overhead = len(frame) - 3
        self._streams = itertools.count(_FIRST_MESSAGE_STREAM, 2)

    def frame(self, data: bytes) -> bytes:
        stream = next(self._streams)
        length = self._overhead + len(data)
        return length.to_bytes(3) + stream.to_bytes(4) + self._head + data


@dataclass(frozen=True)
class RchatWire:
    """Our own, as our own client speaks it: every message has an id of its sender's."""

    route: str = "events"
    """What members listen on."""
    own_streams: bool = False
    """Whether each member listens on a stream id of his own."""

    answer = b'"epoch":"'
    answer_covers = 1
    ask = b""

    def member(self, number: int, channel: str) -> list[Step]:
        """Log in; then listen, and join."""
        stream = EVENTS_STREAM + 4 * number + 4 if self.own_streams else EVENTS_STREAM
        return [
            Step(setup() + request(LOGIN_STREAM, "login", b"m%d" % number), answered(LOGIN_STREAM)),
            Step(
                listen(stream, self.route) + request(JOIN_STREAM, "channel.join", channel.encode()),
                answered(JOIN_STREAM),
            ),
        ]

    def sender(self, number: int, channel: str) -> list[Step]:
        """Log in and join."""
        return [
            Step(setup() + request(LOGIN_STREAM, "login", b"s%d" % number), answered(LOGIN_STREAM)),
            Step(request(JOIN_STREAM, "channel.join", channel.encode()), answered(JOIN_STREAM)),
        ]

    def messages(self, channel: str) -> Callable[[bytes], bytes]:
        """Return what makes requests with ids that are ordered by time, as our client's are."""
        requests = _Requests()
        end = b'","channel":"' + channel.encode() + b'","id":"%012x-%023x"}'
        numbers = itertools.count()

        def message(text: bytes) -> bytes:
            id_part = end % (time.time_ns() // 1_000_000, next(numbers))
            return requests.frame(b'{"content":"' + text + id_part)

        return message


@dataclass(frozen=True)
class WebWire(RchatWire):
    """Our own over WebSocket: each frame is a message, masked as a client's has to be."""

    def member(self, number: int, channel: str) -> list[Step]:
        """Ask for a WebSocket, and come in."""
        return _by_web(super().member(number, channel))

    def sender(self, number: int, channel: str) -> list[Step]:
        """Ask for a WebSocket, and come in."""
        return _by_web(super().sender(number, channel))

    def messages(self, channel: str) -> Callable[[bytes], bytes]:
        """Return what makes requests, each in a message."""
        message = super().messages(channel)
        return lambda text: as_messages(message(text))


def as_messages(frames: bytes) -> bytes:
    """Return joined frames, each after its length, as joined messages of a client.

    Raises:
        ValueError: One has more than 64 KiB.
    """
    pieces: list[bytes] = []
    while frames:
        size = int.from_bytes(frames[:3])
        if size >= 1 << 16:
            raise ValueError("no request of a measurement is so large")
        head = bytes((0x82, 0x80 | size)) if size <= _SHORT else b"\x82\xfe" + size.to_bytes(2)
        pieces += (head, bytes(4), frames[3 : 3 + size])
        frames = frames[3 + size :]
    return b"".join(pieces)


def _by_web(steps: list[Step]) -> list[Step]:
    messages = [Step(as_messages(step.say), step.until) for step in steps]
    return [Step(_UPGRADE, b"\r\n\r\n"), *messages]


@dataclass(frozen=True)
class TutorialWire:
    """The tutorial's clients."""

    answer = b"\x00\x00\x06\x00"
    """Its answers are empty: a length of six, and the front of a stream id, which is odd: where a
    frame ends and the next begins these four cannot stand."""
    answer_covers = 1
    ask = b""

    def member(self, number: int, channel: str) -> list[Step]:
        """Log in; then listen, and join."""
        return [
            Step(setup() + request(LOGIN_STREAM, "login", b"m%d" % number), answered(LOGIN_STREAM)),
            Step(
                listen(EVENTS_STREAM, "messages.incoming")
                + request(JOIN_STREAM, "channel.join", channel.encode()),
                JOIN_STREAM.to_bytes(4) + b"\x28\x40",
            ),
        ]

    def sender(self, number: int, channel: str) -> list[Step]:  # noqa: ARG002 - the other wires' way
        """Log in: whoever joins is delivered to."""
        return [
            Step(setup() + request(LOGIN_STREAM, "login", b"s%d" % number), answered(LOGIN_STREAM))
        ]

    def messages(self, channel: str) -> Callable[[bytes], bytes]:
        """Return what makes its requests."""
        requests = _Requests()

        def message(text: bytes) -> bytes:
            data = {"user": None, "content": text.decode(), "channel": channel}
            return requests.frame(json.dumps(data).encode())

        return message


# -- IRC -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class IrcWire:
    """IRC, which does not acknowledge: the PONG to a PING says that what came before was handled.

    No way that was tried is faster for InspIRCd than one PING for eight messages (medians of five
    in turns, 10 and 100 members): one for 32, or the first member's copy taken for the answer, are
    the same within the noise; one for each message costs it up to an eighth, the last member's copy
    taken for the answer up to a quarter.
    """

    answer = b" PONG "
    answer_covers = 8
    ask = b"PING x\r\n"

    def member(self, number: int, channel: str) -> list[Step]:
        """Register, then join."""
        return [
            self._register(f"m{number}"),
            Step(f"JOIN #{channel}\r\n".encode(), b" 366 "),
        ]

    def sender(self, number: int, channel: str) -> list[Step]:  # noqa: ARG002 - the other wires' way
        """Register, and do not join: in a channel he would hear what the other senders say."""
        return [self._register(f"s{number}")]

    def messages(self, channel: str) -> Callable[[bytes], bytes]:
        """Return what makes its lines."""
        start = f"PRIVMSG #{channel} :".encode()
        return lambda text: start + text + b"\r\n"

    def _register(self, name: str) -> Step:
        return Step(f"NICK {name}\r\nUSER {name} 0 * :{name}\r\n".encode(), b" 001 ")
