"""What every store promises of accounts and invitations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from contracts.stores import MemoryShop, SqliteShop
from rchat_server.core.ports import Joined
from rchat_server.core.records import (
    AccountRecord,
    ConversationRecord,
    IdentityRecord,
    InvitationRecord,
    TokenRecord,
)

if TYPE_CHECKING:
    from pathlib import Path

    from contracts.stores import Shop

LAPTOP = TokenRecord("laptop", b"hash of a token", made=1000, used=2000, address="203.0.113.7")
PHONE = TokenRecord("phone", b"hash of another", made=1500, used=1500)
ALICE = IdentityRecord(
    "alice-id",
    b"nobody's",
    "alice",
    present=True,
    since=1000,
    account=AccountRecord("argon2 hash", 1000, (LAPTOP, PHONE)),
)
CODE = InvitationRecord(b"hash of a code", made=1000, until=9000, uses=2)


@pytest.fixture(params=["memory", "sqlite"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    """Give each kind of store in turn."""
    return MemoryShop() if request.param == "memory" else SqliteShop(tmp_path)


async def test_an_account_is_there_again(shop: Shop) -> None:
    """Its name would be a stranger's after a restart."""
    async with shop.open() as store:
        store.put_identity(ALICE)
        store.put_conversation(ConversationRecord("tea-id", "channel", "tea"))
        await store.append("tea-id", [Joined(ALICE.id)])
    async with shop.open() as store:
        (again,) = store.load().identities
        assert again.account is not None
        tokens = tuple(sorted(again.account.tokens, key=lambda each: each.id))
        assert replace(again, account=replace(again.account, tokens=tokens)) == ALICE


async def test_what_is_revoked_is_gone(shop: Shop) -> None:
    """A token that comes back with a restart was never revoked."""
    account = AccountRecord("another hash", 1000, (PHONE,))
    async with shop.open() as store:
        store.put_identity(ALICE)
        await store.settled()
        store.put_identity(replace(ALICE, account=account))
    async with shop.open() as store:
        assert store.load().identities[0].account == account


async def test_a_name_goes_from_one_account_to_another_in_one_commit(shop: Shop) -> None:
    """The order in which that is told must not keep the store from storing."""
    async with shop.open() as store:
        store.put_identity(ALICE)
        await store.settled()
        guest = IdentityRecord("bob-id", b"hash of bob's", "alice", present=True, since=2000)
        store.put_identity(guest)
        store.drop_identity(ALICE.id)
        store.put_identity(replace(guest, account=AccountRecord("hash", 2000)))
        await store.settled()
    async with shop.open() as store:
        (only,) = store.load().identities
        assert (only.id, only.account) == ("bob-id", AccountRecord("hash", 2000))


async def test_an_invitation_is_used_up(shop: Shop) -> None:
    """One that is good again after a restart makes more accounts than it should."""
    async with shop.open() as store:
        store.put_invitation(CODE)
        await store.settled()
    async with shop.open() as store:
        assert store.load().invitations == [CODE]
        store.put_invitation(replace(CODE, uses=1))
        await store.settled()
    async with shop.open() as store:
        assert store.load().invitations == [replace(CODE, uses=1)]
        store.put_invitation(replace(CODE, uses=0))
    async with shop.open() as store:
        assert store.load().invitations == []
