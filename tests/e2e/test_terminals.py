"""Real apps in real pseudo-terminals on a real server: what one types, the other sees."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rchat_tui.client import ChatClient
from support.hostile import KINDS
from support.processes import ServerProcess, server_process
from support.terminal import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator

README = Path(__file__).parents[2].joinpath("README.md").read_text("utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk whose apps find an empty home."""
    with Desk(
        {"HOME": str(tmp_path), "XDG_CONFIG_HOME": "", "XDG_DATA_HOME": "", "XDG_STATE_HOME": ""}
    ) as made:
        yield made


def readme_bot(folder: Path, url: str) -> list[str]:
    """Return the command that runs the README's bot against ``url``."""
    (source,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    script = folder / "bot.py"
    script.write_text(source.replace("tcp://127.0.0.1:6565", url))
    return [sys.executable, str(script)]


def test_what_one_types_appears_on_the_others_screen(desk: Desk) -> None:
    """The main job: from a keystroke in one terminal to the screen of another."""
    with server_process() as server:
        alice = desk.app("--user", "alice", "--server", server.url)
        bob = desk.app("--user", "bob", "--server", server.url, columns=80, lines=24)
        desk.wait_for(alice, "● alice at")
        desk.wait_for(bob, "● bob")
        alice.type("/join tea\r")
        desk.wait_for(alice, "#tea")
        bob.type("/join tea\r")
        desk.wait_for(alice, "bob")
        alice.type("hello from alice\r")
        desk.wait_for(bob, "alice", "hello from alice")
        bob.type("/msg alice psst\r")
        desk.wait_for(alice, "@ bob")
        bob.type("/join cake\r")
        desk.wait_for(bob, "#cake")
        alice.type("one more\r")
        desk.wait_for(bob, "tea")
        bob.type("\x1b1")
        desk.wait_for(bob, "one more")
        bob.type("\x11")
        assert desk.wait_exit(bob) == 0
        assert b"Traceback" not in bob.raw


def test_what_one_does_to_a_message_the_other_sees(desk: Desk) -> None:
    """An answer, an edit, a reaction and a deletion, from the keys to the other's screen."""
    with server_process() as server:
        alice = desk.app("--user", "alice", "--server", server.url)
        bob = desk.app("--user", "bob", "--server", server.url, columns=80, lines=24)
        for terminal in (alice, bob):
            desk.wait_for(terminal, "● ")
            terminal.type("/join tea\r")
            desk.wait_for(terminal, "2 people" if terminal is bob else "#tea")
        alice.type("which tea?\r")
        desk.wait_for(bob, "which tea?")
        bob.type("\x1b[1;5Argreen\r")
        desk.wait_for(alice, "╭ alice: which tea?", "green")
        alice.type("\x1b[1;5A+tada\r")
        desk.wait_for(bob, "🎉 1")
        bob.type("\x1b[1;5Ae tea\r")
        desk.wait_for(alice, "green tea  (edited)", "[🎉 1]")
        alice.type("\x1b")
        desk.wait_for(alice, "green tea", gone="Reply")
        alice.type("/topic what we drink\r")
        desk.wait_for(bob, "people  what we drink")
        bob.type("\x1b[1;5Add")
        desk.wait_for(alice, "message deleted", gone="green tea")


def test_two_terminals_and_the_readmes_bot_outlive_the_server(desk: Desk, tmp_path: Path) -> None:
    """Killing and restarting the server leaves all three usable, by themselves."""
    server = ServerProcess()
    bot = subprocess.Popen(
        readme_bot(tmp_path, server.url), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        alice = desk.app("--user", "alice", "--server", server.url)
        bob = desk.app("--user", "bob", "--server", server.url)
        for terminal in (alice, bob):
            desk.wait_for(terminal, "● ")
            terminal.type("/join general\r")
            desk.wait_for(terminal, "#general", "echo")
        alice.type("!echo before\r")
        desk.wait_for(bob, "!echo before", "echo")
        server.stop(signal.SIGKILL)
        desk.wait_for(alice, "○ offline")
        desk.wait_for(bob, "○ offline")
        server = ServerProcess(server.port)
        for terminal in (alice, bob):
            desk.wait_for(terminal, "started anew", "● echo", gone="○ offline")
        alice.type("!echo after\r")
        desk.wait_for(bob, "!echo after")
        desk.wait_for(bob, "echo: after")
    finally:
        server.stop(signal.SIGKILL)
        bot.kill()
        bot.communicate()


def test_what_was_written_offline_outlives_the_app(desk: Desk, tmp_path: Path) -> None:
    """Nobody loses his words with his terminal: what he wrote offline leaves when it can."""
    data = ("--data", str(tmp_path / "server"))
    server = ServerProcess(0, *data)
    options = ("--user", "alice", "--server", server.url)
    try:
        alice = desk.app(*options)
        desk.wait_for(alice, "● alice at")
        alice.type("/join tea\r")
        desk.wait_for(alice, "#tea")
        alice.type("said online\r")
        desk.wait_for(alice, "said online", gone="sending")
        server.stop(signal.SIGKILL)
        desk.wait_for(alice, "○ offline")
        alice.type("first offline\r")
        alice.type("second offline\r")
        desk.wait_for(alice, "second offline  ◌ waits", "2 wait")
        alice.process.kill()
        alice = desk.app(*options, columns=80, lines=24)
        desk.wait_for(alice, "said online", "first offline  ◌ waits", "second offline  ◌ waits")
        alice.type("third offline\r")
        desk.wait_for(alice, "3 wait")
        server = ServerProcess(server.port, *data)
        bob = desk.app("--user", "bob", "--server", server.url)
        desk.wait_for(bob, "● bob at")
        bob.type("/join tea\r")
        desk.wait_for(alice, "third offline", gone="◌")
        desk.wait_for(bob, "said online", "first offline", "second offline", "third offline")
        shown = bob.text
        contents = ("said online", "first offline", "second offline", "third offline")
        places = [shown.index(content) for content in contents]
        assert places == sorted(places)
        assert [shown.count(content) for content in contents] == [1] * 4
    finally:
        server.stop(signal.SIGKILL)


def test_a_living_chat_with_one_option(desk: Desk) -> None:
    """Nothing else to install or to start: people talk, and answer when they are spoken to."""
    app = desk.app("--user", "alice", "--demo")
    desk.wait_for(app, "#general", "ada", "grace")
    app.type("ada: how are you?\r")
    desk.wait_for(app, "how are you?")
    app.type("\x11")
    assert desk.wait_exit(app) == 0


def test_hosting_from_the_app(desk: Desk) -> None:
    """One hosts, another joins at the address that the status bar tells; it ends with the host."""
    host = desk.app("--user", "alice", "--serve", "127.0.0.1:0")
    desk.wait_for(host, "● alice", "127.0.0.1:")
    match = re.search(r"127\.0\.0\.1:(\d+)", host.text)
    assert match is not None, host.text
    guest = desk.app("--user", "bob", "--server", f"tcp://127.0.0.1:{match.group(1)}")
    desk.wait_for(guest, "● bob at")
    host.type("\x11")
    assert desk.wait_exit(host) == 0
    desk.wait_for(guest, "○ offline")


def test_nothing_listens_there(desk: Desk) -> None:
    """A sentence and keys, no traceback; and a server that is started later is found."""
    with server_process() as server:
        port = server.port
    app = desk.app("--user", "alice", "--server", f"tcp://127.0.0.1:{port}")
    desk.wait_for(app, f"127.0.0.1:{port}")
    with server_process(port):
        app.type("r")
        desk.wait_for(app, "● alice at")
    assert b"Traceback" not in app.raw


def test_plain_lines_talk_with_a_screen(desk: Desk) -> None:
    """Otherwise who cannot use a screen is alone, or hears a terminal's control characters read."""
    with server_process() as server:
        alice = desk.app("--user", "alice", "--server", server.url, columns=80, lines=24)
        plain = desk.app("--plain", "--user", "bob", "--server", server.url)
        desk.wait_for(alice, "● alice")
        desk.wait_for(plain, "-- connected to")
        for terminal in (alice, plain):
            terminal.type("/join tea\r")
            desk.wait_for(terminal, "#tea")
        desk.wait_for(alice, "bob joined")
        plain.type("hello from a line\r")
        desk.wait_for(alice, "hello from a line")
        alice.type("hello from a screen\r")
        desk.wait_for(plain, "alice: hello from a screen")
        assert "bob: hello from a line" not in plain.text
        plain.type("and good night\r\x04")
        assert desk.wait_exit(plain) == 0
        desk.wait_for(alice, "and good night", "bob left")
        assert b"\x1b" not in plain.raw


async def test_a_real_terminal_obeys_nothing_and_keeps_its_columns(desk: Desk) -> None:
    """Otherwise a guest sets the title, or shifts the panes of all who read him."""
    with server_process() as server:
        alice = desk.app("--user", "alice", "--server", server.url)
        desk.wait_for(alice, "● alice at")
        alice.type("/join tea\r")
        desk.wait_for(alice, "#tea")
        async with ChatClient(server.url, user="mallory") as mallory:
            await mallory.join("tea")
            for strings in (KINDS["terminal sequences"], KINDS["emoji"], KINDS["flags"]):
                for text in strings:
                    await mallory.channel_message("tea", f"{text[:200]} end")
        desk.wait_for(alice, "mallory left", "People · 1")
        desk.wait_for_quiet(alice)
        assert b"owned-title\x07" not in alice.raw
        assert b"\x1b]0;owned" not in alice.raw
        assert b"\x1b]52" not in alice.raw
        # This terminal measures families, flags and U+FE0F otherwise than we do.
        edges = {row: alice.edge(row) for row in range(2, 33)}
        assert len(set(edges.values())) == 1, edges
