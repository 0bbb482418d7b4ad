"""Where a password comes from without a prompt."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from rchat_protocol.errors import ErrorCode
from rchat_tui.client import ServerError
from rchat_tui.options import OPTIONS
from rchat_tui.passwords import VARIABLE, source, taken_from

if TYPE_CHECKING:
    from pathlib import Path

URL = "tcps://chat.example.org:6565"


async def find(password: str | None = None, **settings: Any) -> str | None:
    """Return what is found."""
    values = {option.name: option.default for option in OPTIONS}
    values |= {name.replace("_", "-"): value for name, value in settings.items()}
    found = source(values, URL, password).find
    assert found is not None
    return await found("alice")


def test_what_stood_in_the_environment_stands_there_no_more() -> None:
    """An editor, and all that it starts, would inherit it."""
    environment = {VARIABLE: "correct horse", "HOME": "/"}
    assert taken_from(environment) == "correct horse"
    assert environment == {"HOME": "/"}
    assert taken_from(environment) is None


async def test_the_environment_comes_first_and_once() -> None:
    """A wrong one that is given again and again locks the account for ten minutes."""
    values = {option.name: option.default for option in OPTIONS}
    found = source(values, URL, "correct horse").find
    assert found is not None
    assert [await found("alice"), await found("alice")] == ["correct horse", None]


async def test_a_command_says_it_in_its_first_line(tmp_path: Path) -> None:
    """As `pass` does, whose other lines are notes."""
    script = tmp_path / "it's here"
    script.write_text("printf 'correct horse\\nnotes\\n'")
    assert await find(password_cmd=f'sh "{script}"') == "correct horse"


@pytest.mark.parametrize(
    ("command", "why"),
    [("exit 3", "failed with code 3"), ("true", "said nothing"), ("sleep 60", "did not end")],
)
async def test_a_command_that_fails_is_told_of(
    command: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise one is asked for a password, and does not know why."""
    monkeypatch.setattr("rchat_tui.passwords._PATIENCE", 0.05 if "sleep" in command else 10)
    with pytest.raises(ServerError, match=why) as refused:
        await find(password_cmd=command)
    assert refused.value.code == ErrorCode.PASSWORD_REQUIRED


async def test_the_keyring_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is there, and where it is not."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ServerError, match=r"pip install rchat\[keyring\]"):
        await find(password_keyring=True)
    kept = {("rchat", f"alice@{URL}"): "correct horse"}
    fake: Any = ModuleType("keyring")
    fake.errors = SimpleNamespace(KeyringError=KeyError)
    fake.get_password = lambda service, name: kept.get((service, name))
    monkeypatch.setitem(sys.modules, "keyring", fake)
    assert await find(password_keyring=True) == "correct horse"
    fake.get_password = lambda service, name: kept[service + name, "locked"]
    with pytest.raises(ServerError, match="is it locked"):
        await find(password_keyring=True)


async def test_who_says_nothing_is_asked() -> None:
    """The usual case."""
    assert await find() is None
