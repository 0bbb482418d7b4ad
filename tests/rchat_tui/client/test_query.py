from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from rchat_protocol.models import SearchRequest
from rchat_tui.client.query import Query, QueryError, parse

TODAY = dt.date(2026, 3, 1)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Query()),
        ("tea", Query(("tea",), prefix=True)),
        ("tea ", Query(("tea",))),
        ('"green tea" cup', Query(("green tea", "cup"), prefix=True)),
        ('"green te', Query(("green te",), prefix=True)),
        ('"green tea"', Query(("green tea",))),
        ('tea"', Query(("tea",))),
        ("FROM:@Bob tea", Query(("tea",), prefix=True, author="Bob")),
        ("tea from:ME", Query(("tea",), author="me")),
        ("in:#general in:@bob", Query(place="@bob")),
        ('in:"a channel"', Query(place="a channel")),
        ("has:link", Query(links=True)),
        ("before:2026-2-3", Query(before=dt.date(2026, 2, 3))),
        ("after:yesterday", Query(after=dt.date(2026, 2, 28))),
        ("after:2w before:3d", Query(after=dt.date(2026, 2, 15), before=dt.date(2026, 2, 26))),
        ("12:30 https://x std::map", Query(("12:30", "https://x", "std::map"), prefix=True)),
        ('"from:bob"', Query(("from:bob",))),
    ],
)
def test_what_is_typed_is_understood(text: str, query: Query) -> None:
    """People find nothing where their words are taken for filters, or filters for words."""
    assert parse(text, today=TODAY) == query


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("from:", "From whom?"),
        ("in:#", "Where?"),
        ("has:cat", "Only has:link"),
        ("before:2026-02-30", "When? before: takes a day: 2026-03-01"),
        ("after:", "When? after:"),
        ("after:9999w", ""),
        ("x " * 17, "16 words"),
        ("x" * 129, "A word or phrase has 128"),
    ],
)
def test_what_cannot_be_is_said(text: str, sentence: str) -> None:
    """A date that was not understood must not be left out without a word."""
    if not sentence:
        assert parse(text, today=TODAY).after is not None
        return
    with pytest.raises(QueryError, match=f"^{sentence}".replace("?", "[?]")):
        parse(text, today=TODAY)


def test_days_begin_where_one_lives() -> None:
    """In Auckland it is tomorrow: a search by day would miss half a day, or find it twice."""
    query = parse("tea from:me in:tea after:2026-01-05 before:today", today=TODAY)
    zone = ZoneInfo("Pacific/Auckland")
    request = query.request(user="alice", find=lambda name: {"tea": "c1"}[name], zone=zone, limit=5)
    assert request == SearchRequest(
        ["tea"],
        user="alice",
        conversation="c1",
        after=int(dt.datetime(2026, 1, 5, tzinfo=zone).timestamp() * 1000),
        before=int(dt.datetime(2026, 3, 1, tzinfo=zone).timestamp() * 1000),
        limit=5,
    )
    with pytest.raises(QueryError, match="You are in no conversation #tee"):
        parse("in:#tee", today=TODAY).request(user=None, find=lambda _: None)


@pytest.mark.parametrize("text", ["after:0001-01-01 before:9999-12-31", "before:1w after:9999d"])
def test_the_ends_of_the_calendar_are_no_trouble(text: str) -> None:
    """A year that was mistyped crashed the search."""
    request = parse(text, today=TODAY).request(user=None, find=lambda _: None)
    assert request.before is not None
    assert request.after is not None
    assert request.after < request.before
