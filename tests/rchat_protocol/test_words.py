from __future__ import annotations

import time

import pytest

from rchat_protocol import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, foo_bar!", ["hello", "foo", "bar"]),
        ("Ångström cafe\u0301", ["angstrom", "cafe"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("東京 tower", ["東", "京", "tower"]),
        ("ｶﾞが", ["ガ", "が"]),
        ("हिन्दी", ["हिन्दी"]),
        ("👍🏽 C++", ["👍", "c"]),
        ("soft\u00adhyphen", ["softhyphen"]),
        ("x" * 100, ["x" * words.WORD_CHARS]),
        ("\0\u202e…—", []),
    ],
)
def test_what_a_word_is(text: str, expected: list[str]) -> None:
    """The server and a client that is offline find different messages otherwise."""
    assert words.split(text) == expected


def test_where_the_words_stand() -> None:
    """What is highlighted must be what was found, in the text as it was written."""
    query = words.query(["foo-bar", "東京", "tow"], prefix=True)
    text = "See FOO_BAR, 東京 Towers; bar foo"
    assert query.matches(text)
    assert [text[start:end] for start, end in query.spans(text)] == ["FOO_BAR", "東京", "Towers"]
    assert not query.matches("bar foo 東京 tow")


def test_a_finished_word_does_not_go_on() -> None:
    """Whoever has typed a space after a word means that word."""
    assert words.query(["tea", "pot"], prefix=True).matches("tea pottery")
    assert not words.query(["pot "], prefix=True).matches("pottery")


def test_a_tower_of_marks_takes_no_time() -> None:
    """Normalising 8,000 marks takes a tenth of a second, message by message, with Python's lock."""
    tower = "e" + "\u05b0\u0591" * 4_000
    began = time.thread_time()
    assert len(words.split(" ".join([tower] * 10))) == 10
    assert time.thread_time() - began < 0.2
