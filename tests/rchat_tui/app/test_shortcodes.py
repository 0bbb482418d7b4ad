"""Short codes become emoji when they are typed, and emoji short codes where one wants that."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import emoji as table
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from rchat_protocol import models
from rchat_tui.app import shortcodes
from rchat_tui.app.emoji import SHORT_CODES, meant, spelled, written
from rchat_tui.app.settings import AppSettings
from support.fake_chat import URL, online, posted, reaction, state, topic

if TYPE_CHECKING:
    from rchat_tui.client.events import ClientEvent
    from support.desk import Start


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("well done :thumbsup:", "well done 👍"),
        (":tada::rocket: (:+1:) :TADA:!", "🎉🚀 (👍) 🎉!"),
        (":woman_technologist:", "👩‍💻"),
        (":nosuch: :tada:", ":nosuch: 🎉"),
        ("at 12:30:45", "at 12:30:45"),
        ("std::x::y a:x:b http://h/:x:/ C:\\:x:", "std::x::y a:x:b http://h/:x:/ C:\\:x:"),
        ("`:x:` :x:\n```\n:x:\n``` :x:", "`:x:` ❌\n```\n:x:\n``` ❌"),
        ("```\n:x:", "```\n:x:"),
        ("::", "::"),
    ],
)
def test_a_short_code_that_was_typed_is_an_emoji_when_it_is_sent(typed: str, said: str) -> None:
    """Otherwise others read codes, or a time, a path or code that one quotes is changed."""
    assert written(typed) == said


def test_our_own_names_mean_the_same_elsewhere() -> None:
    """Otherwise what one types here is another emoji than in the next chat."""
    theirs = shortcodes._table()
    other = {name for name, emoji in SHORT_CODES.items() if theirs.get(name, emoji) != emoji}
    assert other == set()
    assert meant(":unicorn:") == "🦄"
    assert meant("unicorn") == "unicorn", "a word is a word"


def test_the_common_ones_come_first_and_each_emoji_once() -> None:
    """Otherwise one looks for a thumb among thunderclouds, or for its third name."""
    assert [name for name, _ in shortcodes.find("thu", most=2)] == ["thumbsup", "thumbsdown"]
    found = shortcodes.find("wav", most=100)
    assert len({emoji for _, emoji in found}) == len(found)
    assert not any("tone" in name for name, _ in found)
    assert any("tone" in name for name, _ in shortcodes.find("waving_hand_dark_skin_t", most=9))
    assert shortcodes.find("no such", most=9) == []


def test_every_emoji_can_be_spelled_and_read_back() -> None:
    """Otherwise an emoji is shown as another, or shifts what stands beside it all the same."""
    for emoji, about in table.EMOJI_DATA.items():
        shown = spelled(f"a {emoji} b")
        if cell_len(emoji) == 1 and len(emoji) == 1:
            continue
        assert shown.isascii() or cell_len(shown) == len(shown), (emoji, shown)
        assert shown[2] == shown[-3] == ":", (emoji, shown)
        if about["status"] == table.STATUS["component"]:
            continue  # a part of others, like a colour of hair
        assert shortcodes.replaced(shown).replace("\ufe0f", "") == f"a {emoji} b".replace(
            "\ufe0f", ""
        ), (emoji, shown)


@given(st.text())
def test_whatever_is_typed_can_be_spelled_and_sent(text: str) -> None:
    """Otherwise some text stops the app."""
    assert table.emoji_count(spelled(text)) == sum(
        len(found["emoji"]) == 1 and cell_len(found["emoji"]) == 1
        for found in table.emoji_list(spelled(text))
    )
    written(text)


# -- on the screen ---------------------------------------------------------------------------------

SPELLED = AppSettings("alice", URL, text_emoji=True)
GENERAL = state("general", "alice", "bob", "👍me")
PARTY = state("p🎉rty", "alice", id_="party")


async def test_emoji_of_others_are_spelled_out_everywhere(start: Start) -> None:
    """Otherwise a terminal that disagrees about one width shows a screen that is shifted."""
    happened: list[ClientEvent] = [
        posted("general", 1, "👍me", "hi 👩‍💻 `🎉` ❤️"),
        models.MessagePosted("general", 2, "i", "bob", "yes 👍🏽", 0, reply=1),
        reaction("general", 3, 2, "bob", "🎉"),
        topic("general", 4, "all about 🚀"),
    ]
    async with start(
        online(), GENERAL, PARTY, models.Live(), *happened, settings=SPELLED, size=(160, 40)
    ) as desk:
        shown = desk.screen()
        for text in (
            "hi :woman_technologist: :tada: :heart:",
            "yes :thumbs_up_medium_skin_tone:",
            "╭ :thumbsup:me: hi :woman_technologist:",
            "  :tada: 1",
            "set the topic: all about :rocket:",
            "general  3 people  all about :rocket:",
            "# p:tada:rty",
        ):
            assert text in shown, shown
        await desk.press("ctrl+up")
        assert ":tada: bob" in desk.screen()
        assert table.emoji_count(desk.screen().replace("↩", "")) == 0
        desk.app.chat.composer.put("well 👍")
        await desk.settled()
        assert "well 👍" in desk.screen(), "what one writes oneself is as one writes it"


async def test_what_is_copied_is_what_was_said(start: Start) -> None:
    """Otherwise one passes on codes for what somebody said with an emoji."""
    said = posted("general", 1, "bob", "well 👍")
    async with start(online(), GENERAL, models.Live(), said, settings=SPELLED) as desk:
        await desk.press("ctrl+up", "y")
        await desk.until(lambda: desk.app.clipboard == "well 👍")


async def test_emoji_are_sent_as_emoji(start: Start) -> None:
    """Otherwise others read codes, whatever way it was said."""
    mine = posted("general", 1, "alice", "teh")
    async with start(online(), GENERAL, models.Live(), mine) as desk:
        desk.chat.calls.clear()
        await desk.type("one :tada:")
        await desk.type("/me dances :tada:")
        await desk.type("/topic about :tada:")
        await desk.until(lambda: len(desk.chat.calls) == 3)
        assert [call[2] for call in desk.chat.calls] == ["one 🎉", "/me dances 🎉", "about 🎉"]


def test_the_table_is_loaded_when_it_is_wanted() -> None:
    """Otherwise each start of the app takes a tenth longer, for nothing."""
    script = (
        "import sys\n"
        "import rchat_tui.app.actions, rchat_tui.app.rows, rchat_tui.app.completion\n"
        "from rchat_tui.app import emoji\n"
        "emoji.written('hello at 12:30:45, see http://x/:y:')\n"
        "emoji.spelled('hello'), emoji.named(':tada:'), emoji.code('x')\n"
        "print('emoji' in sys.modules)\n"
        "emoji.written(':unicorn:')\n"
        "print('emoji' in sys.modules)"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["False", "True"]
