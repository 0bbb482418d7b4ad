from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rchat_tui.app.terminal import (
    TEXT_CHARS,
    TITLE_CHARS,
    Terminal,
    Way,
    detect,
    keep_title,
    notification,
    put_title,
    restore_title,
)

ITERM = {"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}
KITTY = {"TERM": "xterm-kitty"}
FOOT = {"TERM": "foot"}
XTERM = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("environment", "way", "focus"),
    [
        (ITERM, Way.OSC9, True),
        (KITTY, Way.OSC9, True),
        (FOOT, Way.OSC777, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, Way.OSC777, True),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, Way.OSC9, True),
        ({"TERM": "xterm-256color", "TERM_FEATURES": "T3CwLrMSc7UNoSxF"}, Way.OSC9, True),
        ({"TERM": "xterm-256color", "TERM_FEATURES": "T3CwNopeF"}, Way.BELL, True),
        ({"TERM": "alacritty"}, Way.BELL, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, Way.BELL, True),
        (XTERM, Way.BELL, False),
        ({"TERM": "linux"}, Way.BELL, False),
        ({}, Way.BELL, False),
        ({**KITTY, "STY": "1.pts"}, Way.BELL, False),
        ({"TERM": "tmux-256color", "TMUX": "x", "TERM_PROGRAM": "tmux"}, Way.BELL, False),
        ({"TERM": "tmux-256color", "TMUX": "x", "KITTY_WINDOW_ID": "1"}, Way.OSC9, False),
    ],
)
def test_what_a_terminal_is_known_to_understand(
    environment: dict[str, str], way: Way, *, focus: bool
) -> None:
    """Otherwise a notification is printed as text, or nobody hears of it."""
    found = detect(environment)
    assert (found.way, found.tells_focus) == (way, focus)


@pytest.mark.parametrize("way", Way)
def test_the_user_knows_better(way: Way) -> None:
    """Otherwise the setting does nothing."""
    assert detect(XTERM, way.value).way is way
    assert detect(KITTY, way.value).way is way


def test_the_sequences() -> None:
    """Otherwise the terminal shows no notification, or another than was meant."""
    assert notification(Terminal(Way.OSC9), "bob", "hi; you") == "\x1b]9;rchat: bob: hi; you\a"
    assert notification(Terminal(Way.OSC9), "rchat", "2 new") == "\x1b]9;rchat: 2 new\a"
    assert notification(Terminal(Way.OSC777), "a;b", "c;d") == "\x1b]777;notify;a,b;c,d\a"
    assert notification(Terminal(Way.BELL), "bob", "hi") == "\a"
    assert notification(Terminal(Way.OFF), "bob", "hi") == ""
    assert (
        notification(Terminal(Way.OSC9, tmux=True), "bob", "hi")
        == "\x1bPtmux;\x1b\x1b]9;rchat: bob: hi\a\x1b\\\a"
    )


@pytest.mark.parametrize("term", ["linux", "dumb", "vt100", ""])
def test_a_terminal_without_titles_is_told_none(term: str) -> None:
    """Otherwise the Linux console shows the title as text in the middle of the screen."""
    terminal = detect({"TERM": term})
    assert put_title(terminal, "x") + keep_title(terminal) + restore_title(terminal) == ""


def test_titles() -> None:
    """Otherwise the window is called otherwise than before when rchat has ended."""
    terminal = detect(XTERM)
    assert keep_title(terminal) == "\x1b[22;2t"
    assert put_title(terminal, "(3) rchat\a\x1b]0;evil") == "\x1b]2;(3) rchat\a"
    assert restore_title(terminal) == "\x1b[23;2t"


HOSTILE = [
    "\x1b\\\x1b]0;owned\a",
    "\a\x1b[2J",
    "\x9c\x9d0;owned\x9c",
    "a\nb\r\x0bc\u2028d\x85e",
    "\x18\x1a\x1b",
    "\x1bPtmux;\x1b\x1b]0;x\a\x1b\\",
    "\u202e\u2066x\u2069\u200b\ufeff",
    "\ud800\udfff",
    "\x1b" * 5000 + "]" * 5000,
]
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.mark.parametrize("tmux", [False, True])
@pytest.mark.parametrize("way", [Way.OSC9, Way.OSC777])
@given(text=st.one_of(st.text(), st.sampled_from(HOSTILE)), title=st.sampled_from(HOSTILE))
def test_nothing_of_others_ends_the_sequence(
    way: Way, text: str, title: str, *, tmux: bool
) -> None:
    """Otherwise whoever writes a message writes to the terminals of all who look elsewhere."""
    sequence = notification(Terminal(way, tmux=tmux), title, text)
    if tmux:
        assert sequence.startswith("\x1bPtmux;\x1b")
        assert sequence.endswith("\x1b\\\a")
        sequence = sequence.removeprefix("\x1bPtmux;\x1b").removesuffix("\x1b\\\a")
    start = "\x1b]9;rchat" if way is Way.OSC9 else "\x1b]777;notify;"
    assert sequence.startswith(start)
    assert sequence.endswith("\a")
    inside = sequence.removeprefix(start).removesuffix("\a")
    assert inside.isprintable()
    assert not CONTROL.search(inside)
    assert len(inside) <= TITLE_CHARS + TEXT_CHARS + 10
    if way is Way.OSC777:
        assert inside.count(";") == 1
    sequence.encode()
