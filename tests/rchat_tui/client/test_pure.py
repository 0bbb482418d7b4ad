"""Addresses, waits, ids, and text for the screen: what needs neither a line nor time."""

from __future__ import annotations

import random
import unicodedata
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rchat_tui.client.address import ServerAddress
from rchat_tui.client.backoff import Backoff
from rchat_tui.client.display import safe_line, safe_text
from rchat_tui.client.errors import InvalidAddress
from rchat_tui.client.ids import uuid7


def _rng(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a test repeats


# -- addresses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("localhost", "tcp://localhost:6565"),
        ("tcp://chat.example:7000", "tcp://chat.example:7000"),
        ("TCP://chat.example/", "tcp://chat.example:6565"),
        ("TCPS://chat.example", "tcps://chat.example:6565"),
        (" 127.0.0.1:1 ", "tcp://127.0.0.1:1"),
        ("[::1]", "tcp://[::1]:6565"),
        ("tcp://[fe80::1]:65535", "tcp://[fe80::1]:65535"),
        ("ws://chat.example", "ws://chat.example:80/rchat"),
        ("WSS://chat.example", "wss://chat.example:443/rchat"),
        ("ws://[::1]:6566/", "ws://[::1]:6566/"),
        ("wss://chat.example:8443/a/chat%20room", "wss://chat.example:8443/a/chat%20room"),
    ],
)
def test_an_address_has_one_normal_form(text: str, normal: str) -> None:
    """Broken, people could not write addresses as they do, or two spellings were two servers."""
    address = ServerAddress.parse(text)
    assert str(address) == normal
    assert ServerAddress.parse(str(address)) == address


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "names no host"),
        ("tcp://", "names no host"),
        ("tcp://:6565", "names no host"),
        ("ws://", "names no host"),
        ("ws:///rchat", "names no host"),
        ("ws://chat.example:0/rchat", "1 to 65535"),
        ("ws://chat.example/a b", "no valid path"),
        ("ws://chat.example/rchat?who=me", "no valid path"),
        ("ws://chat.example/rchat\x1b[31m", "no valid path"),
        ("ws://me@chat.example/rchat", "is no address"),
        ("https://chat.example", "no chat server's address"),
        ("::1", "needs brackets"),
        ("[::1", "write IPv6 as"),
        ("[::1]x", "write IPv6 as"),
        ("chat.example:0", "1 to 65535"),
        ("chat.example:65536", "1 to 65535"),
        ("chat.example:http", "1 to 65535"),
        ("chat.example:", "1 to 65535"),
        ("chat example", "is no address"),
        ("tcp://me@chat.example", "is no address"),
        ("a" * 300, "is no address"),
        ("chat\x1b[31m.example", "is no address"),
    ],
)
def test_a_wrong_address_gets_a_sentence(text: str, says: str) -> None:
    """Broken, a typing error became a traceback, or a name that can never be looked up."""
    with pytest.raises(InvalidAddress) as caught:
        ServerAddress.parse(text)
    assert says in str(caught.value)
    assert "\x1b" not in str(caught.value)


@given(st.text())
def test_any_text_is_an_address_or_an_error(text: str) -> None:
    """Broken, some text from the connect screen ended the app."""
    said = ""
    try:
        address = ServerAddress.parse(text)
        assert ServerAddress.parse(str(address)) == address
    except InvalidAddress as error:
        said = str(error)
    assert said == safe_line(said)


# -- waits -----------------------------------------------------------------------------------------


@given(st.integers(1, 10_000), st.integers(), st.floats(0, 1e9))
def test_a_wait_is_never_longer_than_its_bounds(failures: int, seed: int, asked: float) -> None:
    """Broken, a client stayed away for ever, or what a server asks for was not kept."""
    backoff = Backoff()
    delay = backoff.delay(failures, _rng(seed), at_least=asked)
    least = min(asked, 10 * backoff.cap)
    chance = max(backoff.base * 2.0 ** min(failures - 1, 30), least)
    assert least <= delay <= least + min(backoff.cap, chance)


def test_waits_grow_and_spread() -> None:
    """Broken, a thousand clients came back to a restarted server in the same moment."""
    rng = _rng(7)
    early = [Backoff().delay(1, rng) for _ in range(200)]
    late = [Backoff().delay(20, rng) for _ in range(200)]
    assert max(early) <= 0.5
    assert max(late) > 10
    assert min(late) < 5


def test_those_who_are_told_to_come_back_come_spread() -> None:
    """Broken, all clients of a server that restarts came back within half a second."""
    rng = _rng(7)
    delays = sorted(Backoff().delay(1, rng, at_least=5.0) for _ in range(1000))
    assert 5.0 <= delays[0] < 5.1
    assert 7.0 < delays[500] < 8.0
    assert 9.9 < delays[-1] <= 10.0


# -- ids -------------------------------------------------------------------------------------------


@given(st.integers(0, 2**48 - 1), st.integers())
def test_an_id_is_a_uuid_of_version_7(now_ms: int, seed: int) -> None:
    """Broken, ids were no UUIDv7 and a server's index over them fell to a third of its speed."""
    id_ = UUID(uuid7(now_ms, _rng(seed)))
    assert id_.version == 7
    assert id_.variant == "specified in RFC 4122"
    assert id_.int >> 80 == now_ms


# -- text ------------------------------------------------------------------------------------------


@given(st.text(), st.integers(1, 200))
def test_nothing_that_a_terminal_obeys_is_left(text: str, limit: int) -> None:
    """Broken, a message could move the cursor, set the title or turn a line around."""
    safe = safe_text(text, limit=limit)
    assert len(safe) <= limit
    assert not any(
        (unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t") or c in "\u202e\u2066\u200f"
        for c in safe
    )


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;new title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("a\x1b", "a"),
        ("a\x1bcb", "ab"),
        ("bell\x07\x00", "bell"),
        ("one\r\ntwo\rthree\x85four", "one\ntwo\nthree\nfour"),
        ("\u202eevil", "<U+202E>evil"),
        ("naïve 日本 👩‍💻", "naïve 日本 👩‍💻"),
    ],
)
def test_escape_sequences_vanish_and_text_stays(text: str, safe: str) -> None:
    """Broken, the rest of a sequence showed as garbage, or honest text was lost."""
    assert safe_text(text) == safe


def test_a_long_text_is_cut_where_one_sees_it() -> None:
    """Broken, one hostile name filled the screen."""
    assert safe_text("x" * 100, limit=10) == "x" * 9 + "…"
    assert safe_line("a\nb   c", limit=10) == "a b c"
