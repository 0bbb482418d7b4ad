"""No test touches what belongs to whoever runs it: settings, data, logs."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_numbers = itertools.count()


@pytest.fixture(scope="session")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for the homes of all tests."""
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def _home_of_its_own(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the test, and the processes that it starts, a home that is not there yet."""
    home = nowhere / str(next(_numbers))
    for kind in ("config", "data", "state", "cache"):
        monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", str(home / kind))
