from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.transport.metadata import route_metadata
from rchat_protocol.transport.server import ServerEndpoint
from support.endpoint import Handler, Scene
from support.wire import (
    RawPeer,
    pass_time,
    raw_pair,
    response_bytes,
    setup_bytes,
    stream_bytes,
    turns,
    until,
)

if TYPE_CHECKING:
    from rchat_protocol.transport.memory import MemoryTransport


async def test_clean_up_happens_once_and_one_fault_in_it_skips_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In the library one stream whose clean-up fails leaves all the others, and the session."""
    scene = Scene()
    scene.peer.send(response_bytes(1, "wait"), stream_bytes(3), stream_bytes(5))
    await until(lambda: len(scene.handler.sources) == 2)
    scene.handler.sources[0].breaks = True
    scene.peer.transport.abort()
    await scene.running
    assert [source.closed for source in scene.handler.sources] == [1, 1]
    assert scene.handler.cancelled == 1
    assert scene.handler.closed_count == 1
    assert "secret of the source" in caplog.text


async def test_clean_up_happens_when_the_owner_gives_up() -> None:
    """A server that ends cancels what does not end by itself; sessions must be let go as well."""
    scene = Scene()
    scene.peer.send(response_bytes(1, "wait"), stream_bytes(3))
    await until(lambda: len(scene.handler.sources) == 1)
    scene.running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scene.running
    assert scene.handler.sources[0].closed == 1
    assert scene.handler.closed_count == 1
    assert scene.peer.transport.gone


async def test_who_is_cancelled_while_it_says_goodbye_hangs_up() -> None:
    """A server that ends does not wait for everybody: what it leaves must not stay open."""
    scene = Scene()
    scene.peer.transport.stall()
    scene.endpoint.end(ChatError(ErrorCode.SHUTTING_DOWN, "Going down.", retry=1.0))
    await turns()
    scene.running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scene.running
    await until(lambda: scene.peer.transport.gone)


async def test_closing_takes_no_longer_than_its_grace() -> None:
    """The library waits without limit for a peer that does not take what is left."""
    scene = Scene()
    scene.peer.transport.stall()
    scene.endpoint.end(ChatError(ErrorCode.SHUTTING_DOWN, "Going down.", retry=1.0))
    await turns()
    assert scene.handler.closed_count == 1
    assert not scene.running.done()
    await pass_time(scene.clock, 1.1)
    await scene.running


async def test_nobody_keeps_an_endpoint_but_its_owner() -> None:
    """An endpoint that refers to itself by a task of its own lives on after its connection."""
    scene = Scene()
    scene.peer.send(response_bytes(1, "echo", b"x"))
    await until(lambda: scene.peer.completed(1))
    before = len(asyncio.all_tasks())
    gc.collect()
    scene.peer.send(response_bytes(3, "echo", b"y"))
    await until(lambda: scene.peer.completed(3))
    scene.peer.transport.abort()
    await scene.running
    assert len(asyncio.all_tasks()) == before - 1


# -- anything at all ---------------------------------------------------------------------------

ECHO = route_metadata("echo")

ANY_FRAME = st.builds(
    lambda stream_id, frame_type, flags, body: (
        (6 + len(body)).to_bytes(3)
        + stream_id.to_bytes(4)
        + (frame_type << 10 | flags).to_bytes(2)
        + body
    ),
    st.integers(0, 9),
    st.integers(0, 15),
    st.integers(0, 1023),
    st.one_of(
        st.binary(max_size=40),
        st.builds(lambda data: len(ECHO).to_bytes(3) + ECHO + data, st.binary(max_size=9)),
        st.builds(
            lambda n, data: n.to_bytes(4) + len(ECHO).to_bytes(3) + ECHO + data,
            st.integers(0, 2**32 - 1),
            st.binary(max_size=9),
        ),
    ),
)


async def talk(peer: RawPeer, transport: MemoryTransport, chunks: list[bytes]) -> Handler:
    """Say `chunks` to an endpoint, hang up, and wait for its end."""
    handler = Handler()
    handler.items = [b"item"] * 5
    endpoint = ServerEndpoint(transport, handler)
    running = asyncio.create_task(endpoint.run())
    for chunk in chunks:
        peer.send(chunk)
        await turns(3)
    peer.transport.abort()
    async with asyncio.timeout(5):
        await running
    return handler


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(ANY_FRAME, st.binary(max_size=50)), max_size=12), st.booleans())
def test_whatever_a_client_sends_the_connection_ends_in_good_order(
    chunks: list[bytes],
    set_up: bool,  # noqa: FBT001 - Hypothesis gives it
) -> None:
    """No bytes may raise out of `run`, hang it, log a fault of ours, or leave a stream behind."""

    async def scenario() -> None:
        peer, transport = raw_pair()
        handler = await talk(peer, transport, [setup_bytes()] * set_up + chunks)
        assert handler.closed_count == 1
        assert all(source.closed == 1 for source in handler.sources)
        error = peer.error(0)
        assert error is None or error.code == ErrorCode.PROTOCOL_VIOLATION

    asyncio.run(scenario())
