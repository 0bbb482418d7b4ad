"""What holds in channels, and the record of what was done: rows and values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_server.core.records import AuditRow

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from rchat_server.core.ports import Ruled
    from rchat_server.core.records import Audit

    Execute = Callable[..., sqlite3.Cursor]

RECORDED: Final = 10_000
"""Acts of one channel that are kept: the oldest go."""


def rule(execute: Execute, conversation: int, change: Ruled) -> None:
    """Store what holds from now on, and why."""
    execute("UPDATE conversations SET rules = ? WHERE key = ?", (change.rules, conversation))
    record(execute, conversation, change.audit)


def record(execute: Execute, conversation: int, audit: Audit) -> None:
    """Put an act into the record."""
    execute(
        "INSERT INTO audit (conversation, at, user, act, subject, reason)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (conversation, audit.at, audit.user, audit.act, audit.subject, audit.reason),
    )
    execute(
        "DELETE FROM audit WHERE key = (SELECT key FROM audit WHERE conversation = ?"
        " ORDER BY key DESC LIMIT 1 OFFSET ?)",
        (conversation, RECORDED),
    )


def rows(
    connection: sqlite3.Connection, conversation: str, before: int | None, limit: int
) -> list[AuditRow]:
    """Return acts of a conversation, newest first."""
    return [
        AuditRow(at, user, act, subject, reason, key=key)
        for key, at, user, act, subject, reason in connection.execute(
            "SELECT a.key, a.at, a.user, a.act, a.subject, a.reason FROM audit AS a"
            " JOIN conversations AS c ON c.key = a.conversation"
            " WHERE c.id = ? AND NOT c.dropped AND a.key < ? ORDER BY a.key DESC LIMIT ?",
            (conversation, 2**63 - 1 if before is None else before, limit),
        )
    ]
