"""The door by HTTP: who gets a WebSocket there, and what everybody else is told."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
import websockets.asyncio.client

from rchat_protocol.errors import ErrorCode
from rchat_protocol.transport.tcp import open_tcp
from rchat_server.compose import compose_server
from rchat_server.core.rates import Rate
from rchat_server.gateway import door, web
from rchat_server.gateway.door import DoorLimits
from rchat_server.gateway.web import HEAD_DEADLINE, HttpLine, Site
from rchat_tui.client import ConnectFailed, RchatError
from rchat_tui.client.address import ServerAddress
from rchat_tui.client.client import ChatClient
from rchat_tui.client.connection import dial_server
from support.clock import FakeClock
from support.lines import Hall
from support.raw_web import RawWeb, rsocket_frames, upgrade_request
from support.wire import decode_all, response_bytes, setup_bytes, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PAGE = "https://chat.example.org"
SOON = 5


@contextlib.asynccontextmanager
async def served(
    site: Site | None = None, limits: DoorLimits | None = None
) -> AsyncIterator[tuple[int, int]]:
    """Run a server; yield its ports of WebSocket and of TCP."""
    async with compose_server(
        "127.0.0.1", 0, web=(0, site or Site("/chat")), door=limits
    ) as server:
        tcp, web = (int(url.rpartition(":")[2].partition("/")[0]) for url in server.urls)
        async with asyncio.timeout(SOON):
            yield web, tcp
    assert not server._listener._asking
    assert not server._listener._answering


# -- who gets a WebSocket --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origins", "headers", "status"),
    [
        pytest.param((), {}, 101, id="no browser"),
        pytest.param((), {"Origin": PAGE}, 403, id="a page"),
        pytest.param((PAGE,), {"Origin": PAGE}, 101, id="a page that may"),
        pytest.param((PAGE,), {"Origin": f"{PAGE}.evil.example"}, 403, id="a longer name"),
        pytest.param((PAGE,), {"Origin": "null"}, 403, id="a page from nowhere"),
        pytest.param((PAGE,), {}, 101, id="no browser, where pages may"),
        pytest.param((), {"Sec_WebSocket_Protocol": "rsocket"}, 101, id="a subprotocol"),
        pytest.param(
            (), {"Sec_WebSocket_Extensions": "permessage-deflate"}, 101, id="compression is offered"
        ),
        pytest.param((), {"Sec_WebSocket_Version": "8"}, 400, id="an old version"),
        pytest.param((), {"Upgrade": "h2c"}, 426, id="something else"),
    ],
)
async def test_who_gets_a_websocket(
    origins: tuple[str, ...], headers: dict[str, str], status: int
) -> None:
    """Otherwise any page that somebody visits chats in his name, or nobody can chat."""
    async with (
        served(Site("/chat", origins)) as (web, _),
        await RawWeb.dial(web) as peer,
    ):
        answered, head = await peer.ask(upgrade_request(**headers))
        assert answered == status
        assert "sec-websocket-extensions" not in head.lower()
        if status == 403:
            assert "ws-origins" in (await peer.reader.read()).decode()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(b"GET /chat HTTP/1.1\r\nHost: x\r\n\r\n", 426, id="a browser's visit"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 404, id="another path"),
        pytest.param(b"GET /chat/ HTTP/1.1\r\nHost: x\r\n\r\n", 404, id="a longer path"),
        pytest.param(b"POST /chat HTTP/1.1\r\nHost: x\r\n\r\n", 405, id="another method"),
        pytest.param(
            b"POST /chat HTTP/1.1\r\nContent-Length: 9\r\n\r\n123456789", 400, id="a body"
        ),
        pytest.param(b"GET /chat HTTP/2\r\n\r\n", 400, id="another version"),
        pytest.param(b"GET /chat\r\n\r\n", 400, id="no version"),
        pytest.param(b"\r\n\r\n", 400, id="nothing"),
        pytest.param(b"GET /chat HTTP/1.1\r\nno header\r\n\r\n", 400, id="no header"),
        pytest.param(b"GET /chat HTTP/1.1\r\nX: " + b"x" * 9000, 431, id="no end"),
        pytest.param(b"GET /chat HTTP/1.1\r\nX: " + b"x" * 9000 + b"\r\n\r\n", 431, id="large"),
        pytest.param(b"x" * 9000, 431, id="no words"),
    ],
)
async def test_what_is_no_request_for_a_chat_gets_an_answer_and_the_end(
    request_: bytes, status: int
) -> None:
    """Otherwise it is kept, or believed, or ends in a traceback."""
    async with served() as (web, _), await RawWeb.dial(web) as peer:
        answered, head = await peer.ask(request_)
        assert answered == status
        assert "connection: close" in head.lower()
        assert (await peer.reader.read()).endswith(b".\n")


async def test_a_request_may_come_in_pieces_and_frames_with_it() -> None:
    """Otherwise what a network cuts, or joins, is lost."""
    async with served() as (web, _), await RawWeb.dial(web) as peer:
        asked = upgrade_request()
        for at in range(len(asked) - 1):
            peer.writer.write(asked[at : at + 1])
            await asyncio.sleep(0)
        status, _ = await peer.ask(asked[-1:] + b"\x81\x80" + bytes(4))
        assert status == 101
        (error, *_) = rsocket_frames(await peer.all_heard())
        assert b"binary message" in bytes(error.data)


async def test_who_takes_too_long_for_his_request_is_cut_off() -> None:
    """Otherwise a header a minute keeps a connection for ever, and so a thousand of them."""
    clock, loop = FakeClock(), asyncio.get_running_loop()
    hall = Hall(lambda _: None, clock)
    server = await loop.create_server(lambda: HttpLine(Site("/chat"), hall), "127.0.0.1", 0)
    async with await RawWeb.dial(server.sockets[0].getsockname()[1]) as peer:
        await until(lambda: len(hall.lines) == 1)
        for _ in range(9):
            peer.writer.write(b"GET /chat HTTP/1.1\r\n")
            await asyncio.sleep(0.01)
            clock.advance(HEAD_DEADLINE / 10)
        assert hall.lines
        clock.advance(HEAD_DEADLINE / 10)
        async with asyncio.timeout(SOON):
            with contextlib.suppress(ConnectionError):
                assert await peer.reader.read() == b""
        assert not hall.lines
    server.close()


async def test_who_says_nothing_does_not_keep_the_server_from_ending() -> None:
    """Otherwise one silent connection is ten seconds of waiting."""
    async with served() as (web, _):
        peer = await RawWeb.dial(web)
        peer.writer.write(b"GET")
        await asyncio.sleep(0.05)
    async with peer:
        with contextlib.suppress(ConnectionError):
            assert await peer.reader.read() == b""


async def test_an_address_has_as_many_connections_by_http_as_by_tcp(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise whoever is over his limit comes in by the other door, or can never come back."""
    monkeypatch.setattr(door, "site_of", lambda host: host)
    async with served(limits=DoorLimits(2, Rate(100, 1))) as (web, tcp):
        first = await open_tcp("127.0.0.1", tcp)
        async with await RawWeb.dial(web) as second:
            await second.open()
            async with await RawWeb.dial(web) as third:
                await third.open()
                (error,) = rsocket_frames(await third.heard(1))
                assert ErrorCode.TOO_MANY_CONNECTIONS.encode() in bytes(error.data)
            async with await RawWeb.dial(web) as page:
                status, said = await page.get("/elsewhere")
                assert (status, "come back in 30 s" in said) == (429, True)
        first.abort()
        await asyncio.sleep(0.05)
        for _ in range(5):
            async with await RawWeb.dial(web) as again:
                assert (await again.get("/elsewhere"))[0] == 404
            await asyncio.sleep(0.01)


