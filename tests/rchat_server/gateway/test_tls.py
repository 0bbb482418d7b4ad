"""The certificate in a running server, and those who do not get done with their handshake."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

from rchat_server.compose import compose_server
from rchat_server.gateway import listener, tls
from rchat_server.gateway.tls import Certificate, TlsFiles
from support.papers import papers

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


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


async def _shown(port: int) -> bytes:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return bytes(found)
