"""Accounts, their tokens, and invitations: rows and values."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from rchat_protocol import names
from rchat_protocol.looks import look
from rchat_server.core.records import AccountRecord, InvitationRecord, TokenRecord

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from rchat_server.core.records import IdentityRecord

    Execute = Callable[..., sqlite3.Cursor]


def clear(execute: Execute, identity: int) -> None:
    """Forget what opens an identity beside a guest's token."""
    execute("DELETE FROM accounts WHERE identity = ?", (identity,))
    execute("DELETE FROM tokens WHERE identity = ?", (identity,))


def put(execute: Execute, identity: int, record: IdentityRecord) -> None:
    """Store the account of an identity that has none now.

    Raises:
        sqlite3.IntegrityError: Its name is another account's, or looks like it.
    """
    account = record.account
    if account is None:
        return
    execute(
        "INSERT INTO accounts (identity, name, look, password, made) VALUES (?, ?, ?, ?, ?)",
        (identity, names.key(record.name), look(record.name), account.password, account.made),
    )
    for each in account.tokens:
        execute(
            "INSERT INTO tokens (hash, identity, id, made, used, address)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (each.hash, identity, each.id, each.made, each.used, each.address),
        )


def put_invitation(execute: Execute, record: InvitationRecord) -> None:
    """Store an invitation; forget one that is used up."""
    if not record.uses:
        execute("DELETE FROM invitations WHERE hash = ?", (record.hash,))
        return
    execute(
        "INSERT INTO invitations (hash, made, until, uses) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (hash) DO UPDATE SET uses = excluded.uses",
        (record.hash, record.made, record.until, record.uses),
    )


def accounts(connection: sqlite3.Connection) -> dict[int, AccountRecord]:
    """Return all accounts, by key of the identity."""
    tokens: defaultdict[int, list[TokenRecord]] = defaultdict(list)
    for hash_, identity, id_, made, used, address in connection.execute(
        "SELECT hash, identity, id, made, used, address FROM tokens"
    ):
        tokens[identity].append(TokenRecord(id_, bytes(hash_), made, used, address))
    return {
        identity: AccountRecord(password, made, tuple(tokens[identity]))
        for identity, password, made in connection.execute(
            "SELECT identity, password, made FROM accounts"
        )
    }


def invitations(connection: sqlite3.Connection) -> list[InvitationRecord]:
    """Return all invitations."""
    return [
        InvitationRecord(bytes(hash_), made, until, uses)
        for hash_, made, until, uses in connection.execute(
            "SELECT hash, made, until, uses FROM invitations"
        )
    ]
