"""What you write, until the server has it: it is in sight, says how it stands, and is not lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from textual.geometry import Size

from rchat_protocol import models
from rchat_tui.app import errands
from rchat_tui.app.items import Delivery, Said
from rchat_tui.client.errors import StorageFailed
from rchat_tui.client.events import Delivered
from support.fake_chat import online, outgoing, posted, state

if TYPE_CHECKING:
    from support.desk import Desk, Start

GENERAL = state("general", "alice", "bob")
RANDOM = state("random", "alice", "bob", "mira")
BOB = state("bob", "alice", "bob", kind="private", id_="p")


def deliveries(desk: Desk, conversation: str = "general") -> list[tuple[str, Delivery]]:
    """Return the messages that a conversation shows, and what is known of each."""
    items = desk.app.model.transcripts[conversation].items
    return [(item.content, item.delivery) for item in items if isinstance(item, Said)]


async def test_a_line_goes_from_the_keyboard_to_the_outbox_and_the_server(start: Start) -> None:
    """Otherwise nobody can talk, or what is on its way looks sent."""
    async with start(online(), GENERAL, models.Live()) as desk:
        desk.chat.answers = False
        await desk.press(*"hi", "enter")
        assert desk.chat.calls == [("post", "general", "hi")]
        assert deliveries(desk) == [("hi", Delivery.SENDING)]
        assert "hi  … sending" in desk.screen()
        desk.chat.acknowledge()
        await desk.settled()
        assert deliveries(desk) == [("hi", Delivery.STORED)]
        assert "sending" not in desk.screen()


async def test_lines_reach_the_outbox_in_their_order_also_over_a_slow_disk(start: Start) -> None:
    """Otherwise two messages may arrive in the other order."""
    async with start(online(), GENERAL, models.Live()) as desk:
        desk.chat.disk.clear()
        await desk.type("one")
        await desk.type("two")
        assert desk.chat.calls == [("post", "general", "one")]
        desk.chat.disk.set()
        await desk.until(lambda: len(deliveries(desk)) == 2)
        assert [content for content, _ in deliveries(desk)] == ["one", "two"]


async def test_offline_one_goes_on_writing_everywhere(start: Start) -> None:
    """Otherwise a dropped line stops one from writing, or what waits looks sent."""
    async with start(online(), GENERAL, RANDOM, BOB, models.Live()) as desk:
        desk.chat.drop()
        await desk.settled()
        for key, text in (("alt+1", "one"), ("alt+2", "two"), ("alt+3", "three"), ("alt+1", "4")):
            await desk.press(key)
            await desk.type(text)
        assert "one  ◌ waits\n" in desk.screen()
        assert "◌ 2 wait for the connection  Alt+T Edit" in desk.screen()
        assert re.search(r"# random +◌\n", desk.screen())
        assert {delivery for _, delivery in deliveries(desk)} == {Delivery.WAITING}
        desk.chat.come_back(GENERAL, RANDOM, BOB, models.Live())
        await desk.settled()
        assert [m.content for m in desk.chat.log["general"]] == ["one", "4"]
        assert deliveries(desk) == [("one", Delivery.STORED), ("4", Delivery.STORED)]
        assert "◌" not in desk.screen()


async def test_who_is_busy_is_named_where_the_message_waits(start: Start) -> None:
    """Otherwise one does not know why it takes so long."""
    async with start(online(), GENERAL, models.Live()) as desk:
        desk.chat.answers = False
        await desk.type("now")
        desk.chat.refuse("The server is busy.", state="waiting")
        await desk.settled()
        assert "now  ◌ waits: The server is busy." in desk.screen()


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 15)])
async def test_what_fails_says_why_and_which_keys_help(start: Start, size: tuple[int, int]) -> None:
    """Otherwise a failed message looks sent, or one does not know what to do about it."""
    async with start(online(), GENERAL, models.Live(), size=size) as desk:
        desk.chat.answers = False
        await desk.type("are you there?")
        desk.chat.refuse("There is no such thing.")
        await desk.settled()
        assert deliveries(desk) == [("are you there?", Delivery.FAILED)]
        assert "✗ Not sent: There is no such thing." in desk.screen()
        assert "✗ 1 not sent  Alt+R Try again  Alt+T Edit  Alt+X Throw" in desk.screen()
        await desk.press("alt+x")
        assert deliveries(desk) == []
        assert "✗" not in desk.screen()


async def test_an_unknown_outcome_is_not_called_a_failure(start: Start) -> None:
    """Otherwise one writes again what was stored."""
    async with start(online(), GENERAL, models.Live()) as desk:
        desk.chat.answers = False
        await desk.type("well?")
        desk.chat.refuse("Nobody knows.", state="unknown")
        await desk.settled()
        assert deliveries(desk) == [("well?", Delivery.UNKNOWN)]
        assert "? Perhaps sent: Nobody knows." in desk.screen()
        await desk.happens(posted("general", 1, "alice", "well?", id_="w1"))
        assert deliveries(desk) == [("well?", Delivery.STORED)]


async def test_where_nothing_failed_the_keys_say_so(start: Start) -> None:
    """Otherwise they seem broken, or act on what is sent."""
    async with start(online(), GENERAL, models.Live()) as desk:
        await desk.type("sent")
        for key in ("alt+r", "alt+t", "alt+x"):
            await desk.press(key)
        assert "Everything that you wrote here is sent." in desk.screen()
        desk.chat.answers = False
        await desk.type("goes out")
        await desk.press("alt+t")
        assert "It is on its way" in desk.screen()
        desk.chat.drop()
        await desk.type("waits")
        await desk.press("alt+r")
        assert desk.chat.calls[-1] == ("retry_now",)


async def test_a_disk_that_refuses_gives_the_text_back(start: Start) -> None:
    """Otherwise what was written is nowhere, and nobody says so."""
    async with start(online(), GENERAL, RANDOM, models.Live()) as desk:
        desk.chat.errors["post"] = StorageFailed("The disk is full.")
        await desk.type("//one")
        assert desk.app.chat.composer.text == "//one"
        assert "The disk is full." in desk.screen()
        assert deliveries(desk) == []
        del desk.chat.errors["post"]
        desk.app.chat.composer.put("")
        desk.chat.disk.clear()
        await desk.type("two")
        desk.chat.disk.set()
        await desk.settled()
        assert deliveries(desk) == [("two", Delivery.STORED)]


async def test_what_comes_back_goes_where_it_was_written_before_what_was_begun(
    start: Start,
) -> None:
    """Otherwise a private line stands ready to be sent to a channel, or a draft is overwritten."""
    async with start(online(), GENERAL, BOB, models.Live()) as desk:
        desk.chat.drop()
        await desk.press("alt+2")
        await desk.type("psst")
        await desk.press(*"draft", "alt+t")
        assert desk.app.chat.composer.text == "psst\ndraft"
        desk.app.chat.composer.put("")
        await desk.type("psst")
        desk.burst("alt+t", "alt+t", "alt+1")
        await desk.until(lambda: desk.app.model.active == "general")
        await desk.settled()
        assert desk.app.chat.composer.text == ""
        await desk.press("alt+2")
        assert desk.app.chat.composer.text == "psst"
        assert desk.chat.calls.count(("withdraw", "w2")) == 1


async def test_what_is_begun_survives_whatever_becomes_of_the_server(start: Start) -> None:
    """Otherwise half a line vanishes when the app or a server has just been started."""
    async with start() as desk:
        await desk.press(*"one")
        await desk.happens(online(), GENERAL, models.Live())
        await desk.press(*" two")
        await desk.happens(
            online(), state("general", "alice", id_="new", epoch="e2"), models.Live()
        )
        assert desk.app.model.active == "new"
        assert desk.app.chat.composer.text == "one two"


async def test_leaving_waits_for_the_disk(start: Start) -> None:
    """Otherwise the last line is lost although Enter was pressed."""
    async with start(online(), GENERAL, models.Live()) as desk:
        desk.chat.disk.clear()
        await desk.press(*"last words", "enter", "ctrl+q")
        assert desk.chat.calls == [("post", "general", "last words")]
        assert not desk.app._exit
        desk.chat.disk.set()
        await desk.until(lambda: desk.app._exit)
        assert desk.chat.outbox or desk.chat.log


async def test_keys_that_come_at_once_write_before_they_leave(start: Start) -> None:
    """Otherwise Ctrl+Q overtakes Enter over a slow line, and the last message is lost."""
    async with start(online(), GENERAL, models.Live()) as desk:
        desk.burst(*"last words", "enter", "ctrl+q")
        await desk.until(lambda: desk.app._exit)
        assert desk.chat.calls == [("post", "general", "last words")]


async def test_leaving_without_what_the_disk_refused_takes_a_second_time(
    start: Start,
) -> None:
    """Otherwise the sentence that it is lost is the last thing, seen for a moment."""
    async with start(online(), GENERAL, models.Live()) as desk:
        desk.chat.disk.clear()
        await desk.type("one")
        await desk.type("two")
        desk.chat.errors["post"] = StorageFailed("The disk is full.")
        await desk.press("ctrl+q")
        desk.chat.disk.set()
        await desk.until(lambda: desk.app.chat.composer.text == "two")
        await desk.until(lambda: "leave again" in desk.screen())
        assert not desk.app._exit
        await desk.press("ctrl+q")
        await desk.until(lambda: desk.app._exit)


async def test_a_disk_that_hangs_holds_nobody(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the app can only be killed, and what is written piles up unseen."""
    monkeypatch.setattr(errands, "_LAST_WORDS", 0.01)
    monkeypatch.setattr(errands, "WRITING", 2)
    async with start(online(), GENERAL, models.Live()) as desk:
        desk.chat.disk.clear()
        for text in ("one", "two", "three"):
            await desk.type(text)
        assert desk.app.chat.composer.text == "three"
        await desk.press("ctrl+q")
        await desk.until(lambda: "leave again" in desk.screen())
        assert not desk.app._exit
        await desk.press("ctrl+q")
        await desk.until(lambda: desk.app._exit)


