"""When two names look the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rchat_protocol.looks import look

CYRILLIC_A = "\u0430"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alice", f"{CYRILLIC_A}lice"),
        ("alice", "a1ice"),
        ("Alice", "AIice"),
        ("bob", "b0b"),
        ("modern", "rnodern"),
        ("paypal", "\u03c1\u237a\u0443\U0001d4c5\U0001d482\u05df"),
        ("\u65e5", "\u2f47"),
        ("zo\u00eb", "zoe\u0308"),
    ],
)
def test_names_that_may_be_taken_for_each_other_are_alike(one: str, other: str) -> None:
    """Otherwise somebody talks to another one than he thinks."""
    assert look(one) == look(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("alice", "alicia"), ("bob", "rob"), ("user1", "user2"), ("zoe", "zo\u00eb"), ("kim", "tim")],
)
def test_other_names_are_not(one: str, other: str) -> None:
    """Otherwise people cannot have their own names."""
    assert look(one) != look(other)


def test_numbers_behind_a_name_tell_people_apart() -> None:
    """Otherwise of a hundred guests some cannot come in."""
    assert len({look(f"guest{number}") for number in range(2_000)}) == 2_000


@given(st.text(max_size=32))
def test_a_look_is_made_of_any_text_and_looks_like_itself(text: str) -> None:
    """Otherwise a name ends the server, or is none that can be compared."""
    assert look(look(text)) == look(text)