async def test_who_may_not_stay_and_asks_nothing_is_cut_off_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise one address has as many connections as it likes, for ten seconds each."""
    monkeypatch.setattr(door, "site_of", lambda host: host)
    monkeypatch.setattr(web, "CLOSE_GRACE", 0.05)
    async with (
        served(limits=DoorLimits(1)) as (port, _),
        await RawWeb.dial(port) as first,
        await RawWeb.dial(port) as second,
    ):
        with contextlib.suppress(ConnectionError):
            assert await second.reader.read() == b""
        await first.open()


async def test_a_client_hears_why_it_may_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes right behind the handshake, in one piece with it, is not to be lost."""
    monkeypatch.setattr(door, "site_of", lambda host: host)
    async with served(limits=DoorLimits(1)) as (web, _):
        url = f"ws://127.0.0.1:{web}/chat"
        async with ChatClient(url, user="alice") as alice:
            await alice.join("tea")
            assert "1 connections of your address are open already" in await why_not(url)


async def test_another_client_of_websocket_is_understood() -> None:
    """Otherwise only ours is: this one offers compression, sends pings, and says CLOSE first."""
    async with (
        served() as (web, _),
        websockets.asyncio.client.connect(f"ws://127.0.0.1:{web}/chat") as line,
    ):
        assert line.protocol.extensions == []
        await (await line.ping())
        await line.send(setup_bytes()[3:])
        asked = response_bytes(1, "server.info")[3:]
        await line.send([asked[:5], asked[5:]])
        answer = await line.recv()
        assert isinstance(answer, bytes)
        (frame,) = decode_all(len(answer).to_bytes(3) + answer)
        assert b'"capabilities"' in bytes(frame.data)
        await line.close()
        assert line.close_code == 1000


