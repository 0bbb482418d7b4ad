"""The outbox's promise, whatever happens in whatever order, on every store."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

from contracts.client_store.machine import OutboxMachine
from contracts.client_store.profiles import MemoryProfile, SqliteProfile

if TYPE_CHECKING:
    from contracts.client_store.profiles import Profile


class InMemory(OutboxMachine):
    """Many runs."""

    def new_profile(self) -> Profile:
        """Return an empty disk."""
        return MemoryProfile()


class InAFile(OutboxMachine):
    """Few, for each step waits for the disk."""

    def new_profile(self) -> Profile:
        """Return an empty folder."""
        self.folder = tempfile.TemporaryDirectory()
        return SqliteProfile(Path(self.folder.name))

    def teardown(self) -> None:
        """Leave nothing behind."""
        super().teardown()
        self.folder.cleanup()


TestInMemory = InMemory.TestCase
TestInMemory.settings = settings(
    max_examples=200,
    stateful_step_count=40,
    deadline=None,
    # A machine that is busy is no fault of the code.
    suppress_health_check=[HealthCheck.too_slow],
)
TestInAFile = InAFile.TestCase
TestInAFile.settings = settings(
    max_examples=10,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
