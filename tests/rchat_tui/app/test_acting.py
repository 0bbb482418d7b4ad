"""Acting on messages: what is selected, what the keys do to it, and what becomes of that."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from textual import events

from rchat_protocol import models
from rchat_tui.app.settings import AppSettings
from rchat_tui.client.errors import ServerError, StorageFailed
from support.checks.acting import selected
from support.fake_chat import (
    NOON,
    URL,
    deleted,
    edited,
    online,
    outgoing,
    posted,
    reaction,
    state,
    topic,
)
from support.hostile import STRINGS

if TYPE_CHECKING:
    from support.desk import Desk, Start

GENERAL = state("general", "alice", "bob", "mira")
RANDOM = state("random", "alice", "bob")
BOB = state("bob", "alice", "bob", kind="private", id_="p")


def said(count: int, *, first: int = 1, user: str = "bob") -> list[models.MessagePosted]:
    """Return so many messages."""
    return [posted("general", n, user, f"line {n}") for n in range(first, first + count)]


def nothing_selected(desk: Desk) -> bool:
    """Return whether keys write again."""
    transcript = desk.app.model.transcript
    return not desk.app.model.acting.selecting and (
        transcript is None or transcript.selected is None
    )


def row_of(desk: Desk, text: str) -> str:
    """Return the row of the screen with these words."""
    words = re.compile(rf"{re.escape(text)}\b")
    return next(row for row in desk.screen().splitlines() if words.search(row))


# -- selecting ---------------------------------------------------------------------------------


async def test_what_is_selected_is_marked_without_colours(start: Start) -> None:
    """Otherwise who sees no colours does not know on what the keys act."""
    async with start(online(), GENERAL, models.Live(), *said(5)) as desk:
        await desk.press("ctrl+up", "up")
        marked = [row for row in desk.screen().splitlines() if "█" in row]
        assert len(marked) == 1
        assert "line 4" in marked[0]


async def test_it_stays_selected_and_in_view_while_messages_arrive(start: Start) -> None:
    """Otherwise the keys act on another message than the one that was chosen."""
    async with start(online(), GENERAL, models.Live(), *said(60)) as desk:
        await desk.press("ctrl+up", "up")
        for first in range(61, 161, 20):
            await desk.happens(*said(20, first=first))
            assert selected(desk).content == "line 59"
            assert "█" in row_of(desk, "line 59")
        await desk.press("alt+end")
        assert "line 160" in desk.screen()
        assert selected(desk).content == "line 59"


async def test_it_stays_selected_while_older_messages_are_loaded(start: Start) -> None:
    """Otherwise going up to the oldest that is loaded ends there, or jumps."""
    log = said(200)
    async with start() as desk:
        desk.chat.log["general"] = [
            models.Message(m.seq, m.id, m.user, m.content, m.at) for m in log
        ]
        await desk.happens(online(), state("general", "alice", "bob", head=200), models.Live())
        await desk.press("ctrl+up", *("up",) * 120)
        assert selected(desk).content == "line 80"
        assert "█" in row_of(desk, "line 80")


async def test_it_is_the_same_message_once_it_is_edited_or_stored(start: Start) -> None:
    """Otherwise the selection is lost with every event about the message."""
    async with start(online(), GENERAL, models.Live(), *said(3)) as desk:
        await desk.press("ctrl+up")
        await desk.happens(edited("general", 4, 3, "line three"))
        assert selected(desk).content == "line three"
        desk.chat.answers = False
        await desk.press("escape")
        await desk.type("mine")
        await desk.press("ctrl+up")
        assert not selected(desk).seq
        desk.chat.acknowledge()
        await desk.settled()
        assert selected(desk).seq


async def test_who_just_types_writes(start: Start) -> None:
    """Otherwise letters are lost, or act on a message that one had forgotten."""
    async with start(online(), GENERAL, models.Live(), *said(3)) as desk:
        desk.burst("ctrl+up", "s", "e", "e")
        await desk.settled()
        assert desk.app.chat.composer.text == "see"
        assert nothing_selected(desk)
        await desk.press("ctrl+up")
        desk.app.post_message(events.Paste("r or e"))
        await desk.settled()
        assert desk.app.chat.composer.text == "seer or e"
        assert nothing_selected(desk)


async def test_a_burst_of_keys_acts_in_its_order(start: Start) -> None:
    """Otherwise over a slow line the answer to a message is sent as its keys."""
    async with start(online(), GENERAL, models.Live(), *said(3)) as desk:
        desk.burst("ctrl+up", "up", "r", *"really", "enter")
        await desk.until(lambda: ("post", "general", "really", "2") in desk.chat.calls)


async def test_what_is_typed_for_the_reactions_before_they_are_there_is_not_said(
    start: Start,
) -> None:
    """Otherwise over a slow line the name of an emoji is said in the channel."""
    async with start(online(), GENERAL, models.Live(), *said(3)) as desk:
        desk.burst("ctrl+up", "plus", *"tada", "enter")
        await desk.until(lambda: ("react", "general", "3", "🎉", "on") in desk.chat.calls)
        await desk.until(lambda: desk.app.screen is desk.app.chat)
        await desk.press("x")
        assert desk.app.chat.composer.text == "x"
        assert not any(call[0] == "post" for call in desk.chat.calls)


async def test_keys_act_from_every_pane(start: Start) -> None:
    """Otherwise the keys that the bar shows do nothing where the focus is."""
    async with start(online(), GENERAL, models.Live(), *said(3)) as desk:
        for pane in ("#channels", "#messages", "#people"):
            desk.app.chat.query_one(pane).focus()
            await desk.press("ctrl+up", "k", "r", "x")
            assert desk.app.chat.composer.text == "x"
            assert "Answering" in desk.screen()
            await desk.press("escape", "ctrl+c")


async def test_a_refusal_does_not_take_the_selected_message_out_of_view(start: Start) -> None:
    """Otherwise each reaction that is refused throws one to the end."""
    async with start(online(), GENERAL, models.Live(), *said(90)) as desk:
        desk.chat.errors["react"] = ServerError("busy", "The server is busy.")
        await desk.press("ctrl+up", "home")
        desk.app.actions.react(1, "👍")
        await desk.until(lambda: "The server is busy." in desk.screen())
        assert "█" in row_of(desk, "line 1")


async def test_a_slash_keeps_the_message_for_its_command(start: Start) -> None:
    """Otherwise a slash command cannot be given for a message that was selected."""
    async with start(online(), GENERAL, models.Live(), *said(3)) as desk:
        await desk.press("ctrl+up", "up", "up", *"/react :eyes:")
        assert "acts on the marked message" in desk.screen()
        await desk.press("enter")
        await desk.until(lambda: ("react", "general", "1", "👀", "on") in desk.chat.calls)
        assert nothing_selected(desk)


async def test_another_conversation_has_nothing_selected(start: Start) -> None:
    """Otherwise a key acts on a message that is not in sight."""
    async with start(online(), GENERAL, RANDOM, models.Live(), *said(3)) as desk:
        await desk.press("ctrl+up", "alt+2", "alt+1", *"re")
        assert desk.app.chat.composer.text == "re"


async def test_a_click_selects_where_one_is_selecting_and_the_right_button_anywhere(
    start: Start,
) -> None:
    """Otherwise the mouse is of no use, or takes the text away that one selects with it."""
    async with start(online(), GENERAL, models.Live(), *said(3)) as desk:

        def at(text: str) -> tuple[int, int]:
            rows = desk.screen().splitlines()
            return 40, next(number for number, row in enumerate(rows) if text in row)

        await desk.pilot.click(offset=at("line 2"))
        await desk.settled()
        assert nothing_selected(desk)
        await desk.pilot.click(offset=at("line 2"), button=3)
        await desk.settled()
        assert selected(desk).content == "line 2"
        await desk.pilot.click(offset=at("line 3"))
        await desk.settled()
        assert selected(desk).content == "line 3"


async def test_only_keys_that_mean_something_are_shown(start: Start) -> None:
    """Otherwise one is told to edit what is somebody else's, or was deleted."""
    mine = posted("general", 4, "alice", "see https://example.org", reply=1)
    async with start(online(), GENERAL, models.Live(), *said(3), mine) as desk:
        await desk.press("ctrl+up")
        bar = row_of(desk, "r Reply")
        assert all(word in bar for word in ("Edit", "Delete", "React", "Copy", "link", "Jump"))
        await desk.press("up")
        bar = row_of(desk, "r Reply")
        assert not any(word in bar for word in ("Edit", "Delete", "link", "Jump"))
        await desk.happens(deleted("general", 5, 3))
        assert "Reply" not in desk.screen()
        await desk.press("r")
        assert "That message was deleted." in desk.screen()


