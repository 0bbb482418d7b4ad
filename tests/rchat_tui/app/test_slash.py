from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rchat_tui.app.commands import BY_ID, COMMANDS
from rchat_tui.app.completion import Completion, complete
from rchat_tui.app.slash import Problem, Run, Say, parse


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


def _options(text: str) -> Completion | None:
    return complete(text, len(text), people=["bob", "Bea", "zoë"], channels=["general", "rust"])


def test_what_tab_completes() -> None:
    """Otherwise Tab offers what makes no sense where it stands."""
    assert _options("b") == Completion(0, 1, ("bob: ", "Bea: "))
    assert _options("hi @B") == Completion(3, 5, ("@bob ", "@Bea "))
    assert _options("see #g") == Completion(4, 6, ("#general ",))
    assert _options("/jo") == Completion(0, 3, ("/join ",))
    assert _options("/join ru") == Completion(6, 8, ("rust ",))
    assert _options("/msg z") == Completion(5, 6, ("zoë ",))
    assert _options("xyz") is None
    assert _options("") is None
