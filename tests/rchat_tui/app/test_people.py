"""What one sees of people: who is away, and with which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import models
from support.fake_chat import online, state
from support.hostile import STRINGS

if TYPE_CHECKING:
    from support.desk import Desk, Start


def people(desk: Desk) -> list[str]:
    """Return the people pane."""
    pane = desk.app.chat.query_one("#people")
    rows = desk.screen().splitlines()[: pane.size.height]
    shown = (" ".join(row[pane.region.x :].split()) for row in rows)
    return [row for row in shown if row]


async def test_the_pane_has_those_first_who_are_here(start: Start) -> None:
    """Otherwise one asks somebody who is at lunch."""
    general = state("general", "alice", "bob", "kim", away={"bob": "lunch"})
    async with start(online(), general, models.Live(), size=(120, 40)) as desk:
        assert people(desk) == ["People · 3", "● alice you", "● kim", "◐ bob lunch"]
        await desk.happens(models.PresenceChanged("bob", None), models.PresenceChanged("alice", ""))
        assert people(desk) == ["People · 3", "● bob", "● kim", "◐ alice you"]
        assert "● alice at 127.0.0.1:6565  ◐ away " in desk.screen()
        await desk.happens(models.MemberJoined("general", "eve", "zzz"))
        assert people(desk)[-1] == "◐ eve zzz"
        await desk.happens(models.Members("general", ["alice", "eve"]))
        assert people(desk) == ["People · 2", "● alice you", "● eve"]


async def test_who_writes_to_somebody_away_is_told_once(start: Start) -> None:
    """Otherwise one waits for an answer; or hears it with every line."""
    bob = state("bob", "alice", "bob", kind="private", id_="p", away={"bob": "lunch"})
    async with start(online(), bob, models.Live()) as desk:
        assert "bob  ◐ away: lunch" in desk.screen().splitlines()[0]
        await desk.type("hi")
        await desk.type("are you there?")
        await desk.settled()
        assert desk.screen().count("bob is away: lunch.") == 1
        await desk.happens(
            models.PresenceChanged("bob", None), models.PresenceChanged("bob", "tea")
        )
        await desk.type("and now?")
        await desk.settled()
        assert "bob is away: tea." in desk.screen()


async def test_words_of_others_do_nothing(start: Start) -> None:
    """Otherwise being away moves everybody's cursor, or shifts his panes."""
    general = state("general", "alice", "bob")
    private = state("bob", "alice", "bob", kind="private", id_="p")
    async with start(online(), general, private, models.Live(), size=(120, 40)) as desk:
        await desk.press("alt+2")
        for text in STRINGS:
            await desk.happens(
                models.PresenceChanged("bob", text), models.PresenceChanged("alice", text)
            )
            for strip in desk.app.screen._compositor.render_strips():
                assert strip.cell_length == 120
                assert "\x1b" not in strip.text
