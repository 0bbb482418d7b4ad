"""Writing in real pseudo-terminals: drafts, pastes, and one's own editor."""

from __future__ import annotations

import base64
import contextlib
import re
import signal
import sqlite3
import stat
import sys
import time
from typing import TYPE_CHECKING

import pytest

from support.processes import server_process
from support.terminal import PATIENCE, Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.processes import ServerProcess
    from support.terminal import Terminal

EDITOR = """#!/bin/sh
[ "$1" = --wait ] || exit 9
ls -ld "$(dirname "$2")" "$2" > {folder}/seen
cat "$2" >> {folder}/seen
echo THE EDITOR
while [ ! -e {folder}/go ]; do sleep 0.05; done
{then}
"""


CONTROLLED = """
import fcntl, runpy, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
runpy.run_module("rchat_tui", run_name="__main__", alter_sys=True)
"""
"""Runs the app with the terminal's keys as signals, as a shell does."""


@pytest.fixture
def server() -> Iterator[ServerProcess]:
    """A server that all talk on."""
    with server_process() as process:
        yield process


@pytest.fixture
def editor(tmp_path: Path) -> Callable[[str], str]:
    """Return what makes an editor that does something once there is a file ``go``."""

    def make(then: str) -> str:
        path = tmp_path / "my editor"
        path.write_text(EDITOR.format(folder=tmp_path, then=then))
        path.chmod(0o755)
        return f"'{path}' --wait"

    return make


