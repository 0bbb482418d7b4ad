"""JSON to values and back. Whatever bytes come in, what comes out is a value or a `ChatError`."""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec

from rchat_protocol import models
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.models import ErrorBody

T = TypeVar("T")

_encoder: Final = msgspec.json.Encoder()
_decoders: Final[dict[type, msgspec.json.Decoder[Any]]] = {}
_event_decoder: Final[msgspec.json.Decoder[models.Event]] = msgspec.json.Decoder(models.Event)
_event_head: Final[msgspec.json.Decoder[dict[str, Any]]] = msgspec.json.Decoder(dict[str, Any])
_event_types: Final = frozenset(str(event.__struct_config__.tag) for event in models.Event.__args__)


def encode(value: msgspec.Struct) -> bytes:
    """Return the JSON of ``value``."""
    return _encoder.encode(value)


def decode(data: bytes, model: type[T]) -> T:
    """Return ``data`` as a ``model``. Empty data stands for ``{}``.

    Raises:
        ChatError: ``bad-request``, saying which field is wrong and how, never what was in it.
    """
    decoder = _decoders.get(model)
    if decoder is None:
        decoder = _decoders.setdefault(model, msgspec.json.Decoder(model))
    try:
        result: T = decoder.decode(data or b"{}")
    except msgspec.ValidationError as error:
        what = _without_values(str(error))
        raise ChatError(ErrorCode.BAD_REQUEST, f"The request has another shape: {what}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ChatError(ErrorCode.BAD_REQUEST, "The request is no valid JSON.") from None
    return result


def _without_values(said: str) -> str:
    """Return what msgspec says of a wrong field, without the value: of one kind it tells that."""
    if not said.startswith("Invalid enum value"):
        return said
    _, _, place = said.rpartition(" - at ")
    return f"None of the values that are known - at {place}"


def utf8_bytes(text: str) -> int:
    """Return how many bytes ``text`` has in UTF-8; half a surrogate pair counts as one."""
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


def decode_text(data: bytes) -> str:
    """Return ``data`` as UTF-8 text.

    Raises:
        ChatError: ``bad-request``.
    """
    try:
        return bytes(data).decode()
    except UnicodeDecodeError:
        raise ChatError(ErrorCode.BAD_REQUEST, "The request is no valid UTF-8 text.") from None


def decode_event(data: bytes) -> models.Event | None:
    """Return ``data`` as an event, or None for a type that this version does not know.

    Raises:
        ChatError: ``bad-request``, where it is no event at all.
    """
    try:
        return _event_decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        head = _event_head.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        head = {}
    kind = head.get("type")
    if isinstance(kind, str) and kind not in _event_types:
        return None
    raise ChatError(ErrorCode.BAD_REQUEST, "The server sent an event of another shape.")


def encode_error(error: ChatError) -> bytes:
    """Return the data of an error frame."""
    return _encoder.encode(ErrorBody(error.code, error.message, error.retry))


def decode_error(data: bytes) -> ErrorBody | None:
    """Return the body of an error frame, or None where it is none of ours."""
    try:
        return msgspec.json.decode(data, type=ErrorBody)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
