"""What may be a name, and when two are one."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rchat_protocol import names
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.limits import CHANNEL_NAME_CHARS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b",
        "a\u00a0b",
        "a\tb",
        "a\x00",
        "a\x1b[31m",
        "\u202eevil",
        "a\u200b",
        "#general",
        "\uff03general",
        "@alice",
        "\u0301acute",
        "x" * 33,
        *(f"alice{chr(code)}" for code in (0x3164, 0x115F, 0xFFA0, 0x2800, 0x34F, 0xFE0F, 0xE0100)),
    ],
)
def test_names_that_others_could_not_read_are_refused(text: str) -> None:
    """An invisible character makes a second alice; a control character moves a cursor."""
    with pytest.raises(ChatError) as refused:
        names.user_name(text)
    assert refused.value.code is ErrorCode.INVALID_NAME


@pytest.mark.parametrize(
    "text", ["alice", "Zoë", "李雷", "c#", "a@b", "x" * 32, "naïve.bot-2", "🦊"]
)
def test_names_that_people_have_are_taken(text: str) -> None:
    """Whoever cannot be called what he is called goes elsewhere."""
    assert names.user_name(text) == text


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("\uff46\uff55ll", "full"),
        ("ﬁsh", "fish"),
        ("Zoe\u0308", "Zoë"),
        ("\ufb03\u00bd", "ffi1\u20442"),
    ],
)
def test_a_name_has_the_form_that_precis_gives_it(typed: str, name: str) -> None:
    """Of two forms of one name, people would see now this one and now that one."""
    assert names.user_name(typed) == name


@pytest.mark.parametrize("text", ["admin", "Server", "EVERYONE", "\uff48ere"])
def test_nobody_speaks_for_the_server(text: str) -> None:
    """Who is called admin is believed; ``@all`` speaks to nobody, and not to one who took it."""
    with pytest.raises(ChatError) as refused:
        names.user_name(text)
    assert refused.value.code is ErrorCode.INVALID_NAME
    assert names.channel_name(text)


@given(st.text(max_size=100))
def test_any_text_is_a_name_or_an_error(text: str) -> None:
    """Names come from others: whatever they are, nothing but a `ChatError` may come out."""
    try:
        name = names.channel_name(text)
    except ChatError as error:
        name = ""
        codes = {error.code}
    else:
        codes = set()
        assert names.key(name)
    assert codes <= {ErrorCode.INVALID_NAME}
    assert not name or names.channel_name(name) == name


def test_two_spellings_are_one_name() -> None:
    """Case, width and composition do not make another person."""
    assert len({names.key(name) for name in ("Zoe\u0308", "ZO\u00cb", "\uff3a\uff4f\u00eb")}) == 1


@pytest.mark.parametrize(
    ("content", "keys"),
    [
        ("hi @Bob!", {"bob", "bob!"}),
        ("bob: look", {"bob"}),
        ("bob, look", {"bob"}),
        ("mail bob@example.org", {"example.org"}),
        ("say bob", set()),
    ],
)
def test_who_is_spoken_to(content: str, keys: set[str]) -> None:
    """A mention that is missed, or made up, is a mark that nobody trusts."""
    assert names.mentioned(content) == keys


def test_a_key_takes_no_time() -> None:
    """Normalising 60,000 marks takes seconds, in which one guest's request stops the server."""
    tower = "e" + "\u0301\u0323" * 30_000
    began = time.thread_time()
    keys = {names.key(tower), *names.mentioned(f"@{tower} and {tower}:")}
    assert time.thread_time() - began < 0.5
    assert names.key("e") not in keys


def test_no_name_is_longer_than_what_has_a_key() -> None:
    """Otherwise one that is written with combining marks would be another than the same without."""
    longest = "\u1f82" * CHANNEL_NAME_CHARS  # of four characters each
    written = unicodedata.normalize("NFD", longest)
    assert names.channel_name(written) == longest
    assert names.key(written) == names.key(longest)
    with pytest.raises(ChatError):
        names.channel_name(written + "\u0323")
