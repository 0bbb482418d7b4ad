from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import shlex
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from rchat_server.gateway.limited import PAUSE, Limited
from rchat_server.logs import CAUSES, FRAMES, VALUE_CHARS, fault_in_loop, formatter
from rchat_server.throttle import IN_A_WINDOW, WINDOW, Throttle
from support.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OURS = "rchat_server.of_the_test"

HOSTILE = (
    "x\n2026-01-01T00:00:00.000Z level=error",
    "x\r\nlevel=error",
    'x" level=error y="',
    'x\\" level=error',
    "x \\",
    "x\x1b[2J\x07",
    "x\u2028y\u2029z\x85",
    "x\u202egnorw",
    "x\x7f\x00",
    "x\ud800",
    "x level=error",
    "",
)
"""What others would write into a line of ours."""


class Journal:
    """A logger, and the lines that it came to."""

    def __init__(self, form: str) -> None:
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(formatter(form))
        self.handler.setLevel(logging.INFO)  # asyncio tells which selector it uses

    @property
    def lines(self) -> list[str]:
        """All lines so far."""
        text = self.stream.getvalue()
        assert not text or text.endswith("\n")
        return text.split("\n")[:-1]

    def told(self) -> dict[str, Any]:
        """Return the one object that was told, of ``json``."""
        (line,) = self.lines
        told: dict[str, Any] = json.loads(line)
        return told


@pytest.fixture(params=["text", "json"])
def journal(request: pytest.FixtureRequest) -> Iterator[Journal]:
    """Let the root logger tell each form of line."""
    yield from _listening(Journal(request.param))


@pytest.fixture
def objects() -> Iterator[Journal]:
    """Likewise, for what is told in an object."""
    yield from _listening(Journal("json"))


def _listening(journal: Journal) -> Iterator[Journal]:
    root = logging.getLogger()
    before = root.level
    root.addHandler(journal.handler)
    root.setLevel(logging.DEBUG)
    yield journal
    root.setLevel(before)
    root.removeHandler(journal.handler)


def test_an_event_is_a_line_of_fields(journal: Journal) -> None:
    """Whoever looks for all that happened to one connection looks for its field."""
    values = {"peer": "203.0.113.1", "code": "too-slow", "seconds": 1.5, "listening": ["a", "b"]}
    logging.getLogger(OURS).info("connection closed", extra=values)
    (line,) = journal.lines
    if line.startswith("{"):
        told = json.loads(line)
        assert list(told)[:3] == ["time", "level", "event"]
        assert told.pop("time").endswith("Z")
        assert told == {
            "level": "info", "event": "connection closed", "logger": OURS, **values
        }  # fmt: skip
    else:
        time, _, rest = line.partition(" ")
        assert time.startswith("time=20")
        assert time.endswith("Z")
        assert rest == (
            f'level=info event="connection closed" logger={OURS} peer=203.0.113.1 code=too-slow'
            ' seconds=1.5 listening="a, b"'
        )


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("inside", [lambda value: value, lambda value: [value, "y"]])
def test_no_value_makes_a_line_of_its_own(journal: Journal, value: str, inside: Any) -> None:
    """Whoever could forge lines would hide what he did, or do something to the terminal."""
    logging.getLogger(OURS).info("something", extra={"value": inside(value), "after": "here"})
    (line,) = journal.lines
    assert line.isprintable()
    if line.startswith("{"):
        assert json.loads(line)["value"] == inside(value)
        assert json.loads(line)["level"] == "info"
    else:
        fields = shlex.split(line)
        assert [each for each in fields if each.startswith("level=")] == ["level=info"]
        assert fields[-1] == "after=here"
        assert len(fields) == 6


def test_a_librarys_values_are_left_out(objects: Journal) -> None:
    """A library that quotes what it was given does not know what a secret is."""
    logging.getLogger("asyncio").warning("Executing %s took %.1f seconds", "the secret", 2.5)
    assert objects.told()["event"] == "Executing … took 2.5 seconds"


