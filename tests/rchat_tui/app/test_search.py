"""Searching from the app: what is asked, what is shown, and where it leads."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rchat_protocol import models
from rchat_tui.app import hits
from rchat_tui.app.screens.search import SearchScreen
from rchat_tui.client.errors import ServerError
from rchat_tui.client.query import Query
from support.fake_chat import NOON, FakeChat, online, posted, state

if TYPE_CHECKING:
    from rchat_tui.client.events import ClientEvent
    from support.desk import Desk, Start

HERE: list[ClientEvent] = [
    online(),
    state("general", "alice", "bob"),
    state("random", "alice", "bob"),
    state("bob", "alice", "bob", kind="private", id_="p"),
    models.Live(),
    posted("general", 1, "bob", "put the kettle on"),
    posted("random", 1, "alice", "a kettle of fish"),
    posted("p", 1, "bob", "between us: the kettle broke"),
]


def _screen(desk: Desk) -> SearchScreen:
    assert isinstance(desk.app.screen, SearchScreen)
    return desk.app.screen


async def test_what_is_typed_in_a_burst_is_looked_for(start: Start) -> None:
    """Over a slow line, or from a paste, letters landed in the message that was begun."""
    async with start(*HERE) as desk:
        desk.burst("ctrl+f", *"kettle")
        await desk.until(lambda: "3 messages · Enter" in desk.screen())
        assert desk.app.chat.composer.text == ""
        screen = desk.screen()
        assert screen.index("a kettle of fish") > 0
        for place in ("#general", "#random", "@bob"):
            assert place in screen
        await desk.press("down", "down", "enter")
        await desk.until(lambda: desk.app.screen is desk.app.chat)
        chosen = desk.app.model.transcript
        assert chosen is not None
        assert chosen.selected is not None


async def test_filters_narrow_it_down(start: Start) -> None:
    """Otherwise one reads through what everybody said, everywhere."""
    async with start(*HERE) as desk:
        await desk.press("ctrl+f", *"kettle from:me")
        await desk.until(lambda: "1 message ·" in desk.screen())
        await desk.until(lambda: "a kettle of fish" in desk.screen())
        desk.app.screen.query_one("#search-input").value = "kettle in:@bob "  # type: ignore[attr-defined]
        await desk.until(lambda: "the kettle broke" in desk.screen())
        assert "fish" not in desk.screen()
        desk.app.screen.query_one("#search-input").value = "before:never"  # type: ignore[attr-defined]
        await desk.until(lambda: "When? before: takes a day: 2026-11-22" in desk.screen())
        desk.app.screen.query_one("#search-input").value = "in:#nowhere"  # type: ignore[attr-defined]
        await desk.until(lambda: "You are in no conversation #nowhere." in desk.screen())


async def test_it_completes_filters_and_names(start: Start) -> None:
    """Otherwise one has to know how everybody writes himself."""
    async with start(*HERE) as desk:
        await desk.press("ctrl+f", *"fr")
        screen = _screen(desk)
        for typed, whole in (("", "from:"), ("b", "from:bob"), (" in:ra", "from:bob in:random")):
            await desk.press(*typed)
            await desk.until(lambda: screen.query_one("#search-input")._suggestion)  # type: ignore[attr-defined]
            await desk.press("tab")
            assert screen.text == whole


async def test_older_ones_come_as_one_goes_down(start: Start) -> None:
    """Otherwise what was said long ago is found and cannot be reached."""
    said = [posted("general", n, "bob", f"tea {n}") for n in range(2, 48)]
    async with start(*HERE, *said) as desk:
        await desk.press("ctrl+f", *"tea")
        await desk.until(lambda: "20+ messages" in desk.screen())
        for _ in range(3):
            await desk.press(*["pagedown"] * 12)
        await desk.until(lambda: "46 messages ·" in desk.screen())
        await desk.press(*["pagedown"] * 12)
        assert "tea 2 " in desk.screen()
        assert [call for call in desk.chat.calls if call == ("search", "tea")] == [
            ("search", "tea")
        ] * 3


async def test_without_a_line_it_is_looked_for_here_and_said(start: Start) -> None:
    """On a train, an empty list that looks whole would be a lie."""
    async with start(*HERE) as desk:
        desk.chat.drop()
        await desk.settled()
        await desk.press("ctrl+f", *"fish")
        await desk.until(lambda: "1 message in what this machine keeps" in desk.screen())
        await desk.press("enter")
        await desk.until(lambda: desk.app.model.acting.selecting)
        assert desk.app.model.active == "random"


async def test_a_server_that_cannot_search_is_heard(start: Start) -> None:
    """Otherwise a search that failed looks like one that found nothing."""
    async with start(*HERE) as desk:
        desk.chat.errors["search"] = ServerError("busy", "That takes too long to find.")
        await desk.press("ctrl+f", *"tea")
        await desk.until(lambda: "That takes too long to find." in desk.screen())


class Slow(FakeChat):
    """Answers when it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.may = asyncio.Event()

    async def search(self, request: models.SearchRequest) -> models.SearchReply:
        """Take a while."""
        reply = await super().search(request)
        await self.may.wait()
        return reply


