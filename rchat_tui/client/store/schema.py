"""The file's tables, and how an older file becomes a newer one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_tui.client.errors import StorageFailed

if TYPE_CHECKING:
    import sqlite3

APPLICATION: Final = 0x72636874
"""``rcht``: which program's file it is (SQLite's ``application_id``)."""

MIGRATIONS: Final = (
    (
        """CREATE TABLE login (
            only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
            user TEXT NOT NULL,
            token TEXT NOT NULL,
            identity INTEGER NOT NULL
        )""",
        """CREATE TABLE outbox (
            place INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            lane TEXT NOT NULL,
            kind TEXT NOT NULL,
            conversation TEXT NOT NULL,
            name TEXT NOT NULL,
            content TEXT NOT NULL,
            at INTEGER NOT NULL,
            identity INTEGER NOT NULL,
            status TEXT NOT NULL,
            reason TEXT NOT NULL,
            tried INTEGER NOT NULL,
            owner TEXT,
            sends_as INTEGER,
            ack TEXT
        )""",
        "CREATE INDEX outbox_lanes ON outbox (lane, status, place)",
        "CREATE INDEX outbox_status ON outbox (status, place)",
        "CREATE INDEX outbox_claims ON outbox (lane, owner) WHERE owner IS NOT NULL",
        "CREATE TABLE outbox_revision (number INTEGER NOT NULL)",
        "INSERT INTO outbox_revision VALUES (0)",
        """CREATE TRIGGER outbox_put AFTER INSERT ON outbox
            BEGIN UPDATE outbox_revision SET number = number + 1; END""",
        """CREATE TRIGGER outbox_changed AFTER UPDATE ON outbox
            BEGIN UPDATE outbox_revision SET number = number + 1; END""",
        """CREATE TRIGGER outbox_taken AFTER DELETE ON outbox
            BEGIN UPDATE outbox_revision SET number = number + 1; END""",
        """CREATE TABLE conversations (
            place INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            epoch TEXT NOT NULL,
            state TEXT NOT NULL,
            touched INTEGER NOT NULL
        )""",
        """CREATE TABLE messages (
            conversation TEXT NOT NULL,
            seq INTEGER NOT NULL,
            id TEXT NOT NULL,
            user TEXT NOT NULL,
            content TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (conversation, seq)
        ) WITHOUT ROWID""",
        """CREATE TABLE ranges (
            conversation TEXT NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            PRIMARY KEY (conversation, first)
        ) WITHOUT ROWID""",
    ),
    (
        "ALTER TABLE outbox ADD COLUMN reply INTEGER",
        "ALTER TABLE outbox ADD COLUMN epoch TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE messages ADD COLUMN reply INTEGER",
        "ALTER TABLE messages ADD COLUMN edited INTEGER",
        "ALTER TABLE messages ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE messages ADD COLUMN reactions TEXT NOT NULL DEFAULT ''",
    ),
    (
        """CREATE TABLE kept (
            place INTEGER PRIMARY KEY AUTOINCREMENT,
            area TEXT NOT NULL,
            key TEXT NOT NULL,
            text TEXT NOT NULL,
            UNIQUE (area, key)
        )""",
    ),
    ("CREATE INDEX messages_at ON messages (at, conversation, seq)",),
)
"""What makes a file of version n one of version n + 1."""

VERSION: Final = len(MIGRATIONS)


def check(connection: sqlite3.Connection, where: str, *, exactly: bool = False) -> None:
    """Refuse a file that is not to be touched.

    Args:
        connection: To the file.
        where: Its name, for sentences.
        exactly: Whether one of an older version is refused, too: it cannot be read as it is.

    Raises:
        StorageFailed: It is of a newer version, or of another program.
        sqlite3.Error: It is damaged.
    """
    ((version,),) = connection.execute("PRAGMA user_version")
    ((application,),) = connection.execute("PRAGMA application_id")
    ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_master")
    if application != APPLICATION and (tables or version or application):
        raise StorageFailed(f"{where} is no file of rchat's: move it away.")
    if exactly and version != VERSION:
        raise StorageFailed(f"{where} was written by another rchat.")
    if version > VERSION:
        raise StorageFailed(f"{where} was written by a newer rchat: update this one.")


def migrate(connection: sqlite3.Connection) -> None:
    """Make the file one of this version, in one transaction.

    Args:
        connection: In autocommit mode; nobody else opens the file now.

    Raises:
        sqlite3.Error: It is damaged, or cannot be written to.
    """
    ((version,),) = connection.execute("PRAGMA user_version")
    if version == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for script in MIGRATIONS[version:]:
            for statement in script:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
