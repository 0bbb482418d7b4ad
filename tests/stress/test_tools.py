"""What the rounds stand on: a client of our own, and a line with faults."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from typing import TYPE_CHECKING

from rchat_protocol.credentials import Bearer
from rchat_protocol.transport.frames import payload_frames
from rchat_protocol.transport.metadata import RequestMetadata, parse_metadata
from stress import frames
from stress.proxy import Fate, Proxy
from support.wire import decode_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


def test_our_frames_are_what_they_are_taken_for() -> None:
    """A client that shares no code with the product is of use only where it speaks the same."""
    setup, ask, listen, more, alive = decode_all(
        frames.setup(0.5, 10)
        + frames.request_response(1, "login", b"ann", token="secret")  # noqa: S106
        + frames.request_stream(3, "events", b"{}", credit=7)
        + frames.request_n(3, 9)
        + frames.keepalive(respond=True, data=b"x")
    )
    assert (setup.keep_alive_milliseconds, setup.max_lifetime_milliseconds) == (500, 10_000)
    assert parse_metadata(ask.metadata) == RequestMetadata("login", Bearer("secret"))
    assert bytes(ask.data) == b"ann"
    assert parse_metadata(listen.metadata).route == "events"
    assert (listen.initial_request_n, more.request_n) == (7, 9)
    assert alive.flags_respond
    assert bytes(alive.data) == b"x"


def test_frames_are_whole_however_they_are_cut() -> None:
    """A splitter that loses a byte at a seam would blame the server for it."""
    items = [b"", b"one", b"x" * 70_000, b"two"]
    data = payload_frames(5, items)
    for size in (1, 2, 3, 7, 1000, len(data)):
        splitter = frames.Splitter()
        found = [
            frame
            for start in range(0, len(data), size)
            for frame in splitter.feed(data[start : start + size])
        ]
        assert [frame.data for frame in found] == items
        assert {(frame.kind, frame.stream) for frame in found} == {(frames.PAYLOAD, 5)}


@contextlib.asynccontextmanager
async def echo(fate: Fate) -> AsyncIterator[Proxy]:
    """A server that says what it hears, behind a proxy."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with contextlib.suppress(OSError):
            while data := await reader.read(1000):
                writer.write(data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with Proxy(lambda: port, lambda _: fate, seed=1) as proxy:
        yield proxy
    server.close()
    for writer in writers:
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def said(proxy: Proxy, data: bytes, *, until: Callable[[bytes], bool]) -> bytes:
    """Say something through the proxy; return what came back until the end, or ``until``."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    heard = b""
    with contextlib.suppress(OSError):
        writer.write(data)
        while not until(heard) and (more := await reader.read(1000)):
            heard += more
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return heard


async def test_a_line_without_a_fate_passes_everything_on() -> None:
    """A proxy that loses bytes by itself would make every scenario fail."""
    data = random.Random(1).randbytes(100_000)
    async with echo(Fate(pieces=777, delay=0.0001)) as proxy:
        assert await said(proxy, data, until=lambda heard: len(heard) == len(data)) == data
        assert proxy.cut == 0


async def test_a_line_is_cut_at_the_byte() -> None:
    """A cut that comes elsewhere, or not at all, tests nothing."""
    for fate in (Fate(cut_down=10), Fate(cut_down=10, reset=False), Fate(cut_up=10)):
        async with echo(fate) as proxy:
            heard = await said(proxy, b"0123456789abcdef", until=lambda _: False)
            # A reset may overtake the last bytes, and nothing may come after the cut.
            assert b"0123456789".startswith(heard)
            assert proxy.cut == 1


async def test_a_reset_is_passed_on() -> None:
    """A server that was killed has to be seen by those behind a proxy, too, and at once."""

    def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with Proxy(lambda: port, lambda _: Fate(), seed=1) as proxy, asyncio.timeout(5):
        assert await said(proxy, b"one", until=lambda _: False) == b""
    server.close()
    await server.wait_closed()


async def test_a_swallowed_line_says_nothing_and_stands() -> None:
    """A black hole that closes the line would let everybody notice without a watchdog."""
    async with echo(Fate()) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        proxy.swallow()
        assert proxy.unnoticed == 1
        writer.write(b"two")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                raise AssertionError(await reader.read(1))
        proxy.release()
        assert await said(proxy, b"new", until=lambda heard: len(heard) == 3) == b"new"
        assert proxy.unnoticed == 1
        writer.close()
        await writer.wait_closed()
