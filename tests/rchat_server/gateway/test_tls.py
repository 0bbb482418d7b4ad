"""The certificate in a running server, and those who do not get done with their handshake."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING

import pytest

from rchat_server.compose import compose_server
from rchat_server.gateway import door, listener, tls
from rchat_server.gateway.door import DoorLimits
from rchat_server.gateway.tls import Certificate, TlsFiles
from support.papers import papers
from support.wire import response_bytes, setup_bytes

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_file_that_changes_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a renewed certificate is of no use until somebody remembers to say so."""
    monkeypatch.setattr(tls, "LOOK_EVERY", 0.01)
    certificate, key = papers().write(tmp_path)
    kept = Certificate(TlsFiles(certificate, key))
    renewed, renew = asyncio.Event(), kept.try_to_renew

    def note() -> None:
        renew()
        renewed.set()

    monkeypatch.setattr(kept, "try_to_renew", note)
    watch = asyncio.create_task(kept.watch())
    async with compose_server("127.0.0.1", 0, tls=kept.context) as server:
        first = await _shown(server.address[1])
        assert await _shown(server.address[1]) == first
        certificate.write_text("half of it")  # as somebody who writes slowly
        await renewed.wait()
        assert await _shown(server.address[1]) == first
        renewed.clear()
        papers().write(tmp_path)
        await renewed.wait()
        assert await _shown(server.address[1]) != first
    watch.cancel()
    await asyncio.wait((watch,))


async def test_who_does_not_encrypt_in_time_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise anybody holds as many connections as he likes, for nothing."""
    monkeypatch.setattr(listener, "HANDSHAKE", 0.05)
    kept = Certificate(TlsFiles(*papers().write(tmp_path)))
    async with compose_server("127.0.0.1", 0, tls=kept.context) as server:
        reader, writer = await asyncio.open_connection(*server.address)
        writer.write(b"\x16\x03\x01")  # a handshake begins like that
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        assert server.connections == 0
        writer.close()


async def test_who_is_about_to_encrypt_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise one address holds all the server's memory with handshakes that it never ends."""
    monkeypatch.setattr(door, "site_of", lambda host: host)
    certificate, key = papers().write(tmp_path)
    trust = ssl.create_default_context(cafile=papers().authority(tmp_path))
    kept = Certificate(TlsFiles(certificate, key))
    limits = DoorLimits(connections=1)
    async with (
        asyncio.timeout(10),
        compose_server("127.0.0.1", 0, tls=kept.context, door=limits) as server,
    ):
        silent = await asyncio.open_connection(*server.address)
        # He is told why: under TLS, as his client expects.
        reader, told = await asyncio.open_connection(
            *server.address, ssl=trust, server_hostname="localhost"
        )
        assert b"too-many-connections" in await reader.read(1000)
        crowd = await asyncio.open_connection(*server.address)
        with contextlib.suppress(ConnectionError):
            assert await crowd[0].read() == b"", "who comes after them is cut off at once"
        for _, writer in (silent, (reader, told), crowd):
            writer.transport.abort()
        while server._listener._door._there:  # noqa: ASYNC110 - the kernel's word is waited for
            await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_connection(
            *server.address, ssl=trust, server_hostname="localhost"
        )
        writer.write(setup_bytes() + response_bytes(1, "login", b"alice"))
        assert b"." in await reader.read(1000), "what they had is given back"
        writer.transport.abort()


async def test_a_server_ends_while_somebody_is_about_to_encrypt(tmp_path: Path) -> None:
    """Otherwise one who never gets done with it keeps a server from ending."""
    kept = Certificate(TlsFiles(*papers().write(tmp_path)))
    async with asyncio.timeout(5):
        async with compose_server("127.0.0.1", 0, tls=kept.context) as server:
            reader, writer = await asyncio.open_connection(*server.address)
            await asyncio.sleep(0.05)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
    writer.transport.abort()
    assert not server._listener._answering
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*server.address)


async def _shown(port: int) -> bytes:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return bytes(found)
