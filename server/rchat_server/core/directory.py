"""Who is called what: identities by token and by name. A name has at most one holder."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from rchat_protocol import names
from rchat_protocol.looks import look
from rchat_server.core.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Callable


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
        identity = Identity(self._new_id(), _hash(token), name)
        self._by_token[identity.token_hash] = identity
        self.hold(identity, name)
        return identity, token

    def restore(self, identity: Identity) -> None:
        """Know an identity again that was stored."""
        self._by_token[identity.token_hash] = identity

    def by_token(self, token: str) -> Identity | None:
        """Return the identity that the token belongs to."""
        return self._by_token.get(_hash(token))

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
        self.release(identity)
        identity.name = name
        self._holders[names.key(name)] = identity
        self._looks[look(name)] = identity

    def release(self, identity: Identity) -> None:
        """Free the name that ``identity`` holds, if it holds one."""
        key = names.key(identity.name)
        if self._holders.get(key) is identity:
            del self._holders[key]
            del self._looks[look(identity.name)]

    def absent(self, identity: Identity) -> None:
        """Note that ``identity`` is known, but not here."""
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
        self.release(identity)
        self.present(identity)
        self._by_token.pop(identity.token_hash, None)


def _hash(token: str) -> bytes:
    # A token has its full entropy already, so a plain hash is enough: nothing to stretch.
    return hashlib.sha256(token.encode(errors="replace")).digest()
