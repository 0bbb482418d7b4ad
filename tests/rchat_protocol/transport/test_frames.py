from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rsocket.frame import PayloadFrame, serialize_with_frame_size_header
from rsocket.frame_builders import to_payload_frame
from rsocket.payload import Payload

from rchat_protocol.transport.errors import ProtocolViolationError
from rchat_protocol.transport.fragments import Reassembler
from rchat_protocol.transport.frames import (
    FrameDecoder,
    PayloadFrames,
    RequestResponse,
    complete_frame,
    payload_frame,
    payload_frames,
)
from support.wire import (
    cancel_bytes,
    credit_bytes,
    decode_all,
    keepalive_bytes,
    response_bytes,
    setup_bytes,
    stream_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 64 * 1024

STREAM_IDS = st.integers(1, 2**31 - 1)

WELL_FORMED = st.lists(
    st.one_of(
        st.just(setup_bytes()),
        st.builds(response_bytes, STREAM_IDS, st.just("echo"), st.binary(max_size=300)),
        st.builds(stream_bytes, STREAM_IDS),
        st.builds(credit_bytes, STREAM_IDS, st.integers(1, 2**31 - 1)),
        st.builds(cancel_bytes, STREAM_IDS),
        st.builds(keepalive_bytes, st.binary(max_size=50)),
        st.builds(payload_frame, STREAM_IDS, st.binary(min_size=1, max_size=300)),
    ),
    max_size=8,
)


def library(stream_id: int, data: bytes, *, complete: bool, is_next: bool = True) -> bytes:
    """Return a PAYLOAD frame as the library writes it."""
    frame = to_payload_frame(stream_id, Payload(data, None), complete, is_next=is_next)
    return bytes(serialize_with_frame_size_header(frame))


def summary(frame: Any) -> tuple[object, ...]:
    """Return what tells one frame from another."""
    return type(frame), frame.stream_id, bytes(frame.data or b""), bytes(frame.metadata or b"")


@settings(deadline=None)
@given(STREAM_IDS, st.binary(max_size=70_000), st.booleans())
def test_payload_frames_are_the_librarys(stream_id: int, data: bytes, complete: bool) -> None:  # noqa: FBT001 - Hypothesis gives it
    """Otherwise other RSocket clients might not read what we send."""
    assert payload_frame(stream_id, data, complete=complete) == library(
        stream_id, data, complete=complete
    )
    assert PayloadFrames([data, b"x"]).of(stream_id) == payload_frames(stream_id, [data, b"x"])
    assert payload_frames(stream_id, [data, b"x"]) == library(
        stream_id, data, complete=False
    ) + library(stream_id, b"x", complete=False)
    assert complete_frame(stream_id) == library(stream_id, b"", complete=True, is_next=False)


def test_a_payload_that_no_frame_can_hold_is_refused() -> None:
    """Otherwise its length would wrap, and all that follows on the connection be garbage."""
    with pytest.raises(ValueError, match="does not fit"):
        payload_frame(1, bytes(2**24))


@settings(deadline=None)
@given(WELL_FORMED, st.data())
def test_frames_are_the_same_however_the_bytes_are_cut(
    frames: list[bytes], data: st.DataObject
) -> None:
    """Otherwise what a client says would depend on the network's mood."""
    wire = b"".join(frames)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(wire)), max_size=20)))
    decoder = FrameDecoder(LIMIT)
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(wire)], strict=True):
        decoder.feed(wire[start:end])
        while (frame := decoder.next_frame()) is not None:
            found.append(summary(frame))
    assert found == [summary(frame) for frame in decode_all(wire)]
    assert len(found) == len(frames)
    assert decoder.buffered == 0


@settings(deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=10))
def test_any_bytes_give_frames_or_a_violation(chunks: list[bytes]) -> None:
    """Otherwise a stranger could bring a connection's task down with an exception of his choice."""
    decoder = FrameDecoder(LIMIT)
    try:
        for chunk in chunks:
            decoder.feed(chunk)
            while decoder.next_frame() is not None:
                pass
    except ProtocolViolationError:
        return
    assert decoder.buffered <= LIMIT + 3


