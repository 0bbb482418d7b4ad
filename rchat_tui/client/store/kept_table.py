"""What a person keeps beside messages, in the file: `kept` decides, this only stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rchat_tui.client.store import kept

if TYPE_CHECKING:
    from rchat_tui.client.store.database import Database


class KeptTable:
    """The table ``kept``.

    Args:
        database: The file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def texts(self, area: str) -> dict[str, str]:
        """Return what is kept in an area, in the order in which the keys came."""
        rows: list[Any] = self._database.read(
            "SELECT key, text FROM kept WHERE area = ? ORDER BY place", area
        )
        return dict(rows)

    def put(self, area: str, key: str, text: str | None) -> None:
        """Keep a text, or keep it no longer."""
        kept.check(area, key, text)
        with self._database.transaction():
            if text is None:
                self._database.write("DELETE FROM kept WHERE area = ? AND key = ?", area, key)
                return
            if not self._database.read("SELECT 1 FROM kept WHERE area = ? AND key = ?", area, key):
                self._check_room(area)
            self._database.write(
                "INSERT INTO kept (area, key, text) VALUES (?, ?, ?)"
                " ON CONFLICT (area, key) DO UPDATE SET text = excluded.text",
                area,
                key,
                text,
            )

    def _check_room(self, area: str) -> None:
        rows: list[Any] = self._database.read(
            "SELECT count(*) FILTER (WHERE area = ?),"
            " count(DISTINCT area) FILTER (WHERE area != ?) FROM kept",
            area,
            area,
        )
        ((keys, areas),) = rows
        kept.check_room(keys=keys, areas=areas)
