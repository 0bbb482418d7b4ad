"""What one has begun, and what one wrote before, outlive the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rchat_protocol import models
from rchat_tui.app import answers, keeping, recall
from rchat_tui.app.commands import BY_ID, BY_SLASH, Command
from rchat_tui.client.errors import StorageFailed
from support.fake_chat import online, posted, state

if TYPE_CHECKING:
    from support.desk import Desk, Start

GENERAL = state("general", "alice", "bob")
RANDOM = state("random", "alice", "bob", "mira")
BOB = state("bob", "alice", "bob", kind="private", id_="p")


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PAUSE", 0.001)


def drafts(desk: Desk) -> dict[str, str]:
    """Return the drafts on the disk."""
    return desk.chat.texts.get("draft", {})


async def test_a_beginner_is_told_how_to_get_around_until_he_knows(start: Start) -> None:
    """Otherwise one sits before an empty line and wonders; or is told it for ever."""
    async with start(online(), state("general", "alice"), models.Live()) as desk:
        hint = "Ctrl+K go · Ctrl+F find · F1 help · / commands"
        assert hint in desk.screen()
        for line in ("one", "two", "three"):
            assert hint in desk.screen()
            await desk.type(line)
        assert hint not in desk.screen()


async def test_what_is_begun_is_on_the_disk_while_one_writes(start: Start) -> None:
    """Otherwise a terminal that is killed takes what was being written with it."""
    async with start(online(), GENERAL, RANDOM, models.Live()) as desk:
        await desk.press(*"half a sen")
        await desk.until(lambda: drafts(desk) == {"channel general": "half a sen"})
        await desk.press("alt+2", *"other")
        await desk.until(lambda: drafts(desk).get("channel random") == "other")
        assert drafts(desk)["channel general"] == "half a sen"


async def test_a_draft_that_was_sent_is_gone(start: Start) -> None:
    """Otherwise what was said stands in the line again after a restart, and is said twice."""
    async with start(online(), GENERAL, models.Live()) as desk:
        await desk.press(*"hello")
        await desk.until(lambda: drafts(desk) == {"channel general": "hello"})
        await desk.press("enter")
        await desk.until(lambda: not drafts(desk))
        assert desk.chat.calls == [("post", "general", "hello")]


async def test_drafts_are_there_after_a_restart_each_in_its_conversation(start: Start) -> None:
    """Otherwise they are kept for nothing, or one is said to somebody else."""
    async with start() as desk:
        desk.chat.texts["draft"] = {
            "channel general": "half a sen",
            "private bob": "psst",
            "channel elsewhere": "x",
        }
        desk.app.dial(desk.app._url, "alice")
        await desk.happens(online(), GENERAL, RANDOM, BOB, models.Live())
        await desk.until(lambda: desk.app.chat.composer.text == "half a sen")
        assert desk.chat.keeps == [], "they are on the disk already"
        await desk.press("alt+2")
        assert desk.app.chat.composer.text == ""
        await desk.press("alt+3")
        assert desk.app.chat.composer.text == "psst"
        await desk.press("enter")
        assert desk.chat.calls[-1] == ("post", "p", "psst")
        await desk.until(lambda: "private bob" not in drafts(desk))
        assert drafts(desk) == {"channel general": "half a sen", "channel elsewhere": "x"}


async def test_what_was_typed_before_the_disk_answered_is_not_lost(start: Start) -> None:
    """Otherwise a draft takes the place of what one has just typed, or is overwritten by it."""
    async with start(online(), GENERAL, models.Live()) as desk:
        await desk.press(*"new")
        assert desk.app.written is not None
        desk.app.written.drafts_read(_read(desk, {"channel general": "old"}))
        await desk.until(lambda: drafts(desk) == {"channel general": "old\nnew"})
        assert desk.app.chat.composer.text == "old\nnew"
        desk.app.written.drafts_read(_read(desk, {"channel general": "x"}, user="somebody"))
        assert desk.app.chat.composer.text == "old\nnew", "that was asked for another login"


def _read(desk: Desk, texts: dict[str, str], *, user: str = "alice") -> answers.DraftsRead:
    return answers.DraftsRead(desk.app._url, user, texts)


async def test_the_channel_list_marks_where_something_was_begun(start: Start) -> None:
    """Otherwise one forgets what one has not sent."""
    async with start(online(), GENERAL, RANDOM, models.Live()) as desk:
        await desk.press(*"half", "alt+2")
        marked = [line for line in desk.screen().splitlines() if "✎" in line]
        assert len(marked) == 1
        assert "general" in marked[0]
        await desk.press("alt+1")
        assert "✎" not in desk.screen(), "it is in sight"
        await desk.press("ctrl+c", "alt+2")
        assert "✎" not in desk.screen()


async def test_leaving_waits_for_the_draft(start: Start) -> None:
    """Otherwise what was typed right before leaving is lost."""
    async with start(online(), GENERAL, models.Live()) as desk:
        desk.burst(*"last", "ctrl+q")
        await desk.until(lambda: desk.app._exit)
        assert drafts(desk) == {"channel general": "last"}


async def test_who_goes_to_another_server_leaves_his_draft_on_the_disk(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise what was typed in the last second there is lost."""
    async with start(online(), GENERAL, models.Live()) as desk:
        monkeypatch.setattr(keeping, "PAUSE", 3600)
        await desk.press("a")
        await desk.until(lambda: drafts(desk) == {"channel general": "a"})
        await desk.press("b")
        desk.app.dial("tcp://127.0.0.1:6566", "alice")
        await desk.until(lambda: desk.chat.closed)
        assert drafts(desk) == {"channel general": "ab"}


