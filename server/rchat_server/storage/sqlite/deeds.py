"""What entries do that are no messages: within the writer's transaction that stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_server.storage.sqlite.kinds import CODES, DELETE, EDIT, ERASED, MESSAGE
from rchat_server.storage.sqlite.moderation import record

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from rchat_server.core.ports import NewDeed

    Execute = Callable[..., sqlite3.Cursor]

_IS_HERE: Final = f"conversation = ? AND seq = ? AND kind = {MESSAGE}"


def write(
    execute: Execute,
    key: Callable[[str], int],
    place: tuple[int, int],
    deed: NewDeed,
) -> None:
    """Write an entry, and do what it does; on a message that is not here, nothing.

    Args:
        execute: Runs a statement in the transaction.
        key: The key of an identity.
        place: Key of the conversation, and the entry's number.
        deed: What is done.
    """
    conversation, seq = place
    author = key(deed.author)
    execute(
        "INSERT INTO entries (conversation, seq, author, user, content, id, at, target, kind)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*place, author, deed.user, deed.content, deed.id, deed.at, deed.target, CODES[deed.kind]),
    )
    if author:
        execute("INSERT INTO ids VALUES (?, ?, ?, ?, ?)", (author, deed.id, *place, deed.at))
    if deed.audit is not None:
        record(execute, conversation, deed.audit)
    target = (conversation, deed.target)
    match deed.kind:
        case "edit":
            execute(
                f"UPDATE entries SET content = ?, edited = ? WHERE {_IS_HERE}",  # noqa: S608 - constants
                (deed.content, deed.at, *target),
            )
        case "delete":
            _erase(execute, key, target, deed)
        case "react":
            execute(
                "INSERT INTO reactions SELECT conversation, seq, ?, ?, ?, ? FROM entries"  # noqa: S608 - constants
                f" WHERE {_IS_HERE} ON CONFLICT DO NOTHING",
                (author, deed.content, deed.user, seq, *target),
            )
        case "unreact":
            execute(
                "DELETE FROM reactions"
                " WHERE conversation = ? AND target = ? AND identity = ? AND emoji = ?",
                (*target, author, deed.content),
            )
        case "topic":
            execute("UPDATE conversations SET topic = ? WHERE key = ?", (deed.content, target[0]))


def _erase(
    execute: Execute, key: Callable[[str], int], target: tuple[int, int], deed: NewDeed
) -> None:
    execute(
        f"UPDATE entries SET content = '', edited = 0, kind = {ERASED} WHERE {_IS_HERE}",  # noqa: S608 - constants
        target,
    )
    execute(
        f"UPDATE entries SET content = '' WHERE conversation = ? AND target = ? AND kind = {EDIT}",  # noqa: S608 - constants
        target,
    )
    execute("DELETE FROM reactions WHERE conversation = ? AND target = ?", target)
    for identity in deed.mentions:
        execute(
            "DELETE FROM mentions WHERE conversation = ? AND identity = ? AND seq = ?",
            (target[0], key(identity), target[1]),
        )


def uncounted(connection: sqlite3.Connection) -> dict[int, list[tuple[int, int]]]:
    """Return the entries that are no messages: number and what it deletes, by conversation."""
    found: dict[int, list[tuple[int, int]]] = {}
    for conversation, seq, kind, target in connection.execute(
        "SELECT conversation, seq, kind, target FROM entries INDEXED BY deeds"  # noqa: S608 - constants
        f" WHERE kind <> 0 AND kind <> {ERASED} ORDER BY conversation, seq"
    ):
        deletes = target if kind == DELETE else 0
        found.setdefault(conversation, []).append((seq, deletes))
    return found
