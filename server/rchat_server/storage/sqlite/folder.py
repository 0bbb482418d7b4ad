"""The folder with a server's data: one server at a time, and what can be done with it by hand."""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rchat_server.storage.sqlite import schema
from rchat_server.storage.sqlite.errors import StorageRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE: Final = "rchat.db"
_LOCK: Final = "lock"
_BUSY_TIMEOUT: Final = 10.0
"""Seconds to wait for another process that holds SQLite's lock, as a backup does for a moment."""


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open the database for use by one thread at a time, without transactions of its own accord.

    Raises:
        sqlite3.Error: It cannot be opened.
    """
    mode = "ro" if read_only else "rwc"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=_BUSY_TIMEOUT,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
    )
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = OFF")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def locked(folder: Path) -> Iterator[Path]:
    """Make ``folder`` if need be, and hold it for this process alone; yield the database's path.

    Raises:
        StorageRefusedError: Another server uses it, or it cannot be made or written to.
    """
    import fcntl

    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (folder / _LOCK).open("a")
    except OSError as error:
        raise StorageRefusedError(
            f"{folder} cannot be written to ({error.strerror}): choose another place with --data."
        ) from error
    with lock:
        try:
            # Freed by the system when the process ends, however it does.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StorageRefusedError(
                f"{folder} is in use by another rchat-server: stop that one first,"
                " or choose another place with --data."
            ) from None
        yield folder / FILE


def prepare(path: Path) -> None:
    """Make or migrate the database.

    Raises:
        StorageRefusedError: It is damaged, not ours, or newer than this program.
    """
    with explained(path), contextlib.closing(connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        schema.migrate(connection, path)
        if connection.execute("SELECT epoch FROM server").fetchone() is None:
            connection.execute("INSERT INTO server (epoch) VALUES (?)", (new_epoch(),))
    path.chmod(0o600)


def backup(folder: Path, target: Path) -> None:
    """Copy the database of a server, which may be running, to ``target``.

    Raises:
        StorageRefusedError: There is none, or the copy cannot be made; then none is left.
    """
    path = _existing(folder)
    if target.exists():
        raise StorageRefusedError(f"{target} is there already: choose another name.")
    with explained(path), contextlib.closing(connect(path, read_only=True)) as connection:
        schema.copy(connection, target)


def check(path: Path) -> list[str]:
    """Return what is wrong with a database, in sentences: nothing where it is sound.

    Args:
        path: A folder with a server's data, where the server may be running, or a backup.

    Raises:
        StorageRefusedError: There is none, or it is no database of ours.
    """
    if path.is_dir():
        path = _existing(path)
    elif not path.exists():
        raise StorageRefusedError(f"There is no file {path}.")
    with explained(path), contextlib.closing(connect(path, read_only=True)) as connection:
        _refuse_foreign(connection, path)
        connection.execute("BEGIN")  # one moment of a database that may be in use
        found = [line for (line,) in connection.execute("PRAGMA integrity_check(100)")]
        return [line for line in found if line != "ok"] or _inconsistencies(connection)


def restore(folder: Path, source: Path) -> None:
    """Put a backup in the place of what is in ``folder``, under a new epoch.

    What was there stays beside it, as ``rchat.db.replaced-…``.

    Raises:
        StorageRefusedError: A server uses the folder, or the backup is damaged or not ours.
    """
    wrong = check(source)
    if wrong:
        raise StorageRefusedError(f"{source} is damaged and was not restored: {wrong[0]}")
    with locked(folder) as path:
        fresh = path.with_name(f"{path.name}.restored")
        with explained(source), contextlib.closing(connect(source, read_only=True)) as connection:
            schema.copy(connection, fresh)
        prepare(fresh)
        with explained(fresh), contextlib.closing(connect(fresh)) as connection:
            # Clients may have seen numbers after the backup: the new epoch tells them.
            connection.execute("UPDATE server SET epoch = ?", (new_epoch(),))
            connection.execute("PRAGMA journal_mode = DELETE")
        with _refusing(path):
            _set_aside(path)
            fresh.replace(path)
            schema.sync(folder)


def new_epoch() -> str:
    """Return a word that no log had before."""
    return secrets.token_hex(8)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into a sentence for a person.

    Raises:
        StorageRefusedError: Something was said.
    """
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StorageRefusedError(_sentence(path, error)) from error


