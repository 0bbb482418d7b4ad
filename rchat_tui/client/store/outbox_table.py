"""The outbox and the login in the file: `rchat_tui.client.outbox` decides, this only stores."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from rchat_protocol.models import Ack
from rchat_tui.client import outbox
from rchat_tui.client.errors import StorageFailed
from rchat_tui.client.outbox import Claim, Entry
from rchat_tui.client.store.limits import DELIVERED
from rchat_tui.client.store.ports import SavedLogin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rchat_tui.client.outbox import Outcome
    from rchat_tui.client.store.database import Database

_ALL: Final = (
    "SELECT id, kind, conversation, name, content, at, identity, reply, epoch, status, reason,"
    " tried, owner, sends_as, ack FROM outbox"
)
_PUT: Final = (
    "INSERT INTO outbox (lane, id, kind, conversation, name, content, at, identity, reply, epoch,"
    " status, reason, tried, owner, sends_as, ack)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class OutboxTable:
    """The tables ``outbox`` and ``login``.

    Args:
        database: The file.
        me: The name of this holder of claims.
        alive: Whether the holder of a name lives. Asked inside transactions, which exclude each
            other.
    """

    def __init__(self, database: Database, me: str, alive: Callable[[str], bool]) -> None:
        self._database = database
        self._me = me
        self._alive = alive
        self._seen = -1

    # -- who one is --------------------------------------------------------------------------------

    def login(self) -> SavedLogin | None:
        """Return who one is."""
        rows: list[Any] = self._database.read("SELECT user, token, identity FROM login")
        return SavedLogin(*rows[0]) if rows else None

    def save_login(self, user: str, token: str, *, same: bool) -> SavedLogin:
        """Keep a new identity, or another token of the one of before."""
        with self._changing():
            before = self.login()
            number = 1 if before is None else before.identity + (not same)
            saved = SavedLogin(user, token, number)
            self._database.write(
                "INSERT OR REPLACE INTO login VALUES (1, ?, ?, ?)", user, token, saved.identity
            )
            for entry in self._find("WHERE status = 'waiting' ORDER BY place"):
                self._update(entry, outbox.under(entry, saved.identity))
        self._seen = -1  # what that did to the outbox, nobody here knows yet
        return saved

    # -- the outbox --------------------------------------------------------------------------------

    def entries(self) -> tuple[Entry, ...]:
        """Return what is in the outbox, having ended the claims of the dead."""
        if self._find("WHERE owner IS NOT NULL AND owner != ? LIMIT 1", self._me):
            self.end_claims_of_the_dead()
        self._seen = self._revision()
        return tuple(self._find("ORDER BY place"))

    def changed(self) -> bool:
        """Say whether another process has changed the outbox."""
        return self._revision() != self._seen

    def put(self, entry: Entry) -> Entry:
        """Put an entry behind the others."""
        with self._changing():
            query = "SELECT count(*) FROM outbox WHERE status IN ('waiting', 'failed', 'unknown')"
            if self._database.read(query)[0][0] == outbox.ENTRIES:
                raise StorageFailed(outbox.FULL)
            entry = self._now(entry)
            self._database.write(_PUT, entry.lane, *_row(entry))
        return entry

    def claim(self, lane: str, identity: int) -> Entry | None:
        """Take the next entry of a lane."""
        with self._changing():
            saved = self.login()
            if saved is None or saved.identity != identity:
                return None
            self._end_claims()
            # All that the rule looks at: whatever is on its way, and the first that waits.
            line = self._find(
                "INDEXED BY outbox_claims WHERE lane = ? AND owner IS NOT NULL ORDER BY place", lane
            )
            line += self._find("WHERE lane = ? AND status = 'waiting' ORDER BY place LIMIT 1", lane)
            entry = outbox.sendable(line, identity)
            if entry is None:
                return None
            return self._update(entry, outbox.claimed(entry, Claim(self._me, identity)))

    def settle(self, entry_id: str, outcome: Outcome) -> Entry:
        """End a claim."""
        with self._changing():
            (entry,) = self._find("WHERE id = ?", entry_id)
            settled = self._update(entry, outbox.settled(entry, outcome))
            self._database.write(
                "DELETE FROM outbox WHERE status = 'delivered' AND place <= (SELECT place FROM"
                " outbox WHERE status = 'delivered' ORDER BY place DESC LIMIT 1 OFFSET ?)",
                DELIVERED,
            )
        return settled

    def retry(self, entry_id: str) -> Entry | None:
        """Let an entry wait again."""
        with self._changing():
            for entry in self._find("WHERE id = ?", entry_id):
                if outbox.retryable(entry):
                    return self._update(entry, self._now(outbox.retried(entry)))
        return None

    def withdraw(self, entry_id: str) -> Entry | None:
        """Take an entry out."""
        with self._changing():
            self._end_claims()
            for entry in self._find("WHERE id = ?", entry_id):
                if outbox.withdrawable(entry):
                    self._database.write("DELETE FROM outbox WHERE id = ?", entry_id)
                    return entry
        return None

    def end_claims_of_the_dead(self) -> None:
        """Let what nobody sends any more wait again."""
        with self._changing():
            self._end_claims()

    def _end_claims(self) -> None:
        query = "SELECT DISTINCT owner FROM outbox WHERE owner IS NOT NULL"
        for (owner,) in self._database.read(query):
            if not self._alive(str(owner)):
                for entry in self._find("WHERE owner = ?", owner):
                    self._update(entry, outbox.orphaned(entry))

    def _now(self, entry: Entry) -> Entry:
        """Return the entry as it stands under the identity of now."""
        saved = self.login()
        return entry if saved is None else outbox.under(entry, saved.identity)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Begin a transaction, after which `changed` says nothing of what is done in it."""
        with self._database.transaction():
            before = self._revision()
            yield
            if self._seen == before:
                self._seen = self._revision()

    def _revision(self) -> int:
        ((number,),) = self._database.read("SELECT number FROM outbox_revision")
        return int(str(number))

    def _find(self, where: str, *values: object) -> list[Entry]:
        return [_entry(row) for row in self._database.read(f"{_ALL} {where}", *values)]

    def _update(self, before: Entry, entry: Entry) -> Entry:
        if entry != before:
            self._database.write(
                "UPDATE outbox SET content = ?, status = ?, reason = ?, tried = ?, owner = ?,"
                " sends_as = ?, ack = ? WHERE id = ?",
                entry.content,
                *_row(entry)[9:],
                entry.id,
            )
        return entry


def _row(entry: Entry) -> tuple[object, ...]:
    """Return the values of an entry, in the order of `_ALL`."""
    claim = entry.claim
    return (
        entry.id,
        entry.kind,
        entry.conversation,
        entry.name,
        entry.content,
        entry.at,
        entry.identity,
        entry.reply,
        entry.epoch,
        entry.status,
        entry.reason,
        entry.tried,
        None if claim is None else claim.owner,
        None if claim is None else claim.identity,
        None if entry.ack is None else msgspec.json.encode(entry.ack).decode(),
    )


def _entry(row: tuple[Any, ...]) -> Entry:
    reply, epoch, *standing, owner, identity, ack = row[7:]
    claim = None if owner is None else Claim(owner, identity)
    stored = None if ack is None else msgspec.json.decode(ack, type=Ack)
    entry = Entry(*row[:7], *standing)
    return replace(entry, claim=claim, ack=stored, reply=reply, epoch=epoch)
