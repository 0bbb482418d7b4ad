from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rchat_protocol import models
from rchat_tui.app import navigation
from rchat_tui.app.attention import Attention
from rchat_tui.app.counting import Count, Hits, count, total
from rchat_tui.app.items import Said
from rchat_tui.app.keywords import Keywords
from rchat_tui.app.model import ChatModel
from rchat_tui.app.preferences import Preference
from support.fake_chat import NOON, online, posted, remembered, state

if TYPE_CHECKING:
    from rchat_tui.client.events import ClientEvent


def model(*events: ClientEvent) -> ChatModel:
    """Return what is known after some channels, and these."""
    made = ChatModel(now=lambda: NOON, keywords=Keywords.of(["deploy"]))
    known = (
        online(),
        state("general", "alice"),
        state("rust", "alice", head=9, unread=3),
        state("random", "alice", head=9, unread=2, mentions=1),
        state("2024", "alice"),
        state("bob", "bob", "alice", kind="private", id_="p", head=1, unread=1),
        models.Live(),
    )
    for event in (*known, *events):
        made.apply(event)
    return made


def test_next_unread_goes_to_who_waits_first_and_to_nothing_muted() -> None:
    """Otherwise Alt+A goes where one does not want to be called, or not where somebody waits."""
    known = model()
    seen = []
    for _ in range(4):
        found = navigation.next_unread(known)
        seen.append(found)
        if found is not None:
            known.open(found)
            known.apply(models.ReadMarker(found, 99))
    assert seen == ["random", "p", "rust", None]
    known = model()
    known.preferences.put(("channel", "random"), Preference(muted=True))
    known.preferences.put(("private", "bob"), Preference(muted=True))
    assert navigation.next_unread(known) == "rust"
    known.apply(models.ReadMarker("rust", 9))
    assert navigation.next_unread(known) is None


def test_a_keyword_waits_too() -> None:
    """Otherwise Alt+A passes over a message that one waits for."""
    known = model(models.ReadMarker("random", 9), models.ReadMarker("p", 1))
    known.apply(posted("2024", 1, "bob", "nothing"))
    assert navigation.next_unread(known) == "rust"
    known.apply(posted("2024", 2, "bob", "deploy now"))
    assert navigation.next_unread(known) == "2024"


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("general", "general"),
        ("#General", "general"),
        ("2", "rust"),
        ("2024", "2024"),
        ("#20", "2024"),
        ("@b", "p"),
        ("gen", "general"),
        ("dom", "random"),
        ("r", None),
        ("#bob", None),
        ("#", None),
        ("0", "2024"),
        ("77", None),
        ("999999999999", None),
    ],
)
def test_which_conversation_is_meant(text: str, id_: str | None) -> None:
    """Otherwise /buffer goes somewhere else, or nowhere although it is clear what was meant."""
    found = navigation.named(model(), text)
    assert (None if found is None else found.id) == id_


def test_counts_are_the_servers_and_keywords_stand_apart() -> None:
    """Otherwise two terminals of one person disagree about how much is unread."""
    known = model(
        posted("rust", 10, "bob", "the deploy"),
        posted("rust", 11, "bob", "alice: the deploy"),
        posted("rust", 12, "bob", "no"),
    )
    rust = known.state.conversations["rust"]
    assert (rust.unread, rust.mentions) == (6, 1)
    assert count(known, rust) == Count(6, 1, 1)
    assert total(known) == Count(6 + 2 + 1, 1 + 1 + 1, 1)
    known.preferences.mute(rust, muted=True)
    assert count(known, rust) == Count(6, 1, 1, muted=True)
    assert not count(known, rust).calls
    assert total(known) == Count(3, 2)
    known.apply(models.ReadMarker("rust", 10))
    assert count(known, known.state.conversations["rust"]).keywords == 0


def test_keywords_are_counted_once_and_as_long_as_they_are_unread() -> None:
    """Otherwise a replay counts twice, and what was read or deleted still calls."""
    said = [posted("rust", 8, "bob", "deploy")]
    known = ChatModel(now=lambda: NOON, keywords=Keywords.of(["deploy"]))
    known.attention = Attention(focused=False)
    rust = state("rust", "alice", head=9, read=6, unread=3, resumed=True)
    events: tuple[ClientEvent, ...] = (
        remembered(rust, messages=[*said, posted("rust", 9, "bob", "hm")]),
        online(),
        rust,
        *said,
        posted("rust", 10, "bob", "deploy"),
        posted("rust", 10, "bob", "deploy"),
        posted("rust", 11, "bob", "x"),
    )
    for event in events:
        known.apply(event)
    assert count(known, known.state.conversations["rust"]).keywords == 2
    known.apply(models.MessageDeleted("rust", 12, 10, "bob", NOON))
    assert count(known, known.state.conversations["rust"]).keywords == 1
    known.apply(state("rust", "alice", head=2, unread=2, epoch="e2"))
    assert count(known, known.state.conversations["rust"]).keywords == 0


def test_hits_are_bounded() -> None:
    """Otherwise a flood of keywords fills the memory of whoever is away."""
    hits = Hits(Keywords.of(["x"]))
    conversation = model().state.conversations["general"]
    said = [Said("bob", "x", NOON, str(n), n) for n in range(1, 3000)]
    hits.hear(conversation, said, "alice")
    assert hits.after("general", 0) == 1000
    assert hits.after("general", 999) == 1


def test_where_one_was() -> None:
    """Otherwise Alt+S goes to a channel that one has left, and the switcher forgets the way."""
    known = model()
    for id_ in ("rust", "2024", "random"):
        known.open(id_)
    assert known.visited() == ["random", "2024", "rust", "general"]
    assert known.previous() == "2024"
    known.apply(models.Parted("2024"))
    assert known.previous() == "rust"
    known.apply(state("random", "alice", id_="another"))
    assert known.visited() == ["another", "rust", "general"]
    assert known.active == "another"
