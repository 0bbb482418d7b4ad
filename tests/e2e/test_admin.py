"""``rchat-server admin``: a running server, asked by the user who runs it."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from rchat_protocol import codec, models, routes
from rchat_protocol.errors import ErrorCode
from rchat_tui.client import MessageDeleted, MessagePosted
from rchat_tui.client.address import ServerAddress
from rchat_tui.client.client import ChatClient
from rchat_tui.client.connection import dial_server
from rchat_tui.client.errors import ServerError
from support.processes import server_process
from support.world import Ear

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "correct horse"  # noqa: S105 - of nobody


def admin(folder: Path, *words: str, said: str = "", code: int = 0) -> list[str]:
    """Ask; return the lines of the answer, or of what went wrong."""
    command = [sys.executable, "-m", "rchat_server", *words, "--data", str(folder)]
    done = subprocess.run(command, input=said, capture_output=True, text=True, check=False)
    assert done.returncode == code, (words, done.stdout, done.stderr)
    return (done.stderr if code else done.stdout).splitlines()


async def test_whoever_runs_a_server_moderates_it_from_the_shell(tmp_path: Path) -> None:
    """Otherwise a channel whose owner has gone belongs to whoever is rude enough."""
    with server_process(0, "--data", str(tmp_path)) as server:
        alice, bob = ChatClient(server.url, user="alice"), ChatClient(server.url, user="bob")
        async with alice, bob, Ear(alice) as ear:
            await alice.join("tea")
            await bob.join("tea")
            await ear.until(lambda: ear.state.find("channel", "tea") is not None)
            tea = ear.state.find("channel", "tea")
            assert tea is not None
            await bob.send(tea.id, "buy now")
            await ear.hears(MessagePosted)
            assert admin(tmp_path, "admin", "status") == [
                "2 connected, 1 channels, 0 accounts; mode: open"
            ]
            assert admin(tmp_path, "admin", "users", "tea") == ["alice", "bob"]
            admin(tmp_path, "admin", "delete", "tea", "1")
            assert (await ear.hears(MessageDeleted))[0].user == "the server"
            admin(
                tmp_path, "admin", "ban", "tea", "--user", "bob", "--for", "2h", "--reason", "ads"
            )
            assert admin(tmp_path, "admin", "users", "tea") == ["alice"]
            with pytest.raises(ServerError, match="banned there for 2 h: ads"):
                await bob.join("tea")
            rules = admin(tmp_path, "admin", "rules", "tea")
            assert rules[:4] == [
                "access: public",
                "slow mode: off",
                "owner: alice",
                "operators: none",
            ]
            assert rules[5].startswith("ban: bob by the server until 20")
            acts = [line.split("  ", 2)[1:] for line in admin(tmp_path, "admin", "audit", "tea")]
            assert acts == [["the server", "ban bob: ads"], ["the server", "delete message 1"]]
            admin(tmp_path, "admin", "unban", "tea", "bob")
            await bob.join("tea")
            (wrong,) = admin(tmp_path, "admin", "kick", "tea", "nobody", code=1)
            assert wrong == "rchat-server: Nobody called nobody is here."


async def test_accounts_are_invited_and_helped_from_the_shell(tmp_path: Path) -> None:
    """Who forgot his password asks whoever runs the server."""
    with server_process(0, "--data", str(tmp_path), "--mode", "invite") as server:
        (code,) = admin(tmp_path, "invite", "--uses", "1")
        address = ServerAddress.parse(server.url)
        async with await dial_server(address) as line:
            register = models.Register(PASSWORD, "alice", code)
            await line.request(routes.ACCOUNT_REGISTER, codec.encode(register), deadline=5)
            again = models.Register(PASSWORD, "bob", code)
            with pytest.raises(ServerError) as refused:
                await line.request(routes.ACCOUNT_REGISTER, codec.encode(again), deadline=5)
            assert refused.value.code == ErrorCode.INVITATION_REQUIRED
        assert admin(tmp_path, "admin", "accounts") == ["alice"]
        assert admin(tmp_path, "admin", "password", "alice", said="battery staple\n") == ["Done."]
        assert admin(tmp_path, "admin", "drop-account", "alice") == ["Done."]
        assert admin(tmp_path, "admin", "accounts") == []


def test_nobody_else_can_ask(tmp_path: Path) -> None:
    """Whoever asks may do everything: the socket is its owner's, and goes with the server."""
    path = tmp_path / "data" / "admin.sock"
    with server_process(0, "--data", str(path.parent)) as server:
        mode = path.stat()
        assert (stat.S_IMODE(mode.st_mode), mode.st_uid) == (0o600, os.geteuid())
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        for question in (b"", b"\n", b"no json\n", b'{"ask":"open-sesame"}\n', b"x" * 100_000):
            with socket.socket(socket.AF_UNIX) as line:
                line.connect(str(path))
                line.sendall(question)
                line.shutdown(socket.SHUT_WR)
                told = line.recv(65536)
            assert told == b"" or b'"error":"The server does not understand that' in told
        code, errors = server.stop()
        assert (code, errors) == (0, "")
    assert not path.exists()
    (wrong,) = admin(path.parent, "admin", "status", code=1)
    assert wrong.startswith("rchat-server: No server runs with ")
