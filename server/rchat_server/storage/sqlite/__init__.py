"""The store on disk: SQLite in WAL mode, one writer with group commit, readers of their own."""

from __future__ import annotations

from rchat_server.storage.sqlite.errors import StorageRefusedError
from rchat_server.storage.sqlite.retention import Keep
from rchat_server.storage.sqlite.store import SqliteStore, open_store

__all__ = ["Keep", "SqliteStore", "StorageRefusedError", "open_store"]
