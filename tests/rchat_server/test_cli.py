from __future__ import annotations

import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rchat_server.config import ServerConfig, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = [sys.executable, "-m", "rchat_server"]


@contextmanager
def server(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str, int]]:
    """Run a server; give the process, and the host and port that it says it listens on."""
    with subprocess.Popen(
        [*COMMAND, "--port", "0", "--data", ":memory:", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line.startswith("listening on tcp://")
            host, _, port = line.strip().removeprefix("listening on tcp://").rpartition(":")
            yield process, host, int(port)
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_cleanly(number: signal.Signals) -> None:
    """Service managers take anything but 0 for a failure, and start it again."""
    with server() as (process, host, port):
        with socket.create_connection((host, port), timeout=5):
            process.send_signal(number)
            _, errors = process.communicate(timeout=10)
        assert process.returncode == 0
        assert errors == ""


def test_a_child_ends_with_its_parents_pipe() -> None:
    """A server that was started by an app must not outlive it, even when the app was killed."""
    with server("--until-eof") as (process, _, _):
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=10) == 0


def test_without_being_told_so_it_does_not_end_with_its_input() -> None:
    """Service managers start servers with no input at all."""
    with server() as (process, host, port):
        assert process.stdin is not None
        process.stdin.close()
        with socket.create_connection((host, port), timeout=5):
            assert process.poll() is None


def test_an_ipv6_address_is_shown_so_that_it_can_be_used() -> None:
    """Without brackets, where the address ends and the port begins could only be guessed."""
    try:
        with server("--host", "::1") as (_, host, _):
            assert host == "[::1]"
    except AssertionError:
        if not socket.has_ipv6:
            pytest.skip("no IPv6 here")
        raise


def test_a_host_that_others_reach_is_warned_of() -> None:
    """Nobody should open a port to guests, or one in the clear, unknowingly."""
    with server("--host", "0.0.0.0") as (process, host, _):
        assert host == "0.0.0.0"
        process.terminate()
        _, errors = process.communicate(timeout=10)
        assert "come in as a guest" in errors
        assert "not encrypted" in errors
        assert errors.count("\n") == 2


def test_a_port_in_use_gets_one_sentence() -> None:
    """No traceback ever reaches the terminal."""
    with server() as (_, _, port):
        failed = subprocess.run(
            [*COMMAND, "--port", str(port)], capture_output=True, text=True, check=False, timeout=20
        )
        assert failed.returncode == 1
        assert "is in use" in failed.stderr
        assert failed.stderr.count("\n") == 1
        assert failed.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--keep-days", "0"], "above 0"),
        (["backup"], "FILE"),
        (["--port", "65536"], "from 0 to 65535"),
        (["--port", "http"], "from 0 to 65535"),
        (["--log-level", "loud"], "loud"),
        (["--log-format", "xml"], "xml"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_bad_arguments_get_one_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A usage of twenty lines hides what is wrong."""
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    errors = capsys.readouterr().err
    assert sentence in errors
    assert errors.count("\n") == 1


def test_arguments_become_settings() -> None:
    """The defaults are what the app dials without being told anything."""
    free = ["--no-limits"]
    assert parse(free) == ServerConfig(host="127.0.0.1", port=6565)
    assert parse([*free, "--data", ":memory:", "--host", "[::1]", "--until-eof"]) == ServerConfig(
        host="::1", data=None, until_eof=True
    )
    days = [*free, "--data", "here", "--keep-days", "2"]
    assert parse([*days, "backup", "copy.db"]) == ServerConfig(
        data=Path("here"), keep_seconds=172_800.0, task="backup", file=Path("copy.db")
    )
    assert parse(["check", "--data", "here"]).data == Path("here")


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("x.y", False)],
)
def test_it_is_known_whether_others_reach_a_host(host: str, local: bool) -> None:  # noqa: FBT001 - pytest gives it
    """The warning hangs on it."""
    assert ServerConfig(host=host).is_local is local


def test_tables_are_read_before_anybody_waits_for_them() -> None:
    """Broken, the first word that is not ASCII stops everybody for a twentieth of a second."""
    program = """
from rchat_protocol import looks, words
from rchat_server import cli
async def serve(config):
    print(looks._prototypes.cache_info().currsize, words._run.cache_info().currsize)
cli.serve = serve
cli.main(["--port", "0", "--data", ":memory:"])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=20
    )
    assert done.stdout == "1 1\n"
