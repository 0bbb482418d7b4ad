"""What stands on the command line for a running server."""

from __future__ import annotations

import pytest

from rchat_server.admin import asked
from rchat_server.config import parse


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("admin status", "status"),
        ("admin --data d status", "--data d status"),
        ("--data d admin status", "--data d status"),
        ("--data=d --config c invite --uses 2", "--data=d --config c invite --uses 2"),
        ("invite", "invite"),
        ("admin", ""),
        ("--data admin", None),
        ("backup admin", None),
        ("--port 7000 admin status", None),
        ("", None),
    ],
)
def test_where_the_server_is_may_be_said_first(line: str, command: str | None) -> None:
    """Otherwise --data in the wrong place is answered with a riddle, or with another server."""
    words = asked(line.split())
    assert (None if words is None else " ".join(words)) == command


@pytest.mark.parametrize("line", ["--port 7000 admin", "--mode open invite"])
def test_other_options_before_a_command_are_told(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise the answer is about a database that is not there."""
    with pytest.raises(SystemExit):
        parse(line.split())
    assert "--data, --config and --admin-socket alone go before" in capsys.readouterr().err
