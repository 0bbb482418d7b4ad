"""Who comes by a proxy counts as himself, and nobody else is believed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from typing import TYPE_CHECKING

import msgspec
import pytest

from rchat_protocol import models
from rchat_protocol.errors import ErrorCode
from rchat_protocol.transport.messages import masked_messages
from rchat_protocol.transport.tcp import open_tcp
from rchat_server.compose import compose_server
from rchat_server.core.sites import Origin
from rchat_server.gateway import door
from rchat_server.gateway.door import Door, DoorLimits
from rchat_server.gateway.proxies import Proxies
from rchat_server.gateway.web import Site
from support.raw_web import RawWeb, rsocket_frames, upgrade_request
from support.wire import response_bytes, setup_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SOON = 5
HERE = Proxies.named("127.0.0.1")


@contextlib.asynccontextmanager
async def served(proxies: Proxies, connections: int | None = 2) -> AsyncIterator[tuple[int, Door]]:
    """Run a server behind a proxy; yield its port of WebSocket, and who counts."""
    limits = DoorLimits(connections, proxies=proxies)
    async with compose_server("127.0.0.1", 0, web=(0, Site("/chat")), door=limits) as server:
        port = int(server.urls[1].rpartition(":")[2].partition("/")[0])
        async with asyncio.timeout(SOON):
            yield port, server._listener._door
    assert not server._listener._door._there


async def told(peer: RawWeb, *frames: bytes) -> str:
    """Say frames; return what the next one of the server says."""
    peer.send(masked_messages(b"".join(frames)))
    (frame,) = rsocket_frames(await peer.heard())
    return bytes(frame.data or b"").decode()


async def come_in(peer: RawWeb) -> None:
    """Log in as somebody."""
    said = await told(peer, setup_bytes(), response_bytes(1, "login", b"somebody"))
    assert re.fullmatch(r"[0-9a-f]+[.].+", said), said


# -- who is believed -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clients", "address"),
    [
        (["203.0.113.7"], "203.0.113.7"),
        (["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
        (["203.0.113.7", "10.1.2.3"], "203.0.113.7"),
        (["198.51.100.1", "203.0.113.7", "10.1.2.3", "10.1.2.4"], "203.0.113.7"),
        (["nonsense", "203.0.113.7"], "203.0.113.7"),
        (["2001:DB8::1"], "2001:db8::1"),
        (["fe80::1%\x1b[31m"], "fe80::1"),
        (["203.0.113.7", "127.0.0.1"], "203.0.113.7"),
        (["127.0.0.1", "10.1.2.3"], None),
        (["::ffff:127.0.0.1"], None),
        (["10.1.2.3"], None),
        ([], None),
    ],
)
def test_the_last_that_is_no_proxy_is_true(clients: list[str], address: str | None) -> None:
    """Otherwise anybody is whom he likes: he writes the header himself."""
    origin = Proxies.named("10.0.0.0/8").origin(clients, ["http"])
    assert (None if origin is None else origin.address) == address


@pytest.mark.parametrize("client", ["unknown", "203.0.113.7:80", "_hidden", "203.0.113.0/24", "\0"])
def test_what_is_no_address_is_none(client: str) -> None:
    """Otherwise each word is another customer, who has limits of his own."""
    with pytest.raises(ValueError, match="does not appear to be"):
        HERE.origin(["198.51.100.1", client], ["https"])


@pytest.mark.parametrize(
    ("schemes", "encrypted"),
    [
        (["https"], True),
        (["WSS"], True),
        (["http"], False),
        ([], False),
        (["http", "https"], False),
        (["https", "https"], True),
    ],
)
def test_how_he_came_to_the_proxies_is_how_he_came(schemes: list[str], *, encrypted: bool) -> None:
    """Otherwise passwords go in the clear, or nobody behind a proxy can give one."""
    assert HERE.origin(["203.0.113.7"], schemes) == Origin("203.0.113.7", encrypted)


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("10.9.8.7", True),
        ("::ffff:10.9.8.7", True),
        ("11.0.0.1", False),
        ("fe80::1%eth0", True),
        ("memory", False),
    ],
)
def test_a_proxy_is_known_by_its_address(host: str, *, is_one: bool) -> None:
    """Otherwise whoever is near it is believed, too."""
    assert Proxies.named("10.0.0.0/8", "fe80::/10").has(host) == is_one


# -- by a real line --------------------------------------------------------------------------------


async def test_each_of_those_behind_a_proxy_has_a_limit_of_his_own() -> None:
    """Otherwise a server behind a proxy has no limit for addresses, or one for all of them."""
    async with served(HERE) as (port, counts):
        async with contextlib.AsyncExitStack() as stack:
            for number in range(3):
                peer = await stack.enter_async_context(await RawWeb.dial(port))
                await peer.open(X_Forwarded_For=f"9.9.9.{number}, 203.0.113.7")
            (error,) = rsocket_frames(await peer.heard())
            assert ErrorCode.TOO_MANY_CONNECTIONS.encode() in bytes(error.data)
            other = await stack.enter_async_context(await RawWeb.dial(port))
            await other.open(X_Forwarded_For="203.0.113.8")
            await come_in(other)
            assert set(counts._there) == {"203.0.113.7", "203.0.113.8"}
        while counts._there:  # noqa: ASYNC110 - sockets have to be closed
            await asyncio.sleep(0.001)
        async with await RawWeb.dial(port) as again:
            await again.open(X_Forwarded_For="203.0.113.7")
            await come_in(again)


async def test_who_says_nothing_for_others_counts_as_himself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise a network of proxies is one without limits, for all who are in it."""
    monkeypatch.setattr(door, "site_of", lambda host: host)
    async with (
        served(HERE, connections=1) as (port, counts),
        await RawWeb.dial(port) as one,
        await RawWeb.dial(port) as two,
    ):
        await one.open()
        await two.open(X_Forwarded_For="127.0.0.1")
        (error,) = rsocket_frames(await two.heard())
        assert ErrorCode.TOO_MANY_CONNECTIONS.encode() in bytes(error.data)
        assert set(counts._there) == {"127.0.0.1"}


