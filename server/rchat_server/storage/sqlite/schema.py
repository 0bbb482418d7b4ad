"""The tables, and the way from an older version of them to this one.

The version is SQLite's ``user_version``. A migration is one transaction; before each, the file is
copied beside itself, so that no step forward is one without a way back.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
from typing import TYPE_CHECKING, Final

from rchat_server.storage.sqlite.errors import StorageRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Migration = Callable[[sqlite3.Connection], None]

APPLICATION_ID: Final = 0x72636861
"""``rcha`` in ASCII: what SQLite's file header says of whose file it is."""

OLDEST_SQLITE: Final = (3, 35, 0)
"""The first one with all that is used here (``UPDATE … FROM``, ``RETURNING``)."""

# Keys are small integers that are never used again: an author who is forgotten must not become
# somebody else. The log lies in the order in which it is read. The ids stand in a table of their
# own and outlive the entries, so that retention makes no message new that is sent again.
_VERSION_1: Final = """
CREATE TABLE server (
    epoch TEXT NOT NULL
);
CREATE TABLE identities (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    token_hash BLOB NOT NULL,
    name TEXT NOT NULL,
    present INTEGER NOT NULL,
    since INTEGER NOT NULL
);
CREATE TABLE conversations (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    participants TEXT NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0,
    dropped INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE memberships (
    conversation INTEGER NOT NULL,
    identity INTEGER NOT NULL,
    read INTEGER NOT NULL,
    PRIMARY KEY (conversation, identity)
) WITHOUT ROWID;
CREATE INDEX memberships_of ON memberships (identity);
CREATE TABLE mentions (
    conversation INTEGER NOT NULL,
    identity INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (conversation, identity, seq)
) WITHOUT ROWID;
CREATE TABLE entries (
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    author INTEGER NOT NULL,
    user TEXT NOT NULL,
    content TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (conversation, seq)
) WITHOUT ROWID;
CREATE TABLE ids (
    author INTEGER NOT NULL,
    id TEXT NOT NULL,
    conversation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (author, id)
) WITHOUT ROWID;
"""


# Entries that are no messages stand in the log among them: `kinds` has their names. What they act
# on is changed in place with them, so that history reads nothing but messages. The two indexes hold
# nothing of a plain message, which has to cost what it did.
_VERSION_2: Final = """
ALTER TABLE conversations ADD COLUMN topic TEXT NOT NULL DEFAULT '';
ALTER TABLE entries ADD COLUMN target INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN edited INTEGER NOT NULL DEFAULT 0;
CREATE INDEX deeds ON entries (conversation, seq, kind, target) WHERE kind <> 0;
CREATE INDEX edits ON entries (conversation, target) WHERE kind = 1;
CREATE TABLE reactions (
    conversation INTEGER NOT NULL,
    target INTEGER NOT NULL,
    identity INTEGER NOT NULL,
    emoji TEXT NOT NULL,
    user TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (conversation, target, identity, emoji)
) WITHOUT ROWID;
"""


# Accounts: no two names are one, nor look alike. Their keys and looks are those of the time when
# they were made. What a channel's people may is one value, as JSON, since it changes as one.
_VERSION_3: Final = """
CREATE TABLE accounts (
    identity INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    look TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    made INTEGER NOT NULL
);
CREATE TABLE tokens (
    hash BLOB PRIMARY KEY,
    identity INTEGER NOT NULL,
    id TEXT NOT NULL,
    made INTEGER NOT NULL,
    used INTEGER NOT NULL,
    address TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX tokens_of ON tokens (identity);
CREATE TABLE invitations (
    hash BLOB PRIMARY KEY,
    made INTEGER NOT NULL,
    until INTEGER NOT NULL,
    uses INTEGER NOT NULL
) WITHOUT ROWID;
ALTER TABLE conversations ADD COLUMN rules TEXT NOT NULL DEFAULT '';
CREATE TABLE audit (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL,
    at INTEGER NOT NULL,
    user TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX audit_of ON audit (conversation, key);
"""


def _carry_out(script: str, connection: sqlite3.Connection) -> None:
    for statement in script.split(";"):
        if statement.strip():
            connection.execute(statement)


MIGRATIONS: Final[Sequence[Migration]] = (
    functools.partial(_carry_out, _VERSION_1),
    functools.partial(_carry_out, _VERSION_2),
    functools.partial(_carry_out, _VERSION_3),
)
"""Number n brings a file of version n to version n + 1."""


def migrate(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration] = MIGRATIONS
) -> None:
    """Bring an open file to the newest version.

    Args:
        connection: Open on ``path``, in no transaction.
        path: The file, whose copies stand beside it.
        migrations: The steps.

    Raises:
        StorageRefusedError: It is a file of a newer version, or of another program.
        sqlite3.Error: A step failed; the file is as it was before that.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if version and application != APPLICATION_ID:
        raise StorageRefusedError(f"{path} is a database of another program: choose another place.")
    if version > len(migrations):
        raise StorageRefusedError(
            f"{path} was written by a newer rchat-server (its version is {version}, this one knows"
            f" {len(migrations)}): install that one, or restore an older backup."
        )
    for number in range(version, len(migrations)):
        if number:
            copy(connection, path.with_name(f"{path.name}.version-{number}"))
        connection.execute("BEGIN IMMEDIATE")
        try:
            migrations[number](connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise


def copy(source: sqlite3.Connection, target: Path) -> None:
    """Copy an open database, as it is now, to a file that is whole or not there at all.

    Raises:
        OSError: The file cannot be written.
        sqlite3.Error: Likewise, or the database cannot be read.
    """
    unfinished = target.with_name(f"{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        with contextlib.closing(sqlite3.connect(unfinished, isolation_level=None)) as into:
            source.backup(into)
            # The copy is one file, without a log beside it.
            into.execute("PRAGMA journal_mode = DELETE")
        sync(unfinished)
        unfinished.replace(target)
        sync(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Bring a file or folder to the disk.

    Raises:
        OSError: The disk refuses.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
