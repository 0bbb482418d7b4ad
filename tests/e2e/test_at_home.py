"""Settings, colours and searching, in real terminals on a real server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from support.processes import server_process
from support.terminal import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NO_HOME: Final = {"XDG_CONFIG_HOME": "", "XDG_DATA_HOME": "", "XDG_STATE_HOME": ""}

_COLOR: Final = re.compile(rb"(?:^|;)(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;|$)")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk whose apps find an empty home."""
    with Desk({"HOME": str(tmp_path), **NO_HOME}) as made:
        yield made


def test_what_was_said_is_found_and_one_is_taken_there(desk: Desk) -> None:
    """From a key in one terminal, over the server's index, to the place in another channel."""
    with server_process() as server:
        alice = desk.app("--user", "alice", "--server", server.url)
        desk.wait_for(alice, "● alice at")
        alice.type("/join tea\r")
        desk.wait_for(alice, "Message #tea")
        alice.type("the blue kettle is broken\r")
        desk.wait_for(alice, "kettle is broken")
        for number in range(60):
            alice.type(f"and then {number}\r")
        desk.wait_for(alice, "and then 59")
        alice.type("/join cake\r")
        desk.wait_for(alice, "Message #cake")
        alice.type("\x06kett")
        desk.wait_for(alice, "1 message · Enter goes there", "the blue kettle is broken")
        alice.type("le in:tea from:me has:link")
        desk.wait_for(alice, "Nothing found.")
        alice.type("\x7f" * len(" has:link"))
        desk.wait_for(alice, "1 message · Enter goes there")
        alice.type("\r")
        desk.wait_for(alice, "Message #tea", "r Reply")
        assert "and then 59" not in alice.text
        desk.wait_for(alice, "the blue kettle is broken")


def test_without_colours_there_are_none(tmp_path: Path) -> None:
    """Whoever asks for no colours (NO_COLOR) gets greys, which are colours, or a blank screen."""
    with Desk({"HOME": str(tmp_path), **NO_HOME, "NO_COLOR": "1"}) as desk, server_process() as s:
        alice = desk.app("--user", "alice", "--server", s.url, columns=80, lines=24)
        desk.wait_for(alice, "● alice at")
        alice.type("/join tea\r")
        desk.wait_for(alice, "Message #tea")
        alice.type("`code` and **bold** and https://example.org\r")
        desk.wait_for(alice, "code and bold")
        alice.type("\x0b")
        desk.wait_for(alice, "> for commands")
        assert b"\x1b[7;39;49m" in bytes(alice.raw)  # the cursor is seen all the same
        alice.type("\x1b")
        desk.wait_for(alice, "Message #tea", gone="> for commands")
        alice.type("\x06code")
        desk.wait_for(alice, "1 message ·")
        drawn = re.findall(rb"\x1b\[([0-9;]*)m", bytes(alice.raw))
        assert drawn
        assert not [each for each in drawn if _COLOR.search(each)]


def test_ones_own_settings_theme_and_keys(desk: Desk, tmp_path: Path) -> None:
    """From the files in the home to the screen; and what was set is kept for the next start."""
    home = tmp_path / ".config" / "rchat"
    (home / "themes").mkdir(parents=True)
    (home / "themes" / "mine.toml").write_text(
        'background = "#102030"\nforeground = "#ffffff"\nprimary = "#ff9900"\n', encoding="utf-8"
    )
    (home / "config.toml").write_text(
        '# mine\nuser = "carol"\ntheme = "mine"\npreset = "irc"\n[keys]\nhelp = "ctrl+t"\n',
        encoding="utf-8",
    )
    with server_process() as server:
        carol = desk.app("--server", server.url)
        desk.wait_for(carol, "● carol at", "Ctrl+T Help", "Alt+G Switch")
        assert b"48;2;16;32;48" in bytes(carol.raw)
        carol.type("/set theme paper\r")
        desk.wait_for(carol, "It is kept in the config file.")
        carol.type("\x14")
        desk.wait_for(carol, "Ctrl+T", "Moving about")
        carol.type("\x1b\x11")
        assert desk.wait_exit(carol) == 0
    text = (home / "config.toml").read_text(encoding="utf-8")
    assert text.startswith('# mine\nuser = "carol"\ntheme = "paper"\n')
    assert text.endswith('[keys]\nhelp = "ctrl+t"\n')
