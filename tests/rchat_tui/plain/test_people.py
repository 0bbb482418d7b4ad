"""What is told of people where there is no screen."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import category

from rchat_protocol import models
from support.fake_chat import online, posted, state
from support.hostile import STRINGS

if TYPE_CHECKING:
    from support.paper import Start


async def test_one_hears_who_is_away_where_one_talks_to_him(start: Start) -> None:
    """Otherwise one waits for an answer; or a busy channel tells of everybody's lunch."""
    bob = state("bob", "alice", "bob", kind="private", id_="p", away={"bob": "lunch"})
    async with start(online(), bob, state("tea", "alice", "bob", "kim")) as paper:
        assert "-- @bob, away: lunch" in paper.written
        assert await paper.type("hi", "hello?") == ["-- bob is away: lunch."]
        assert await paper.happens(models.PresenceChanged("bob", None)) == ["-- bob is back"]
        assert await paper.happens(models.PresenceChanged("kim", "tea")) == []
        assert await paper.type("/away at \x1b[2Jlunch") == [
            "-- you are away: at lunch; /back ends that"
        ]
        assert await paper.type("/back") == ["-- you are back"]
        await paper.type("/buffer #tea")
        assert await paper.type("/names") == ["-- Here: alice  bob  kim (away: tea)"]


async def test_people_are_asked_about_invited_and_ignored(start: Start) -> None:
    """Otherwise who cannot see a screen cannot choose his company."""
    said = posted("general", 1, "bob", "noise")
    async with start(online(), state("general", "alice", "bob"), said) as paper:
        told = "-- bob: came 1 h ago, wrote 1 min ago. You share #general."
        assert await paper.type("/whois bob") == [told]
        assert await paper.type("/invite kim") == ["-- You have invited kim to #general."]
        asked = await paper.happens(models.Invited("t\x1b[2Jea", "bob"))
        assert asked == ["-- bob invites you to #tea: /accept joins it."]
        assert await paper.type("/ignore bob") == [
            "-- You ignore bob: /ignore bob lets you hear of that person again."
        ]
        assert await paper.happens(posted("general", 2, "bob", "more noise")) == []
        assert await paper.type("/newest") == ["-- bob, whom you ignore, says something"]
        await paper.type("/ignore bob")
        assert await paper.type("/newest") == ["10:21 bob: noise", "10:22 bob: more noise"]


async def test_words_of_others_do_nothing(start: Start) -> None:
    """Otherwise being away makes a terminal do more than write."""
    bob = state("bob", "alice", "bob", kind="private", id_="p")
    async with start(online(), bob) as paper:
        for text in STRINGS:
            await paper.happens(models.PresenceChanged("bob", text))
            await paper.type("/names", "hi")
        written = "".join(paper.written)
        assert not {each for each in written if category(each) in ("Cc", "Cs", "Zl", "Zp")}
