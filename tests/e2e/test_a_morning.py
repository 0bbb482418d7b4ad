"""Twenty minutes of two people's use, played again: what is on their screens at marked points.

The keys are those of a real morning, without the pauses. `pytest --snapshot-update` writes the
screens anew: look at them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from support.processes import ServerProcess
from support.terminal import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.terminal import Terminal

SCREENS: Final = Path(__file__).parent / "screens"

_CHANGES: Final = (
    # A time of day, a day, a port: each morning has others.
    (re.compile(r"\b\d\d:\d\d\b"), "hh:mm"),
    (re.compile(r"─+ [A-Z][a-z]+day, \d+ [A-Z][a-z]+ \d{4} ─+"), "─── a day ───"),
    # Where the scroll bar ends, which each new command moves.
    (re.compile(r"[▁▂▃▄▅▆▇]"), " "),
    (re.compile(r"trying again( in \d+ s|…)"), "trying again"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:port"),
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk whose apps find an empty home, and do not tell who is writing."""
    homes = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"), "")
    with Desk({"HOME": str(tmp_path), **homes, "RCHAT_TYPING": "off"}) as made:
        yield made


@pytest.fixture
def mark(request: pytest.FixtureRequest, desk: Desk) -> Callable[[str, Terminal], None]:
    """Return what compares a terminal's screen with the one that was looked at."""

    def compare(name: str, terminal: Terminal) -> None:
        desk.wait_for_quiet(terminal)
        text = terminal.text
        for pattern, instead in _CHANGES:
            text = pattern.sub(instead, text)
        text = "\n".join(line.rstrip() for line in text.split("\n")) + "\n"
        file = SCREENS / f"{name}.txt"
        if request.config.getoption("--snapshot-update"):
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8"), f"{name}:\n{text}"

    return compare


@pytest.mark.timeout(180)
def test_a_morning(desk: Desk, mark: Callable[[str, Terminal], None], tmp_path: Path) -> None:
    """Each thing works by itself; here they stand on each other, as on a person's day."""
    server = ServerProcess(0, "--data", str(tmp_path / "server"))
    port = server.port
    alice = desk.app("--user", "alice", "--server", server.url, columns=100, lines=30)
    bob = desk.app("--user", "bob", "--server", server.url, columns=80, lines=24)

    def at(who: Terminal, keys: str, *shows: str, gone: str | None = None) -> None:
        who.type(keys)
        if keys.endswith("\r"):  # it was taken, and does not only stand where one writes
            shows = (*shows, "▸ Message")
        desk.wait_for(who, *shows, gone=gone)

    try:
        _arrive(at, mark, alice, bob)
        _work(at, mark, alice, bob)
        _look_around(at, mark, alice, bob)
        server.stop()
        desk.wait_for(alice, "offline")
        at(alice, "/buffer general\rwritten on the train\r", "waits for the connection")
        mark("alice offline", alice)
        server = ServerProcess(port, "--data", str(tmp_path / "server"))
        # One after the other: what comes while he looks is not new to him.
        at(bob, "/reconnect\r", "● bob at")
        at(alice, "/reconnect\r", "● alice at", gone="waits for the connection")
        desk.wait_for_quiet(bob)
        at(bob, "/buffer general\r", "written on the train")
        mark("bob after the train", bob)
        alice.type("\x11")
        bob.type("/quit\r")
        assert (desk.wait_exit(alice), desk.wait_exit(bob)) == (0, 0)
    finally:
        server.stop()


def _arrive(
    at: Callable[..., None], mark: Callable[[str, Terminal], None], alice: Terminal, bob: Terminal
) -> None:
    at(alice, "", "● alice at", "You are in no channel yet.")
    mark("alice arrives", alice)
    at(alice, "/join general\r", "Message #general")
    at(alice, "/topic The release, and what is in its way\r", "set the topic")
    at(bob, "", "● bob")
    at(bob, "/jo\tgeneral\r", "Message #general", "The release")
    at(alice, "", "bob joined")
    at(alice, "good morning :cof\t \r", "good morning ☕")
    at(bob, "", "good morning ☕")
    at(bob, "hi @al\tis **it** out? see https://example.org/1 `v2`\r", "is it out?")
    at(alice, "", "is it out?")
    mark("alice is greeted", alice)


def _work(
    at: Callable[..., None], mark: Callable[[str, Terminal], None], alice: Terminal, bob: Terminal
) -> None:
    at(alice, "\x1b[1;5A", "r Reply")
    at(alice, "r", "Answering")
    at(alice, "not yet: the tests\x0aare red\r", "are red", gone="Answering")
    at(bob, "", "╭ bob: hi @alice", "are red")
    at(bob, "\x1b[1;5A+", "React")
    at(bob, "eyes\r", "👀 1")
    at(alice, "", "👀 1")
    at(alice, "\x1b[1;5A", "e Edit")
    at(alice, "e", "Editing")
    at(alice, "\x1b[F, all of them\r", "(edited)")
    at(bob, "", "all of them", "(edited)")
    code = "```python\ndef due(day: int) -> bool:\n    return day > 3  # why?\n```"
    at(bob, f"\x1b[200~{code}\x1b[201~\r", "return day > 3")
    at(bob, "oops\r")
    at(alice, "", "oops")
    at(bob, "\x1b[1;5A", "d Delete")  # the server has it
    at(bob, "d", "Delete this message?")
    at(bob, "d", "message deleted")
    at(alice, "", "message deleted", "return day > 3")
    mark("alice sees code", alice)
    mark("bob at work", bob)


def _look_around(
    at: Callable[..., None], mark: Callable[[str, Terminal], None], alice: Terminal, bob: Terminal
) -> None:
    at(alice, "/msg bob between us: \rlunch?\r", "@bob", "lunch?")
    at(bob, "", "@ alice")
    at(bob, "\x0bali\r", "Message @alice", "lunch?")
    at(bob, "at *twelve*\r", "at twelve")
    at(alice, "", "at twelve")
    at(alice, "/join builds\r", "Message #builds")
    for number in range(1, 41):
        alice.type(f"build {number} passed\r")
    at(alice, "", "build 40 passed", "▸ Message #builds")
    at(alice, "\x1b[5~\x1b[5~", "build 5 passed")
    mark("alice scrolls back", alice)
    at(alice, "\x1b[1;3F", "build 40 passed")
    at(alice, "\x06red in:general", "1 message · Enter")
    mark("alice searches", alice)
    at(alice, "\r", "Message #general", "r Reply")
    mark("alice is taken there", alice)
    at(alice, "\x1b", gone="r Reply")
    at(alice, "\x0b", "> for commands")
    mark("alice switches", alice)
    at(alice, "builds\r", "Message #builds")
    at(alice, "/mute\r", "it is muted")
    at(alice, "/pin\r", "is pinned")
    at(bob, "/away back at two\r", "away")
    at(alice, "half a thought\x1bs", "Message #general")
    at(alice, "", "back at two")
    mark("alice has a draft, and bob is away", alice)
    at(bob, "/back\r")
    at(alice, "", gone="back at two")
    at(bob, "\x1bOP", "Moving about")
    mark("bob reads the help", bob)
    at(bob, "\x1b", "Message @alice", gone="Moving about")
