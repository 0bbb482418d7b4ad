from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from rchat_tui.app import completion
from rchat_tui.app.commands import BY_ID, BY_SLASH, COMMANDS, Command, Kind
from rchat_tui.app.completion import Completion, Option, Words, complete
from rchat_tui.app.slash import Problem, Run, Say, keepable, parse

if TYPE_CHECKING:
    import pytest


def test_what_lines_mean() -> None:
    """Otherwise a command is sent as a message, or a message is taken for a command."""
    assert parse("hello /join x") == Say("hello /join x")
    assert parse("/join #general") == Run(BY_ID["join"], "#general")
    assert parse("/J  general ") == Run(BY_ID["join"], "general")
    assert parse("//etc/passwd") == Say("/etc/passwd")
    assert parse("/") == Say("/")
    assert parse("/ not a command") == Say("/ not a command")
    assert parse("/me\nwaves") == Run(BY_ID["me"], "waves")


def test_an_unknown_command_names_the_nearest_and_is_never_sent() -> None:
    """Otherwise a typing error tells a channel what was meant for the app."""
    meaning = parse("/jion general")
    assert isinstance(meaning, Problem)
    assert "/join" in meaning.sentence
    assert isinstance(parse("/quti"), Problem)


def test_a_command_without_its_argument_says_how_to_use_it() -> None:
    """Otherwise one has to guess what is missing."""
    meaning = parse("/msg")
    assert isinstance(meaning, Problem)
    assert "/msg NAME TEXT" in meaning.sentence


@given(st.text())
def test_any_line_means_something(line: str) -> None:
    """Otherwise some line crashes the app."""
    meaning = parse(line)
    if line.startswith("/") and not line.startswith("//") and isinstance(meaning, Say):
        assert line == "/" or line[1:2].isspace()


def test_slash_names_are_unique() -> None:
    """Otherwise one command hides another."""
    names = [name for command in COMMANDS for name in command.slash]
    assert len(names) == len(set(names))


WORDS = Words(
    {
        Kind.PERSON: ["bob", "Bea", "zoë"],
        Kind.JOINED: ["general", "rust"],
        Kind.CHANNEL: ["general", "rust", "ruby"],
        Kind.THEME: ["nord", "rchat-dark", "rchat-light"],
    }
)


def _options(text: str, *, first: bool = True) -> Completion | None:
    return complete(text, len(text), WORDS, first=first)


def _texts(text: str, *, first: bool = True) -> tuple[int, list[str]]:
    found = _options(text, first=first)
    return (0, []) if found is None else (found.start, [option.text for option in found.options])


def test_what_tab_completes() -> None:
    """Otherwise Tab offers what makes no sense where it stands."""
    assert _options("b") == Completion(0, 1, (Option("bob: ", "bob"), Option("Bea: ", "Bea")))
    assert _texts("hi @B") == (3, ["@bob ", "@Bea "])
    assert _texts("see #g") == (4, ["#general "])
    assert _texts("b", first=False) == (0, ["bob ", "Bea "])
    assert _options("xyz") is None
    assert _options("") is None


def test_commands_and_their_arguments_are_completed() -> None:
    """Otherwise one has to know by heart what there is."""
    assert _texts("/jo") == (0, ["/join "])
    assert _options("/the") == Completion(
        0, 4, (Option("/theme ", "/theme [NAME]", BY_ID["theme"].description),)
    )
    assert _texts("/join ru") == (6, ["rust ", "ruby "])
    assert _texts("/JOIN  #RU") == (7, ["rust ", "ruby "])
    assert _texts("/part ru") == (6, ["rust "]), "one leaves what one is in"
    assert _texts("/msg z") == (5, ["zoë "])
    assert _texts("/query ") == (7, ["bob ", "Bea ", "zoë "])
    assert _texts("/msg bob be") == (9, ["Bea "]), "then comes what is said"
    assert _texts("/msg bob xx") == (0, [])
    assert _texts("/theme rchat-") == (7, ["rchat-dark ", "rchat-light "])
    assert _texts("/theme ru") == (0, []), "nothing else is a theme"
    assert _texts("/react :tad") == (7, ["🎉 "])
    assert _texts("/react tad") == (7, ["🎉 "])
    assert _texts("/nosuch b") == (8, ["bob ", "Bea "])
    assert _texts("//jo") == (0, [])
    assert _texts("/jo", first=False) == (0, []), "a command is on the first line"


def test_a_command_says_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a new command has to be known to the completion, too."""
    level = Command(
        "x", "X", "X", slash=("x",), takes=(Kind.PERSON, Kind.CHOICE), choices=("all", "none")
    )
    monkeypatch.setitem(BY_SLASH, "x", level)
    assert _texts("/x zo") == (3, ["zoë "])
    assert _texts("/x zoë ") == (7, ["all ", "none "])
    assert _texts("/x zoë N") == (7, ["none "])


def test_every_command_with_an_argument_says_what_it_is() -> None:
    """Otherwise a command is added whose argument Tab does not complete, and nobody notices."""
    texts = {"TEXT", "[TEXT]", "NEW-NAME"}
    silent = [c.id for c in COMMANDS if c.usage and c.usage not in texts and not c.takes]
    assert silent == []


def test_emoji_are_completed_by_their_short_codes() -> None:
    """Otherwise one has to leave the terminal for an emoji."""
    found = _options("hi :thu")
    assert found is not None
    assert found.start == 3
    assert found.options[0] == Option("👍 ", "👍", ":thumbsup:")
    assert _texts("(:tad") == (1, ["🎉 "])
    assert _texts("http://tad") == (0, [])
    assert _texts("12:tad") == (0, [])
    assert _texts(":") == (0, [])


def test_options_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise Tab among a million channels stops the app."""
    monkeypatch.setattr(completion, "MOST", 2)
    assert _texts("/query ") == (7, ["bob ", "Bea "])


def test_what_may_hold_a_secret_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a password stands in a file."""
    secret = Command("login", "X", "X", slash=("login",), usage="PASSWORD", secret=True)
    monkeypatch.setitem(BY_SLASH, "login", secret)
    for line in ("/login hunter2", "/LOGIN hunter2", "/login\nhunter2", "/lgoin hunter2"):
        assert not keepable(line), line
    for line in ("hello", "/join tea", "//etc/passwd", "/ x", "/", "two\n/login x", "/me waves"):
        assert keepable(line), line
