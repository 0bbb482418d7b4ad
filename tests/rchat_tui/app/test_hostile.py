"""Whatever others write is shown and never obeyed: on the screen, in its bars, in a paste."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from textual import events

from rchat_protocol import models
from rchat_tui.app.anchors import anchored
from rchat_tui.client.events import Offline
from support.fake_chat import online, posted, state
from support.hostile import KINDS, STRINGS

if TYPE_CHECKING:
    from support.desk import Desk, Start

_LONG = 1_000
"""Characters from which a string has pages of its own."""
_UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
_BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def assert_harmless(desk: Desk) -> None:
    """See that every row has the screen's width, and nothing that a terminal obeys."""
    width = desk.app.screen.size.width
    for strip in desk.app.screen._compositor.render_strips():
        assert strip.cell_length == width
        assert sum(cell_len(segment.text) for segment in strip) == width
        for character in strip.text:
            assert unicodedata.category(character) not in _UNSEEN, repr(strip.text)
            assert character not in _BIDI, repr(strip.text)


@pytest.mark.parametrize("size", [(120, 40), (40, 15)], ids=str)
async def test_messages(size: tuple[int, int], start: Start) -> None:
    """Otherwise a message moves the cursor, shifts the panes, or ends the app."""
    short = [text for text in STRINGS if len(text) < _LONG]
    long = [text for text in STRINGS if len(text) >= _LONG]
    said = [posted("general", n, f"bob{n}", text) for n, text in enumerate([*long, *short], 1)]
    general = state("general", "alice", "bob")
    async with start(online(), general, models.Live(), *said, size=size) as desk:
        viewport = desk.app.chat.messages.viewport
        pages = 0
        while viewport.top and pages < 100:
            assert_harmless(desk)
            await desk.press("pageup")
            pages += 1
        await desk.press("alt+home")
        assert_harmless(desk)
        for _ in long:
            await desk.press("pagedown")
            assert_harmless(desk)


async def test_names_channels_and_reasons(start: Start) -> None:
    """Otherwise a server that was taken over takes the terminals of its guests."""
    cut = [text[:300] for text in STRINGS if text.strip()]
    channels = [state(text, "alice", *cut[:30], id_=str(n)) for n, text in enumerate(cut)]
    async with start(online("al\x1b[31mice"), *channels, models.Live()) as desk:
        assert_harmless(desk)
        for number, text in enumerate(cut):
            await desk.happens(
                models.MemberJoined("0", f"{text}{number}"), posted("0", number + 1, text, text)
            )
        assert_harmless(desk)
        await desk.press("ctrl+k")
        assert_harmless(desk)
        await desk.press("escape")
        for text in cut[:: len(cut) // 12]:
            await desk.happens(Offline(text, 5))
            assert_harmless(desk)


async def test_markup_is_text(start: Start) -> None:
    """Otherwise a message has buttons that quit the app."""
    general = state("general", "alice", "bob")
    said = [posted("general", n, "bob", text) for n, text in enumerate(KINDS["markup"], 1)]
    async with start(online(), general, models.Live(), *said) as desk:
        for text in KINDS["markup"]:
            # A backslash before punctuation is Markdown's, and is not shown.
            assert text.removeprefix("\\") in desk.screen()
        desk.app.tell("[@click=app.quit]told[/]")
        desk.app.toast("[@click=app.quit]toast[/]")
        await desk.settled()
        assert "[@click=app.quit]told[/]" in desk.screen()
        assert "[@click=app.quit]toast[/]" in desk.screen()


async def test_paste(start: Start) -> None:
    """Otherwise what was copied from who knows where acts as keys, or is sent with its controls."""
    async with start(online(), state("general", "alice"), models.Live()) as desk:
        for text in STRINGS:
            desk.app.chat.composer.put("")
            desk.app.post_message(events.Paste(text))
            await desk.pilot.pause()
            assert_harmless(desk)
            for character in desk.app.chat.composer.text:
                shown = character in "\n\t" or unicodedata.category(character) not in _UNSEEN
                assert shown, repr(character)
        assert not [call for call in desk.chat.calls if call[0] == "post"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hi ❤️ x", "hi   \x1b[4G❤️\x1b[6G x"),
        ("👨‍👩‍👧‍👦x", "  \x1b[1G👨‍👩‍👧‍👦\x1b[3Gx"),
        ("1️⃣!", "  \x1b[1G1️⃣\x1b[3G!"),
        ("plain ✓ 中", "plain ✓ 中"),
    ],
)
def test_what_follows_a_disputed_width_is_put_in_its_place(text: str, expected: str) -> None:
    """Otherwise a terminal that measures it otherwise shifts the rest of the row."""
    assert anchored(f"\x1b[5;1H{text}") == f"\x1b[5;1H{expected}"


def test_anchors_count_cells_from_where_the_row_begins() -> None:
    """Otherwise what follows is put into another pane."""
    row = "\x1b[2;11H\x1b[31mab\x1b[0m\x1b]8;;http://a.example\x1b\\中\x1b]8;;\x1b\\🇩🇪|"
    assert anchored(f"\x1b[1;1Hx\n{row}").endswith("  \x1b[15G🇩🇪\x1b[17G|")