@settings(deadline=None)
@given(st.integers(0, 63), st.integers(0, 1023), st.binary(max_size=60))
def test_any_frame_of_any_type_gives_a_frame_or_a_violation(
    frame_type: int, flags: int, body: bytes
) -> None:
    """Random bytes seldom make a header that is looked at closely: these always do."""
    frame = (1).to_bytes(4) + (frame_type << 10 | flags).to_bytes(2) + body
    decoder = FrameDecoder(LIMIT)
    decoder.feed(len(frame).to_bytes(3) + frame)
    try:
        decoder.next_frame()
    except ProtocolViolationError:
        return
    assert decoder.buffered == 0


def work(take: Callable[[int], None], size: int) -> float:
    """Return the seconds of the processor that ``take`` needs, the least of three times."""
    times = []
    for _ in range(3):
        began = time.thread_time()
        take(size)
        times.append(time.thread_time() - began)
    return min(times)


def take_small_frames(count: int) -> None:
    """Take frames that come in one piece."""
    decoder = FrameDecoder(LIMIT)
    count //= 4
    decoder.feed(response_bytes(1, "echo", bytes(150)) * count)
    for _ in range(count):
        assert decoder.next_frame() is not None


def take_small_pieces(count: int) -> None:
    """Take a frame that comes in small pieces."""
    decoder = FrameDecoder(2**24 - 1)
    decoder.feed((6 + 10 * count).to_bytes(3))
    piece = bytes(10)
    for _ in range(count):
        decoder.feed(piece)
        assert decoder.next_frame() is None
    decoder.feed(bytes(5))


def take_small_fragments(count: int) -> None:
    """Take a request that comes in small fragments."""
    reassembler = Reassembler(2**24)
    first, more = RequestResponse(1, b"", b"x" * 10, 1), PayloadFrame()
    more.stream_id, more.data, more.metadata, more.flags_follows = 1, bytes(10), b"", True
    for frame in itertools.chain([first], itertools.repeat(more, count)):
        assert reassembler.add(frame) is None


@pytest.mark.parametrize("take", [take_small_frames, take_small_pieces, take_small_fragments])
def test_the_work_is_in_proportion_to_the_bytes(take: Callable[[int], None]) -> None:
    """The library copies what it has for each frame, and each fragment: seconds for one request."""
    few = work(take, 4_000)
    many = work(take, 64_000)
    assert many < 4 * 16 * few  # the square would be 256 times as much


def test_an_empty_frame_is_refused() -> None:
    """The library's parser loops for ever on one."""
    decoder = FrameDecoder(LIMIT)
    decoder.feed(b"\0\0\0")
    with pytest.raises(ProtocolViolationError):
        decoder.next_frame()


def test_a_frame_that_is_too_large_is_refused_by_its_length_alone() -> None:
    """Otherwise a stranger could have 16 MiB kept for him by saying that they are coming."""
    decoder = FrameDecoder(LIMIT)
    decoder.feed((LIMIT + 1).to_bytes(3))
    with pytest.raises(ProtocolViolationError):
        decoder.next_frame()


def test_metadata_longer_than_its_frame_is_refused() -> None:
    """The library cuts it short without a word, and serves another request than was sent."""
    frame = response_bytes(1, "echo")
    lying = frame[:9] + (200).to_bytes(3) + frame[12:]
    with pytest.raises(ProtocolViolationError):
        decode_all(lying)


def test_an_unknown_type_is_skipped_only_where_it_says_that_it_may_be() -> None:
    """RSocket's way of growing: what carries the IGNORE flag must not end a connection."""
    unknown = (0x30 << 2).to_bytes(1)
    ignorable = (0x30 << 2 | 0x02).to_bytes(1)
    assert decode_all(b"\0\0\6" + bytes(4) + ignorable + b"\0") == []
    with pytest.raises(ProtocolViolationError):
        decode_all(b"\0\0\6" + bytes(4) + unknown + b"\0")
