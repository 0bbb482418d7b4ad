"""PROTOCOL.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from rchat_protocol import models
from rchat_protocol.errors import ErrorCode
from rchat_protocol.routes import ROUTES
from rchat_server.service import FEEDS, LISTS, POSTS, READS, RESPONSES

PROTOCOL = Path(__file__).parents[2].joinpath("server", "PROTOCOL.md").read_text("utf-8")


def _section(title: str) -> str:
    return PROTOCOL.split(f"\n## {title}", 1)[1].split("\n## ", 1)[0]


def _rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_route_stands_in_the_document_with_its_interaction() -> None:
    """Somebody who writes another client must be able to trust the tables, frozen part included."""
    frozen = {row[0].strip("`"): row[1] for row in _rows(_section("The tutorial's routes: frozen"))}
    ours_text = _section("Ours").split("\n### ", 1)[0]
    ours = {row[0].strip("`"): row[1] for row in _rows(ours_text)}
    assert frozen == {r.name: r.interaction for r in ROUTES.values() if r.frozen}
    assert ours == {r.name: r.interaction for r in ROUTES.values() if not r.frozen}


def test_every_route_is_served() -> None:
    """A route that nothing answers is a promise that is not kept."""
    assert {*RESPONSES, *READS, *POSTS, *LISTS, *FEEDS} == ROUTES.keys()


def test_every_error_code_stands_in_the_document() -> None:
    """A code that is not documented cannot be handled."""
    documented = set(re.findall(r"`([a-z-]+)`", _section("Errors").split("|---|", 1)[1]))
    assert {code.value for code in ErrorCode} <= documented


def test_every_event_stands_in_the_document_with_its_fields() -> None:
    """An event with a field that is not documented is one that others cannot use."""
    rows = {}
    for row in _rows(PROTOCOL.split("\n### Events", 1)[1].split("\n## ", 1)[0]):
        for kind in re.findall(r"`([a-z]+)`", row[0]):
            fields = re.sub(r"\([^)]*\)", "", row[1])
            rows[kind] = set(re.findall(r"`([a-z]+)`", fields))
    expected = {}
    for event in models.Event.__args__:
        info = msgspec.inspect.type_info(event)
        assert isinstance(info, msgspec.inspect.StructType)
        expected[info.tag] = {field.encode_name for field in info.fields}
    assert rows == expected


def test_the_tests_that_a_document_names_are_there() -> None:
    """An answer whose test was renamed away is one that nothing holds."""
    root = Path(__file__).parents[2]
    text = (root / "CONTRIBUTING.md").read_text()
    missing = []
    for row in re.findall(r"^\|.*::test_.*\|$", text, re.MULTILINE):
        file = ""
        for named, test in re.findall(r"`([\w/.…]*)::(test_\w+)`", row):
            file = file if named == "…" else named
            folders = ("rchat_protocol/transport", "rchat_server", "../tests")
            paths = [root / "tests" / folder / file.removeprefix("tests/") for folder in folders]
            if not any(path.exists() and f"def {test}(" in path.read_text() for path in paths):
                missing.append(f"{file}::{test}")
    assert missing == []
    assert "::test_" in text