def is_damage(error: Exception) -> bool:
    """Return whether SQLite says that a file is damaged, or no database at all."""
    code = getattr(error, "sqlite_errorname", "") or ""
    return code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageRefusedError(f"{path} cannot be written: {error.strerror}.") from error


def _sentence(path: Path, error: Exception) -> str:
    # The text is SQLite's own; it names no content.
    said = str(error)
    code = getattr(error, "sqlite_errorname", "") or ""
    if is_damage(error):
        return (
            f"{path} is damaged ({said}). Put it aside, and restore a backup:"
            " rchat-server restore FILE."
        )
    if code.startswith("SQLITE_FULL"):
        return f"The disk with {path} is full: make room, and start again."
    if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return f"{path} cannot be opened for writing: look at whose it is, and who may write there."
    if code.startswith("SQLITE_BUSY"):
        return f"{path} is in use by another program: stop that one first."
    return f"{path} cannot be used: {said}."


def _existing(folder: Path) -> Path:
    path = folder / FILE
    if not path.exists():
        raise StorageRefusedError(
            f"There is no {FILE} in {folder}: say with --data where the server keeps it."
        )
    return path


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != schema.APPLICATION_ID:
        raise StorageRefusedError(f"{path} is no database of rchat-server.")
    if version > len(schema.MIGRATIONS):
        raise StorageRefusedError(
            f"{path} was written by a newer rchat-server (version {version} of the tables)."
        )


def _inconsistencies(connection: sqlite3.Connection) -> list[str]:
    """Return where the tables contradict each other, or the promise that numbers have no gap."""
    wrong = [
        f"conversation {id_}: {count} entries stand for the numbers {first} to {last}"
        for id_, count, first, last in connection.execute(
            "SELECT c.id, e.count, e.first, e.last FROM conversations AS c JOIN ("
            " SELECT conversation, count(*) AS count, min(seq) AS first, max(seq) AS last"
            " FROM entries GROUP BY conversation) AS e ON e.conversation = c.key"
            " WHERE NOT c.dropped AND (e.count <> e.last - e.first + 1"
            " OR e.first <> c.removed + 1) LIMIT 100"
        )
    ]
    (strays,) = connection.execute(
        "SELECT count(*) FROM entries WHERE conversation NOT IN (SELECT key FROM conversations)"
    ).fetchone()
    if strays:
        wrong.append(f"{strays} entries belong to no conversation")
    wrong += _loose_reactions(connection)
    (lost,) = connection.execute(
        "SELECT count(*) FROM entries AS e JOIN identities AS i ON i.key = e.author"
        " JOIN conversations AS c ON c.key = e.conversation"
        " LEFT JOIN ids ON ids.author = e.author AND ids.id = e.id"
        " WHERE ids.id IS NULL AND i.token_hash <> x'' AND NOT c.dropped"
    ).fetchone()
    if lost:
        wrong.append(f"the ids of {lost} entries are not known")
    return wrong


def _loose_reactions(connection: sqlite3.Connection) -> list[str]:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 1:  # a backup of before there were any
        return []
    (loose,) = connection.execute(
        "SELECT count(*) FROM reactions AS r LEFT JOIN entries AS e"
        " ON e.conversation = r.conversation AND e.seq = r.target AND e.kind = 0"
        " WHERE e.seq IS NULL AND r.conversation IN ("
        " SELECT key FROM conversations WHERE NOT dropped)"
    ).fetchone()
    return [f"{loose} reactions are to no message"] if loose else []


def _set_aside(path: Path) -> None:
    """Give the database a second name, if it is there, and leave no log of changes beside it.

    The first name is never without a database: a server that starts in the middle of it would
    begin with an empty one.
    """
    if not path.exists():
        return
    with contextlib.suppress(sqlite3.Error), contextlib.closing(connect(path)) as connection:
        # Folds the log of changes in, and removes it; not where the file is damaged.
        connection.execute("PRAGMA journal_mode = DELETE")
    number = 1
    while (aside := path.with_name(f"{path.name}.replaced-{number}")).exists():
        number += 1
    aside.hardlink_to(path)
    for suffix in ("-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(Path(f"{aside}{suffix}"))
