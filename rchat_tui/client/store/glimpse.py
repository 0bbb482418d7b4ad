"""What a person left behind, read in one go: for a first screen that waits for nothing else.

The client reads it again when it opens the store, and more of it; so what cannot be read here is
no trouble. Whoever needs the store itself takes `SqliteClientStore`.
"""

from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING, Any, Final

from rchat_tui.client.errors import StorageFailed
from rchat_tui.client.events import Remembered, RememberedConversation
from rchat_tui.client.store.cache_tables import CacheTables
from rchat_tui.client.store.database import Database
from rchat_tui.client.store.limits import CacheLimits

if TYPE_CHECKING:
    from pathlib import Path

MESSAGES: Final = 100
"""Most of them: two screens."""

_logger = logging.getLogger(__name__)


def glimpse(path: Path) -> Remembered | None:
    """Return what the first screen shows; None where nothing is kept, or it cannot be read.

    It blocks for some milliseconds, and changes nothing.

    Args:
        path: Of the file of a `SqliteClientStore`.
    """
    try:
        if not path.exists():
            return None
        database = Database(path, read_only=True)
        try:
            rows: list[Any] = database.read("SELECT user FROM login")
            known = CacheTables(database, CacheLimits()).begin(MESSAGES)
        finally:
            database.close()
    except (sqlite3.Error, OSError, StorageFailed) as error:
        _logger.info("the first screen is empty: %s", error)
        return None
    user = rows[0][0] if rows else None
    return Remembered(
        user, tuple(RememberedConversation(state, messages, ()) for state, messages in known)
    )
