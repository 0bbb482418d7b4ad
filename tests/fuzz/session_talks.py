"""Well-formed requests to every route in any order, with data that has the right shape, or nearly.

The shapes are the route table's own: a route that is added is asked for as well.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from msgspec.inspect import (
    BoolType,
    DictType,
    IntType,
    ListType,
    LiteralType,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
    type_info,
)

from fuzz.chance import chance, pick_number, pick_text
from fuzz.talks import CHANNELS, CONVERSATION, EPOCH, PEOPLE, End, Stage, Talk
from rchat_protocol.routes import ROUTES, Interaction, Route
from stress import frames

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_REQUESTS: Final = 40
"""Most requests of one talk."""

_STORMS: Final = 0.15
"""How likely a talk begins with a storm …"""

_STORM: Final = 40
"""… of so many requests to one route."""

_WIRE: Final = 120_000
"""Bytes of one request's data, at the most: a frame takes little more."""

_CREDITS: Final = (1, 2, 10, 500, 2**31 - 1)

_SELDOM: Final = ("logout", "login")
"""What ends a talk's use, or is refused whatever its data is."""

_ROUTES: Final = tuple(
    route for route in ROUTES.values() for _ in range(1 if route.name in _SELDOM else 8)
)


def make(seed: int, number: int) -> Talk:
    """Return the talk of that number. One input is one request."""
    rng = chance(seed, "sessions", number)
    session = _Session(rng)
    if rng.random() < _STORMS:
        route = rng.choice(_ROUTES)
        for _ in range(_STORM):
            session.ask_for(route)
    for _ in range(rng.randrange(1, _REQUESTS)):
        session.ask()
    return Talk(
        number=number,
        stage=Stage.LOGIN,
        who=rng.choice(PEOPLE),
        steps=tuple(session.steps),
        asks=tuple(session.asks),
        is_honest=True,
        end=rng.choices((End.FINISH, End.RESET), weights=(9, 1))[0],
    )


class _Session:
    """The requests of one talk."""

    def __init__(self, rng: random.Random) -> None:
        self.steps: list[bytes] = []
        self.asks: list[int] = []
        self._rng = rng
        self._stream = 99
        self._listening: list[int] = []

    def ask(self) -> None:
        """Ask for something, or let go of something."""
        rng = self._rng
        if rng.random() < 0.06 and self._listening:
            stream = rng.choice(self._listening)
            self.steps.append(frames.request_n(stream, rng.choice(_CREDITS)))
        else:
            self.ask_for(rng.choice(_ROUTES))

    def ask_for(self, route: Route) -> None:
        """Ask for a route, and let go of it now and then."""
        rng, draw = self._rng, self._rng.random()
        self._stream += 2
        data = self._data(route)
        if route.interaction is Interaction.STREAM:
            self._listening.append(self._stream)
            credit = rng.choice(_CREDITS)
            self.steps.append(frames.request_stream(self._stream, route.name, data, credit=credit))
            if draw > 0.7:
                self.steps.append(cancel(self._stream))
                self._listening.remove(self._stream)
            return
        self.steps.append(frames.request_response(self._stream, route.name, data))
        if draw > 0.97:
            self.steps.append(cancel(self._stream))
        else:
            self.asks.append(self._stream)

    def _data(self, route: Route) -> bytes:
        rng, model = self._rng, route.request
        if model is None:
            return b"" if rng.random() < 0.9 else pick_text(rng).encode(errors="replace")[:_WIRE]
        if model is str:
            return _name(rng).encode(errors="replace")[:_WIRE]
        assert isinstance(model, type)
        value = Values(rng).of(type_info(model))
        data = json.dumps(value, ensure_ascii=rng.random() < 0.3).encode(errors="replace")
        if rng.random() < 0.02:
            at = rng.randrange(len(data))
            data = data[:at] + rng.randbytes(2) + data[at:]
        return data if len(data) <= _WIRE else b'{"content":"too long","channel":"hall0"}'


def cancel(stream: int) -> bytes:
    """Return CANCEL."""
    return (6).to_bytes(3) + stream.to_bytes(4) + (frames.CANCEL << 10).to_bytes(2)


_SENSIBLE: Final[dict[str, Callable[[random.Random], str]]] = {
    "conversation": lambda rng: (CONVERSATION % rng.randrange(len(CHANNELS))).decode(),
    "epoch": lambda _: EPOCH.decode(),
    "channel": lambda rng: rng.choice(CHANNELS),
    "user": lambda rng: rng.choice(PEOPLE),
    "words": lambda rng: pick_text(rng, most=128),
    "id": lambda rng: f"id{rng.randrange(1000)}",
    "emoji": lambda rng: rng.choice(("👍", "+1", "❤️", "🏴‍☠️")),
    "cursor": lambda rng: ".".join(str(pick_number(rng)) for _ in range(3)),
}
"""What would make sense in a field of that name."""


class Values:
    """Values of the shape that is asked for, with one in thirty of another."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def of(self, shape: Type, name: str = "") -> Any:
        """Return a value.

        Args:
            shape: What it has to be.
            name: Of its field, which tells what would make sense there.
        """
        rng = self._rng
        if rng.random() < 0.03:
            return rng.choice((None, True, -1, 1.5, "", [], {}, [[]] * 3, 10**40, "x", {"": 0}))
        value: Any = None
        match shape:
            case StructType():
                value = self._struct(shape)
            case UnionType():
                value = self.of(rng.choice(shape.types), name)
            case StrType():
                value = self._text(name)
            case LiteralType(values):
                value = rng.choice((*values, self._text(name)))
            case IntType():
                value = self._number(name)
            case BoolType():
                value = rng.random() < 0.5
            case ListType():
                value = [self.of(shape.item_type, name) for _ in range(rng.randrange(4))]
            case DictType():
                value = {
                    self._text("conversation"): self.of(shape.value_type)
                    for _ in range(rng.choice((0, 1, 2, 30)))
                }
            case _:
                assert isinstance(shape, NoneType), shape
        return value

    def _struct(self, shape: StructType) -> dict[str, Any]:
        rng = self._rng
        value = {
            field.encode_name: self.of(field.type, field.encode_name)
            for field in shape.fields
            if rng.random() < (0.97 if field.required else 0.4)
        }
        if rng.random() < 0.03:
            value[pick_text(rng, most=300)] = 1
        return value

    def _text(self, name: str) -> str:
        rng = self._rng
        sensible = _SENSIBLE.get(name)
        if sensible is None or rng.random() < 0.25:
            return pick_text(rng)
        return sensible(rng)

    def _number(self, name: str) -> int:
        if self._rng.random() < 0.5:
            return self._rng.randrange(1, 60)
        if name == "limit" and self._rng.random() < 0.5:
            return self._rng.randrange(1, 500)
        return pick_number(self._rng)


def _name(rng: random.Random) -> str:
    return rng.choice(CHANNELS) if rng.random() < 0.7 else pick_text(rng, most=60_000)
