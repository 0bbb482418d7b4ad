"""As much of RSocket 1.0 as a chat's client needs, written from its specification.

It shares nothing with the code under test, nor with the library that stands under that.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SETUP: Final = 0x01
KEEPALIVE: Final = 0x03
REQUEST_RESPONSE: Final = 0x04
REQUEST_STREAM: Final = 0x06
REQUEST_N: Final = 0x08
CANCEL: Final = 0x09
PAYLOAD: Final = 0x0A
ERROR: Final = 0x0B

METADATA: Final = 0x100
RESPOND: Final = 0x80
FOLLOWS: Final = 0x80
COMPLETE: Final = 0x40
NEXT: Final = 0x20

UNLIMITED: Final = 2**31 - 1

_ROUTING: Final = 0x80 | 0x7E
_AUTHENTICATION: Final = 0x80 | 0x7C
_BEARER: Final = b"\x81"
_SIMPLE: Final = b"\x80"
_COMPOSITE: Final = b"message/x.rsocket.composite-metadata.v0"
_JSON: Final = b"application/json"


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame, taken apart as far as it matters here."""

    kind: int
    stream: int
    flags: int
    data: bytes
    """Without metadata; of a KEEPALIVE without the position, of an ERROR without the number."""


def setup(keepalive: float, lifetime: float) -> bytes:
    """Return SETUP; times in seconds."""
    times = struct.pack(">HHII", 1, 0, int(keepalive * 1000), int(lifetime * 1000))
    kinds = bytes((len(_COMPOSITE),)) + _COMPOSITE + bytes((len(_JSON),)) + _JSON
    return _frame(SETUP, 0, 0, times + kinds)


def request_response(
    stream: int, route: str, data: bytes, *, token: str = "", account: tuple[str, str] | None = None
) -> bytes:
    """Return REQUEST_RESPONSE, with a token, or with name and password of an account."""
    body = _with_metadata(route, data, _credential(token, account))
    return _frame(REQUEST_RESPONSE, stream, METADATA, body)


def fragment(stream: int, route: str, data: bytes) -> bytes:
    """Return a REQUEST_RESPONSE of which more is to follow."""
    body = _with_metadata(route, data, b"")
    return _frame(REQUEST_RESPONSE, stream, METADATA | FOLLOWS, body)


def more(stream: int, data: bytes) -> bytes:
    """Return a PAYLOAD that goes on with a fragment, and does not end it."""
    return _frame(PAYLOAD, stream, FOLLOWS | NEXT, data)


def cancel(stream: int) -> bytes:
    """Return CANCEL."""
    return _frame(CANCEL, stream, 0, b"")


def request_stream(stream: int, route: str, data: bytes, *, credit: int = UNLIMITED) -> bytes:
    """Return REQUEST_STREAM."""
    body = struct.pack(">I", credit) + _with_metadata(route, data, b"")
    return _frame(REQUEST_STREAM, stream, METADATA, body)


def request_n(stream: int, n: int) -> bytes:
    """Return REQUEST_N."""
    return _frame(REQUEST_N, stream, 0, struct.pack(">I", n))


def keepalive(*, respond: bool, data: bytes = b"") -> bytes:
    """Return KEEPALIVE."""
    return _frame(KEEPALIVE, 0, RESPOND if respond else 0, bytes(8) + data)


class Splitter:
    """Turns bytes, however they are cut, into frames."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that are whole now."""
        buffer = self._buffer + data if self._buffer else data
        position, length = 0, len(buffer)
        while position + 3 <= length:
            end = position + 3 + int.from_bytes(buffer[position : position + 3])
            if end > length:
                break
            yield _parse(buffer[position + 3 : end])
            position = end
        self._buffer = buffer[position:]


def _parse(body: bytes) -> Frame:
    stream, head = struct.unpack_from(">IH", body)
    kind, flags, offset = head >> 10, head & 0x3FF, 6
    if kind == KEEPALIVE:
        offset += 8
    elif kind == ERROR:
        offset += 4
    elif flags & METADATA:
        offset += 3 + int.from_bytes(body[offset : offset + 3])
    return Frame(kind, stream, flags, body[offset:])


def _credential(token: str, account: tuple[str, str] | None) -> bytes:
    if account is not None:
        name, password = (each.encode() for each in account)
        return _SIMPLE + len(name).to_bytes(2) + name + password
    return _BEARER + token.encode() if token else b""


def _with_metadata(route: str, data: bytes, credential: bytes) -> bytes:
    tag = route.encode()
    metadata = _item(_ROUTING, bytes((len(tag),)) + tag)
    if credential:
        metadata += _item(_AUTHENTICATION, credential)
    return len(metadata).to_bytes(3) + metadata + data


def _item(kind: int, content: bytes) -> bytes:
    return bytes((kind,)) + len(content).to_bytes(3) + content


def _frame(kind: int, stream: int, flags: int, body: bytes) -> bytes:
    return (6 + len(body)).to_bytes(3) + struct.pack(">IH", stream, kind << 10 | flags) + body
