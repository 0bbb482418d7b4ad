"""`ChatClient` over TCP: what a dial may meet, and the bot that the README shows."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import pytest

from rchat_server.compose import compose_server
from rchat_tui.client import ConnectFailed, MessagePosted, RchatError
from rchat_tui.client.address import ServerAddress
from rchat_tui.client.client import ChatClient
from rchat_tui.client.connection import dial_server
from support.world import Ear

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """The URL of a server."""
    async with compose_server("127.0.0.1", 0) as server:
        host, port = server.address
        yield f"tcp://{host}:{port}"


async def echo_bot(url: str) -> None:
    """Repeat what is said after ``!echo``: the bot of the README."""
    async with ChatClient(url, user="echo") as chat:
        await chat.join("general")
        async for event in chat.events():
            if (
                isinstance(event, MessagePosted)
                and event.user != chat.user
                and event.content.startswith("!echo ")
            ):
                await chat.send(event.conversation, event.content.removeprefix("!echo "))


async def test_a_client_that_leaves_complains_of_nothing(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Broken, each bot that ends prints that its line was dropped."""
    async with ChatClient(url, user="alice") as alice:
        await alice.join("general")
    assert not [record.message for record in caplog.records if record.levelname == "WARNING"]


async def test_a_bot_of_ten_lines_works(url: str) -> None:
    """Broken, the README's bot does nothing."""
    bot = asyncio.create_task(echo_bot(url))
    async with ChatClient(url, user="alice") as alice, Ear(alice) as ear:
        await alice.join("general")
        await ear.until(lambda: any("echo" in c.members for c in ear.state.conversations.values()))
        await alice.channel_message("general", "!echo hello")
        await ear.hears(MessagePosted, 2)
        assert [(e.user, e.content) for e in ear.of(MessagePosted)] == [
            ("alice", "!echo hello"),
            ("echo", "hello"),
        ]
    bot.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await bot


async def test_two_hundred_messages_arrive_in_order_past_the_window(url: str) -> None:
    """Broken, credit runs out, or a burst arrives out of order."""
    async with ChatClient(url, user="alice") as alice, ChatClient(url, user="bob") as bob:
        await alice.join("general")
        await bob.join("general")
        async with Ear(bob) as ear:
            for batch in range(20):
                await asyncio.gather(
                    *(alice.channel_message("general", f"{batch * 32 + n}") for n in range(32))
                )
            await ear.hears(MessagePosted, 640)
            assert [e.content for e in ear.of(MessagePosted)] == [str(n) for n in range(640)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_nobody_there_is_said_in_a_sentence(host: str) -> None:
    """Broken, a refused connection was an OSError, or hid behind "Multiple exceptions"."""
    port = _free_port()
    with pytest.raises(ConnectFailed) as failed:
        await ChatClient(f"{host}:{port}", user="alice").connect()
    assert str(failed.value) == (
        f"{host}:{port} refused the connection: is a server running there?"
    )


async def test_a_name_that_does_not_resolve_is_said_in_a_sentence() -> None:
    """Broken, a mistyped host ended in a traceback."""
    with pytest.raises(ConnectFailed, match=r"looked up now|There is no host called"):
        await ChatClient("no-such-host.invalid", user="alice").connect()
    with pytest.raises(ConnectFailed, match="There is no host called"):
        await ChatClient("a" * 64 + ".example", user="alice").connect()


async def test_a_server_that_does_not_speak_is_given_up_in_time() -> None:
    """Broken, the client hung on something that takes connections and says nothing."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(RchatError, match=r"did not answer within 0\.1 s"):
            await ChatClient(url, user="alice", deadline=0.1).connect()


async def test_a_dial_has_a_deadline() -> None:
    """Broken, an address that swallows packets held the connect screen for two minutes."""
    with pytest.raises(ConnectFailed, match="did not answer within 0 s"):
        await dial_server(ServerAddress("127.0.0.1", _free_port()), timeout=0)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 100, b""])
async def test_some_other_server_is_an_error_of_ours(answer: bytes) -> None:
    """Broken, dialling a web server raised what nobody catches, or was tried for ever."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(RchatError):
            await ChatClient(f"127.0.0.1:{port}", user="alice", deadline=1).connect()
