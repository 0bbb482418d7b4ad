"""Where one writes: how it grows, completes, counts and pastes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from textual import events

from rchat_protocol import models
from rchat_protocol.limits import MESSAGE_BYTES
from rchat_tui.app.widgets.composer import BLINKS, PASTED
from rchat_tui.app.widgets.options import OptionList
from support.fake_chat import online, state

if TYPE_CHECKING:
    from support.desk import Desk, Start

GENERAL = state("general", "alice", "bob", "bea", *(f"b{n}" for n in range(9)))
RUST = state("rust", "alice")
FAMILY = "👩‍👩‍👧"


def height(desk: Desk) -> int:
    """Return how many rows the composer takes, with its frame."""
    return desk.app.chat.query_one("#box").outer_size.height


# -- growing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 15), (40, 12)])
@pytest.mark.parametrize("text", ["line\n" * 60, "word " * 2_000, "日本語" * 500, "x" * 3_000])
async def test_it_grows_to_a_third_of_the_screen_and_scrolls_beyond(
    start: Start, size: tuple[int, int], text: str
) -> None:
    """Otherwise one sees one row of a long message, or none of the conversation."""
    async with start(online(), GENERAL, models.Live(), size=size) as desk:
        composer = desk.app.chat.composer
        assert height(desk) == 3
        composer.insert(text)
        await desk.settled()
        assert height(desk) == max(3, size[1] // 3)
        cursor = composer.cursor_screen_offset
        assert composer.content_region.contains(*cursor), "the end is in view"
        await desk.press("ctrl+home")
        assert composer.content_region.contains(*composer.cursor_screen_offset)
        composer.put("")
        await desk.settled()
        assert height(desk) == 3


async def test_it_grows_by_what_is_written_also_where_that_wraps(start: Start) -> None:
    """Otherwise it takes a row too many or too few, and a line is out of sight."""
    async with start(online(), GENERAL, models.Live(), size=(80, 24)) as desk:
        composer = desk.app.chat.composer
        width = composer.wrap_width
        for text, rows in (
            ("a\nb\nc", 3),
            ("x" * width, 1),
            ("x" * (width + 1), 2),
            ("日" * (width // 2 + 1), 2),
        ):
            composer.put(text)
            await desk.settled()
            assert height(desk) == rows + 2, text


async def test_it_follows_the_size_of_the_terminal(start: Start) -> None:
    """Otherwise it takes a third of the screen that was, and leaves none for messages."""
    async with start(online(), GENERAL, models.Live(), size=(120, 40)) as desk:
        desk.app.chat.composer.insert("line\n" * 60)
        await desk.settled()
        assert height(desk) == 13
        await desk.pilot.resize_terminal(80, 24)
        await desk.settled()
        assert height(desk) == 8


# -- counting --------------------------------------------------------------------------------------


def count(desk: Desk) -> str:
    """Return what is said of the room that is left."""
    return str(desk.app.chat.query_one("#box").border_subtitle or "")


async def test_it_says_how_much_room_is_left_where_that_is_little(start: Start) -> None:
    """Otherwise one learns that a message is too long when it is written."""
    async with start(online(), GENERAL, models.Live()) as desk:
        composer, box = desk.app.chat.composer, desk.app.chat.query_one("#box")
        composer.put("x" * (MESSAGE_BYTES * 4 // 5 - 10))
        await desk.settled()
        assert count(desk) == ""
        composer.put("ä" * (MESSAGE_BYTES // 2 - 617))
        await desk.settled()
        assert count(desk) == "1,234 bytes left"
        assert "1,234 bytes left" in desk.screen()
        assert not box.has_class("-over")
        composer.insert("👍" * 309)
        await desk.settled()
        assert count(desk) == "2 bytes too long"
        assert box.has_class("-over")
        composer.put("")
        await desk.settled()
        assert count(desk) == ""


# -- completing ------------------------------------------------------------------------------------


def offered(desk: Desk) -> list[str]:
    """Return the options that are in view."""
    listed = desk.app.chat.query_one(OptionList)
    if not listed.display:
        return []
    return [listed.render_line(y).text.strip() for y in range(listed.size.height)]


async def test_the_options_are_listed_while_one_completes(start: Start) -> None:
    """Otherwise one goes through them blindly, or they stay in the way."""
    async with start(online(), GENERAL, models.Live()) as desk:
        composer = desk.app.chat.composer
        await desk.press("b", "tab")
        assert composer.text == "b0: "
        assert [line.split()[0] for line in offered(desk)] == ["▎b0", "b1", "b2", "b3", "b4", "b5"]
        assert offered(desk)[-1].endswith("1/11")
        await desk.press(*["tab"] * 7)
        assert offered(desk)[-1].startswith("▎b7")
        assert composer.text == "b7: "
        await desk.press("shift+tab")
        assert composer.text == "b6: "
        await desk.press("x")
        assert offered(desk) == []
        assert composer.text == "b6: x"


@pytest.mark.parametrize("key", ["enter", "left", "escape", "alt+2", "ctrl+c"])
async def test_any_other_key_ends_the_list(start: Start, key: str) -> None:
    """Otherwise a list that means nothing any more hides messages."""
    async with start(online(), GENERAL, RUST, models.Live()) as desk:
        await desk.press("b", "tab")
        assert offered(desk)
        await desk.press(key)
        assert offered(desk) == []


async def test_one_option_is_taken_without_a_list(start: Start) -> None:
    """Otherwise a list of one flickers by."""
    async with start(online(), GENERAL, models.Live()) as desk:
        await desk.press(*"bo", "tab")
        assert desk.app.chat.composer.text == "bob: "
        assert offered(desk) == []


async def test_an_option_can_be_clicked(start: Start) -> None:
    """Otherwise the mouse is of no use there."""
    async with start(online(), GENERAL, models.Live()) as desk:
        await desk.press("b", "tab")
        await desk.pilot.click(OptionList, offset=(3, 2))
        await desk.settled()
        assert desk.app.chat.composer.text == "b2: "
        assert offered(desk) == []


async def test_commands_are_listed_with_what_they_do(start: Start) -> None:
    """Otherwise one has to look them up."""
    async with start(online(), GENERAL, models.Live(), size=(80, 24)) as desk:
        await desk.press("/", "r", "tab")
        assert "/reply [TEXT]" in "\n".join(offered(desk))
        assert any("Answer the message" in line for line in offered(desk))


async def test_channels_that_one_may_join_are_completed(start: Start) -> None:
    """Otherwise only those are known that one is in already."""
    async with start(online(), GENERAL, RUST, models.Live()) as desk:
        desk.chat.channels = ["general", "ruby", "rust", "a\x1b[31mb"]
        desk.chat.calls.clear()
        await desk.press(*"/join ")
        await desk.until(lambda: desk.app.chat.composer._listed)
        await desk.press(*"ru", "tab")
        assert desk.app.chat.composer.text == "/join rust "
        await desk.press("tab")
        assert desk.app.chat.composer.text == "/join ruby "
        await desk.press("ctrl+c", *"/join a", "tab")
        assert desk.app.chat.composer.text == "/join a", "nothing that moves a cursor"
        assert desk.chat.calls == [("list_channels",)], "not with every key"


async def test_an_emoji_is_written_by_its_short_code(start: Start) -> None:
    """Otherwise there are none for whoever has no keys for them."""
    async with start(online(), GENERAL, models.Live()) as desk:
        await desk.press(*"well done :thu", "tab")
        assert desk.app.chat.composer.text == "well done 👍 "
        assert any(":thumbsup:" in line for line in offered(desk))


# -- pasting ---------------------------------------------------------------------------------------


async def test_a_paste_of_many_lines_is_one_message_and_asks_nothing(start: Start) -> None:
    """Otherwise each line is sent by itself, or one is asked whether one is sure."""
    async with start(online(), GENERAL, models.Live()) as desk:
        desk.app.post_message(events.Paste("one\r\ntwo\x1b[31m\rthree\x07\n\tfour"))
        await desk.settled()
        assert desk.app.chat.composer.text == "one\ntwo\nthree\n\tfour"
        assert desk.chat.calls == []
        await desk.press("enter")
        assert desk.chat.calls == [("post", "general", "one\ntwo\nthree\n\tfour")]


async def test_a_paste_that_is_too_long_is_shortened_by_its_writer(start: Start) -> None:
    """Otherwise the end of it is cut off in silence, or a gigabyte stops the app."""
    async with start(online(), GENERAL, models.Live()) as desk:
        desk.app.post_message(events.Paste("x" * 20_000))
        await desk.settled()
        assert len(desk.app.chat.composer.text) == 20_000
        assert count(desk) == "3,616 bytes too long"
        desk.app.chat.composer.put("")
        desk.app.post_message(events.Paste("y" * (PASTED + 1)))
        await desk.settled()
        assert len(desk.app.chat.composer.text) == PASTED
        await desk.until(lambda: "Only the first 65,536 characters" in desk.screen())


# -- wide characters -------------------------------------------------------------------------------


async def test_the_cursor_goes_over_an_emoji_as_over_one_character(start: Start) -> None:
    """Otherwise one key tears a family apart, and the next one lands inside it."""
    async with start(online(), GENERAL, models.Live()) as desk:
        composer = desk.app.chat.composer
        composer.insert(f"a{FAMILY}👍🏽日❤️b")
        await desk.settled()
        columns = []
        for _ in range(6):
            await desk.press("left")
            columns.append(composer.cursor_location[1])
        text = composer.text
        assert [text[column:] for column in columns] == [
            "b",
            "❤️b",
            "日❤️b",
            "👍🏽日❤️b",
            f"{FAMILY}👍🏽日❤️b",
            text,
        ]
        await desk.press("right", "right", "right")
        assert text[: composer.cursor_location[1]] == f"a{FAMILY}👍🏽"
        await desk.press("backspace")
        assert composer.text == f"a{FAMILY}日❤️b"
        await desk.press("left", "delete")
        assert composer.text == "a日❤️b"


async def test_the_cursor_stands_where_the_next_character_will(start: Start) -> None:
    """Otherwise one types beside what one sees."""
    async with start(online(), GENERAL, models.Live()) as desk:
        composer = desk.app.chat.composer
        left = composer.cursor_screen_offset.x
        for text in ("日本", "👍🏽x", FAMILY, "❤️", "é"):
            composer.put(text)
            await desk.settled()
            assert composer.cursor_screen_offset.x == left + cell_len(text), text


async def test_up_and_down_never_land_inside_an_emoji(start: Start) -> None:
    """Otherwise what is typed next tears it apart."""
    async with start(online(), GENERAL, models.Live()) as desk:
        composer = desk.app.chat.composer
        composer.put(f"{FAMILY}{FAMILY}\nabc")
        for column in range(4):
            composer.move_cursor((1, column))
            await desk.press("up")
            row, at = composer.cursor_location
            assert (row, at % len(FAMILY)) == (0, 0)
            await desk.press("down")


# -- the cursor ------------------------------------------------------------------------------------


async def test_the_cursor_rests_until_the_next_key(start: Start) -> None:
    """Otherwise it is drawn twice a second for as long as the app runs, or stays away."""
    async with start(online(), GENERAL, models.Live()) as desk:
        composer = desk.app.chat.composer
        composer.cursor_blink = True

        def blinks() -> bool:
            return composer.blink_timer._active.is_set()

        for _ in range(BLINKS):
            composer._toggle_cursor_blink_visible()
        assert (composer._cursor_visible, blinks()) == (True, False), "it rests, and is seen"
        await desk.press("x")
        assert blinks(), "a key wakes it"
