"""What a stranger's bytes may be: noise, other protocols, and RSocket that is a little broken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fuzz.chance import chance, cut
from fuzz.mutator import mutate
from fuzz.talks import PEOPLE, End, Stage, Talk
from stress import frames

if TYPE_CHECKING:
    import random

_WELL_FORMED: Final = (
    frames.setup(5, 30),
    frames.setup(0.001, 4_000_000) + frames.request_response(1, "server.info", b""),
    frames.request_response(1, "login", b"ann"),
    frames.request_response(3, "login", b"", token="x.y"),  # noqa: S106
    frames.request_response(5, "message", b'{"content":"hi","channel":"hall0"}'),
    frames.request_response(7, "channel.join", b"hall0"),
    frames.request_stream(9, "events", b"{}", credit=5),
    frames.request_stream(11, "channels", b"") + frames.request_n(11, 7),
    frames.request_n(9, 1) + frames.keepalive(respond=True, data=b"beat"),
    frames.setup(5, 30) + frames.keepalive(respond=False),
)

_FOREIGN: Final = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    b"SSH-2.0-OpenSSH_9.9\r\n",
    b"NICK ann\r\nUSER ann 0 * :ann\r\n",
    b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00",
    b"\x00\x00\x00\x00",
    b"\x00\x00\x00" * 3000,
    b"\xff" * 3000,
    b"\x02\x00\x00" + bytes(60_000),
    b"\x01\xff\xff" + bytes(131_000),
)


def make(seed: int, number: int) -> Talk:
    """Return the talk of that number. One input is all that it says."""
    rng = chance(seed, "bytes", number)
    stage = rng.choice((Stage.NOTHING, Stage.SETUP, Stage.LOGIN))
    steps = (_bytes(rng),) if rng.random() < 0.8 else cut(rng, _bytes(rng), 6)
    return Talk(
        is_framed=False,
        number=number,
        stage=stage,
        steps=steps,
        who=rng.choice(PEOPLE) if stage is Stage.LOGIN else "",
        end=_end(rng),
    )


def _bytes(rng: random.Random) -> bytes:
    match rng.randrange(10):
        case 0:
            return rng.randbytes(rng.randrange(1, 100))
        case 1:
            return rng.choice(_FOREIGN)
        case 2:
            # A frame whose length is right, and nothing else.
            body = rng.randbytes(rng.randrange(60))
            return len(body).to_bytes(3) + body
        case 3:
            return b"".join(rng.choices(_WELL_FORMED, k=3))[: rng.randrange(1, 300)]
        case _:
            return mutate(rng, _WELL_FORMED)


def _end(rng: random.Random) -> End:
    return rng.choices((End.FINISH, End.RESET, End.DEAF), weights=(12, 6, 1))[0]
