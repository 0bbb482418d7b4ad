"""A server of one's own: the real child process, and what happens when it does not start."""

from __future__ import annotations

import logging
import signal
import socket
import subprocess
import sys

import pytest

from rchat_tui.client.address import ServerAddress
from rchat_tui.client.client import ChatClient
from rchat_tui.client.errors import SetupError
from rchat_tui.serve import ChildServer, Hosting, urls_of


async def test_a_hosted_server_serves_and_ends_with_us() -> None:
    """Broken, --serve hosts nothing, or leaves a server behind."""
    with Hosting() as hosting:
        url = hosting.start_now(ServerAddress("127.0.0.1", 0))
        async with ChatClient(url, user="alice") as alice:
            await alice.join("general")
            assert await alice.list_channels() == ["general"]
    address = ServerAddress.parse(url)
    with socket.socket() as probe:
        assert probe.connect_ex((address.host, address.port)) != 0


def test_a_port_in_use_is_said_in_the_servers_words() -> None:
    """Broken, one had to guess why nothing started."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=f"127.0.0.1:{port} is in use"):
            ChildServer.start("127.0.0.1", port)


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("import sys; sys.exit('rchat-server: no luck today.')", "did not start: no luck today."),
        ("pass", "it gave no reason"),
        ("import sys; sys.stdin.read()", "did not start within 0.5 s"),
        ("import sys; sys.exit('\\x1b[31mTrace\\x1b[0m')", "did not start: Trace"),
    ],
)
def test_a_server_that_does_not_start_is_ended_and_told_of(program: str, says: str) -> None:
    """Broken, the app waited for ever, or a child stayed behind."""
    with pytest.raises(SetupError) as failed:
        ChildServer.start("h", 1, timeout=0.5 if "0.5" in says else 10, command=_python(program))
    assert says in str(failed.value)


def test_a_program_that_is_not_there_is_told_of() -> None:
    """Broken, a broken installation ended in a traceback."""
    with pytest.raises(SetupError, match="could not be started"):
        ChildServer.start("h", 1, command=["/no/such/program"])


def test_a_server_that_talks_a_lot_does_not_stall(caplog: pytest.LogCaptureFixture) -> None:
    """Broken, a full pipe stopped the server for everybody."""
    program = (
        "import sys\n"
        "print('listening on tcp://127.0.0.1:1', flush=True)\n"
        "for n in range(5000):\n"
        "    print('x' * 100, file=sys.stderr)\n"
        "    print('x' * 100)\n"
        "print('the last word', file=sys.stderr, flush=True)\n"
        "sys.stdin.read()\n"
    )
    with caplog.at_level(logging.INFO, logger="rchat_tui.serve"):
        server = ChildServer.start("h", 1, command=_python(program))
        server.close()
    assert server.url == "tcp://127.0.0.1:1"
    assert "the last word" in caplog.messages[-1]
    server.close()


def test_it_ends_when_the_one_who_hosts_is_killed() -> None:
    """Broken, a killed terminal left a server running that holds the port."""
    program = (
        "from rchat_tui.serve import ChildServer\n"
        "import os, signal, sys\n"
        "server = ChildServer.start('127.0.0.1', 0)\n"
        "print(server.url, flush=True)\n"
        "sys.stdin.readline()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with subprocess.Popen(
        _python(program), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as host:
        assert host.stdout is not None
        address = ServerAddress.parse(host.stdout.readline())
        place = (address.host, address.port)
        with socket.create_connection(place, timeout=10) as guest:
            host.communicate("die\n", timeout=10)
            assert host.returncode == -signal.SIGKILL
            while guest.recv(4096):  # its last words, and then its end
                pass
        with socket.socket() as probe:
            assert probe.connect_ex(place) != 0


def test_others_are_told_an_address_that_they_can_use() -> None:
    """Broken, the status bar said 0.0.0.0, which is nobody's address."""
    ours, theirs = urls_of("tcp://0.0.0.0:7000")
    assert ours == "tcp://127.0.0.1:7000"
    assert theirs.endswith(":7000")
    assert "0.0.0.0" not in theirs
    assert urls_of("tcp://192.0.2.7:7000") == ("tcp://192.0.2.7:7000", "tcp://192.0.2.7:7000")


def _python(program: str) -> list[str]:
    return [sys.executable, "-c", program]