def test_a_value_has_an_end(objects: Journal) -> None:
    """A line is something to read."""
    logging.getLogger(OURS).info("something", extra={"value": "x" * 10_000})
    assert len(objects.told()["value"]) == VALUE_CHARS + 1


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Raise another error for one of ours."""
    try:
        yield
    except KeyError as error:
        raise sqlite3.OperationalError("near the secret") from error


def test_an_exception_is_told_without_its_words(journal: Journal) -> None:
    """Its text may quote a password, and its traceback the line in which that stands."""

    def fail(word: str) -> None:
        raise KeyError(word)

    try:
        with translated():
            fail("the secret")
    except sqlite3.OperationalError as error:
        logging.getLogger(OURS).error("it failed", exc_info=error)  # noqa: TRY400
    (line,) = journal.lines
    assert "secret" not in line
    assert "sqlite3.OperationalError" in line
    assert "after KeyError" in line
    assert f"{__name__}:" in line
    assert " fail" in line
    assert ".py" not in line


def test_the_systems_name_of_an_error_is_told(objects: Journal, tmp_path: Path) -> None:
    """A full disk, and too many files, are what whoever runs a server can do something about."""
    try:
        (tmp_path / "secret").read_text()
    except OSError:
        logging.getLogger(OURS).exception("it failed")
    told = objects.told()
    assert (told["error"], told["why"]) == ("FileNotFoundError", "ENOENT")
    assert "secret" not in json.dumps(told)


def test_a_traceback_has_an_end(objects: Journal) -> None:
    """A thousand calls deep, the innermost say what went wrong; a chain of causes ends, too."""

    def deeper(depth: int) -> None:
        if depth:
            deeper(depth - 1)
        raise ValueError

    error: Exception | None = None
    for _ in range(20):
        try:
            try:
                deeper(300)
            except ValueError as new:
                raise RuntimeError from (error or new)
        except RuntimeError as newest:
            error = newest
    logging.getLogger(OURS).error("it failed", exc_info=error)
    assert len(objects.told()["trace"]) <= CAUSES * (FRAMES + 1)


async def test_what_nobody_catches_in_the_loop_is_told_without_values(objects: Journal) -> None:
    """Asyncio would quote what a callback was given, and how a task ended."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(fault_in_loop)

    def callback(word: str) -> None:
        raise ValueError(word)

    loop.call_soon(callback, "the secret")
    await asyncio.sleep(0)
    told = objects.told()
    assert (told["event"], told["what"]) == ("fault in the event loop", "Exception in callback")
    assert told["error"] == "ValueError"
    assert "secret" not in json.dumps(told)


@pytest.mark.parametrize(
    ("code", "event"),
    [
        ("raise ValueError('secret')", "fault: the server ends"),
        (
            "from threading import Timer; one = Timer(0, int, ['secret']); one.start(); one.join()",
            "fault in a thread",
        ),
        (
            "class Freed:\n    def __del__(self): int('secret')\none = Freed(); del one",
            "fault while something was freed",
        ),
        ("import warnings; warnings.warn('secret')", "Python warns"),
    ],
)
def test_what_nobody_catches_at_all_is_told_in_a_line(code: str, event: str) -> None:
    """Python itself would print it over many lines, with all that it says."""
    script = f"from rchat_server import logs; logs.set_up('warning', 'json')\n{code}\n"
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    (line,) = ended.stderr.splitlines()
    assert json.loads(line)["event"] == event
    assert "secret" not in line
    assert ended.stdout == ""


def test_a_flood_of_one_event_is_counted() -> None:
    """Who makes the server say the same thing a million times fills no disk."""
    clock = FakeClock()
    throttle = Throttle(clock.monotonic)

    def tell(level: int = logging.INFO, event: str = "login") -> logging.LogRecord | None:
        record = logging.LogRecord(OURS, level, "", 0, event, None, None)
        return record if throttle.filter(record) else None

    told = [tell() for _ in range(IN_A_WINDOW + 50)]
    assert sum(each is not None for each in told) == IN_A_WINDOW
    assert tell(event="another") is not None
    assert tell(logging.DEBUG) is not None
    clock.advance(WINDOW)
    record = tell()
    assert record is not None
    assert record.__dict__["left_out"] == 50
    record = tell()
    assert record is not None
    assert "left_out" not in record.__dict__


def test_a_limit_is_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever runs the server is to know of a flood, not to be flooded himself."""
    clock = FakeClock()
    limited = Limited(clock.monotonic)
    with caplog.at_level(logging.INFO):
        for _ in range(1000):
            limited.refused("too-many-connections")
            limited.refused("no-such-channel")
        clock.advance(PAUSE)
        limited.refused("too-many-connections")
        limited.refused("too-many-connections")
        limited.flush()
        limited.flush()
    assert [
        (each.levelname, each.getMessage(), each.__dict__["code"], each.__dict__["count"])
        for each in caplog.records
    ] == [
        ("WARNING", "limit reached", "too-many-connections", 1),
        ("WARNING", "limit reached", "too-many-connections", 1000),
        ("WARNING", "limit reached", "too-many-connections", 1),
    ]
