"""The server as a process: its one line, its end, what it refuses."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from support.processes import ServerProcess, server_process


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_in_good_order(how: signal.Signals) -> None:
    """A supervisor, and Ctrl+C, must get exit code 0 and no traceback."""
    code, errors = ServerProcess().stop(how)
    assert code == 0
    assert "Traceback" not in errors


def test_it_ends_with_its_parent() -> None:
    """A server that was started by an app must not outlive it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rchat_server", "--port", "0", "--until-eof"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"listening on tcp://")
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_what_it_cannot_do_it_refuses_with_a_sentence() -> None:
    """A port in use, a host that is none, a data folder: one line, no traceback, no server."""
    with server_process() as running:
        bad = [
            ("--port", str(running.port)),
            ("--host", "no-such-host.invalid"),
            ("--data", "/dev/null/somewhere"),
            ("--port", "70000"),
        ]
        for options in bad:
            refused = subprocess.run(
                [sys.executable, "-m", "rchat_server", "--port", "0", *options],
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
            assert refused.returncode != 0, options
            assert refused.stdout == ""
            assert refused.stderr.strip(), options
            assert "Traceback" not in refused.stderr
            assert len(refused.stderr.strip().splitlines()) <= 3, refused.stderr


def test_it_warns_when_others_can_reach_it() -> None:
    """Until there are accounts and TLS, an open port is an open door, and that is to be known."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rchat_server", "--port", "0", "--host", "0.0.0.0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=20)
    assert "come in as a guest" in errors
