"""What a real terminal is told while nobody looks at it: the bytes that rchat writes to it."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING

import pytest

from rchat_tui.client import ChatClient
from support.processes import server_process
from support.terminal import PATIENCE, Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.terminal import Terminal

FOCUS_OUT, FOCUS_IN = "\x1b[O", "\x1b[I"
HOSTILE = "alice: look\x07\x1b\\\x1b]0;owned\x07\x9c\x9d0;owned\x9c\x1b[2J 4;1;50\n\ründ 東京\x1b"
OSC9 = re.compile(rb"\x1b\]9;([^\x07]*)\x07")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk of iTerm2's, whose apps find an empty home."""
    with Desk(
        {
            "HOME": str(tmp_path),
            "XDG_CONFIG_HOME": "",
            "XDG_DATA_HOME": "",
            "XDG_STATE_HOME": "",
            "TERM_PROGRAM": "iTerm.app",
            "TMUX": "",
            "STY": "",
        }
    ) as made:
        yield made


async def say(url: str, content: str) -> None:
    """Say something that no rchat would let one type."""
    async with ChatClient(url, user="mallory") as mallory:
        await mallory.channel_message("tea", content)


def wait_for_bytes(desk: Desk, terminal: Terminal, pattern: re.Pattern[bytes]) -> re.Match[bytes]:
    """Return when the program has written what matches."""
    deadline = time.monotonic() + PATIENCE
    while (match := pattern.search(bytes(terminal.raw))) is None:
        assert time.monotonic() < deadline, f"no {pattern} in {bytes(terminal.raw[-2000:])!r}"
        desk.pump()
    return match


def test_a_mention_reaches_the_desktop_and_nothing_of_it_escapes(desk: Desk) -> None:
    """Otherwise one misses a call, or whoever calls writes to one's terminal."""
    with server_process() as server:
        alice = desk.app("--user", "alice", "--server", server.url)
        bob = desk.app("--user", "bob", "--server", server.url)
        for each in (alice, bob):
            desk.wait_for(each, "● ")
            each.type("/join tea\r")
            desk.wait_for(each, "#tea")
        desk.wait_for(alice, "bob")
        bob.type("alice: while you look\r")
        desk.wait_for(alice, "while you look")
        assert not OSC9.search(alice.raw)
        alice.type(FOCUS_OUT)
        bob.type("nothing for anybody\r")
        desk.wait_for(alice, "nothing for anybody", "─ new ─")
        asyncio.run(say(server.url, HOSTILE))
        told = wait_for_bytes(desk, alice, OSC9)[1].decode()
        assert told == "rchat: mallory in #tea: alice: look 4;1;50 ünd 東京"
        title = wait_for_bytes(desk, alice, re.compile(rb"\x1b\]2;\(1\) rchat\x07"))
        assert b"\x1b[22;2t" in alice.raw[: title.start()]
        alice.type(FOCUS_IN)
        wait_for_bytes(desk, alice, re.compile(rb"\x1b\]2;rchat\x07"))
        alice.type("\x11")
        assert desk.wait_exit(alice) == 0
        assert b"owned" not in alice.raw
        assert len(OSC9.findall(bytes(alice.raw))) == 1
        assert alice.raw.count(b"\x1b[23;2t") == 1
        assert alice.raw.rindex(b"\x1b[23;2t") > title.end()