async def test_who_reacted_is_told_of_the_selected_message(start: Start) -> None:
    """Otherwise one sees how many reacted, and never who."""
    async with start(
        online(),
        GENERAL,
        models.Live(),
        *said(2),
        reaction("general", 3, 1, "mira", "🎉"),
        reaction("general", 4, 1, "bob", "🎉"),
    ) as desk:
        assert "🎉 2" in desk.screen()
        assert "mira, bob" not in desk.screen()
        await desk.press("ctrl+up", "up")
        assert "🎉 mira, bob" in desk.screen()


# -- what the next line does -----------------------------------------------------------------


async def test_a_draft_keeps_what_it_answers(start: Start) -> None:
    """Otherwise an answer that was put aside is sent as an ordinary message."""
    async with start(online(), GENERAL, RANDOM, models.Live(), *said(3)) as desk:
        await desk.press("ctrl+up", "r", *"yes", "alt+2")
        assert "Answering" not in desk.screen()
        await desk.type("elsewhere")
        assert ("post", "random", "elsewhere") in desk.chat.calls
        await desk.press("alt+1")
        assert "Answering" in desk.screen()
        await desk.press("enter")
        await desk.until(lambda: ("post", "general", "yes", "3") in desk.chat.calls)


async def test_escape_gives_up_an_answer_and_an_edit(start: Start) -> None:
    """Otherwise one cannot get rid of them, or loses what one had begun before an edit."""
    mine = posted("general", 4, "alice", "/me waves")
    async with start(online(), GENERAL, models.Live(), *said(3), mine) as desk:
        await desk.press("ctrl+up", "r", "escape", *"hi", "enter")
        assert desk.chat.calls[-1] == ("post", "general", "hi")
        await desk.press(*"begun", "ctrl+up", "up", "e")
        assert desk.app.chat.composer.text == "/me waves"
        await desk.press("escape")
        assert desk.app.chat.composer.text == "begun"
        assert "Editing" not in desk.screen()