async def test_a_proxy_counts_as_anybody_by_tcp(monkeypatch: pytest.MonkeyPatch) -> None:
    """There it cannot say for whom it is."""
    monkeypatch.setattr(door, "site_of", lambda host: host)
    limits = DoorLimits(1, proxies=HERE)
    async with compose_server("127.0.0.1", 0, door=limits) as server:
        port = int(server.urls[0].rpartition(":")[2])
        first = await open_tcp("127.0.0.1", port)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(SOON):
            assert ErrorCode.TOO_MANY_CONNECTIONS.encode() in await reader.read()
        writer.close()
        first.abort()


async def test_a_crowd_behind_a_proxy_is_not_worth_a_connection_each() -> None:
    """Otherwise thousands of one customer are made WebSockets before they are turned away."""
    async with served(HERE, connections=1) as (port, _), contextlib.AsyncExitStack() as stack:
        statuses = []
        for _number in range(4):
            peer = await stack.enter_async_context(await RawWeb.dial(port))
            status, _ = await peer.ask(upgrade_request(X_Forwarded_For="203.0.113.7"))
            statuses.append(status)
        assert statuses == [101, 101, 429, 429]


async def test_whoever_is_no_proxy_is_not_believed() -> None:
    """Otherwise whoever writes the header has no limit."""
    async with (
        served(Proxies.named("192.0.2.1"), connections=1) as (port, _),
        await RawWeb.dial(port) as one,
        await RawWeb.dial(port) as two,
    ):
        for peer in (one, two):
            await peer.open(X_Forwarded_For="203.0.113.7")
        await come_in(two)


@pytest.mark.parametrize(
    ("proxies", "headers", "is_told"),
    [
        (Proxies(), {"X_Forwarded_For": "203.0.113.7"}, True),
        (HERE, {"Via": "1.1 proxy"}, True),
        (HERE, {"X_Forwarded_For": "203.0.113.7"}, False),
        (HERE, {"X_Forwarded_For": "127.0.0.1"}, False),
        (HERE, {}, False),
        (Proxies(), {}, False),
    ],
    ids=["not named", "says nothing", "both", "for itself", "its machine's own", "nobody's"],
)
async def test_a_proxy_that_lets_all_be_this_machine_is_told_of(
    proxies: Proxies,
    headers: dict[str, str],
    *,
    is_told: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Otherwise whoever forgot the setting has a server without limits, and does not know it."""
    caplog.set_level(logging.WARNING)
    async with served(proxies) as (port, _):
        for _number in range(2):
            async with await RawWeb.dial(port) as peer:
                await peer.open(**headers)
    warnings = [each for each in caplog.messages if "until ws-proxies names it" in each]
    assert len(warnings) == is_told


async def test_a_proxy_that_makes_no_sense_is_told() -> None:
    """Otherwise all whom it sends on count as one, and nobody knows why."""
    async with served(HERE) as (port, _), await RawWeb.dial(port) as peer:
        peer.writer.write(
            b"GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            b"X-Forwarded-For: somebody\r\n\r\n"
        )
        answer = (await peer.reader.read()).decode()
        assert answer.startswith("HTTP/1.1 400 ")
        assert "X-Forwarded-For takes addresses" in answer


@pytest.mark.parametrize(("scheme", "taken"), [("https", True), ("http", False)])
async def test_passwords_are_taken_by_a_proxy_that_encrypts(scheme: str, *, taken: bool) -> None:
    """Otherwise they go in the clear from his machine to the proxy, and the server allows it."""
    request = models.Register("correct horse", "alice")
    async with served(HERE) as (port, _), await RawWeb.dial(port) as peer:
        await peer.open(X_Forwarded_For="203.0.113.7", X_Forwarded_Proto=scheme)
        body = msgspec.json.encode(request)
        said = await told(peer, setup_bytes(), response_bytes(1, "account.register", body))
        assert (ErrorCode.ENCRYPTION_REQUIRED in said) != taken, said
