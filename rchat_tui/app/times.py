"""Milliseconds since 1970-01-01 UTC, as people read them. A zone of None is the local one."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Final


@functools.lru_cache(maxsize=4096)
def _moment(minute: int, zone: dt.tzinfo | None) -> dt.datetime:
    try:
        return dt.datetime.fromtimestamp(minute * 60, tz=dt.UTC).astimezone(zone)
    except (OverflowError, ValueError, OSError):
        # A server may send any number; a strange time is no reason not to show the message.
        return dt.datetime.fromtimestamp(0, tz=dt.UTC).astimezone(zone)


def clock(at: int, zone: dt.tzinfo | None) -> str:
    """Return the time of day, ``HH:MM``."""
    moment = _moment(at // 60_000, zone)
    return f"{moment.hour:02}:{moment.minute:02}"


def date(at: int, zone: dt.tzinfo | None) -> dt.date:
    """Return the day in the zone."""
    return _moment(at // 60_000, zone).date()


_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def day(at: int, zone: dt.tzinfo | None) -> str:
    """Return the day in words, in English like the rest of the app."""
    # English names of our own: the locale of the process is not the app's language.
    when = date(at, zone)
    return f"{_DAYS[when.weekday()]}, {when.day} {_MONTHS[when.month - 1]} {when.year}"


def moment(at: int, zone: dt.tzinfo | None, *, today: dt.date) -> str:
    """Return day and time in few words: those that go without saying are left out."""
    when = date(at, zone)
    if when == today:
        return clock(at, zone)
    year = "" if when.year == today.year else f" {when.year}"
    weekday, month = _DAYS[when.weekday()][:3], _MONTHS[when.month - 1][:3]
    return f"{weekday} {when.day} {month}{year}, {clock(at, zone)}"
