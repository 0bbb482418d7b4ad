"""One transaction of the writer: what it changes on the disk, and then in the index."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rchat_server.core.ports import Appended, Joined, Left, NewDeed, NewEntry, Ruled
from rchat_server.storage.sqlite import accounts, deeds, moderation

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence

    from rchat_server.core.ports import Change
    from rchat_server.core.records import ConversationRecord, IdentityRecord
    from rchat_server.storage.sqlite.pending import Pending

_ROWS: Final = 64
"""Most rows of one INSERT: each number of rows is a statement of its own, prepared and kept."""

_MESSAGES: Final = "entries (conversation, seq, author, user, content, id, at, target)"

_NOBODY: Final = 0
"""The key of an author whom nobody knows any more."""


@dataclass(slots=True, eq=False)
class Shelf:
    """What is known of a conversation without asking the disk."""

    key: int
    """Its key in the tables; 0 before it is stored."""
    head: int
    removed: int
    """Number of the last entry that is no longer kept."""


@dataclass(slots=True, eq=False)
class Index:
    """What is known without asking the disk. Changed by the writer, after a commit."""

    shelves: dict[str, Shelf]
    """By conversation id."""
    keys: dict[str, int]
    """Keys of identities, by id."""
    people: dict[int, str]
    """Ids of identities, by key."""


class Transaction:
    """Statements within a BEGIN and a COMMIT, and what holds in the index after the latter.

    Args:
        connection: The writer's, in a transaction.
        index: As it is on the disk.
        careful: Whether an id may be known already; otherwise one is an ``IntegrityError``.
    """

    def __init__(self, connection: sqlite3.Connection, index: Index, *, careful: bool) -> None:
        self._execute = connection.execute
        self._index = index
        self._careful = careful
        self._heads: dict[Shelf, int] = {}
        self._shelf_keys: dict[Shelf, int] = {}
        self._keys: dict[str, int] = {}
        self._gone: list[str] = []
        self.content = 0
        """Length of the contents of all entries, in characters."""

    def done(self) -> Collection[Shelf]:
        """It is on the disk: bring the index up to date; return what has other entries now."""
        for shelf, key in self._shelf_keys.items():
            shelf.key = key
        for shelf, head in self._heads.items():
            shelf.head = head
        self._index.keys |= self._keys
        self._index.people |= {key: id_ for id_, key in self._keys.items()}
        for id_ in self._gone:
            self._index.people.pop(self._index.keys.pop(id_, _NOBODY), None)
        return self._heads.keys()

    # -- what waited -------------------------------------------------------------------------------

    def store(self, pending: Pending) -> None:
        """Store what waited."""
        for made in pending.conversations.values():
            self._put_conversation(made)
        for id_ in pending.identities:
            # All first: a name that one gives up here may be another's there.
            accounts.clear(self._execute, self._key(id_))
        for invitation in pending.invitations.values():
            accounts.put_invitation(self._execute, invitation)
        for id_, person in pending.identities.items():
            if person is None:
                self._drop_identity(id_)
            else:
                self._put_identity(person)
        for (identity, conversation), seq in pending.reads.items():
            self._put_read(identity, conversation, seq)
        for id_ in pending.forgotten:
            # Its entries go later, a few at a time.
            self._execute("UPDATE conversations SET dropped = 1 WHERE id = ?", (id_,))

    def _put_conversation(self, record: ConversationRecord) -> None:
        people = json.dumps(record.participants)
        row = (record.id, record.kind, record.name, people, record.rules)
        (key,) = self._execute(
            "INSERT INTO conversations (id, kind, name, participants, rules)"
            " VALUES (?, ?, ?, ?, ?)"
            " RETURNING key",
            row,
        ).fetchone()
        if (shelf := self._index.shelves.get(record.id)) is not None:
            self._shelf_keys[shelf] = key

    def _put_identity(self, record: IdentityRecord) -> None:
        row = (record.id, record.token_hash, record.name, record.present, record.since)
        (key,) = self._execute(
            "INSERT INTO identities (id, token_hash, name, present, since) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash,"
            " name = excluded.name, present = excluded.present, since = excluded.since"
            " RETURNING key",
            row,
        ).fetchone()
        self._keys[record.id] = key
        accounts.put(self._execute, key, record)
        if not record.token_hash:
            self._forget_standing(key)

    def _drop_identity(self, id_: str) -> None:
        key = self._key(id_)
        self._execute("DELETE FROM identities WHERE key = ?", (key,))
        self._forget_standing(key)
        self._keys.pop(id_, None)
        self._gone.append(id_)

    def _forget_standing(self, key: int) -> None:
        self._execute(
            "DELETE FROM mentions WHERE identity = :key AND conversation IN ("
            " SELECT conversation FROM memberships WHERE identity = :key)",
            {"key": key},
        )
        self._execute("DELETE FROM memberships WHERE identity = ?", (key,))
        self._execute("DELETE FROM ids WHERE author = ?", (key,))

    def _put_read(self, identity: str, conversation: str, seq: int) -> None:
        shelf = self._index.shelves.get(conversation)
        if shelf is not None:
            place = (self._shelf_key(shelf), self._key(identity), seq)
            self._execute(
                "UPDATE memberships SET read = max(read, ?)"
                " WHERE conversation = ? AND identity = ?",
                (seq, *place[:2]),
            )
            self._execute(
                "DELETE FROM mentions WHERE conversation = ? AND identity = ? AND seq <= ?",
                place,
            )

    # -- entries -----------------------------------------------------------------------------------

    def append(self, conversation: str, changes: Sequence[Change]) -> list[Appended]:
        """Write entries behind the head, and who joins or leaves between them.

        Raises:
            sqlite3.IntegrityError: An id is known, and this transaction is not a careful one.
        """
        shelf = self._index.shelves[conversation]
        key = self._shelf_key(shelf)
        head = self._heads.get(shelf, shelf.head)
        results: list[Appended] = []
        run: list[NewEntry] = []
        for change in changes:
            if isinstance(change, NewEntry):
                if self._careful and (known := self._known(change, run)) is not None:
                    results.append(known)
                    continue
                run.append(change)
                head += 1
                results.append(Appended(conversation, head, change.id, change.at, fresh=True))
                if self._careful:  # each is looked up with those before it in the tables
                    self._write(key, head, run)
                    run = []
                continue
            self._write(key, head, run)
            run = []
            if isinstance(change, NewDeed):
                if self._careful and (known := self._known(change, run)) is not None:
                    results.append(known)
                    continue
                head += 1
                results.append(Appended(conversation, head, change.id, change.at, fresh=True))
                self.content += len(change.content)
                deeds.write(self._execute, self._key, (key, head), change)
            elif isinstance(change, Ruled):
                moderation.rule(self._execute, key, change)
                for identity in change.expelled:
                    self._come_or_go(key, head, Left(identity))
            else:
                self._come_or_go(key, head, change)
        self._write(key, head, run)
        self._heads[shelf] = head
        return results

    def _write(self, conversation: int, head: int, run: Sequence[NewEntry]) -> None:
        """Write ``run``, whose last entry has the number ``head``."""
        first = head - len(run) + 1
        for start in range(0, len(run), _ROWS):
            part = run[start : start + _ROWS]
            entries: list[object] = []
            ids: list[object] = []
            for seq, new in enumerate(part, first + start):
                author = self._key(new.author)
                self.content += len(new.content)
                entries += (conversation, seq, author, new.user, new.content, new.id, new.at)
                entries.append(new.reply)
                if author != _NOBODY:
                    ids += (author, new.id, conversation, seq, new.at)
            self._execute(_insert(_MESSAGES, 8, len(part)), entries)
            if ids:
                self._execute(_insert("ids", 5, len(ids) // 5), ids)
        if run:
            self._mark(conversation, first, run)

    def _mark(self, conversation: int, first: int, run: Sequence[NewEntry]) -> None:
        """Move the authors' read markers to what they wrote, and note who is spoken to."""
        reads: dict[str, int] = {}
        for seq, new in enumerate(run, first):
            reads[new.author] = seq
            for identity in new.mentions:
                self._execute(
                    "INSERT INTO mentions SELECT conversation, identity, ? FROM memberships"
                    " WHERE conversation = ? AND identity = ?",
                    (seq, conversation, self._key(identity)),
                )
        pairs: list[object] = []
        for author, seq in reads.items():
            pairs += (self._key(author), seq)
        self._execute(_move_markers(len(reads)), (*pairs, conversation))

    def _known(self, new: NewEntry | NewDeed, run: Sequence[NewEntry]) -> Appended | None:
        assert not run, "each entry of a careful transaction is written before the next one"  # noqa: S101
        place = (self._key(new.author), new.id)
        row = self._execute(
            "SELECT c.id, i.seq, i.at FROM ids AS i JOIN conversations AS c"
            " ON c.key = i.conversation AND NOT c.dropped WHERE i.author = ? AND i.id = ?",
            place,
        ).fetchone()
        if row is None:  # unknown, or of a conversation that was dropped
            self._execute("DELETE FROM ids WHERE author = ? AND id = ?", place)
            return None
        return Appended(row[0], row[1], new.id, row[2], fresh=False)

    def _come_or_go(self, conversation: int, head: int, change: Joined | Left) -> None:
        key = self._key(change.identity)
        if isinstance(change, Left):
            self._execute(
                "DELETE FROM memberships WHERE conversation = ? AND identity = ?",
                (conversation, key),
            )
            self._execute(
                "DELETE FROM mentions WHERE conversation = ? AND identity = ?", (conversation, key)
            )
        else:  # who was forgotten meanwhile is no identity, or one without a token
            self._execute(
                "INSERT INTO memberships SELECT ?, key, ? FROM identities"
                " WHERE key = ? AND token_hash <> x'' ON CONFLICT DO NOTHING",
                (conversation, head, key),
            )

    # -- keys --------------------------------------------------------------------------------------

    def _key(self, identity: str) -> int:
        key = self._keys.get(identity)
        return self._index.keys.get(identity, _NOBODY) if key is None else key

    def _shelf_key(self, shelf: Shelf) -> int:
        return self._shelf_keys.get(shelf, shelf.key)


@functools.cache
def _move_markers(people: int) -> str:
    return (
        f"WITH moved (identity, seq) AS (VALUES {', '.join(['(?, ?)'] * people)})"  # noqa: S608 - no text of others
        " UPDATE memberships SET read = moved.seq FROM moved WHERE memberships.conversation = ?"
        " AND memberships.identity = moved.identity AND memberships.read < moved.seq"
    )


@functools.cache
def _insert(table: str, columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"INSERT INTO {table} VALUES {', '.join([row] * rows)}"  # noqa: S608 - a table of ours
