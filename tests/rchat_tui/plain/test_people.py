"""What is told of people where there is no screen."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import category

from rchat_protocol import models
from support.fake_chat import online, state
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


async def test_words_of_others_do_nothing(start: Start) -> None:
    """Otherwise being away makes a terminal do more than write."""
    bob = state("bob", "alice", "bob", kind="private", id_="p")
    async with start(online(), bob) as paper:
        for text in STRINGS:
            await paper.happens(models.PresenceChanged("bob", text))
            await paper.type("/names", "hi")
        written = "".join(paper.written)
        assert not {each for each in written if category(each) in ("Cc", "Cs", "Zl", "Zp")}