async def test_what_the_disk_refuses_is_an_answer_still(start: Start) -> None:
    """Otherwise an answer that came back is sent as an ordinary message."""
    async with start(online(), GENERAL, models.Live(), *said(3)) as desk:
        desk.chat.errors["post"] = StorageFailed("The disk is full.")
        await desk.press("ctrl+up", "r", *"yes", "enter")
        await desk.until(lambda: desk.app.chat.composer.text == "yes")
        del desk.chat.errors["post"]
        await desk.press("enter")
        await desk.until(lambda: desk.chat.calls[-1] == ("post", "general", "yes", "3"))


async def test_an_answer_that_is_taken_back_is_an_answer_still(start: Start) -> None:
    """Otherwise an answer that waited is sent as an ordinary message after all."""
    async with start(online(), GENERAL, models.Live(), *said(3)) as desk:
        desk.chat.drop()
        await desk.press("ctrl+up", "r", *"yes", "enter")
        assert "╭ bob: line 3" in desk.screen()
        await desk.press("alt+t")
        await desk.until(lambda: desk.app.chat.composer.text == "yes")
        await desk.settled()
        assert "Answering" in desk.screen()
        desk.chat.come_back()
        await desk.press("enter")
        await desk.until(lambda: desk.chat.calls[-1] == ("post", "general", "yes", "3"))


