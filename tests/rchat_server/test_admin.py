"""What stands on the command line for a running server."""

from __future__ import annotations

import pytest

from rchat_server.admin import asked


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
