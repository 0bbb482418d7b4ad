"""A server's limits, met by real clients."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rchat_protocol import routes
from rchat_protocol.errors import ErrorCode
from rchat_server.compose import compose_server
from rchat_server.core.hub import HubLimits
from rchat_server.core.rates import Rate
from rchat_server.gateway import door
from rchat_server.gateway.door import DoorLimits
from rchat_tui.client import (
    ConnectionLost,
    Delivered,
    MessagePosted,
    Offline,
    Outgoing,
    ServerError,
)
from rchat_tui.client.address import ServerAddress
from rchat_tui.client.client import ChatClient
from rchat_tui.client.connection import dial_server
from support.processes import server_process
from support.wire import response_bytes, setup_bytes
from support.world import Ear

if TYPE_CHECKING:
    from pathlib import Path


async def test_who_writes_fast_waits_and_loses_nothing(tmp_path: Path) -> None:
    """Otherwise a limit loses messages, or tells nobody why they wait."""
    config = tmp_path / "server.toml"
    config.write_text("[limits]\nmessages-burst = 3\nmessages-per-second = 20\n")
    with server_process(0, "--config", str(config)) as server:
        alice, bob = ChatClient(server.url, user="alice"), ChatClient(server.url, user="bob")
        async with alice, bob, Ear(alice) as ear, Ear(bob) as others:
            await alice.join("general")
            await bob.join("general")
            await ear.until(lambda: ear.state.find("channel", "general") is not None)
            general = ear.state.find("channel", "general")
            assert general is not None
            for number in range(8):
                await alice.post(general.id, f"line {number}")
            await ear.hears(Delivered, 8)
            heard = [event.content for event in await others.hears(MessagePosted, 8)]
            assert heard == [f"line {number}" for number in range(8)]
            reasons = {event.reason for event in ear.of(Outgoing)}
            assert "You write faster than this server allows: wait 1 s." in reasons
            for number in range(3):
                await bob.send(general.id, f"at once {number}")
            with pytest.raises(ServerError) as refused:
                await bob.send(general.id, "at once, too")
            assert refused.value.code == ErrorCode.TOO_FAST
            assert 0 < float(refused.value.retry) <= 0.05


async def test_a_connection_logs_in_once() -> None:
    """Otherwise whoever comes and goes on one is somebody new each time, and no limit is his."""
    async with compose_server("127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.address)
        writer.write(setup_bytes() + response_bytes(1, "login", b"alice"))
        writer.write(response_bytes(3, "logout", b"") + response_bytes(5, "login", b"bob"))
        heard = b""
        while b"already-logged-in" not in heard:
            data = await reader.read(1000)
            assert data, heard
            heard += data
        assert b"open another" in heard
        writer.transport.abort()


async def test_channels_are_not_made_by_the_dozen() -> None:
    """Otherwise one person takes all the names that a server has room for."""
    limits = HubLimits(founding=Rate(2, 0.1))
    async with compose_server("127.0.0.1", 0, hub_limits=limits) as server:
        url = f"tcp://127.0.0.1:{server.address[1]}"
        async with ChatClient(url, user="alice") as alice, ChatClient(url, user="bob") as bob:
            await alice.join("one")
            await alice.join("two")
            await bob.join("three")
            with pytest.raises(ServerError, match="You make channels faster"):
                await alice.join("four")
            await alice.join("three")


async def test_an_address_has_so_many_connections_and_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise one address keeps all others out, or is kept out for good without a word."""
    monkeypatch.setattr(door, "site_of", lambda host: host)  # also of this machine
    monkeypatch.setattr(door, "_LATER", 0.05)
    async with compose_server("127.0.0.1", 0, door=DoorLimits(connections=1)) as server:
        url = f"tcp://127.0.0.1:{server.address[1]}"
        first, second = ChatClient(url, user="alice"), ChatClient(url, user="bob")
        async with first:
            with pytest.raises(ServerError) as refused:
                await second.connect()
            assert refused.value.code == ErrorCode.TOO_MANY_CONNECTIONS
            assert "come back in 1 s" in str(refused.value)
            third = ChatClient(url, user="carol")
            third.start()
            async with Ear(third) as ear:
                offline = (await ear.hears(Offline))[0]
                assert offline.code == ErrorCode.TOO_MANY_CONNECTIONS
                await first.aclose()
                await ear.online()
            await third.aclose()


async def test_what_the_config_says_of_sizes_and_numbers_holds(tmp_path: Path) -> None:
    """Otherwise who writes a smaller number down believes himself safe."""
    config = tmp_path / "server.toml"
    config.write_text(
        "[limits]\nmessage-bytes = 100\nframe-kib = 4\nstreams = 2\nmessages-per-second = 0\n"
    )
    with server_process(0, "--config", str(config)) as server:
        address = ServerAddress.parse(server.url)
        async with ChatClient(server.url, user="alice") as alice:
            assert (await alice.server_info()).limits.message_bytes == 100
            await alice.join("general")
            await alice.channel_message("general", "x" * 100)
            with pytest.raises(ServerError, match="100 bytes are the most") as refused:
                await alice.channel_message("general", "x" * 101)
            assert refused.value.code == ErrorCode.MESSAGE_TOO_LARGE
        async with await dial_server(address) as line:
            await line.request(routes.LOGIN, b"bob", deadline=5)
            for _ in range(2):
                line.subscribe(routes.EVENTS, b"", lambda _: None, credit=1)
            with pytest.raises(ServerError) as many:
                await line.collect(routes.CHANNELS, b"", deadline=5)
            assert many.value.code == ErrorCode.TOO_MANY_STREAMS
            with pytest.raises(ConnectionLost, match="4096 bytes at most"):
                await line.request(routes.MESSAGE, b" " * 5000, deadline=5)
