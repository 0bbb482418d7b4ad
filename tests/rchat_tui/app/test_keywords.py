from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rchat_tui.app.keywords import LONGEST, MOST, Keywords

FOUND = [
    ("rust", "Rust!"),
    ("RUST", "is it rust?"),
    ("rust", "rust"),
    ("c++", "in C++, say"),
    ("straße", "STRASSE 5"),
    ("café", "cafe\u0301 noir"),
    ("deploy now", "please DEPLOY NOW."),
    ("東京", "明日は東京都です"),
    ("rust", "rustは速い"),
    ("デプロイ", "自動デプロイ中"),
    ("ABC", "\uff21\uff22\uff23 wide"),
    ("กาแฟ", "ดื่มกาแฟร้อน"),
]

NOT_FOUND = [
    ("rust", "trust"),
    ("rust", "rusty"),
    ("rust", "rust_lang"),
    ("rust", "rust2"),
    ("cafe", "cafe\u0301"),
    ("मा", "मान"),
    ("rust", ""),
]


@pytest.mark.parametrize(("word", "text"), FOUND)
def test_a_keyword_is_found_as_a_word(word: str, text: str) -> None:
    """Otherwise one misses what one waits for, or only in some scripts."""
    assert Keywords.of([word]).found(text)


@pytest.mark.parametrize(("word", "text"), NOT_FOUND)
def test_a_part_of_a_word_is_none(word: str, text: str) -> None:
    """Otherwise half of all messages call for whoever looks for a short word."""
    assert not Keywords.of([word]).found(text)


def test_a_word_that_stands_in_another_first_is_found_behind_it() -> None:
    """Otherwise "trust rust" hides the second of the two."""
    assert Keywords.of(["rust"]).found("trust rust")


def test_what_is_no_keyword() -> None:
    """Otherwise an empty line in the config calls always, or a long list costs a frame."""
    assert Keywords.of(["", "  ", "x" * (LONGEST + 1), " A ", "a"]).words == ("a",)
    assert len(Keywords.of(str(n) for n in range(2 * MOST)).words) == MOST


def test_where_keywords_stand() -> None:
    """Otherwise another part of the message is set off than the one that was found."""
    keywords = Keywords.of(["straße", "deploy", "ss"])
    text = "Die STRASSE, der deploy: Straße"
    assert [text[a:b] for a, b in keywords.spans(text)] == ["STRASSE", "deploy", "Straße"]
    text = "東京のデプロイ"
    assert [text[a:b] for a, b in Keywords.of(["デプロイ"]).spans(text)] == ["デプロイ"]


@given(st.text(max_size=40), st.lists(st.text(max_size=5), max_size=4))
def test_spans_are_in_order_and_within(text: str, words: list[str]) -> None:
    """Otherwise a message with an odd character breaks its row."""
    last = 0
    for start, end in Keywords.of(words).spans(text):
        assert last <= start < end <= len(text)
        last = end
