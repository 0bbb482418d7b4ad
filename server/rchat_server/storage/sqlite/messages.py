"""Reading messages as they are now: rows to values, pages of them, and what is to be acted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rchat_protocol.codec import utf8_bytes
from rchat_server.core.ports import Deed, Entry, MessagePage, Reaction, Target
from rchat_server.storage.sqlite.kinds import ERASED, KINDS, MESSAGE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Mapping

    Row = tuple[int, int, str, str, str, int, int, int, int]

COLUMNS: Final = "seq, author, user, content, id, at, target, kind, edited"
"""What an entry is made of: `entry_of`."""


@dataclass(frozen=True, slots=True)
class Search:
    """Which messages are wanted."""

    conversation: int
    """Its key."""
    after: int
    through: int
    limit: int
    max_bytes: int
    newest_first: bool


def entry_of(row: Row, people: Mapping[int, str]) -> Entry:
    """Return the entry that a row has."""
    seq, author, user, content, id_, at, target, kind, edited = row
    who = people.get(author, "")
    if kind in (MESSAGE, ERASED):
        deleted = kind == ERASED
        return Entry(seq, who, user, content, id_, at, target or None, edited or None, deleted)
    return Deed(
        seq=seq,
        author=who,
        user=user,
        content=content,
        id=id_,
        at=at,
        kind=KINDS[kind],
        target=target,
    )


def message_page(
    connection: sqlite3.Connection, search: Search, people: Mapping[int, str]
) -> MessagePage:
    """Return a page, with what is kept and the newest entry, all of one moment."""
    key = search.conversation
    row = connection.execute("SELECT removed FROM conversations WHERE key = ?", (key,)).fetchone()
    removed = row[0] if row else 0
    (head,) = connection.execute(
        "SELECT coalesce(max(seq), ?) FROM entries WHERE conversation = ?", (removed, key)
    ).fetchone()
    found = connection.execute(
        f"SELECT {COLUMNS} FROM entries WHERE conversation = ? AND seq > ? AND seq <= ?"  # noqa: S608 - constants
        f" AND kind IN ({MESSAGE}, {ERASED})"
        f" ORDER BY seq {'DESC' if search.newest_first else ''} LIMIT ?",
        (key, search.after, search.through, search.limit + 1),
    ).fetchall()
    kept = _within(connection, found[: search.limit], search)
    entries = [entry_of(row, people) for row in kept]
    if search.newest_first:
        entries.reverse()
    reactions = _reactions(connection, key, entries)
    return MessagePage(entries, reactions, len(kept) == len(found), removed + 1, head)


def _within(connection: sqlite3.Connection, rows: list[Row], search: Search) -> list[Row]:
    """Return the first rows whose content and reactions are not too much, at least one."""
    if not rows:
        return rows
    numbers = (min(rows[0][0], rows[-1][0]), max(rows[0][0], rows[-1][0]))
    sizes = dict(
        connection.execute(
            "SELECT target, sum(length(CAST(emoji AS BLOB)) + length(CAST(user AS BLOB)))"
            " FROM reactions WHERE conversation = ? AND target BETWEEN ? AND ? GROUP BY target",
            (search.conversation, *numbers),
        ).fetchall()
    )
    size = 0
    for index, row in enumerate(rows):
        size += utf8_bytes(row[3]) + sizes.get(row[0], 0)
        if index and size > search.max_bytes:
            return rows[:index]
    return rows


def _reactions(
    connection: sqlite3.Connection, key: int, entries: list[Entry]
) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    if entries:
        for target, emoji, user in connection.execute(
            "SELECT target, emoji, user FROM reactions"
            " WHERE conversation = ? AND target BETWEEN ? AND ? ORDER BY target, seq",
            (key, entries[0].seq, entries[-1].seq),
        ):
            found.setdefault(target, []).append((emoji, user))
    return found


def reactions_to(connection: sqlite3.Connection, key: int, seq: int) -> list[tuple[str, str]]:
    """Return each reaction to a message and who reacted, in the order in which they came."""
    rows = connection.execute(
        "SELECT emoji, user FROM reactions WHERE conversation = ? AND target = ? ORDER BY seq",
        (key, seq),
    )
    return rows.fetchall()


def found_targets(
    connection: sqlite3.Connection,
    key: int,
    targets: Collection[int],
    people: Mapping[int, str],
) -> dict[int, Target]:
    """Return those of the numbers that are messages."""
    found = {}
    for seq in targets:
        row = connection.execute(
            "SELECT author, kind FROM entries WHERE conversation = ? AND seq = ?", (key, seq)
        ).fetchone()
        if row is not None and row[1] in (MESSAGE, ERASED):
            reactions = tuple(
                Reaction(people.get(identity, ""), emoji, user)
                for identity, emoji, user in connection.execute(
                    "SELECT identity, emoji, user FROM reactions"
                    " WHERE conversation = ? AND target = ? ORDER BY seq",
                    (key, seq),
                )
            )
            found[seq] = Target(people.get(row[0], ""), row[1] == ERASED, reactions)
    return found
