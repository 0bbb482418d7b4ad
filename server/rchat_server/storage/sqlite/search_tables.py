"""The index of words on the disk: its tables, and what is said to SQLite's FTS5.

A message's row has the key of its conversation and its number in one number, so that the messages
of one conversation lie together, in their order, and each is found by reading as few words as
there are. FTS5 is given words that `rchat_protocol.words` made; its own part is to keep them.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from rchat_protocol import names, words
from rchat_protocol.searching import has_link
from rchat_server.storage.sqlite.folder import connect, is_damage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rchat_server.core.search import Sought

RULES: Final = 2
"""Changes with what a word is: an index of other rules is made anew."""

_SEQ_BITS: Final = 40
"""Bits of a row's number for that of the entry: a million million of them."""

_LINK: Final = "link"
"""What marks a message with a link. Names are written with the digits 0 to f."""

_LONG: Final = words.WORD_CHARS + 1

# The tokenizer splits at what is ASCII and neither letter nor digit, and so leaves our words whole.
# Beside their text stand the author and whether there is a link. The text is kept, since it takes
# SQLite 3.43 to erase a row whose text is not known.
_TABLES: Final = """
CREATE TABLE about (
    epoch TEXT NOT NULL,
    rules INTEGER NOT NULL,
    erased INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE marks (
    conversation INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    removed INTEGER NOT NULL
);
CREATE VIRTUAL TABLE found USING fts5 (text, marks, tokenize = 'ascii', prefix = '2 3');
"""

ERASES_AT_ONCE: Final = sqlite3.sqlite_version_info >= (3, 42, 0)
"""Whether FTS5 takes erased words out of its pages; an older one leaves them until it merges."""

LAST: Final = (1 << _SEQ_BITS) - 1
"""The last number that an entry can have."""

ROWS: Final = 500
"""Most rows that `rows_between` returns."""

Row = tuple[int, str, str]
"""Number, words, and marks."""


def path_beside(log: Path) -> Path:
    """Return where the index of a log is."""
    return log.with_name("search.db")


def opened(path: Path, epoch: str) -> sqlite3.Connection:
    """Open the index for writing; it is made anew where it is damaged, or of another log or rules.

    Raises:
        sqlite3.Error: It cannot be opened.
        OSError: It cannot be made anew.
    """
    connection = _existing(path, epoch)
    if connection is not None:
        return connection
    remove(path)
    connection = _connected(path)
    try:
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        if ERASES_AT_ONCE:
            connection.execute("INSERT INTO found (found, rank) VALUES ('secure-delete', 1)")
        connection.execute("INSERT INTO about (epoch, rules) VALUES (?, ?)", (epoch, RULES))
    except BaseException:
        connection.close()
        raise
    path.chmod(0o600)
    return connection


def _connected(path: Path) -> sqlite3.Connection:
    connection = connect(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # What a power failure takes is indexed again: the marks go with it.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA secure_delete = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _existing(path: Path, epoch: str) -> sqlite3.Connection | None:
    """Open the index; return None where it is of no use."""
    try:
        connection = _connected(path)
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return None
        raise
    try:
        row = connection.execute("SELECT epoch, rules FROM about").fetchone()
    except sqlite3.DatabaseError:  # it is damaged, or there is no such table
        row = None
    if row == (epoch, RULES):
        return connection
    connection.close()
    return None


def remove(path: Path) -> None:
    """Remove the index.

    Raises:
        OSError: It cannot be.
    """
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def row_of(key: int, seq: int) -> int:
    """Return the number of a message's row."""
    return key << _SEQ_BITS | seq


def row(key: int, seq: int, user: str, content: str) -> Row:
    """Return the row of a message."""
    return row_of(key, seq), _text(content), _marks(user, content)


def _text(content: str) -> str:
    if content.isascii() and len(max(content.split() or ("",), key=len)) < _LONG:
        return content  # FTS5 finds the same words in it
    return " ".join(words.split(content))


def _marks(user: str, content: str) -> str:
    return f"{_name(names.key(user))} {_LINK}" if has_link(content) else _name(names.key(user))


def _name(key: str) -> str:
    return key.encode().hex()


def write(
    connection: sqlite3.Connection,
    erased: Iterable[int],
    rows: Iterable[Row],
    marks: Iterable[tuple[int, int, int]],
    gone: Iterable[int],
) -> None:
    """Take rows out and others in, move marks, and forget those of conversations that are gone."""
    erased = list(erased)
    connection.executemany("DELETE FROM found WHERE rowid = ?", ((each,) for each in erased))
    if erased and not ERASES_AT_ONCE:
        connection.execute("UPDATE about SET erased = 1")
    connection.executemany("INSERT INTO found (rowid, text, marks) VALUES (?, ?, ?)", rows)
    connection.executemany(
        "INSERT INTO marks VALUES (?, ?, ?) ON CONFLICT (conversation)"
        " DO UPDATE SET seq = excluded.seq, removed = excluded.removed",
        marks,
    )
    connection.executemany("DELETE FROM marks WHERE conversation = ?", ((key,) for key in gone))


def rows_between(connection: sqlite3.Connection, key: int, after: int, through: int) -> list[int]:
    """Return the rows of a conversation with ``after < seq <= through``: the first `ROWS`."""
    found = connection.execute(
        "SELECT rowid FROM found WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT ?",
        (row_of(key, after), row_of(key, through), ROWS),
    )
    return [number for (number,) in found]


def merge(connection: sqlite3.Connection, pages: int, *, first: bool) -> bool:
    """Write a part of the index anew without what was erased; return whether there is more."""
    before = connection.total_changes
    connection.execute(
        "INSERT INTO found (found, rank) VALUES ('merge', ?)", (-pages if first else pages,)
    )
    # FTS5's documentation: fewer than two rows were changed where there was nothing to merge.
    more = connection.total_changes - before > 1
    if not more:
        connection.execute("UPDATE about SET erased = 0")
    return more


def has_erased(connection: sqlite3.Connection) -> bool:
    """Return whether words that were erased may stand in it until it is merged."""
    (erased,) = connection.execute("SELECT erased FROM about").fetchone()
    return bool(erased)


def question(sought: Sought) -> str | None:
    """Return what is asked of FTS5; None where every message may be one."""
    criteria, parts = sought.criteria, []
    query = criteria.query
    if query.phrases:
        phrases = [f'"{" ".join(phrase)}"' for phrase in query.phrases]
        if query.prefix:
            phrases[-1] += " *"
        parts.append(f"text : ({' AND '.join(phrases)})")
    marks = [_LINK] if criteria.links else []
    if criteria.user is not None:
        marks.append(_name(criteria.user))
    if marks:
        quoted = " AND ".join(f'"{mark}"' for mark in marks)
        parts.append(f"marks : ({quoted})")
    return " AND ".join(parts) or None