# -- what a client is told -------------------------------------------------------------------------


async def why_not(url: str) -> str:
    """Return why a client does not come in."""
    with pytest.raises(RchatError) as failed:
        await ChatClient(url, user="alice").connect()
    return str(failed.value)


async def test_a_client_is_told_what_is_there_instead() -> None:
    """Otherwise a wrong path, port or scheme ends in a riddle."""
    async with served(Site("/chat")) as (web, tcp):
        at = f"127.0.0.1:{web}"
        assert await why_not(f"ws://{at}/chap") == f"{at} has no chat at /chap: is the path right?"
        why = await why_not(f"ws://127.0.0.1:{tcp}/chat")
        assert why.endswith("speaks no WebSocket there: write tcp:// if that is right.")
        assert "ws:// if it speaks WebSocket" in await why_not(f"tcp://{at}")


@contextlib.asynccontextmanager
async def answering(answer: bytes, *, stays: bool = False) -> AsyncIterator[int]:
    """Run a server that answers so, and hangs up unless it stays. Yield its port."""
    lines: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        if not stays:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            for line in lines:
                line.transport.abort()
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", "has no WebSocket at /chat (HTTP 200)"),
        (b"HTTP/1.1 301 Moved\r\nLocation: /x\r\n\r\n", "(HTTP 301): is the address right?"),
        (b"HTTP/1.0 403 Forbidden\r\n\r\n", "lets nobody in at /chat (HTTP 403)"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n<html>", "(HTTP 502): try again later"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "(HTTP 101)"),
        (b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "(HTTP 101)"),
        (b"HTTP/1.1 999 \x1b[31m\r\n\r\n", "speaks no WebSocket there"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "speaks no WebSocket there"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 9000, "speaks no WebSocket there"),
        (b"", "hung up without a word: write wss:// if it encrypts"),
    ],
)
async def test_any_other_answer_is_a_sentence(answer: bytes, says: str) -> None:
    """Otherwise what a proxy says ends the client, or reaches the terminal."""
    async with answering(answer) as port:
        why = await why_not(f"ws://127.0.0.1:{port}/chat")
    assert says in why
    assert "\x1b" not in why


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0-OpenSSH_9.9\r\n", b"HTTP/1.1 200 OK\r\nX: " + bytes(9000)]
)
async def test_what_is_no_answer_is_not_waited_for(answer: bytes) -> None:
    """Otherwise another program at that port is told as one that does not answer."""
    async with answering(answer, stays=True) as port:
        assert "speaks no WebSocket there" in await why_not(f"ws://127.0.0.1:{port}/chat")


async def test_who_answers_nothing_is_given_up() -> None:
    """Otherwise a port that accepts and says nothing keeps the client for ever."""
    async with answering(b"", stays=True) as port:
        address = ServerAddress.parse(f"ws://127.0.0.1:{port}")
        with pytest.raises(ConnectFailed, match=r"did not answer within 0\.2 s"):
            await dial_server(address, timeout=0.2)


async def test_an_answer_of_another_key_is_no_websocket() -> None:
    """Otherwise a cache that answers with an old handshake is taken for the server."""
    answer = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    )
    async with answering(answer) as port:
        assert "(HTTP 101)" in await why_not(f"ws://127.0.0.1:{port}/chat")