async def test_an_edit_that_is_refused_says_why_and_comes_back(start: Start) -> None:
    """Otherwise what was written is lost, or the next line is a new message."""
    mine = posted("general", 4, "alice", "a frist try")
    async with start(online(), GENERAL, models.Live(), *said(3), mine) as desk:
        desk.chat.errors["edit"] = ServerError("busy", "The server is busy.")
        await desk.press(*"begun", "ctrl+up", "e", "end", "!", "enter")
        await desk.until(lambda: "The server is busy." in desk.screen())
        await desk.until(lambda: desk.app.chat.composer.text == "a frist try!")
        assert "Editing" in desk.screen()
        del desk.chat.errors["edit"]
        await desk.press("enter")
        await desk.until(lambda: "a frist try!  (edited)" in desk.screen())
        assert desk.app.chat.composer.text == "begun"
        assert not any(call[0] == "post" for call in desk.chat.calls)


async def test_an_edit_of_what_was_deleted_meanwhile_gives_the_text_back(start: Start) -> None:
    """Otherwise one edits a message for ever that is no more."""
    mine = posted("general", 1, "alice", "gone soon")
    async with start(online(), GENERAL, models.Live(), mine) as desk:
        await desk.press("ctrl+up", "e", "!")
        await desk.happens(deleted("general", 2, 1))
        desk.chat.errors["edit"] = ServerError("no-such-message", "That message was deleted.")
        await desk.press("enter")
        await desk.until(lambda: "That message was deleted." in desk.screen())
        await desk.until(lambda: desk.app.chat.composer.text == "gone soon!")
        assert "Editing" not in desk.screen()


async def test_an_edit_that_changes_nothing_asks_for_nothing(start: Start) -> None:
    """Otherwise others see that a message was edited that says what it said."""
    async with start(online(), GENERAL, models.Live(), posted("general", 1, "alice", "x")) as desk:
        await desk.press("ctrl+up", "e", "enter")
        assert not any(call[0] == "edit" for call in desk.chat.calls)
        assert "Editing" not in desk.screen()


async def test_offline_it_says_so_and_nothing_waits(start: Start) -> None:
    """Otherwise one believes that a message is deleted that is not."""
    mine = posted("general", 1, "alice", "mine")
    async with start(online(), GENERAL, models.Live(), mine) as desk:
        desk.chat.drop()
        await desk.settled()
        for line in ("/edit better", "/react :eyes:", "/topic x"):
            await desk.type(line)
        await desk.press("ctrl+up", "d")
        assert desk.screen().count("There is no connection to the server right now.") >= 4
        assert not {call[0] for call in desk.chat.calls} & {"edit", "delete", "react", "set_topic"}
        assert not desk.chat.outbox


async def test_an_edit_that_the_line_drops_under_comes_back(start: Start) -> None:
    """Otherwise what was written while the line dropped is lost."""
    mine = posted("general", 1, "alice", "mine")
    async with start(online(), GENERAL, models.Live(), mine) as desk:
        await desk.press("ctrl+up", "e", "!")
        desk.chat.drop()
        await desk.settled()
        await desk.press("enter")
        assert desk.app.chat.composer.text == "mine!"
        assert "Editing" in desk.screen()


async def test_what_is_not_sent_is_not_acted_on(start: Start) -> None:
    """Otherwise a number of nothing is sent to the server."""
    async with start(online(), GENERAL, models.Live(), *said(1)) as desk:
        await desk.happens(outgoing("general", "w1", "stuck", "failed", "Too large."))
        await desk.press("ctrl+up", "e", "d", "d", "r")
        assert "Alt+T takes it back" in desk.screen()
        assert not desk.chat.calls[1:]


