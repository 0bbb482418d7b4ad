from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from rchat_tui.client.errors import StorageFailed
from rchat_tui.client.store.sqlite import SqliteClientStore

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_lock_that_cannot_be_made_is_told_as_what_it_is(tmp_path: Path) -> None:
    """A folder that vanished must not look like a fault of rchat itself."""
    store = SqliteClientStore(tmp_path / "ann.db")
    await store.open()
    try:
        shutil.rmtree(tmp_path / "ann.locks")
        with pytest.raises(StorageFailed, match="cannot be used"):
            async with store.logging_in():
                raise AssertionError("there is no lock")
    finally:
        await store.aclose()
