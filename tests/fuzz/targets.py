"""What reads bytes of strangers, and what has to hold whatever they are.

A target takes bytes. It raises `Broken` where something does not hold; whatever else it raises is
a finding as well. The errors that a function documents are no findings, all others are.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from fuzz.findings import Broken
from fuzz.inside import RECORDS, Inside, example
from rchat_protocol import codec, looks, models, names, reactions, searching, words
from rchat_protocol.credentials import Bearer, Simple
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.limits import (
    MESSAGE_BYTES,
    METADATA_BYTES,
    REACTION_BYTES,
    REQUEST_FRAME_BYTES,
    SEARCH_WORD_CHARS,
    SEARCH_WORDS,
    USER_NAME_CHARS,
)
from rchat_protocol.routes import ROUTES
from rchat_protocol.transport.errors import ProtocolViolationError
from rchat_protocol.transport.frames import FrameDecoder, payload_frame
from rchat_protocol.transport.metadata import parse_metadata, route_metadata
from stress import frames
from support.hostile import STRINGS

if TYPE_CHECKING:
    from collections.abc import Callable

SLOWEST: Final = 0.1
"""Seconds of the processor that anything may take which a server lets in: its event loop stands
still meanwhile."""

_SEED_BYTES: Final = 120

_MODELS: Final = tuple(
    dict.fromkeys(
        route.request
        for route in ROUTES.values()
        if isinstance(route.request, type) and issubclass(route.request, msgspec.Struct)
    )
)

_SHAPE: Final = re.compile(
    r"The request is no valid JSON\.|The request has another shape: "
    r"(Expected `[a-z0-9 |<>=.*-]+`(, got `[a-z]+`)?|"
    r"Object missing required field `[a-z]+`|"
    r"None of the values that are known|"
    r"Expected `[a-z]+` of length [<>]= \d+|(Integer value|Number) out of range|"
    r"Expected `[a-z]+` [<>]= -?\d+)"
    r"( - at `(key in )?\$[.\[\]a-z0-9]*`)?\."
)
"""All that somebody is told whose data is not of the shape that was asked for."""


def decode_frames(data: bytes) -> None:
    """See that frames are the same however their bytes are cut, and that nothing is held back."""
    cut = max(1 + data[0], len(data) // 500) if data else 1
    whole, how = _frames_of([data])
    pieces = [data[at : at + cut] for at in range(0, len(data), cut)]
    again, how_again = _frames_of(pieces)
    if (whole, how) != (again, how_again):
        raise Broken(f"cut to pieces of {cut} bytes it is other frames")
    again_with_payload, _ = _frames_of([payload_frame(1, data[:1000], complete=True)])
    if again_with_payload != [("PayloadFrame", 1, data[:1000], b"")]:
        raise Broken("a payload is not what it was")


def _frames_of(pieces: list[bytes]) -> tuple[list[tuple[str, int, bytes, bytes]], str]:
    decoder = FrameDecoder(REQUEST_FRAME_BYTES)
    found: list[tuple[str, int, bytes, bytes]] = []
    try:
        for piece in pieces:
            decoder.feed(piece)
            while (frame := decoder.next_frame()) is not None:
                found.append(_summary(frame))
    except ProtocolViolationError as violation:
        return found, violation.message
    if decoder.buffered > REQUEST_FRAME_BYTES + 3:
        raise Broken(f"{decoder.buffered} bytes are held for one frame")
    return found, ""


def _summary(frame: Any) -> tuple[str, int, bytes, bytes]:
    data, metadata = bytes(frame.data or b""), bytes(frame.metadata or b"")
    return type(frame).__name__, int(frame.stream_id), data, metadata


def read_metadata(data: bytes) -> None:
    """See that metadata says something, and the same when it is written anew, or is refused."""
    try:
        found = parse_metadata(data)
    except ChatError as error:
        _expect(error, ErrorCode.BAD_REQUEST)
        return
    again = route_metadata(found.route, credential=found.credential)
    if len(again) <= METADATA_BYTES and parse_metadata(again) != found:
        raise Broken("metadata that is written anew says something else")


def decode_requests(data: bytes) -> None:
    """See that data is a value of each kind of request, or is refused without a word of it."""
    for model in _MODELS:
        try:
            value = codec.decode(data, model)
        except ChatError as error:
            _expect(error, ErrorCode.BAD_REQUEST)
            if not _SHAPE.fullmatch(error.message):
                raise Broken(f"an error says something else: {error.message!r}") from None
            continue
        if codec.decode(codec.encode(value), model) != value:
            raise Broken(f"a {model.__name__} is another when it is written and read")
    _decode_texts(data)


def _decode_texts(data: bytes) -> None:
    for read in (codec.decode_text, codec.decode_event):
        try:
            read(data)
        except ChatError as error:
            _expect(error, ErrorCode.BAD_REQUEST)
    body = codec.decode_error(data)
    if body is None:
        return
    if codec.decode_error(codec.encode(body)) != body:
        raise Broken("an error is another when it is written and read")


def read_names(data: bytes) -> None:
    """See that names are refused or stay what they are, and that any text has a key."""
    text = data.decode(errors="ignore")
    for rule in (names.user_name, names.channel_name):
        try:
            name = rule(text)
        except ChatError as error:
            _expect(error, ErrorCode.INVALID_NAME)
            continue
        if rule(name) != name or names.key(name) != names.key(text):
            raise Broken(f"a name is another the second time: {name!r}")
        if rule is names.user_name:
            if len(name) > USER_NAME_CHARS:
                raise Broken(f"a name has {len(name)} characters")
            looks.look(name)
    names.key(text)
    if not all(names.mentioned(text)):
        raise Broken("somebody without a name is spoken to")


def read_reaction(data: bytes) -> None:
    """See that a reaction is refused or stays what it is."""
    text = data.decode(errors="ignore")
    try:
        emoji = reactions.reaction(text)
    except ChatError as error:
        _expect(error, ErrorCode.REACTION_INVALID)
        return
    if reactions.reaction(emoji) != emoji or len(emoji.encode()) > REACTION_BYTES:
        raise Broken(f"a reaction is another the second time: {emoji!r}")


def find_words(data: bytes) -> None:
    """See that a text holds itself, and that what is found in it is a part of it."""
    text = data.decode(errors="ignore")
    found = words.split(text)
    if any(not word or len(word) > words.WORD_CHARS for word in found):
        raise Broken("a word is empty, or too long")
    for prefix in (False, True):
        asked = words.query([text[:SEARCH_WORD_CHARS]], prefix=prefix)
        if asked.phrases and not asked.matches(text[:SEARCH_WORD_CHARS]):
            raise Broken("a text does not hold itself")
    some = [each[:SEARCH_WORD_CHARS] for each in text.split()[:SEARCH_WORDS]]
    _check_spans(text, words.query(some, prefix=True))
    _read_question(text)


def _check_spans(text: str, asked: words.Query) -> None:
    end = 0
    for start, stop in asked.spans(text):
        if not end <= start < stop <= len(text):
            raise Broken("what was found is no part of the text")
        end = stop


def _read_question(text: str) -> None:
    try:
        searching.criteria(models.SearchRequest(words=[text[:128]], user=text))
    except ChatError as error:
        _expect(error, ErrorCode.BAD_REQUEST)
    try:
        place = searching.place(text)
    except ChatError as error:
        _expect(error, ErrorCode.BAD_REQUEST)
        return
    if searching.place(searching.cursor(place)) != place:
        raise Broken("a cursor is another place when it is written and read")


def _expect(error: ChatError, code: ErrorCode) -> None:
    if error.code is not code:
        raise Broken(f"it is refused with {error.code}, and not {code}")


def serve(data: bytes) -> None:
    """See that a whole server bears what two people do, and that nothing of them stays."""
    inside = Inside()
    try:
        inside.take(data)
    finally:
        inside.close()


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "frames": decode_frames,
    "metadata": read_metadata,
    "requests": decode_requests,
    "names": read_names,
    "reactions": read_reaction,
    "words": find_words,
    "server": serve,
}

LONGEST: Final = {"words": MESSAGE_BYTES, "server": 4096}
"""Bytes that a target is ever given, where that is less than a frame has."""


def judge(target: Callable[[bytes], None], data: bytes, *, slowest: float = SLOWEST) -> None:
    """Put an input in.

    Args:
        target: One of `TARGETS`.
        data: The input.
        slowest: Seconds of the processor that it may take.

    Raises:
        Broken: It takes too long, or something does not hold.
        Exception: Whatever else is raised is a finding, too.
    """
    if target is serve:
        slowest *= RECORDS  # it is as many requests
    took = _seconds(target, data)
    if took > slowest:
        # A machine that does something else for a moment is no finding.
        took = min(took, _seconds(target, data))
    if took > slowest:
        raise Broken(f"{len(data)} bytes take {took:.3f} s")


def _seconds(target: Callable[[bytes], None], content: bytes) -> float:
    began = time.thread_time()
    target(content)
    return time.thread_time() - began


def seeds(name: str) -> list[bytes]:
    """Return what the inputs of a target begin from."""
    texts = [text.encode(errors="replace")[:_SEED_BYTES] for text in STRINGS]
    match name:
        case "frames":
            found = _frame_seeds()
        case "metadata":
            found = [route_metadata(route) for route in ROUTES]
            found += [route_metadata("login", credential=Bearer("session.token"))]
            found += [route_metadata("login", credential=Simple("ann", "secret"))]
            found += [b"\x1bmessage/x.rsocket.routing.v0\0\0\6\5login"]
        case "requests":
            found = [_example(model) for model in _MODELS]
            found += [b'{"type":"live"}', b'{"code":"busy","message":"x","retry":1.5}', b"ann"]
        case "server":
            found = example()
        case _:
            found = texts
    return found


def _frame_seeds() -> list[bytes]:
    return [
        frames.setup(5, 30),
        frames.request_response(1, "login", b"ann", token="x.y"),  # noqa: S106
        frames.request_response(1, "message", b'{"content":"hi"}') + frames.request_n(1, 5),
        frames.request_stream(3, "events", b"{}", credit=7) + frames.keepalive(respond=True),
        payload_frame(5, b"data", complete=True) + b"\0\0\6\0\0\0\1\xfe\0",
        b"\0\0\x0b\0\0\0\0\x2c\0\0\0\2\1x",
    ]


_TEXT: Final = '"x"'


def _example(model: type[msgspec.Struct]) -> bytes:
    """Return JSON with every field of a request, though not all of the right shape."""
    fields = msgspec.json.schema(model)["$defs"][model.__name__]["properties"]
    texts = {"access": '"public"'}
    parts = [f'"{name}":{"7" if "seq" in name else texts.get(name, _TEXT)}' for name in fields]
    return ("{" + ",".join(parts) + "}").encode()