async def test_only_the_second_key_deletes(start: Start) -> None:
    """Otherwise a slip of the finger erases a message."""
    mine = [posted("general", n, "alice", f"mine {n}") for n in (1, 2)]
    async with start(online(), GENERAL, models.Live(), *mine) as desk:
        await desk.press("ctrl+up", "d", "y", "d", "up", "d", "escape", "ctrl+up", "d")
        assert not any(call[0] == "delete" for call in desk.chat.calls)
        await desk.press("d")
        await desk.until(lambda: ("delete", "general", "2") in desk.chat.calls)
        await desk.press("escape")
        await desk.type("/delete")
        await desk.until(lambda: "once more deletes" in desk.screen())
        await desk.type("hm")
        await desk.type("/delete")
        assert [call for call in desk.chat.calls if call[0] == "delete"] == [
            ("delete", "general", "2")
        ]


async def test_what_is_not_yours_cannot_be_edited(start: Start) -> None:
    """Otherwise one writes an edit that the server refuses."""
    async with start(online(), GENERAL, models.Live(), *said(1)) as desk:
        await desk.press("ctrl+up", "e")
        assert "You can only edit what you wrote yourself." in desk.screen()
        await desk.press("escape")
        await desk.type("/edit x")
        await desk.until(lambda: "There is no message of yours here to edit." in desk.screen())


# -- what is answered --------------------------------------------------------------------------


async def test_what_is_answered_and_not_loaded_is_asked_for_once(start: Start) -> None:
    """Otherwise an answer says nothing of what it answers, or asks with every frame."""
    async with start() as desk:
        desk.chat.log["general"] = [
            models.Message(n, f"general-{n}", "bob", f"line {n}", NOON) for n in range(1, 500)
        ]
        answers = [posted("general", n, "mira", "yes", reply=n - 495) for n in (500, 501, 502)]
        await desk.happens(online(), state("general", "alice", "bob", head=499), models.Live())
        await desk.happens(*answers)
        await desk.until(lambda: "╭ bob: line 7" in desk.screen())
        assert "╭ bob: line 5" in desk.screen()
        await desk.happens(edited("general", 503, 6, "line six"))
        assert "╭ bob: line six" in desk.screen()
        around = [call for call in desk.chat.calls if call[2:3] == ("around",)]
        assert len(around) == 1


async def test_what_cannot_be_loaded_is_asked_for_again_when_the_line_is_back(
    start: Start,
) -> None:
    """Otherwise it is never shown, or asked for without end."""
    async with start() as desk:
        desk.chat.errors["history"] = ServerError("busy", "The server is busy.")
        await desk.happens(online(), state("general", "alice", "bob", head=9), models.Live())
        await desk.happens(posted("general", 10, "mira", "yes", reply=2))
        assert "╭ an earlier message" in desk.screen()
        asked = len(desk.chat.calls)
        await desk.happens(*[posted("general", n, "mira", "and") for n in (11, 12, 13)])
        assert len([c for c in desk.chat.calls[asked:] if c[2:3] == ("around",)]) == 0
        del desk.chat.errors["history"]
        desk.chat.log["general"] = [models.Message(2, "m2", "bob", "line 2", NOON)]
        desk.chat.drop()
        desk.chat.come_back()
        await desk.until(lambda: "╭ bob: line 2" in desk.screen())


async def test_jumping_loads_what_is_around_the_answered_message(start: Start) -> None:
    """Otherwise one cannot see what an old message was said in."""
    async with start() as desk:
        desk.chat.log["general"] = [
            models.Message(n, f"general-{n}", "bob", f"line {n}", NOON) for n in range(1, 1000)
        ]
        await desk.happens(online(), state("general", "alice", "bob", head=999), models.Live())
        await desk.happens(posted("general", 1000, "mira", "as bob said", reply=300))
        await desk.press("ctrl+up", "enter")
        await desk.until(lambda: selected(desk).content == "line 300")
        await desk.settled()
        assert "█" in row_of(desk, "line 300")
        assert "line 299" in desk.screen()
        assert "line 305" in desk.screen()
        await desk.press("backspace")
        assert selected(desk).content == "as bob said"