@pytest.fixture
def desk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A desk with an empty home, and the editor that the test is marked with."""
    then = getattr(request, "param", None)
    environment = {
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "XDG_CONFIG_HOME": "",
        "XDG_DATA_HOME": "",
        "XDG_STATE_HOME": "",
        "VISUAL": "",
        "EDITOR": "" if then is None else request.getfixturevalue("editor")(then),
        "SSH_TTY": "/dev/pts/7",
    }
    with Desk(environment) as made:
        yield made


def alice_in_tea(desk: Desk, server: ServerProcess) -> Terminal:
    """Start an app for alice, and let her join a channel."""
    alice = desk.app("--user", "alice", "--server", server.url, columns=80, lines=24)
    desk.wait_for(alice, "● alice at")
    alice.type("/join tea\r")
    desk.wait_for(alice, "#tea", "Message #tea")
    return alice


def wait_for_draft(home: Path, text: str) -> None:
    """Return when a draft is on the disk: it is written behind the keys, within a second."""
    deadline = time.monotonic() + PATIENCE
    found: list[tuple[str]] = []
    while found != [(text,)]:
        assert time.monotonic() < deadline, found
        (path,) = home.glob(".local/share/**/*.db")
        with contextlib.closing(sqlite3.connect(path)) as file:
            found = file.execute("SELECT text FROM kept WHERE area = 'draft'").fetchall()


def test_a_draft_outlives_kill_9_and_one_that_was_sent_does_not(
    desk: Desk, server: ServerProcess, tmp_path: Path
) -> None:
    """Otherwise a terminal that dies takes what was being written, or says it twice."""
    alice = alice_in_tea(desk, server)
    alice.type("sent already\r")
    desk.wait_for(alice, "sent already", gone="sending")
    alice.type("half a sen")
    desk.wait_for(alice, "half a sen")
    wait_for_draft(tmp_path, "half a sen")
    alice.process.kill()
    again = desk.app("--user", "alice", "--server", server.url, columns=80, lines=24)
    desk.wait_for(again, "#tea", "sent already", "▸ half a sen")
    again.type("tence\r")
    desk.wait_for(again, "half a sentence", "Message #tea", gone="sending")
    again.type("\x1b[A\x1b[A")
    desk.wait_for(again, "▸ sent already")
    again.type("\x03\x11")
    assert desk.wait_exit(again) == 0
    last = desk.app("--user", "alice", "--server", server.url, columns=80, lines=24)
    desk.wait_for(last, "half a sentence", "Message #tea")


def test_a_terminal_that_is_closed_ends_its_app_and_keeps_the_draft(
    desk: Desk, server: ServerProcess
) -> None:
    """Otherwise each closed window leaves a process for ever, and what was typed last is lost."""
    alice = desk.run(sys.executable, "-c", CONTROLLED, "--user", "alice", "--server", server.url)
    desk.wait_for(alice, "● alice at")
    alice.type("/join tea\r")
    desk.wait_for(alice, "Message #tea")
    alice.type("half a sen")
    desk.wait_for(alice, "▸ half a sen")
    alice.hang_up()
    assert alice.process.wait(PATIENCE) == 128 + signal.SIGHUP
    again = desk.app("--user", "alice", "--server", server.url)
    desk.wait_for(again, "▸ half a sen")


def test_a_paste_of_many_lines_is_one_message(desk: Desk, server: ServerProcess) -> None:
    """Otherwise each line is a message, or what is pasted moves the cursor or sets the title."""
    alice = alice_in_tea(desk, server)
    bob = desk.app("--user", "bob", "--server", server.url)
    desk.wait_for(bob, "● bob at")
    bob.type("/join tea\r")
    desk.wait_for(bob, "#tea", "alice")
    alice.type("\x1b[200~first\rsecond \x1b]0;owned\x07line\r\nthird\x08\x1b[201~")
    desk.wait_for(alice, "first", "second ]0;ownedline", "third")
    assert "first" not in bob.text
    alice.type("\r")
    desk.wait_for(bob, "first", "second ]0;ownedline", "third")
    rows = [row for row in bob.lines if re.search("first|second|third", row)]
    assert len(rows) == 3
    assert [bool(re.search(r"\d\d:\d\d +alice", row)) for row in rows] == [True, False, False]
    assert b"\x1b]0;owned" not in alice.raw + bob.raw


@pytest.mark.parametrize("desk", ["printf 'two\\nlines 👍\\n' >> \"$2\""], indirect=True)
def test_one_can_write_in_ones_own_editor(
    desk: Desk, server: ServerProcess, tmp_path: Path
) -> None:
    """Otherwise a long text has to be written in a line, or the chat stands still meanwhile."""
    alice = alice_in_tea(desk, server)
    bob = desk.app("--user", "bob", "--server", server.url)
    desk.wait_for(bob, "● bob at")
    bob.type("/join tea\r")
    desk.wait_for(alice, "bob")
    alice.type("begun")
    desk.wait_for(alice, "▸ begun")
    alice.type("\x1be")
    desk.wait_for(alice, "THE EDITOR")
    folder, file, text = (tmp_path / "seen").read_text().splitlines()
    assert folder.startswith(stat.filemode(stat.S_IFDIR | 0o700))
    assert file.startswith(stat.filemode(stat.S_IFREG | 0o600))
    assert text == "begun"
    for number in range(60):  # more than a stopped writer would take
        bob.type(f"meanwhile {number}\r")
        desk.wait_for(bob, f"meanwhile {number}")
    desk.wait_for_quiet(alice)
    assert "meanwhile" not in alice.text, "the screen is the editor's"
    (tmp_path / "go").touch()
    desk.wait_for(alice, "▸ begun", "two", "lines 👍", "meanwhile 59", gone="THE EDITOR")
    assert not list(tmp_path.glob("rchat-*")), "nothing is left of it"
    alice.type("!\r")
    desk.wait_for(bob, "begun", "two", "lines 👍!")


@pytest.mark.parametrize("desk", ['echo changed > "$2"; exit 3'], indirect=True)
def test_an_editor_that_fails_changes_nothing(
    desk: Desk, server: ServerProcess, tmp_path: Path
) -> None:
    """Otherwise what was being written is lost with a broken editor."""
    alice = alice_in_tea(desk, server)
    alice.type("begun\x1be")
    desk.wait_for(alice, "THE EDITOR")
    (tmp_path / "go").touch()
    desk.wait_for(alice, "▸ begun", "my editor failed (3)")
    assert not list(tmp_path.glob("rchat-*"))


@pytest.mark.parametrize("desk", ["exit 0"], indirect=True)
def test_keys_that_interrupt_are_the_editors(
    desk: Desk, server: ServerProcess, tmp_path: Path
) -> None:
    """Otherwise Ctrl+C in an editor ends the chat."""
    alice = desk.run(sys.executable, "-c", CONTROLLED, "--user", "alice", "--server", server.url)
    desk.wait_for(alice, "● alice at")
    alice.type("begun\x1be")
    desk.wait_for(alice, "THE EDITOR")
    alice.type("\x03")
    desk.wait_for(alice, "▸ begun", "my editor was interrupted")
    assert alice.process.poll() is None
    assert not list(tmp_path.glob("rchat-*"))


@pytest.mark.parametrize("desk", ["exit 0"], indirect=True)
def test_a_chat_that_is_ended_takes_its_editor_with_it(
    desk: Desk, server: ServerProcess, tmp_path: Path
) -> None:
    """Otherwise an editor stays without a terminal, and the text in its file."""
    alice = alice_in_tea(desk, server)
    alice.type("begun\x1be")
    desk.wait_for(alice, "THE EDITOR")
    alice.process.send_signal(signal.SIGTERM)
    assert desk.wait_exit(alice) == 128 + signal.SIGTERM
    assert not list(tmp_path.glob("rchat-*"))
    again = desk.app("--user", "alice", "--server", server.url)
    desk.wait_for(again, "▸ begun")


def test_without_an_editor_there_is_a_sentence(desk: Desk, server: ServerProcess) -> None:
    """Otherwise nothing happens, and nobody says why."""
    alice = alice_in_tea(desk, server)
    alice.type("\x1be")
    desk.wait_for(alice, "Which editor?")


def test_over_ssh_the_terminal_copies(desk: Desk, server: ServerProcess) -> None:
    """Otherwise it is copied on the machine that one is logged in to, where nobody pastes it."""
    alice = alice_in_tea(desk, server)
    alice.type("take this\r")
    desk.wait_for(alice, "take this", gone="sending")
    alice.type("\x1b[1;5A")
    alice.type("y")
    desk.wait_for(alice, "Copied through the terminal.")
    assert b"\x1b]52;c;" + base64.b64encode(b"take this") in alice.raw
