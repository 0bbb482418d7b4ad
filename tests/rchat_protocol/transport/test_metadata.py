from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rsocket.extensions.helpers import (
    authenticate_bearer,
    authenticate_simple,
    composite,
    metadata_item,
    route,
)

from rchat_protocol.credentials import Bearer, Simple
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.limits import METADATA_BYTES
from rchat_protocol.routes import ROUTES
from rchat_protocol.transport.metadata import RequestMetadata, parse_metadata, route_metadata

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(deadline=None)
@given(TEXT.filter(bool), TEXT, TEXT)
def test_metadata_is_the_librarys(name: str, user: str, secret: str) -> None:
    """Otherwise other RSocket clients and servers would not understand ours, nor we theirs."""
    assert route_metadata(name) == composite(route(name))
    simple = Simple(user, secret)
    assert route_metadata(name, credential=simple) == composite(
        route(name), authenticate_simple(user, secret)
    )
    bearer = Bearer(secret)
    assert route_metadata(name, credential=bearer) == composite(
        route(name), authenticate_bearer(secret)
    )
    for credential in (None, simple, bearer):
        metadata = route_metadata(name, credential=credential)
        assert parse_metadata(metadata) == RequestMetadata(name, credential)


@pytest.mark.parametrize("name", ROUTES)
def test_every_known_route_is_recognised(name: str) -> None:
    """The table of known metadata is a short cut, and must not lead elsewhere."""
    assert parse_metadata(route_metadata(name)) == RequestMetadata(name)


def test_items_of_other_types_and_types_by_name_are_understood() -> None:
    """A client may send more than we ask for, and may write a type out in full."""
    metadata = composite(
        metadata_item(b"trace", b"text/plain"), route("login"), metadata_item(b"1", b"x/y")
    )
    assert parse_metadata(metadata).route == "login"
    spelled = b"message/x.rsocket.routing.v0"
    item = bytes((len(spelled) - 1,)) + spelled + b"\0\0\6\5login"
    assert parse_metadata(item).route == "login"


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_metadata_gives_a_route_or_bad_request(metadata: bytes) -> None:
    """Otherwise a stranger's bytes would be logged as a fault of ours, request by request."""
    try:
        parse_metadata(metadata)
    except ChatError as error:
        assert error.code is ErrorCode.BAD_REQUEST  # noqa: PT017 - the other outcome is as good


@settings(deadline=None)
@given(st.binary(max_size=60), st.sampled_from([0xFE, 0xFC, 0x05]))
def test_any_content_of_a_known_item_gives_a_value_or_bad_request(
    content: bytes, kind: int
) -> None:
    """Random bytes seldom reach the inside of an item: these always do."""
    metadata = route_metadata("login") + bytes((kind,)) + len(content).to_bytes(3) + content
    try:
        assert parse_metadata(metadata).route == "login"
    except ChatError as error:
        assert error.code is ErrorCode.BAD_REQUEST  # noqa: PT017 - the other outcome is as good


def test_long_metadata_is_refused() -> None:
    """A route and a credential need little; the rest of a frame is for data."""
    long = route_metadata("login", credential=Bearer("x" * METADATA_BYTES))
    with pytest.raises(ChatError):
        parse_metadata(long)


def test_secrets_are_not_shown() -> None:
    """Otherwise a token would end in the log with the first value that is logged."""
    shown = repr(parse_metadata(route_metadata("login", credential=Bearer("sesame"))))
    assert "sesame" not in shown
    assert "sesame" not in repr(Simple("alice", "sesame"))