async def test_what_changes_a_message_is_no_draft(start: Start) -> None:
    """Otherwise an edit that was interrupted is said as a new message after a restart."""
    said = posted("general", 1, "alice", "teh cat")
    async with start(online(), GENERAL, models.Live(), said) as desk:
        await desk.press(*"begun")
        await desk.until(lambda: drafts(desk) == {"channel general": "begun"})
        desk.app.run_command(BY_ID["edit"])
        await desk.settled()
        assert desk.app.chat.composer.text == "teh cat"
        await desk.press(*" sat")
        await desk.settled()
        assert all("teh" not in (text or "") for _, _, text in desk.chat.keeps)
        await desk.press("escape")
        assert desk.app.chat.composer.text == "begun"
        assert drafts(desk) == {"channel general": "begun"}


async def test_a_disk_that_refuses_a_draft_is_said(start: Start) -> None:
    """Otherwise one trusts that it is kept."""
    async with start(online(), GENERAL, models.Live()) as desk:
        desk.chat.errors["keep"] = StorageFailed("The disk is full.")
        await desk.press(*"half")
        await desk.until(lambda: "The disk is full." in desk.screen())
        assert desk.app.chat.composer.text == "half"


# -- history ---------------------------------------------------------------------------------------


def lines(desk: Desk) -> list[str]:
    """Return the lines on the disk."""
    return [*desk.chat.texts.get("history", {}).values()]


async def test_up_brings_back_what_was_written_before_the_app_was_started(start: Start) -> None:
    """Otherwise one types anew what one wrote yesterday."""
    async with start() as desk:
        desk.chat.texts["history"] = {"a": "yesterday", "b": "this morning"}
        desk.app.dial(desk.app._url, "alice")
        await desk.happens(online(), GENERAL, models.Live())
        await desk.type("now")
        await desk.until(lambda: lines(desk) == ["yesterday", "this morning", "now"])
        await desk.press("up", "up", "up")
        assert desk.app.chat.composer.text == "yesterday"
        await desk.press("up")
        assert desk.app.chat.composer.text == "yesterday"


async def test_only_the_newest_lines_stay_on_the_disk(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the file grows with every line."""
    monkeypatch.setattr(recall, "MOST", 3)
    async with start() as desk:
        desk.chat.texts["history"] = {"a": "one", "b": "two"}
        desk.app.dial(desk.app._url, "alice")
        await desk.happens(online(), GENERAL, models.Live())
        for line in ("three", "three", "four"):
            await desk.type(line)
        await desk.until(lambda: lines(desk) == ["two", "three", "four"])


async def test_no_secret_is_kept_on_the_disk(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a password stands in a file, as draft or as history."""
    secret = Command("help", "X", "X", slash=("login",), usage="PASSWORD", secret=True)
    monkeypatch.setitem(BY_SLASH, "login", secret)
    async with start(online(), GENERAL, models.Live()) as desk:
        await desk.press(*"/login hunter2")
        await desk.press("enter", "escape")
        await desk.type("/lgoin hunter2")
        await desk.type("hello")
        await desk.until(lambda: lines(desk) == ["hello"])
        kept = [text or "" for _, _, text in desk.chat.keeps]
        assert not any("hunter" in text for text in kept)
