from __future__ import annotations

from rchat_protocol import models
from rchat_tui.app.commands import COMMANDS
from rchat_tui.app.finding import SHOWN, Finder, People, commands, conversations, joinable
from rchat_tui.app.model import ChatModel
from rchat_tui.app.preferences import Level
from support.fake_chat import online, posted, state


def town() -> ChatModel:
    """Return some channels and people, with #general open."""
    model = ChatModel(now=lambda: 0)
    for event in (
        online(),
        state("general", "alice", "bob", "kim"),
        state("rust", "alice", "bob", head=9, unread=3),
        state("trust", "alice", "mira"),
        state("random", "alice", head=9, unread=2, mentions=1),
        state("rust-beginners", "alice"),
        state("bob", "bob", "alice", kind="private", id_="p"),
        models.Live(),
    ):
        model.apply(event)
    return model


def finder(model: ChatModel, *channels: str) -> Finder:
    """Return what finds everything there is."""
    return Finder([*conversations(model), *People().targets(model), *joinable(model, channels)])


def found(model: ChatModel, query: str, *channels: str) -> list[str]:
    """Return the names that a query finds."""
    return [target.name for target in finder(model, *channels).find(query)]


def test_how_well_a_name_fits_comes_first() -> None:
    """Otherwise the channel whose name was typed is not the one that Enter opens."""
    model = town()
    assert found(model, "rust")[:3] == ["rust", "rust-beginners", "trust"]
    assert found(model, "beg") == ["rust-beginners"]
    assert found(model, "rbg") == ["rust-beginners"]
    assert found(model, "RÄNDOM") == []
    assert found(model, "  Random ") == ["random"]


def test_among_those_that_fit_who_waits_comes_first() -> None:
    """Otherwise what is unread stands behind what is not."""
    model = town()
    assert found(model, "r")[:2] == ["random", "rust"]
    random = model.state.conversations["random"]
    model.preferences.mute(random, muted=True)
    assert found(model, "r")[0] == "rust"


def test_without_a_query_mentions_then_unread_then_where_one_was() -> None:
    """Otherwise Ctrl+K, Enter goes somewhere that nobody meant."""
    model = town()
    for id_ in ("trust", "rust-beginners", "general"):
        model.open(id_)
    everything = found(model, "")
    assert everything[:4] == ["random", "rust", "rust-beginners", "trust"]
    assert everything[-1] == "general"
    model.apply(posted("p", 1, "bob", "psst"))
    assert set(found(model, "")[:2]) == {"random", "bob"}
    model.preferences.choose(model.state.conversations["p"], Level.NONE)
    assert found(model, "")[0] == "random"


def test_people_one_shares_a_channel_with_come_once() -> None:
    """Otherwise one finds oneself, or somebody twice, or cannot write to who is in the channel."""
    model = town()
    people = People()
    assert [(t.name, t.about) for t in people.targets(model)] == [
        ("kim", "#general"),
        ("mira", "#trust"),
    ]
    model.apply(models.MemberLeft("general", "kim"))
    model.apply(models.MemberJoined("rust", "zoë"))
    assert [(t.name, t.about) for t in people.targets(model)] == [
        ("zoë", "#rust"),
        ("mira", "#trust"),
    ]


def test_channels_that_one_is_not_in_can_be_joined() -> None:
    """Otherwise one has to know the name of a channel to come into it."""
    model = town()
    targets = finder(model, "Rust", "rustaceans", "other").find("rust")
    assert [(t.name, t.kind) for t in targets[:3]] == [
        ("rust", "channel"),
        ("rust-beginners", "channel"),
        ("rustaceans", "join"),
    ]
    assert [t.name for t in targets].count("Rust") == 0


def test_a_sigil_says_what_is_meant() -> None:
    """Otherwise #b finds bob."""
    search = finder(town(), "bazaar")
    channels, people = frozenset({"channel", "join"}), frozenset({"private", "person"})
    assert [t.name for t in search.find("b", channels)] == ["bazaar", "rust-beginners"]
    assert [t.name for t in search.find("b", people)] == ["bob"]


def test_a_longer_query_finds_what_a_fresh_search_does() -> None:
    """Otherwise what is typed letter by letter finds less than what is pasted, or goes back."""
    model = town()
    search = finder(model, "rustaceans", "brutalist")
    for query in ("r", "ru", "rus", "ru", "rut", "r", "", "b", "br"):
        names = [target.name for target in search.find(query)]
        assert names == found(model, query, "rustaceans", "brutalist"), query


def test_there_is_a_bound_and_loose_matches_are_found_beyond_it() -> None:
    """Otherwise ten thousand people are ten thousand rows, or the last of them cannot be found."""
    model = ChatModel(now=lambda: 0)
    model.apply(online())
    people = [f"a{number}b{number}" for number in range(1000)]
    model.apply(state("general", "alice", *people))
    search = Finder(People().targets(model))
    assert len(search.find("ab")) == SHOWN
    assert [target.name for target in search.find("ab999")] == ["a999b999"]


def test_commands_used_lately_come_first() -> None:
    """Otherwise the palette forgets what one does all day."""
    plain = [t.id for t in Finder(commands(COMMANDS, [])).find("")]
    assert plain[:3] == [command.id for command in COMMANDS if command.palette][:3]
    used = [t.id for t in Finder(commands(COMMANDS, ["theme", "list"])).find("")]
    assert used[:2] == ["theme", "list"]
    assert Finder(commands(COMMANDS, [])).find("jo")[0].id == "join"
