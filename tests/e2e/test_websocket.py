"""Clients that come by WebSocket, between real processes."""

from __future__ import annotations

import asyncio
import functools
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from rchat_tui.client import ConnectFailed, MessagePosted, RchatError
from rchat_tui.client.client import ChatClient
from rchat_tui.client.connection import dial_server
from rchat_tui.client.trust import Trust
from support.papers import fingerprint, papers
from support.processes import server_process
from support.world import Ear

if TYPE_CHECKING:
    from pathlib import Path


def client(url: str, user: str = "alice", **trust: str) -> ChatClient:
    """Return a client that trusts like this."""
    return ChatClient(url, user=user, dial=functools.partial(dial_server, trust=Trust(**trust)))


@pytest.mark.parametrize("encrypted", [False, True], ids=["ws", "wss"])
async def test_people_talk_by_either_way(tmp_path: Path, *, encrypted: bool) -> None:
    """Otherwise nothing works, or those who come by TCP are in another chat."""
    authority = str(papers().authority(tmp_path))
    options = ["--ws-port", "0"]
    if encrypted:
        certificate, key = papers().write(tmp_path)
        options += ["--cert", str(certificate), "--key", str(key)]
    with server_process(0, *options) as server:
        assert server.web_url.startswith("wss://" if encrypted else "ws://")
        assert server.web_url.endswith("/rchat")
        trust = {"authorities": authority} if encrypted else {}
        alice = client(server.web_url, **trust)
        bob = client(server.web_url.removesuffix("/rchat"), "bob", **trust)
        carol = client(server.url, "carol", **trust)
        async with alice, bob, carol, Ear(bob) as ear, Ear(carol) as other:
            for each in (alice, bob, carol):
                await each.join("general")
            for number in range(100):
                await alice.channel_message("general", f"{number} " + "x" * 5000)
            wanted = [str(number) for number in range(100)]
            for heard in (ear, other):
                posted = await heard.hears(MessagePosted, 100)
                assert [event.content.split()[0] for event in posted] == wanted
            history = await alice.history(
                conversation=next(iter(ear.state.conversations)), limit=50
            )
            assert len(history.messages) > 20
        code, errors = server.stop()
        assert (code, errors) == (0, "")


async def test_who_is_there_when_the_server_ends_is_told() -> None:
    """Otherwise clients take an end in good order for a broken line."""
    with server_process(0, "--ws-port", "0") as server:
        async with client(server.web_url) as alice:
            await alice.join("general")
            assert server.stop() == (0, "")
            with pytest.raises(RchatError):
                await alice.channel_message("general", "too late")


async def test_a_pin_and_an_authority_count_as_they_do_by_tcp(tmp_path: Path) -> None:
    """Otherwise whoever stands in between reads along, by this way."""
    certificate, key = papers().write(tmp_path)
    options = ("--ws-port", "0", "--cert", str(certificate), "--key", str(key))
    with server_process(0, *options) as server:
        url = server.web_url
        async with client(url, pin=fingerprint(certificate)) as alice:
            await alice.join("general")
        for trust, says in (
            ({}, "Nobody whom this machine trusts vouches for 127.0.0.1."),
            ({"pin": "0" * 64}, "another certificate than tls-pin names"),
        ):
            with pytest.raises(ConnectFailed) as failed:
                await client(url, **trust).connect()
            assert says in str(failed.value)
        with pytest.raises(ConnectFailed) as failed:
            await client(url.replace("wss:", "ws:")).connect()
        assert "write wss:// if it encrypts" in str(failed.value)


async def test_with_and_without_encryption_one_is_told() -> None:
    """Otherwise wss:// at a port that does not encrypt ends in a riddle."""
    with server_process(0, "--ws-port", "0") as server:
        with pytest.raises(ConnectFailed) as failed:
            await client(server.web_url.replace("ws:", "wss:")).connect()
        why = "127.0.0.1 does not encrypt there: write ws:// if that is right."
        assert str(failed.value) == why


async def test_who_has_no_certificate_is_not_let_in_where_one_is_asked_for(tmp_path: Path) -> None:
    """Otherwise --client-ca keeps out only those who come by TCP."""
    authority = str(papers().authority(tmp_path))
    mine = tmp_path / "mine"
    mine.mkdir()
    own_certificate, own_key = map(str, papers().write(mine, "alice@example.org"))
    certificate, key = map(str, papers().write(tmp_path))
    options = ("--ws-port", "0", "--cert", certificate, "--key", key, "--client-ca", authority)
    with server_process(0, *options) as server:
        with pytest.raises(RchatError) as failed:
            await client(server.web_url, authorities=authority).connect()
        assert "a certificate of yours" in str(failed.value)
        own = {"authorities": authority, "certificate": own_certificate, "key": own_key}
        async with client(server.web_url, **own) as alice:
            await alice.join("general")


@pytest.mark.parametrize("encrypted", [False, True], ids=["ws", "wss"])
async def test_the_pages_of_a_server_tell_how_it_is(tmp_path: Path, *, encrypted: bool) -> None:
    """Otherwise whoever watches a real server is told that it is ill, or nothing."""
    options = ["--ws-port", "0", "--data", str(tmp_path / "data")]
    authority = papers().authority(tmp_path)
    if encrypted:
        certificate, key = papers().write(tmp_path)
        options += ["--cert", str(certificate), "--key", str(key)]
    trust = {"authorities": str(authority)} if encrypted else {}
    tls = ssl.create_default_context(cafile=authority) if encrypted else None
    with server_process(0, *options) as server:
        place = server.web_url.replace("ws", "http", 1).removesuffix("/rchat")
        async with client(server.web_url, **trust) as alice:
            await alice.join("general")
            await alice.channel_message("general", "hello")
            said = {path: await page(place + path, tls) for path in ("/health", "/metrics", "/x")}
        assert said["/health"] == (200, "A message was stored and delivered.\n")
        assert "\nrchat_sessions 1.0\n" in said["/metrics"][1]
        assert said["/x"][0] == 404
        code, errors = server.stop()
        assert (code, errors) == (0, "")


async def page(url: str, tls: ssl.SSLContext | None) -> tuple[int, str]:
    """Return status and text of a page, as an ordinary client of HTTP sees it."""

    def read() -> tuple[int, str]:
        try:
            with urllib.request.urlopen(url, timeout=10, context=tls) as answer:  # noqa: S310 - our own
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    return await asyncio.to_thread(read)


def test_a_port_that_is_taken_is_named() -> None:
    """Otherwise one looks for the fault at the other port."""
    with server_process(0, "--ws-port", "0") as server:
        port = server.web_url.rpartition(":")[2].partition("/")[0]
        ended = subprocess.run(
            [
                sys.executable,
                "-m",
                "rchat_server",
                "--data",
                ":memory:",
                "--port",
                "0",
                "--ws-port",
                port,
            ],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert ended.returncode == 1
        assert ended.stderr.startswith(f"rchat-server: 127.0.0.1:{port} is in use")
        assert ended.stderr.count("\n") == 1
