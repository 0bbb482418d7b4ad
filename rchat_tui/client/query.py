"""What somebody types to search: words, "phrases", and filters like ``from:bob``. Pure.

A word with a colon in it that is none of these is a word: people look for times and addresses, too.
In quotation marks everything is.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from rchat_protocol import limits
from rchat_protocol.models import SearchRequest

if TYPE_CHECKING:
    from collections.abc import Callable

FILTERS: Final = ("from:", "in:", "before:", "after:", "has:")

_TOKEN: Final = re.compile(
    r'(?P<filter>from|in|before|after|has):(?:"(?P<quoted>[^"]*)"?|(?P<value>[^\s"]*))'
    r'|"(?P<phrase>[^"]*)(?P<closed>"?)|(?P<word>[^\s"]+)',
    re.IGNORECASE,
)
_AGO: Final = re.compile(r"(\d{1,4})([dw])", re.ASCII)
_DATE: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_LINKS: Final = ("link", "links", "url", "urls")
_DAYS_A_WEEK: Final = 7

_FIRST: Final = dt.date(1970, 1, 2)
_LAST: Final = dt.date(9999, 12, 30)
"""Days that begin within the calendar in every zone; nothing was said beyond them."""


class QueryError(Exception):
    """It cannot be looked for like that: ``str(error)`` is a sentence."""


class Query(Struct, frozen=True):
    """What is looked for, as it was typed."""

    words: tuple[str, ...] = ()
    """Words and phrases."""
    prefix: bool = False
    """Whether the last one may go on."""
    author: str | None = None
    place: str | None = None
    """Where: a channel or a person, with or without sigil."""
    before: dt.date | None = None
    """Only what was said before that day."""
    after: dt.date | None = None
    """Only what was said on that day or later."""
    links: bool = False

    def __bool__(self) -> bool:
        return bool(
            self.words or self.author or self.place or self.before or self.after or self.links
        )

    def request(
        self,
        *,
        user: str | None,
        find: Callable[[str], str | None],
        zone: dt.tzinfo | None = None,
        limit: int = 20,
    ) -> SearchRequest:
        """Return what is asked for.

        Args:
            user: Who ``from:me`` is.
            find: Returns the id of the conversation that is called so.
            zone: In which days begin; None: the local one.
            limit: Most messages, 1 to 100.

        Raises:
            QueryError: You are in no conversation of that name.
        """
        where = None
        if self.place is not None:
            where = find(self.place)
            if where is None:
                raise QueryError(f"You are in no conversation {self.place}.")
        return SearchRequest(
            list(self.words),
            prefix=self.prefix,
            user=user if self.author == "me" else self.author,
            conversation=where,
            before=_midnight(self.before, zone),
            after=_midnight(self.after, zone),
            links=self.links,
            limit=limit,
        )


def parse(text: str, *, today: dt.date) -> Query:
    """Return what is looked for.

    Args:
        text: As it was typed, perhaps not to its end.
        today: What ``today``, ``yesterday``, ``3d`` and ``2w`` are counted from.

    Raises:
        QueryError: A filter says nothing, or nothing that can be; or it is too much.
    """
    words: list[str] = []
    prefix = False
    filters: dict[str, str] = {}
    for token in _TOKEN.finditer(text):
        prefix = False
        if token["filter"]:
            filters[token["filter"].lower()] = token["quoted"] or token["value"] or ""
        elif token["word"]:
            words.append(token["word"])
            prefix = token.end() == len(text)
        elif token["phrase"].strip():
            words.append(token["phrase"])
            prefix = not token["closed"]
    if len(words) > limits.SEARCH_WORDS:
        raise QueryError(f"{limits.SEARCH_WORDS} words or phrases are the most.")
    if any(len(word) > limits.SEARCH_WORD_CHARS for word in words):
        raise QueryError(f"A word or phrase has {limits.SEARCH_WORD_CHARS} characters at most.")
    return Query(
        tuple(words),
        prefix=prefix,
        author=_name(filters.get("from")),
        place=_place(filters.get("in")),
        before=_day("before", filters.get("before"), today),
        after=_day("after", filters.get("after"), today),
        links=_has(filters.get("has")),
    )


def _name(value: str | None) -> str | None:
    if value is None:
        return None
    name = value.removeprefix("@")
    if not name:
        raise QueryError("From whom? from:bob finds what bob said, from:me what you did.")
    return "me" if name.lower() == "me" else name


def _place(value: str | None) -> str | None:
    if value is not None and not value.strip("#@"):
        raise QueryError("Where? in:general finds what was said in #general, in:@bob with bob.")
    return value


def _has(value: str | None) -> bool:
    if value is not None and value.lower() not in _LINKS:
        raise QueryError("Only has:link is known.")
    return value is not None


def _day(which: str, value: str | None, today: dt.date) -> dt.date | None:
    if value is None:
        return None
    named = {"today": 0, "yesterday": 1}.get(value.lower())
    ago = _AGO.fullmatch(value.lower())
    if ago is not None:
        named = int(ago[1]) * (_DAYS_A_WEEK if ago[2] == "w" else 1)
    date = _DATE.fullmatch(value)
    try:
        if named is not None:
            return today - dt.timedelta(days=named)
        if date is not None:
            return dt.date(*map(int, date.groups()))
    except (ValueError, OverflowError):
        pass  # there is no such day
    raise QueryError(
        f"When? {which}: takes a day: {today:%Y-%m-%d}, today, yesterday, 3d or 2w ago."
    )


def _midnight(day: dt.date | None, zone: dt.tzinfo | None) -> int | None:
    """Return the moment at which a day begins, in milliseconds since 1970-01-01 UTC."""
    if day is None:
        return None
    day = min(max(day, _FIRST), _LAST)
    begins = dt.datetime.combine(day, dt.time(), tzinfo=zone).astimezone(dt.UTC)
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return (begins - epoch) // dt.timedelta(milliseconds=1)
