"""Frames of every type, most of them such that a connection survives them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from fuzz.chance import chance, cut, pick
from fuzz.talks import CONVERSATION, PEOPLE, End, Stage, Talk
from rchat_protocol.routes import ROUTES
from stress import frames

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_FRAMES: Final = 150
"""Most frames of one talk."""

_HARSH: Final = 0.01
"""How likely a frame is one of anything, which mostly ends its connection."""

_LAST_STREAM: Final = 2**31 - 1

_LARGE: Final = 0.1
"""How likely a request in pieces is a large one, up to what a request may be."""

_FOLLOWS: Final = 0x80
_IGNORE: Final = 0x200
_LEASE, _FNF, _CHANNEL, _PUSH, _RESUME, _RESUME_OK = 0x02, 0x05, 0x07, 0x0C, 0x0D, 0x0E

# Some of these have a fixed place in the wire, others are anybody's.
_TYPES: Final = (*range(1, 0x0F), 0x3F)

_CREDITS: Final = (1, 1, 2, 3, 100, 2**31 - 1, 2**31 - 2)

_DATA: Final = (
    *(b"", b"{}", b"[]", b"null", b"hall0", b"x", b'{"user":"fuzzer1"}', b'{"content":"x"}'),
    *(b'{"content":"hi","channel":"hall0"}', b'{"content":"hi","user":"fuzzer0"}'),
    *(b'{"after":{}}', b'{"channel":"hall1"}', b'{"words":["hi"]}', b'{"on":true}', b"\xff\xfe"),
    b'{"conversation":"' + CONVERSATION % 0 + b'","seq":1,"emoji":"+"}',
)

_KNOWN: Final = tuple(name for name in ROUTES if name not in ("login", "logout"))
"""What may be asked for again and again. A login is of the first stage, or refused."""

_ROUTES: Final = (*_KNOWN, *_KNOWN, "login", "logout", "", "no.such", "x" * 255, "é", "\x00")


def make(seed: int, number: int) -> Talk:
    """Return the talk of that number. One input is one frame."""
    rng = chance(seed, "frames", number)
    stage = rng.choice((Stage.NOTHING, *(Stage.SETUP,) * 5, *(Stage.LOGIN,) * 10))
    end = rng.choices((End.FINISH, End.RESET, End.DEAF), weights=(12, 6, 1))[0]
    made = _Frames(rng)
    wire = b"".join(made.some(rng.randrange(1, _FRAMES)))
    can_ask = end is End.FINISH and stage is not Stage.NOTHING and not made.lied
    asks = (_LAST_STREAM,) if can_ask else ()
    # Who hangs up at once gets few answers: most wait for that to what they ask last.
    wire += b"".join(frames.request_response(stream, "server.info", b"") for stream in asks)
    return Talk(
        number=number,
        stage=stage,
        steps=(wire,) if rng.random() < 0.7 else cut(rng, wire, 20),
        who=rng.choice(PEOPLE) if stage is Stage.LOGIN else "",
        asks=asks,
        end=end,
    )


class _Frames:
    """Makes the frames of one talk."""

    def __init__(self, rng: random.Random) -> None:
        self.lied = False
        """Whether a frame said another length than its own: what follows is a part of it."""
        self._rng = rng
        self._stream = 99
        self._open = [99]
        self._kinds: list[Callable[[], bytes]] = [
            *(self._request,) * 6,
            *(self._listen,) * 2,
            *(self._of_a_stream,) * 6,
            *(self._garbled_request,) * 3,
            self._fragments,
            self._keepalive,
            self._push,
            self._ignorable,
            self._fire_and_forget,
            self._channel,
        ]

    def some(self, count: int) -> list[bytes]:
        """Return frames."""
        draw, kinds = self._rng.random, self._kinds
        return [
            self._harsh() if draw() < _HARSH else kinds[int(draw() * len(kinds))]()
            for _ in range(count)
        ]

    def _new_stream(self) -> int:
        self._stream += 2
        self._open.append(self._stream)
        return self._stream

    def _some_stream(self) -> int:
        """Return one that is open, that was, or that never was."""
        draw = self._rng.random()
        if draw < 0.7:
            return self._open[int(self._rng.random() * len(self._open))]
        return self._rng.getrandbits(31) | 1 if draw < 0.8 else self._rng.randrange(1, 400)

    def _request(self) -> bytes:
        route = _ROUTES[int(self._rng.random() * len(_ROUTES))]
        return frames.request_response(self._new_stream(), route, self._data())

    def _listen(self) -> bytes:
        route = _ROUTES[int(self._rng.random() * len(_ROUTES))]
        credit = _CREDITS[int(self._rng.random() * len(_CREDITS))]
        return frames.request_stream(self._new_stream(), route, self._data(), credit=credit)

    def _data(self) -> bytes:
        data = pick(self._rng, _DATA)
        if self._rng.random() < 0.3:
            at = self._rng.randrange(len(data) + 1)
            data = data[:at] + self._rng.randbytes(self._rng.randrange(5)) + data[at:]
        return data

    def _of_a_stream(self) -> bytes:
        stream, draw = self._some_stream(), self._rng.random()
        if draw < 0.4:
            return frame(frames.REQUEST_N, stream, 0, struct.pack(">I", self._rng.choice(_CREDITS)))
        if draw < 0.8:
            return frame(frames.CANCEL, stream, 0, b"")
        # These are for whoever asked: on a stream of the server's own they are a fault.
        stream = self._rng.getrandbits(31) | 1 << 29 | 1
        if draw < 0.9:
            return frame(frames.PAYLOAD, stream, self._rng.choice((0, 0x20, 0x40, 0x60)), b"x")
        code = self._rng.choice((0x201, 0x202, 0x203, 0x204))
        return frame(frames.ERROR, stream, 0, struct.pack(">I", code) + b"x")

    def _garbled_request(self) -> bytes:
        """Return a request whose metadata says this and that."""
        metadata = self._metadata()
        body = len(metadata).to_bytes(3) + metadata + self._data()
        if self._rng.random() < 0.5:
            return frame(frames.REQUEST_RESPONSE, self._new_stream(), frames.METADATA, body)
        body = struct.pack(">I", self._rng.choice(_CREDITS)) + body
        return frame(frames.REQUEST_STREAM, self._new_stream(), frames.METADATA, body)

    def _metadata(self) -> bytes:
        items = b""
        for _ in range(self._rng.randrange(4)):
            kind = self._rng.choice((0xFE, 0xFE, 0xFC, 0xFA, 0x85, 0x00, 0x1B, 0x7F))
            content = self._rng.randbytes(self._rng.randrange(12))
            if kind == 0xFE and self._rng.random() < 0.5:
                tag = self._rng.choice(_ROUTES).encode()
                content = bytes((len(tag),)) + tag
            length = len(content) if self._rng.random() < 0.9 else self._rng.getrandbits(24)
            items += bytes((kind,)) + length.to_bytes(3) + content
        return items

    def _fragments(self) -> bytes:
        """Return a request in pieces, some of which may be missing, or somebody else's between."""
        stream, route = self._new_stream(), b"\xfe\0\0\5\4away"
        first = len(route).to_bytes(3) + route + b'{"te'
        pieces = [frame(frames.REQUEST_RESPONSE, stream, frames.METADATA | _FOLLOWS, first)]
        more = b'xt":"'
        if self._rng.random() < _LARGE:
            more += b"\\u0301\\u0323" * self._rng.randrange(9_000)
        pieces += [frame(frames.PAYLOAD, stream, frames.NEXT | _FOLLOWS, more)]
        pieces += [frame(frames.PAYLOAD, stream, frames.NEXT, b'x"}')]
        match self._rng.randrange(12):
            case 0:
                pieces[1] = frame(frames.CANCEL, stream, 0, b"")
            case 1:
                pieces[1:1] = [self._request()]
        return b"".join(pieces)

    def _keepalive(self) -> bytes:
        data = self._rng.randbytes(self._rng.randrange(20))
        return frames.keepalive(respond=self._rng.random() < 0.5, data=data)

    def _push(self) -> bytes:
        return frame(_PUSH, 0, frames.METADATA, self._rng.randbytes(self._rng.randrange(20)))

    def _ignorable(self) -> bytes:
        kind = self._rng.choice((0x0F, 0x10, 0x20, 0x3E, 0x3F, 0x00))
        return frame(kind, self._some_stream(), _IGNORE, self._rng.randbytes(9))

    def _fire_and_forget(self) -> bytes:
        return frame(_FNF, self._new_stream(), 0, self._data())

    def _channel(self) -> bytes:
        body = struct.pack(">I", self._rng.choice(_CREDITS)) + self._data()
        return frame(_CHANNEL, self._new_stream(), self._rng.choice((0, frames.COMPLETE)), body)

    def _harsh(self) -> bytes:
        """Return a frame of anything."""
        rng = self._rng
        stream = rng.choice((0, 1, 2, self._some_stream(), rng.getrandbits(32)))
        body = rng.randbytes(rng.choice((0, 1, 3, 4, 6, 7, 12, 40)))
        if rng.random() < 0.3:
            body = struct.pack(">I", rng.choice((0, 1, 2**31 - 1, 2**31, 2**32 - 1))) + body
        made = frame(rng.choice(_TYPES), stream, rng.getrandbits(10), body)
        if rng.random() < 0.1:
            self.lied = True
            made = rng.getrandbits(24).to_bytes(3) + made[3:]
        return made


def frame(kind: int, stream: int, flags: int, body: bytes) -> bytes:
    """Return a frame of anything that fits into a header, with its length in front."""
    return (6 + len(body)).to_bytes(3) + struct.pack(">IH", stream, kind << 10 | flags) + body
