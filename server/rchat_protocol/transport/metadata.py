"""A request's metadata: which route it asks for, and the credential that may come with it.

Composite metadata with the routing and authentication extensions (rsocket/rsocket,
``Extensions/CompositeMetadata.md``, ``Routing.md``, ``Security/Authentication.md``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rsocket.extensions.authentication_types import WellKnownAuthenticationTypes
from rsocket.extensions.mimetypes import WellKnownMimeTypes

from rchat_protocol.credentials import Bearer, Credential, Simple
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.limits import METADATA_BYTES
from rchat_protocol.routes import ROUTES

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "COMPOSITE_METADATA",
    "JSON",
    "Bearer",
    "Credential",
    "RequestMetadata",
    "Simple",
    "parse_metadata",
    "route_metadata",
]

COMPOSITE_METADATA: Final = bytes(WellKnownMimeTypes.MESSAGE_RSOCKET_COMPOSITE_METADATA.value.name)
"""The metadata type that every connection has to name in its SETUP."""

JSON: Final = bytes(WellKnownMimeTypes.APPLICATION_JSON.value.name)

_ROUTING: Final = WellKnownMimeTypes.MESSAGE_RSOCKET_ROUTING.value
_AUTHENTICATION: Final = WellKnownMimeTypes.MESSAGE_RSOCKET_AUTHENTICATION.value
_SIMPLE: Final = WellKnownAuthenticationTypes.SIMPLE.value
_BEARER: Final = WellKnownAuthenticationTypes.BEARER.value

_WELL_KNOWN: Final = 0x80
_TAG_BYTES: Final = 255


@dataclass(frozen=True, slots=True)
class RequestMetadata:
    """What a request's metadata says."""

    route: str
    credential: Credential | None = None


def route_metadata(route: str, *, credential: Credential | None = None) -> bytes:
    """Return the metadata of a request to ``route``.

    Raises:
        ValueError: The route is longer than 255 bytes of UTF-8, or the credential than a length
            field can say.
    """
    tag = route.encode()
    if len(tag) > _TAG_BYTES:
        raise ValueError("the route is too long")
    metadata = _item(_ROUTING.id, bytes((len(tag),)) + tag)
    match credential:
        case None:
            return metadata
        case Bearer(token):
            content = bytes((_WELL_KNOWN | _BEARER.id,)) + token.encode()
        case Simple(user, password):
            name = user.encode()
            if len(name) >= 1 << 16:
                raise ValueError("the user name is too long")
            content = bytes((_WELL_KNOWN | _SIMPLE.id,)) + len(name).to_bytes(2) + name
            content += password.encode()
    return metadata + _item(_AUTHENTICATION.id, content)


def parse_metadata(metadata: bytes) -> RequestMetadata:
    """Return what a request's metadata says.

    The first route counts, and the first credential; items of other types are skipped.

    Raises:
        ChatError: ``bad-request``: it is malformed, too long (`METADATA_BYTES`), or names no route.
    """
    known = _KNOWN.get(metadata)
    if known is not None:
        return known
    if len(metadata) > METADATA_BYTES:
        raise _bad("The request's metadata is too long.")
    route: str | None = None
    credential: Credential | None = None
    for kind, content in _items(metadata):
        if route is None and kind in (_ROUTING.id, _ROUTING.name):
            route = _route(content)
        elif credential is None and kind in (_AUTHENTICATION.id, _AUTHENTICATION.name):
            credential = _credential(content)
    if route is None:
        raise _bad("The request names no route.")
    return RequestMetadata(route, credential)


def _item(kind: int, content: bytes) -> bytes:
    return bytes((_WELL_KNOWN | kind,)) + len(content).to_bytes(3) + content


def _items(metadata: bytes) -> Iterator[tuple[int | bytes, bytes]]:
    """Yield each item's type (a well-known id, or a name) and content."""
    offset = 0
    while offset < len(metadata):
        kind, offset = _kind(metadata, offset)
        start = offset + 3
        end = start + int.from_bytes(metadata[offset:start])
        if start > len(metadata) or end > len(metadata):
            raise _bad("The request's metadata is cut short.")
        yield kind, metadata[start:end]
        offset = end


def _kind(data: bytes, offset: int) -> tuple[int | bytes, int]:
    """Return the type at ``offset`` and where its content begins."""
    first = data[offset]
    offset += 1
    if first & _WELL_KNOWN:
        return first & ~_WELL_KNOWN, offset
    end = offset + first + 1
    if end > len(data):
        raise _bad("The request's metadata is cut short.")
    return data[offset:end], end


def _route(content: bytes) -> str:
    if not content or 1 + content[0] > len(content):
        raise _bad("The request's route is malformed.")
    return _text(content[1 : 1 + content[0]])


def _credential(content: bytes) -> Credential:
    if not content:
        raise _bad("The request's credential is malformed.")
    kind, offset = _kind(content, 0)
    rest = content[offset:]
    if kind in (_BEARER.id, _BEARER.name):
        return Bearer(_text(rest))
    if kind in (_SIMPLE.id, _SIMPLE.name):
        end = 2 + int.from_bytes(rest[:2])
        if len(rest) < 2 or end > len(rest):  # noqa: PLR2004 - the length of the length
            raise _bad("The request's credential is malformed.")
        return Simple(_text(rest[2:end]), _text(rest[end:]))
    raise _bad("The request's credential is of an unknown type: use simple or bearer.")


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _bad("The request's metadata is no valid UTF-8 text.") from None


def _bad(message: str) -> ChatError:
    return ChatError(ErrorCode.BAD_REQUEST, message)


_KNOWN: Final[dict[bytes, RequestMetadata]] = {
    # Every request of a chat has one of these few: no need to parse them again each time.
    route_metadata(name): RequestMetadata(name)
    for name in ROUTES
}