async def test_a_conversation_that_is_over_stays_with_what_is_not_sent(start: Start) -> None:
    """Otherwise a failed message vanishes with the person it was for."""
    async with start(online(), GENERAL, BOB, models.Live()) as desk:
        desk.chat.drop()
        await desk.press("alt+2")
        await desk.type("psst")
        desk.chat.online = True
        desk.chat.refuse("bob is gone.")
        await desk.happens(online(), GENERAL, models.Live())
        assert desk.app.model.active == "p"
        assert "✗ Not sent: bob is gone." in desk.screen()
        assert "you are not in it any more" in desk.screen()
        await desk.type("and now?")
        assert desk.app.chat.composer.text == "and now?"
        assert "/query bob begins anew" in desk.screen()
        desk.app.chat.composer.put("")
        await desk.type("/query bob")
        assert ("open_conversation", "bob") in desk.chat.calls
        await desk.press("alt+x")
        await desk.until(lambda: "p" not in desk.app.model.state.conversations)
        assert "p" not in desk.app.model.transcripts


async def test_what_another_terminal_writes_in_a_new_conversation_is_shown(start: Start) -> None:
    """Otherwise it is nowhere to be seen when that terminal is closed."""
    async with start(online(), GENERAL, models.Live()) as desk:
        await desk.happens(outgoing("random", "w9", "from there"))
        await desk.happens(RANDOM)
        assert deliveries(desk, "random") == [("from there", Delivery.WAITING)]
        await desk.happens(Delivered("random", "w9", 1, 0, "e1"))
        assert deliveries(desk, "random") == [("from there", Delivery.STORED)]


async def test_a_mark_is_shown_however_little_room_there_is(start: Start) -> None:
    """Otherwise on a small terminal what waits looks sent."""
    async with start(online(), GENERAL, models.Live(), size=(44, 20)) as desk:
        desk.chat.drop()
        await desk.type("a line that is as wide as the view is")
        assert "◌ waits\n" in desk.screen()
        await desk.pilot.resize_terminal(*Size(120, 40))
        await desk.settled()
        viewport = desk.app.chat.messages.viewport
        copied = viewport.copied(0, viewport.total - 1)
        assert copied == "a line that is as wide as the view is"
