"""What is imported where, seen at run time: import-linter sees only what is written."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("package", "never"),
    [
        (
            "rchat_server.core.hub",
            (
                "rsocket reactivestreams sqlite3 textual rich rchat_protocol.transport websockets"
                " prometheus_client"
            ),
        ),
        ("rchat_server.service", "rsocket sqlite3 textual rich rchat_protocol.transport"),
        ("rchat_server.compose", "textual rich rchat_tui prometheus_client"),
        ("rchat_protocol.names", "msgspec rsocket"),
        ("rchat_tui", "textual rsocket msgspec rchat_server"),
        ("rchat_tui.client.client", "textual rich rchat_server sqlite3 websockets"),
        ("rchat_tui.app.app", "rsocket reactivestreams rchat_server sqlite3"),
    ],
)
def test_a_package_brings_nothing_that_is_not_its_own(package: str, never: str) -> None:
    """The core must not know of sockets or SQL, and an import must not cost what it need not."""
    script = (
        f"import sys, {package}\n"
        f"print(*sorted(name for name in sys.modules if name.startswith({tuple(never.split())!r})))"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == ""
