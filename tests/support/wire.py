"""What the tests of the wire share: frames by hand, and a peer that may misbehave."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rsocket.frame import (
    CancelFrame,
    ErrorFrame,
    KeepAliveFrame,
    PayloadFrame,
    RequestNFrame,
)
from rsocket.frame_builders import (
    to_cancel_frame,
    to_keepalive_frame,
    to_request_n_frame,
    to_request_response_frame,
    to_request_stream_frame,
    to_setup_frame,
)
from rsocket.payload import Payload

from rchat_protocol.codec import decode_error
from rchat_protocol.transport.frames import MAX_REQUEST_N, FrameDecoder, frame_bytes
from rchat_protocol.transport.memory import MemoryTransport, memory_pair
from rchat_protocol.transport.metadata import COMPOSITE_METADATA, JSON, route_metadata

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_protocol.models import ErrorBody
    from rchat_protocol.transport.base import TransportLimits
    from support.clock import FakeClock

_PATIENCE = 20_000
"""Turns of the loop after which a condition is taken for one that never comes true."""


async def turns(count: int = 12) -> None:
    """Let the event loop turn: all that is ready happens, and what that makes ready."""
    for _ in range(count):
        await asyncio.sleep(0)


async def until(condition: Callable[[], bool]) -> None:
    """Let the event loop turn until ``condition`` holds."""
    for _ in range(_PATIENCE):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came true")


async def pass_time(clock: FakeClock, seconds: float, *, step: float = 0.5) -> None:
    """Let time pass in steps, and what each sets off happen."""
    while seconds > 0:
        clock.advance(min(step, seconds))
        seconds -= step
        await turns()


def setup_bytes(
    *,
    keepalive: float = 0.5,
    lifetime: float = 600.0,
    metadata_type: bytes = COMPOSITE_METADATA,
    lease: bool = False,
    major: int = 1,
) -> bytes:
    """Return a SETUP frame, by default as the tutorial's clients send it."""
    frame = to_setup_frame(
        None, JSON, metadata_type, timedelta(seconds=keepalive), timedelta(seconds=lifetime), lease
    )
    frame.major_version = major
    return frame_bytes(frame)


def response_bytes(stream_id: int, route: str = "echo", data: bytes = b"") -> bytes:
    """Return a REQUEST_RESPONSE frame."""
    frame = to_request_response_frame(stream_id, Payload(data, route_metadata(route)))
    return frame_bytes(frame)


def stream_bytes(
    stream_id: int, route: str = "feed", data: bytes = b"", *, credit: int = MAX_REQUEST_N
) -> bytes:
    """Return a REQUEST_STREAM frame."""
    frame = to_request_stream_frame(
        stream_id, Payload(data, route_metadata(route)), initial_request_n=credit
    )
    return frame_bytes(frame)


def credit_bytes(stream_id: int, n: int) -> bytes:
    """Return a REQUEST_N frame."""
    return frame_bytes(to_request_n_frame(stream_id, n))


def cancel_bytes(stream_id: int) -> bytes:
    """Return a CANCEL frame."""
    return frame_bytes(to_cancel_frame(stream_id))


def keepalive_bytes(data: bytes = b"") -> bytes:
    """Return a KEEPALIVE frame that asks for an answer."""
    return frame_bytes(to_keepalive_frame(data))


class RawPeer:
    """The other end of an endpoint under test: says what a test wants, and keeps what it hears."""

    def __init__(self, transport: MemoryTransport) -> None:
        self.transport = transport
        self.frames: list[Any] = []

    def send(self, *parts: bytes) -> None:
        """Send bytes."""
        for part in parts:
            self.transport.write(part)

    def hear(self) -> list[Any]:
        """Return all frames that have come so far."""
        while (frame := self.transport.next_frame()) is not None:
            self.frames.append(frame)
        return self.frames

    def items(self, stream_id: int) -> list[bytes]:
        """Return the data of the stream's items so far."""
        return [
            bytes(frame.data)
            for frame in self.hear()
            if isinstance(frame, PayloadFrame) and frame.stream_id == stream_id and frame.flags_next
        ]

    def completed(self, stream_id: int) -> bool:
        """Say whether the stream has ended well."""
        return any(
            isinstance(frame, PayloadFrame)
            and frame.stream_id == stream_id
            and frame.flags_complete
            for frame in self.hear()
        )

    def error(self, stream_id: int) -> ErrorBody | None:
        """Return the error of the stream (0: of the connection), where there is one."""
        for frame in self.hear():
            if isinstance(frame, ErrorFrame) and frame.stream_id == stream_id:
                return decode_error(bytes(frame.data))
        return None

    def keepalives(self) -> list[bytes]:
        """Return the data of the keepalives so far."""
        return [bytes(frame.data) for frame in self.hear() if isinstance(frame, KeepAliveFrame)]

    def credits(self, stream_id: int) -> list[int]:
        """Return the credit that was given to the stream so far."""
        return [
            frame.request_n
            for frame in self.hear()
            if isinstance(frame, RequestNFrame) and frame.stream_id == stream_id
        ]

    def cancelled(self, stream_id: int) -> bool:
        """Say whether the stream was cancelled."""
        return any(
            isinstance(frame, CancelFrame) and frame.stream_id == stream_id for frame in self.hear()
        )


def raw_pair(
    clock: FakeClock | None = None, *, limits: TransportLimits | None = None
) -> tuple[RawPeer, MemoryTransport]:
    """Return a peer that may misbehave, and the transport of a server under test."""
    client, server = memory_pair(timers=clock, server_limits=limits)
    return RawPeer(client), server


def decode_all(data: bytes, *, max_frame_bytes: int = 1 << 20) -> list[Any]:
    """Return all frames in ``data``."""
    decoder = FrameDecoder(max_frame_bytes)
    decoder.feed(data)
    frames = []
    while (frame := decoder.next_frame()) is not None:
        frames.append(frame)
    return frames
