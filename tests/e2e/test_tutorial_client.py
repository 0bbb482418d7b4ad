"""Clients written from the tutorial, with the library's own client, on a real server process."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING

import pytest

from rchat_protocol.routes import ROUTES, Interaction
from support.processes import server_process
from support.tutorial import TutorialClient, tutorial_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from support.processes import ServerProcess


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """A server for all tests here: each uses names of its own."""
    with server_process() as running:
        yield running


@contextlib.asynccontextmanager
async def logged_in(server: ServerProcess, *names: str) -> AsyncIterator[list[TutorialClient]]:
    """Connect and log in, one client a name."""
    async with contextlib.AsyncExitStack() as stack:
        clients = []
        for name in names:
            client = await stack.enter_async_context(tutorial_client(server.port))
            await client.login(name)
            clients.append(client)
        yield clients


async def test_the_tutorials_conversation(server: ServerProcess) -> None:
    """The tutorial's own main(), as far as the chat goes, and what it prints."""
    async with logged_in(server, "user1", "user2") as (one, two):
        one.listen()
        two.listen()
        await one.join("channel1")
        await two.join("channel1")
        assert "channel1" in await one.listing("channels")
        assert await one.listing("channel.users", b"channel1") == ["user1", "user2"]
        await one.send(user="user2", content="private message from user1")
        await one.send(channel="channel1", content="channel message from user1")
        private = {"user": "user1", "content": "private message from user1", "channel": None}
        public = {"user": "user1", "content": "channel message from user1", "channel": "channel1"}
        assert [await two.inbox.get(), await two.inbox.get()] == [private, public]
        assert await one.inbox.get() == public
        await one.leave("channel1")
        assert await one.listing("channel.users", b"channel1") == ["user2"]
        one.stop_listening()
        two.stop_listening()


async def test_the_same_client_run_twice_in_a_row(server: ServerProcess) -> None:
    """The tutorial's names are fixed: a second run must not find its name taken."""
    for _ in range(2):
        async with logged_in(server, "again1", "again2") as (one, two):
            two.listen()
            await one.send(user="again2", content="hello")
            assert (await two.inbox.get())["content"] == "hello"


async def test_answers_carry_data(server: ServerProcess) -> None:
    """No data leaves the library without NEXT, and the reference JavaScript client waits on."""
    async with logged_in(server, "carol") as (carol,):
        assert (await carol.join("data")).data == b"{}"
        acknowledged = json.loads((await carol.send(channel="data", content="x")).data)
        assert (acknowledged["seq"], acknowledged.keys()) == (
            1,
            {"conversation", "epoch", "seq", "id", "at"},
        )
        assert (await carol.leave("data")).data == b"{}"


async def test_lists_end_also_when_they_are_empty_or_change(server: ServerProcess) -> None:
    """The tutorial's lists never complete when they are empty or change while they are sent."""
    async with logged_in(server, "dave", "erin") as (dave, erin):
        assert await dave.listing("channel.users", b"never joined") == []
        for number in range(20):
            await dave.join(f"list-{number}")
        slow = asyncio.create_task(dave.listing("channels", rate=1))
        for number in range(20, 30):
            await erin.join(f"list-{number}")
        listed = await slow
        assert [name for name in listed if name.startswith("list-")][:2] == ["list-0", "list-1"]
        await dave.leave("list-0")
        assert await dave.listing("channel.users", b"list-0") == []


async def test_errors_have_a_code_and_a_sentence(server: ServerProcess) -> None:
    """Bad input gets a clear error, whatever it is, and the connection lives on."""
    bad = [
        ("message", b"{", "bad-request"),
        ("message", b'{"content": 5}', "bad-request"),
        ("message", b'{"content": "hi"}', "bad-request"),
        ("message", b'{"content": "\\ud800", "channel": "e"}', "bad-request"),
        ("message", b'{"content": "hi", "channel": "nowhere"}', "no-such-channel"),
        ("message", b'{"content": "hi", "user": "nobody"}', "no-such-user"),
        ("message", b'{"content": " \\n", "channel": "e"}', "message-empty"),
        (
            "message",
            json.dumps({"content": "\u00e4" * 8193, "channel": "e"}).encode(),
            "message-too-large",
        ),
        ("channel.join", b"", "invalid-name"),
        ("channel.join", b"a b", "invalid-name"),
        ("channel.join", b"a\x07", "invalid-name"),
        ("channel.join", b"x" * 65, "invalid-name"),
        ("channel.join", b"\xff", "bad-request"),
        ("channel.leave", b"nowhere", "no-such-channel"),
        ("login", b"someone", "already-logged-in"),
        ("no.such.route", b"", "no-such-route"),
        ("channels", b"", "no-such-route"),
        ("history", b'{"channel": "e", "limit": 501}', "bad-request"),
    ]
    async with logged_in(server, "frank") as (frank,):
        await frank.join("e")
        for name, data, code in bad:
            with pytest.raises(RuntimeError) as refused:
                await frank.call(name, data)
            body = json.loads(str(refused.value))
            assert (name, data[:40], body["code"]) == (name, data[:40], code)
            assert body["message"].endswith(".")
            assert body["retry"] is False
        await frank.send(channel="e", content="\u00e4" * 8192)
        with pytest.raises(RuntimeError, match="no-such-route"):
            await frank.listing("login")


async def test_before_login_and_with_a_taken_name(server: ServerProcess) -> None:
    """Nothing but login and server.info is answered to somebody who has not said who he is."""
    async with logged_in(server, "grace"), tutorial_client(server.port) as stranger:
        for guarded in (each for each in ROUTES.values() if each.needs_login):
            single = guarded.interaction is Interaction.RESPONSE
            with pytest.raises(RuntimeError, match="not-logged-in"):
                await (stranger.call if single else stranger.listing)(guarded.name, b"{}")
        with pytest.raises(RuntimeError, match="name-in-use"):
            await stranger.login("GRACE")
        for name in ("", "a b", "x" * 33, "\u202eevil", "#hash"):
            with pytest.raises(RuntimeError, match="invalid-name"):
                await stranger.login(name)
        info = json.loads((await stranger.call("server.info")).data)
        assert (info["name"], info["mode"]) == ("rchat", "open")
        await stranger.login("heidi")
