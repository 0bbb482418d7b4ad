"""Encrypted connections, between real processes: who is let in, who is not, and what is said."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import signal
import socket
import ssl
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from rchat_tui.client import ConnectFailed, MessagePosted, RchatError, SetupError
from rchat_tui.client.client import ChatClient
from rchat_tui.client.connection import dial_server
from rchat_tui.client.trust import Trust
from support.papers import Papers, fingerprint, papers
from support.processes import server_process
from support.world import Ear

if TYPE_CHECKING:
    from pathlib import Path

    from support.processes import ServerProcess

AGO = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)


def client(url: str, user: str = "alice", **trust: str) -> ChatClient:
    """Return a client that trusts like this."""
    return ChatClient(url, user=user, dial=functools.partial(dial_server, trust=Trust(**trust)))


def options(certificate: Path, key: Path, *more: str) -> tuple[str, ...]:
    """Return a server's options."""
    return ("--cert", str(certificate), "--key", str(key), *more)


async def refused(url: str, **trust: str) -> str:
    """Return why a client does not come in."""
    with pytest.raises(ConnectFailed) as failed:
        await client(url, **trust).connect()
    return str(failed.value)


def shown_by(server: ServerProcess) -> str:
    """Return the SHA-256 of the certificate that a new connection is shown."""
    pem = ssl.get_server_certificate(("127.0.0.1", server.port))
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


async def test_people_talk_where_nobody_can_listen(tmp_path: Path) -> None:
    """Otherwise nothing works, or works in the clear."""
    authority = str(papers().authority(tmp_path))
    with server_process(0, *options(*papers().write(tmp_path))) as server:
        assert server.url.startswith("tcps://")
        alice, bob = (client(server.url, name, authorities=authority) for name in ("alice", "bob"))
        async with alice, bob, Ear(bob) as ear:
            await alice.join("general")
            await bob.join("general")
            for number in range(100):
                await alice.channel_message("general", f"{number} " + "x" * 5000)
            posted = await ear.hears(MessagePosted, 100)
            assert [event.content.split()[0] for event in posted] == [str(n) for n in range(100)]
        code, errors = server.stop()
        assert (code, errors) == (0, "")


async def test_nobody_is_trusted_because_he_answers(tmp_path: Path) -> None:
    """Otherwise whoever stands in between reads along."""
    certificate, key = papers().write(tmp_path)
    with server_process(0, *options(certificate, key)) as server:
        why = await refused(server.url)
        assert "Nobody whom this machine trusts vouches for 127.0.0.1." in why
        assert fingerprint(certificate) in why, "to compare with what the owner says"
        assert "tls-pin" in why
        assert len(why) <= 200, "as much as the screen shows"


async def test_a_pin_is_trusted_and_nothing_else(tmp_path: Path) -> None:
    """Otherwise there is no way to one's own server, or a pin lets anybody in."""
    certificate, key = papers().write(tmp_path)
    pin = fingerprint(certificate)
    with server_process(0, *options(certificate, key)) as server:
        shouted = ":".join(pin[at : at + 2] for at in range(0, 64, 2)).upper()
        for right in (pin, f"sha256:{pin}", shouted):
            async with client(server.url, pin=right) as alice:
                await alice.join("general")
        why = await refused(server.url, pin="0" * 64)
        assert "another certificate than tls-pin names" in why
        assert pin in why
    with pytest.raises(SetupError, match="64 hexadecimal digits"):
        Trust(pin=pin[1:])


@pytest.mark.parametrize(
    ("names", "dates", "sentence"),
    [
        (("elsewhere.example",), {}, "has the certificate of another host"),
        (("127.0.0.1",), {"not_after": AGO}, "has expired"),
        (("127.0.0.1",), {"not_before": dt.datetime(2099, 1, 1, tzinfo=dt.UTC)}, "not valid yet"),
    ],
)
async def test_papers_that_are_out_of_order_are_refused_in_a_sentence(
    tmp_path: Path, names: tuple[str, ...], dates: dict[str, dt.datetime], sentence: str
) -> None:
    """Otherwise one reads OpenSSL's words, or is connected to somebody else."""
    authority = str(papers().authority(tmp_path))
    with server_process(0, *options(*papers().write(tmp_path, *names, **dates))) as server:
        assert sentence in await refused(server.url, authorities=authority)