async def test_only_the_last_of_what_was_typed_waits(start: Start) -> None:
    """Whoever types fast on a slow line would wait for an answer to every letter."""
    slow = Slow()
    slow.feed(*HERE)
    async with start(client=lambda _url, _user: slow) as desk:
        await desk.until(lambda: desk.app.model.find("private", "bob"))
        await desk.pilot.press("ctrl+f", *"kettle")
        slow.may.set()
        await desk.until(lambda: "3 messages" in desk.screen())
        asked = [words for name, *words in slow.calls if name == "search"]
        assert asked == [["k"], ["kettle"]]


async def test_the_search_is_there_again_when_one_comes_back(start: Start) -> None:
    """Who goes through what was found one by one would type it again each time."""
    async with start(*HERE) as desk:
        await desk.press("ctrl+f", *"kettle", "escape")
        await desk.until(lambda: desk.app.screen is desk.app.chat)
        await desk.press("ctrl+f")
        await desk.until(lambda: isinstance(desk.app.screen, SearchScreen))
        assert _screen(desk).text == "kettle"


@pytest.mark.parametrize(
    ("content", "cells", "text", "found"),
    [
        ("the kettle", 40, "the kettle", ["kettle"]),
        ("a\nKettle\tof  kettles", 40, "a Kettle of kettles", ["Kettle", "kettles"]),
        ("x" * 30 + " and then the kettle sang", 30, "…and then the kettle sang", ["kettle"]),
        ("x" * 30 + "-kettle", 12, "…kettle", ["kettle"]),
        ("\x1b[31mkettle\u202e", 40, "kettle<U+202E>", ["kettle"]),
        ("kettle " + "y" * 50, 12, "kettle yyyy…", ["kettle"]),
    ],
)
def test_the_words_are_seen_in_their_line(
    content: str, cells: int, text: str, found: list[str]
) -> None:
    """Otherwise one does not see why a message was found, or what it says breaks the screen."""
    snippet = hits.snippet(content, Query(("kettle",), prefix=True), cells)
    assert snippet.text == text
    assert [text[start:end] for start, end in snippet.spans] == found


def test_the_time_of_a_message_is_short() -> None:
    """Otherwise one cannot tell this year's from those of years ago."""
    from datetime import UTC, date

    from rchat_tui.app.times import moment

    today = date(2026, 11, 22)
    assert moment(NOON, UTC, today=today) == "12:00"
    assert moment(NOON - 86_400_000, UTC, today=today) == "Sat 21 Nov, 12:00"
    assert moment(NOON - 400 * 86_400_000, UTC, today=today) == "Sat 18 Oct 2025, 12:00"


async def test_what_the_ignored_say_is_not_found_out_by_searching(start: Start) -> None:
    """Otherwise one reads in the search what one did not want to read in the channel."""
    async with start(*HERE) as desk:
        await desk.type("/ignore bob")
        await desk.press("ctrl+f", *"kettle")
        await desk.until(lambda: "3 messages · Enter" in desk.screen())
        await desk.settled()
        screen = desk.screen()
        assert "a kettle of fish" in screen
        assert "put the kettle on" not in screen
        assert "bob, whom you ignore, says something" in screen