async def test_what_may_have_changed_is_loaded_again_when_it_is_shown(start: Start) -> None:
    """Otherwise what was deleted while one was away stays on the screen for good."""
    async with start(online(), GENERAL, models.Live(), *said(30)) as desk:
        desk.chat.log["general"][29] = models.Message(
            30, "general-30", "bob", "", NOON, deleted=True
        )
        desk.chat.log["general"][28] = models.Message(
            29, "general-29", "bob", "line twenty-nine", NOON, edited=NOON
        )
        desk.chat.drop()
        desk.chat.come_back()
        await desk.happens(
            state("general", "alice", "bob", head=300), models.Live(), *said(1, first=300)
        )
        await desk.press("ctrl+up", *("up",) * 4)
        await desk.until(lambda: "message deleted" in desk.screen())
        assert "line twenty-nine  (edited)" in desk.screen()
        refreshed = [call for call in desk.chat.calls if call[2:3] == ("around",)]
        await desk.press("up", "up")
        again = [call for call in desk.chat.calls if call[2:3] == ("around",)]
        assert again == refreshed


async def test_what_may_have_changed_and_does_not_come_is_not_asked_for_with_every_frame(
    start: Start,
) -> None:
    """Otherwise a busy server is asked more the busier it is."""
    async with start(online(), GENERAL, models.Live(), *said(3)) as desk:
        desk.chat.errors["history"] = ServerError("busy", "The server is busy.")
        await desk.happens(models.Skipped("general", 4, 5), *said(1, first=6))
        for first in (7, 8, 9):
            await desk.happens(*said(1, first=first))
        assert desk.chat.calls.count(("history", "general", "around", "3")) == 1
        del desk.chat.errors["history"]
        desk.chat.drop()
        desk.chat.come_back()
        await desk.settled()
        assert desk.chat.calls.count(("history", "general", "around", "3")) == 2


# -- links and topics ----------------------------------------------------------------------------


async def test_where_no_browser_can_be_opened_the_link_is_shown_and_copied(start: Start) -> None:
    """Otherwise over SSH a browser opens on the server, or nothing happens at all."""
    link = posted("general", 1, "bob", "see https://example.org/x")
    settings = AppSettings("alice", URL, browser=False)
    async with start(online(), GENERAL, models.Live(), link, settings=settings) as desk:
        await desk.press("ctrl+up", "o")
        await desk.until(lambda: "Copied: https://example.org/x" in desk.screen())
        assert desk.app.clipboard == "https://example.org/x"


async def test_the_topic_is_shown_and_its_change_is_told(start: Start) -> None:
    """Otherwise nobody knows what a channel is about, or who said so."""
    async with start(online(), GENERAL, BOB, models.Live(), *said(1)) as desk:
        await desk.happens(topic("general", 2, "the *release*\nof the week"))
        assert "the *release* of the week" in desk.screen().splitlines()[0]
        assert "bob set the topic: the *release* of the week" in desk.screen()
        await desk.happens(topic("general", 3, ""))
        assert "release" not in desk.screen().splitlines()[0]
        assert "bob removed the topic" in desk.screen()
        await desk.press("alt+2")
        await desk.type("/topic mine")
        assert "Only a channel has a topic" in desk.screen()


@pytest.mark.parametrize("size", [(120, 40), (40, 15)], ids=str)
async def test_hostile_topics_reactions_and_answers_stay_text(
    start: Start, size: tuple[int, int]
) -> None:
    """Otherwise a reaction moves the cursor, or a topic shifts the panes."""
    cut = [text[:300] for text in STRINGS if text.strip()][:60]
    async with start(online(), GENERAL, models.Live(), *said(1), size=size) as desk:
        number = 2
        for text in cut:
            await desk.happens(
                topic("general", number, text),
                reaction("general", number + 1, 1, text, text[:30]),
                posted("general", number + 2, text, text),
                posted("general", number + 3, "bob", "this", reply=number + 2),
            )
            number += 4
            for strip in desk.app.screen._compositor.render_strips():
                assert strip.cell_length == size[0]
                assert not set(strip.text) & set(map(chr, [*range(32), *range(127, 160)]))
        await desk.press("ctrl+up", "home")
        assert selected(desk).reactions
