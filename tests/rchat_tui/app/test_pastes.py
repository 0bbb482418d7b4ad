"""What is pasted comes as one paste, whatever is in it and in whatever pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser

from rchat_tui.app.pastes import Pastes, mend_pastes


def heard(*pieces: str) -> list[str]:
    """Return what the app hears: pastes in brackets, and keys."""
    mend_pastes()
    mend_pastes()
    parser = XTermParser()
    found = []
    for piece in pieces:
        for event in parser.feed(piece):
            if isinstance(event, events.Paste):
                found.append(f"[{event.text}]")
            elif isinstance(event, events.Key):
                found.append(event.key)
    return found


@pytest.mark.parametrize(
    ("pasted", "text"),
    [
        ("one\rtwo", "one\rtwo"),
        ("a\x1b]0;owned\x07b\rc", "a]0;owned\x07b\rc"),
        ("\x1b[Aup\x1b", "[Aup"),
        ("\x1b\x1b\r\x1b[200~x\x1b[20", "\r[200~x[20"),
        ("", ""),
    ],
)
def test_an_escape_character_in_a_paste_is_no_key(pasted: str, text: str) -> None:
    """Otherwise an Enter in a paste sends half of it, or the keyboard is dead after it."""
    data = f"x\x1b[200~{pasted}\x1b[201~\x1b[Ay\r"
    expected = ["x", *([f"[{text}]"] if text else []), "up", "y", "enter"]
    assert [each for each in heard(data) if each != "[]"] == expected
    assert [each for each in heard(*data) if each != "[]"] == expected, "one byte at a time"


@given(st.lists(st.text("\x1b[201~ab\r", max_size=8), max_size=12))
def test_pieces_make_no_difference(pieces: list[str]) -> None:
    """Otherwise it is the network that decides what a paste is."""
    whole, cut = Pastes(), Pastes()
    joined = "".join(pieces) + "\x1b[201~\x1b[200~\x1b[201~x"
    assert whole.cleaned(joined) == "".join(cut.cleaned(each) for each in joined)


@given(st.text())
def test_what_is_no_paste_is_left_as_it_is(text: str) -> None:
    """Otherwise keys are lost."""
    pastes = Pastes()
    data = text.replace("\x1b[200~", "")
    assert pastes.cleaned(data) == data
