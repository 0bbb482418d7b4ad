"""Accounts and moderation from a client's side, against a real server on a real socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rchat_protocol.errors import ErrorCode
from rchat_server.compose import compose_server
from rchat_server.core.hub import HubLimits
from rchat_server.core.lobby import LobbyLimits
from rchat_server.core.registrar import AccountLimits
from rchat_tui.client import (
    Delivered,
    MessagePosted,
    Moderated,
    Offline,
    Online,
    Parted,
    PasswordSource,
    ServerError,
)
from rchat_tui.client.client import ChatClient
from rchat_tui.client.store.memory import MemoryClientStore, MemoryDisk
from support.world import Ear

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PASSWORD = "correct horse"  # noqa: S105 - of nobody


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """Where a server is."""
    async with compose_server("127.0.0.1", 0) as server:
        yield f"tcp://127.0.0.1:{server.address[1]}"


def fresh(url: str, disk: MemoryDisk | None = None, user: str = "alice") -> ChatClient:
    """Return a client on a machine, a new one by default."""
    return ChatClient(url, user=user, store=MemoryClientStore(disk or MemoryDisk()))


async def refusal(url: str, password: str | None = None, user: str = "alice") -> str:
    """Return why somebody is not let in on a new machine."""
    client = ChatClient(url)
    with pytest.raises(ServerError) as refused:
        await client.login(user, password)
    await client.aclose()
    return refused.value.code


async def test_whoever_registers_comes_in_from_everywhere_by_his_password(url: str) -> None:
    """An account that opens on one machine alone is a guest with a password."""
    disk = MemoryDisk()
    async with fresh(url, disk) as alice:
        await alice.join("tea")
        await alice.register(PASSWORD)
        with pytest.raises(ServerError, match="is an account already"):
            await alice.register(PASSWORD)
    async with fresh(url, disk) as again:
        assert isinstance(again.status, Online)
        assert not again.status.fresh, "the token of the guest is one of the account"
    assert await refusal(url) == ErrorCode.PASSWORD_REQUIRED
    assert await refusal(url, "wrong horse") == ErrorCode.WRONG_PASSWORD
    other = ChatClient(url)
    await other.login("Alice", PASSWORD)
    async with other:
        assert await other.get_users("tea") == ["alice"]
        here, there = await other.logins()
        assert (here.current, there.current) == (True, False)


async def test_who_was_logged_out_comes_back_as_himself_and_loses_nothing(url: str) -> None:
    """What waits in the outbox was written by the same person: it is no stranger's."""
    disk, elsewhere = MemoryDisk(), fresh(url)
    alice = fresh(url, disk)
    async with alice, Ear(alice) as ear:
        await alice.join("tea")
        await alice.register(PASSWORD)
        await ear.until(lambda: ear.state.find("channel", "tea") is not None)
        tea = ear.state.find("channel", "tea")
        assert tea is not None
        await elsewhere.login("alice", PASSWORD)
        await elsewhere.revoke(None)
        offline = (await ear.hears(Offline))[-1]
        assert (offline.code, offline.retry_in) == (ErrorCode.LOGGED_OUT, None)
        await alice.post(tea.id, "written meanwhile")
        await alice.login("alice", PASSWORD)
        assert isinstance(alice.status, Online)
        assert not alice.status.fresh
        await ear.hears(Delivered)
        said = await ear.hears(MessagePosted)
        assert [each.content for each in said] == ["written meanwhile"]
    await elsewhere.aclose()


async def test_a_password_comes_from_where_nobody_types_it(url: str) -> None:
    """A program, or a person with a password manager, logs in without a prompt."""
    asked: list[str] = []

    async def find(user: str) -> str | None:
        asked.append(user)
        return PASSWORD if user == "alice" else None

    async with fresh(url) as alice:
        await alice.register(PASSWORD)
    source = PasswordSource(find)
    async with ChatClient(url, user="alice", passwords=source) as again:
        assert isinstance(again.status, Online)
    async with ChatClient(url, user="bob", passwords=source):
        assert asked == ["alice"], "who needs none is asked for none"


