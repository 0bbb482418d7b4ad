"""Who is called what: identities by token and by name. A name has at most one holder."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from rchat_protocol import names
from rchat_protocol.looks import look
from rchat_server.core.identity import Identity
from rchat_server.core.records import TokenRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_server.core.identity import Account

TOKENS: Final = 50
"""Tokens that one account has: each is a machine on which its password was given."""


class Directory:
    """The identities that the server knows.

    Args:
        new_token: Makes a secret that nobody guesses (at least 128 random bits, URL-safe).
        new_id: Makes an id that is not used yet.
    """

    def __init__(self, *, new_token: Callable[[], str], new_id: Callable[[], str]) -> None:
        look("")  # has its table read now, and not when the first one comes in
        self._new_token = new_token
        self._new_id = new_id
        self._by_token: dict[bytes, Identity] = {}
        self._holders: dict[str, Identity] = {}
        self._looks: dict[str, Identity] = {}
        """Those who hold a name, by how it looks: no two look the same."""
        self._absent: dict[Identity, None] = {}
        self._absent_idle: dict[Identity, None] = {}

    def create(self, name: str) -> tuple[Identity, str]:
        """Return a new identity that holds the free ``name``, and its token."""
        token = self._new_token()
        identity = Identity(self._new_id(), hash_of(token), name)
        self._by_token[identity.token_hash] = identity
        self.hold(identity, name)
        return identity, token

    def create_account(self, name: str, account: Account) -> Identity:
        """Return a new identity that holds the free ``name`` for good, and has no token yet."""
        # A token that nobody has: those of an account are its own.
        nobodys = hash_of(self._new_token())
        identity = Identity(self._new_id(), nobodys, name, account, present=False)
        identity.since = account.made
        self.hold(identity, name)
        return identity

    def restore(self, identity: Identity) -> None:
        """Know an identity again that was stored."""
        if identity.account is None:
            self._by_token[identity.token_hash] = identity
            return
        for token_hash in identity.account.tokens:
            self._by_token[token_hash] = identity
        self.hold(identity, identity.name)

    def new_token(self, identity: Identity, account: Account, now: int, address: str) -> str:
        """Return a further token of an account; of very many the one that was unused longest goes.

        Args:
            identity: Whose it is.
            account: His.
            now: Milliseconds since 1970-01-01 UTC.
            address: Where it goes.
        """
        token = self._new_token()
        record = TokenRecord(self._new_id(), hash_of(token), now, now, address)
        account.tokens[record.hash] = record
        self._by_token[record.hash] = identity
        while len(account.tokens) > TOKENS:
            self.drop_token(account, next(iter(account.tokens)))
        return token

    def adopt_token(self, identity: Identity, account: Account, now: int, address: str) -> None:
        """Let the token of a guest be one of his account."""
        record = TokenRecord(self._new_id(), identity.token_hash, now, now, address)
        account.tokens[record.hash] = record

    def drop_token(self, account: Account, token_hash: bytes) -> None:
        """Let a token open nothing any more. Harmless for one that does not."""
        account.tokens.pop(token_hash, None)
        self._by_token.pop(token_hash, None)

    def by_token(self, token: str) -> Identity | None:
        """Return the identity that the token belongs to."""
        return self._by_token.get(hash_of(token))

    def accounts(self) -> list[Identity]:
        """Return all that are accounts: they hold their names for good."""
        return [each for each in self._holders.values() if each.account is not None]

    def session_count(self) -> int:
        """Return how many connections those have who hold a name: all who are connected."""
        return sum(len(each.sessions) for each in self._holders.values())

    def holder(self, name: str) -> Identity | None:
        """Return who holds ``name`` now."""
        return self._holders.get(names.key(name))

    def look_alike(self, name: str) -> Identity | None:
        """Return who holds a name now that may be taken for ``name``, or is it."""
        return self.holder(name) or self._looks.get(look(name))

    def holder_by_key(self, key: str) -> Identity | None:
        """Return who holds the name with this `names.key` now."""
        return self._holders.get(key)

    def hold(self, identity: Identity, name: str) -> None:
        """Give the free ``name``, which looks like nobody's, to ``identity``; free its own."""
        self._free(identity)
        identity.name = name
        self._holders[names.key(name)] = identity
        self._looks[look(name)] = identity

    def release(self, identity: Identity) -> None:
        """Free the name that ``identity`` holds, if it holds one that is not an account's."""
        if identity.account is None:
            self._free(identity)

    def _free(self, identity: Identity) -> None:
        key = names.key(identity.name)
        if self._holders.get(key) is identity:
            del self._holders[key]
            del self._looks[look(identity.name)]

    def absent(self, identity: Identity) -> None:
        """Note that ``identity`` is known, but not here; an account is not to be forgotten."""
        if identity.account is not None:
            return
        idle = not identity.memberships and not identity.private
        (self._absent_idle if idle else self._absent)[identity] = None

    def present(self, identity: Identity) -> None:
        """Note that ``identity`` is here."""
        self._absent.pop(identity, None)
        self._absent_idle.pop(identity, None)

    def dispensable(self, *, beyond: int) -> Identity | None:
        """Return whom to forget first, where more than ``beyond`` are away.

        Somebody who was in no conversation goes before all who were: a flood of passers-by pushes
        nobody out. Of those, the one who is away longest.
        """
        if len(self._absent) + len(self._absent_idle) <= beyond:
            return None
        return next(iter(self._absent_idle or self._absent))

    def forget(self, identity: Identity) -> None:
        """Know ``identity`` no longer: its token opens nothing."""
        self._free(identity)
        self.present(identity)
        self._by_token.pop(identity.token_hash, None)
        if identity.account is not None:
            for token_hash in tuple(identity.account.tokens):
                self.drop_token(identity.account, token_hash)


def hash_of(token: str) -> bytes:
    """Return what is stored of a token."""
    # A token has its full entropy already, so a plain hash is enough: nothing to stretch.
    return hashlib.sha256(token.encode(errors="replace")).digest()