async def test_with_and_without_encryption_one_is_told(tmp_path: Path) -> None:
    """Otherwise tcp:// at an encrypted port, or tcps:// at another, ends in a riddle."""
    with server_process() as server:
        why = await refused(server.url.replace("tcp:", "tcps:"))
        assert why == "127.0.0.1 does not encrypt there: write tcp:// if that is right."
    with server_process(0, *options(*papers().write(tmp_path))) as server:
        with pytest.raises(RchatError) as failed:
            await client(server.url.replace("tcps:", "tcp:")).connect()
        assert "write tcps:// if it encrypts" in str(failed.value)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1")
def test_old_protocols_are_not_spoken(tmp_path: Path) -> None:
    """Otherwise somebody in between makes both speak what he can read."""
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with server_process(0, *options(*papers().write(tmp_path))) as server:
        with (
            socket.create_connection(("127.0.0.1", server.port)) as line,
            pytest.raises(ssl.SSLError),
        ):
            old.wrap_socket(line)
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        line = socket.create_connection(("127.0.0.1", server.port))
        with old.wrap_socket(line) as encrypted:
            assert encrypted.version() == "TLSv1.2"


async def test_a_new_certificate_is_taken_without_a_word_to_those_who_are_in(
    tmp_path: Path,
) -> None:
    """Otherwise each renewal throws everybody out, or a broken file ends the server."""
    authority = str(papers().authority(tmp_path))
    certificate, key = papers().write(tmp_path)
    first = fingerprint(certificate)
    with server_process(0, *options(certificate, key)) as server:
        async with client(server.url, authorities=authority) as alice, Ear(alice) as ear:
            await alice.join("general")
            assert shown_by(server) == first
            key.write_text("nothing")
            server.process.send_signal(signal.SIGHUP)
            await alice.channel_message("general", "with the certificate of before")
            assert shown_by(server) == first
            papers().write(tmp_path)
            assert fingerprint(certificate) != first
            server.process.send_signal(signal.SIGHUP)
            await alice.channel_message("general", "with the new one")
            assert shown_by(server) == fingerprint(certificate)
            await ear.hears(MessagePosted, 2)
        code, errors = server.stop()
        assert code == 0
        assert "the certificate of before stays in use" in errors


async def test_who_has_no_certificate_is_not_let_in_where_one_is_asked_for(tmp_path: Path) -> None:
    """Otherwise --client-ca keeps nobody out, or everybody."""
    authority = str(papers().authority(tmp_path))
    mine = tmp_path / "mine"
    mine.mkdir()
    certificate, key = map(str, papers().write(mine, "alice@example.org"))
    asks = options(*papers().write(tmp_path), "--client-ca", authority)
    with server_process(0, *asks) as server:
        with pytest.raises(RchatError) as failed:
            await client(server.url, authorities=authority).connect()
        assert "name a certificate of yours in tls-cert" in str(failed.value)
        own = {"authorities": authority, "certificate": certificate, "key": key}
        async with client(server.url, **own) as alice:
            await alice.join("general")
        theirs = tmp_path / "theirs"
        theirs.mkdir()
        certificate, key = map(str, Papers().write(theirs, "alice@example.org"))
        with pytest.raises(RchatError):
            await client(
                server.url, authorities=authority, certificate=certificate, key=key
            ).connect()


def test_a_server_that_cannot_encrypt_does_not_begin(tmp_path: Path) -> None:
    """Otherwise it listens in the clear, or ends in a traceback."""
    certificate, key = papers().write(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    _, other_key = papers().write(other)
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    missing = tmp_path / "missing.pem"
    for arguments, sentence in (
        (options(certificate, other_key), f"{other_key} is not the key of {certificate}."),
        (options(certificate, missing), f"{missing} cannot be read: No such file or directory."),
        (options(empty, key), "are no certificate and its private key in PEM."),
        (options(certificate, key, "--client-ca", str(empty)), "holds no certificate in PEM."),
        (("--cert", str(certificate)), "--cert and --key go together"),
        (("--client-ca", str(empty)), "--client-ca needs --cert and --key"),
    ):
        ended = subprocess.run(
            [sys.executable, "-m", "rchat_server", "--data", ":memory:", "--port", "0", *arguments],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert ended.returncode in (1, 2)
        assert sentence in ended.stderr
        assert ended.stderr.count("\n") == 1
        assert ended.stdout == ""