async def test_no_password_leaves_for_a_server_that_others_can_overhear() -> None:
    """The server would refuse it, when everybody on the way has read it."""
    for url in ("tcp://203.0.113.1:6565", "ws://203.0.113.1/rchat"):
        client = ChatClient(url)
        with pytest.raises(ServerError) as refused:
            await client.login("alice", PASSWORD)
        assert refused.value.code == ErrorCode.ENCRYPTION_REQUIRED
        assert client.status is None, "nothing was dialled"
        await client.aclose()


async def test_a_changed_password_is_the_one_that_opens(url: str) -> None:
    """And the old one does not."""
    async with fresh(url) as alice:
        await alice.register(PASSWORD)
        with pytest.raises(ServerError, match="8 characters"):
            await alice.change_password(PASSWORD, "short")
        with pytest.raises(ServerError) as refused:
            await alice.change_password("wrong horse", "battery staple")
        assert refused.value.code == ErrorCode.WRONG_PASSWORD
        await alice.change_password(PASSWORD, "battery staple")
    assert await refusal(url, PASSWORD) == ErrorCode.WRONG_PASSWORD


async def test_an_account_is_made_where_no_guest_comes_in() -> None:
    """A team's server has to let the team in."""
    limits = HubLimits(lobby=LobbyLimits(guests=False), accounts=AccountLimits(invited_only=True))
    async with compose_server("127.0.0.1", 0, hub_limits=limits) as server:
        url = f"tcp://127.0.0.1:{server.address[1]}"
        assert await refusal(url) == ErrorCode.ACCOUNT_REQUIRED
        client = ChatClient(url)
        with pytest.raises(ServerError) as refused:
            await client.login("alice", PASSWORD, register=True, invitation="guessed")
        assert refused.value.code == ErrorCode.INVITATION_REQUIRED
        await client.aclose()


async def test_a_channel_is_moderated_and_everybody_sees_it(url: str) -> None:
    """Each request has to reach the server, and each event the state."""
    alice, bob = fresh(url), fresh(url, user="bob")
    async with alice, bob, Ear(alice) as ear, Ear(bob) as his:
        await alice.join("tea")
        await bob.join("tea")
        await his.until(lambda: his.state.find("channel", "tea") is not None)
        tea = his.state.find("channel", "tea")
        assert tea is not None
        assert tea.rules.owner == "alice"
        await alice.set_operator(tea.id, "bob")
        await his.until(lambda: his.state.conversations[tea.id].rules.operators == ["bob"])
        await alice.set_slow(tea.id, 30)
        await alice.set_slow(tea.id, 0)
        await alice.set_operator(tea.id, "bob", on=False)
        await alice.mute(tea.id, "bob", seconds=60, reason="shouting")
        with pytest.raises(ServerError, match="alice has silenced you here for 1 min: shouting"):
            await bob.send(tea.id, "HELLO")
        await alice.mute(tea.id, "bob", on=False)
        await alice.kick(tea.id, "bob", "cool down")
        (parted,) = await his.hears(Parted)
        assert (parted.by, parted.reason) == ("alice", "cool down")
        await alice.set_access(tea.id, "password", "open sesame")
        with pytest.raises(ServerError) as refused:
            await bob.join("tea")
        assert refused.value.code == ErrorCode.CHANNEL_PASSWORD
        await bob.enter("tea", "open sesame")
        await alice.ban(tea.id, mask="bo?", reason="spam")
        assert [each.subject for each in (await alice.rules(tea.id)).bans] == ["bo?"]
        await alice.unban(tea.id, "bo?")
        told = [each.act for each in ear.of(Moderated)]
        acts = [each.act for each in (await alice.audit(tea.id)).acts]
        assert acts[::-1] == told
