"""Accounts: who may make one, what opens it, and what it keeps."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from rchat_protocol import models
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.hub import HubLimits
from rchat_server.core.lobby import TOKEN_LIFETIME, LobbyLimits
from rchat_server.core.rates import Rate
from rchat_server.core.registrar import AccountLimits
from rchat_server.core.sites import Origin
from support.chat import HERE, Chat, Person

PASSWORD = "correct horse"  # noqa: S105 - of nobody
DAY = 24 * 3600.0
FAR = Origin("203.0.113.7", encrypted=True)


async def registered(chat: Chat, name: str = "alice") -> Person:
    """Return a person with an account."""
    person = chat.login(name)
    await person.register(PASSWORD)
    return person


async def refusal(awaitable: object) -> ErrorCode:
    """Return why something is refused."""
    with pytest.raises(ChatError) as refused:
        await awaitable  # type: ignore[misc]
    return refused.value.code


async def come(chat: Chat, name: str, password: str, origin: Origin = FAR) -> Person:
    """Log in with a password."""
    session, token = await chat.hub.registrar.login(name, password, lambda _: None, origin)
    return Person(chat, session, token)


async def test_a_guest_who_registers_keeps_all_that_is_his() -> None:
    """Otherwise one pays for an account with one's channels and conversations."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    await bob.whisper("alice", "before")
    await alice.register(PASSWORD)
    again = await come(chat, "ALICE", PASSWORD)
    assert again.session.identity is alice.session.identity
    assert {each.name for each in again.session.identity.memberships} == {"tea", ""}
    assert chat.resume(alice).session.identity is alice.session.identity, "his token is good, too"


async def test_the_name_of_an_account_is_nobody_elses() -> None:
    """Otherwise a stranger reads what people write to alice, as soon as she has left."""
    chat = Chat()
    alice = await registered(chat)
    chat.hub.lobby.detach(alice.session, at_once=True)
    chat.clock.advance(400 * DAY)
    for name, code in (
        ("alice", ErrorCode.PASSWORD_REQUIRED),
        ("aLice", ErrorCode.PASSWORD_REQUIRED),
        ("a1ice", ErrorCode.NAME_IN_USE),
        ("\u0430lice", ErrorCode.NAME_IN_USE),
    ):
        with pytest.raises(ChatError) as refused:
            chat.login(name)
        assert refused.value.code is code
    asked = models.Register(PASSWORD, user="alice")
    assert (
        await refusal(chat.hub.registrar.register(None, asked, HERE)) is ErrorCode.PASSWORD_REQUIRED
    )


async def test_what_is_written_to_an_account_that_is_away_waits_for_it() -> None:
    """A message that was sent and never arrives is lost."""
    chat = Chat()
    alice, bob = await registered(chat), chat.login("bob")
    chat.hub.lobby.detach(alice.session, at_once=True)
    chat.clock.advance(300)
    await bob.whisper("alice", "are you there?")
    conversation = chat.hub.private(bob.session, "alice")
    posted = chat.hub.post(bob.session, models.SendMessage("by id", conversation=conversation.id))
    await posted.outcome()
    chat.restart()
    back = await come(chat, "alice", PASSWORD)
    states = back.events()
    await chat.settle()
    (state,) = states.of(models.ConversationState)
    assert (state.name, state.unread, state.head) == ("bob", 2, 2)


async def test_an_account_outlives_a_restart_and_its_tokens_do() -> None:
    """Otherwise everybody gives his password again after each upgrade."""
    chat = Chat()
    alice = await registered(chat)
    await alice.join("tea")
    elsewhere = await come(chat, "alice", PASSWORD)
    chat.restart()
    chat.clock.advance(40 * DAY)
    assert chat.resume(elsewhere).session.identity.name == "alice"
    assert [each.name for each in chat.resume(alice).session.identity.memberships] == ["tea"]
    with pytest.raises(ChatError):
        chat.login("alice")


async def test_a_wrong_password_opens_nothing_and_tells_nothing() -> None:
    """Who guesses must not learn which names are worth guessing at."""
    chat = Chat()
    await registered(chat)
    chat.login("guest")
    told = set()
    for name in ("alice", "nobody", "guest"):
        with pytest.raises(ChatError) as refused:
            await come(chat, name, "wrong horse")
        told.add((refused.value.code, refused.value.message))
    assert told == {
        (
            ErrorCode.WRONG_PASSWORD,
            "That is not the password, or there is no such account.",
        )
    }


async def test_guessing_becomes_slow_for_everybody_and_the_owners_token_stays_good() -> None:
    """Many machines guess at once; and who is guessed at must not be locked out of his chat."""
    chat = Chat()
    alice = await registered(chat)
    for number in range(10):
        site = Origin(f"198.51.100.{number}", encrypted=True)
        assert await refusal(come(chat, "alice", "wrong horse", site)) is ErrorCode.WRONG_PASSWORD
    assert await refusal(come(chat, "alice", PASSWORD)) is ErrorCode.TOO_FAST
    chat.resume(alice)
    chat.clock.advance(6)
    await come(chat, "alice", PASSWORD)


async def test_of_a_name_that_nobody_has_little_is_kept() -> None:
    """Otherwise a name of 64 KiB with every wrong password fills the server's memory."""
    chat = Chat()
    for letter in "ab":
        assert await refusal(come(chat, letter * 60_000, PASSWORD)) is ErrorCode.WRONG_PASSWORD
    assert [len(each) for each in chat.hub.registrar._guesses._full] == [128, 128]


async def test_an_address_gives_so_many_passwords_and_makes_so_many_accounts() -> None:
    """Each costs the server a fiftieth of a second of a core, and a place in its tables."""
    limits = AccountLimits(logins=Rate(2, 0.1), registrations=Rate(1, 0.1))
    chat = Chat(limits=HubLimits(accounts=limits))
    register = chat.hub.registrar.register
    await register(None, models.Register(PASSWORD, user="alice"), FAR)
    second = models.Register(PASSWORD, user="bob")
    assert await refusal(register(None, second, FAR)) is ErrorCode.TOO_FAST
    await register(None, second, HERE)
    for _ in range(2):
        await come(chat, "alice", PASSWORD)
    assert await refusal(come(chat, "alice", PASSWORD)) is ErrorCode.TOO_FAST


async def test_a_password_does_not_travel_in_the_clear() -> None:
    """Whoever is on the way would have the account."""
    chat = Chat()
    alice = await registered(chat)
    clear = Origin("203.0.113.7", encrypted=False)
    register = chat.hub.registrar.register(None, models.Register(PASSWORD, user="bob"), clear)
    change = chat.hub.registrar.change_password(
        alice.session, models.ChangePassword(PASSWORD, "battery staple"), clear
    )
    for asked in (come(chat, "alice", PASSWORD, clear), register, change):
        assert await refusal(asked) is ErrorCode.ENCRYPTION_REQUIRED
    await come(chat, "alice", PASSWORD, Origin("127.0.0.1"))
    behind = Chat(limits=HubLimits(accounts=AccountLimits(in_the_clear=True)))
    await registered(behind)
    await come(behind, "alice", PASSWORD, clear)


@pytest.mark.parametrize("password", ["short", "x" * 257, "tab\tinside", "Alice-the-1st"])
async def test_a_password_that_protects_nothing_is_refused(password: str) -> None:
    """Nobody else would say so."""
    chat = Chat()
    alice = chat.login("alice-the-1st")
    assert await refusal(alice.register(password)) is ErrorCode.PASSWORD_INVALID


async def test_a_changed_password_logs_the_other_machines_out() -> None:
    """It is changed because somebody else knows the old one: he may be in already."""
    chat = Chat()
    alice = await registered(chat)
    closed: list[ErrorCode] = []
    thief, token = await chat.hub.registrar.login(
        "alice", PASSWORD, lambda error: closed.append(error.code), FAR
    )
    change = chat.hub.registrar.change_password
    wrong = models.ChangePassword("wrong horse", "battery staple")
    assert await refusal(change(alice.session, wrong, FAR)) is ErrorCode.WRONG_PASSWORD
    await change(alice.session, models.ChangePassword(PASSWORD, "battery staple"), FAR)
    assert closed == [ErrorCode.LOGGED_OUT]
    with pytest.raises(ChatError) as refused:
        chat.resume(Person(chat, thief, token))
    assert refused.value.code is ErrorCode.UNKNOWN_TOKEN
    assert await refusal(come(chat, "alice", PASSWORD)) is ErrorCode.WRONG_PASSWORD
    chat.resume(alice)
    await come(chat, "alice", "battery staple")


async def test_tokens_are_listed_and_revoked() -> None:
    """A laptop that was stolen is logged in until somebody can say that it is not."""
    chat = Chat()
    alice = await registered(chat)
    chat.clock.advance(60)
    laptop = await come(chat, "alice", PASSWORD)
    registrar = chat.hub.registrar
    there, here = registrar.tokens(alice.session)
    assert (there.address, there.current, here.current) == (FAR.address, False, True)
    assert there.used - here.used == 60_000
    await registrar.revoke(alice.session, there.id)
    with pytest.raises(ChatError) as refused:
        chat.resume(laptop)
    assert refused.value.code is ErrorCode.UNKNOWN_TOKEN
    assert await refusal(registrar.revoke(alice.session, there.id)) is ErrorCode.NO_SUCH_TOKEN
    guest = chat.login("guest")
    assert await refusal(registrar.revoke(guest.session, None)) is ErrorCode.ACCOUNT_REQUIRED


async def test_a_token_that_nobody_uses_is_good_no_more() -> None:
    """What lies about in a backup of a home folder opens an account for ever otherwise."""
    chat = Chat()
    alice = await registered(chat)
    chat.clock.advance(TOKEN_LIFETIME - 1)
    chat.resume(alice)
    chat.clock.advance(TOKEN_LIFETIME + 1)
    with pytest.raises(ChatError) as refused:
        chat.resume(alice)
    assert refused.value.code is ErrorCode.UNKNOWN_TOKEN
    await come(chat, "alice", PASSWORD)


async def test_an_account_has_so_many_tokens() -> None:
    """Each login makes one: a script would fill the server's tables."""
    chat = Chat()
    alice = await registered(chat)
    for _ in range(60):
        await come(chat, "alice", PASSWORD)
    assert len(chat.hub.registrar.tokens(alice.session)) == 50
    with pytest.raises(ChatError):
        chat.resume(alice)


async def test_an_account_keeps_its_name() -> None:
    """Two names of one person, or one name of two, are what accounts are against."""
    chat = Chat()
    alice = await registered(chat)
    chat.leave(alice)
    with pytest.raises(ChatError) as refused:
        chat.resume(alice, name="bob")
    assert refused.value.code is ErrorCode.ALREADY_REGISTERED
    assert await refusal(chat.resume(alice).register(PASSWORD)) is ErrorCode.ALREADY_REGISTERED


async def test_who_has_no_account_stays_outside_where_guests_are_not_let_in() -> None:
    """A team's server is for the team."""
    chat = Chat(limits=HubLimits(lobby=LobbyLimits(guests=False)))
    with pytest.raises(ChatError) as refused:
        chat.login("eve")
    assert refused.value.code is ErrorCode.ACCOUNT_REQUIRED
    assert chat.hub.registrar.mode == "accounts"
    await chat.hub.registrar.register(None, models.Register(PASSWORD, user="eve"), FAR)
    assert (await come(chat, "eve", PASSWORD)).name == "eve"


async def test_a_guest_of_before_stays_outside_when_guests_are_let_in_no_more() -> None:
    """A server that was closed to strangers would stay open to those with a token."""
    chat = Chat()
    guest = chat.login("guest")
    chat._limits = replace(chat._limits, lobby=LobbyLimits(guests=False))
    chat.restart()
    with pytest.raises(ChatError) as refused:
        chat.resume(guest)
    assert refused.value.code is ErrorCode.ACCOUNT_REQUIRED


async def test_an_invitation_makes_as_many_accounts_as_it_says() -> None:
    """Otherwise one code that leaks is an open door."""
    limits = HubLimits(lobby=LobbyLimits(guests=False), accounts=AccountLimits(invited_only=True))
    chat = Chat(limits=limits)
    code = await chat.hub.invitations.make(uses=2, seconds=3600)
    late = await chat.hub.invitations.make(uses=5, seconds=60)
    chat.restart()
    register = chat.hub.registrar.register

    async def make(name: str, invitation: str | None) -> None:
        await register(None, models.Register(PASSWORD, name, invitation), FAR)

    for wrong in (None, "", "guessed"):
        assert await refusal(make("eve", wrong)) is ErrorCode.INVITATION_REQUIRED
    await make("alice", code)
    both = await asyncio.gather(make("bob", code), make("carol", code), return_exceptions=True)
    assert sum(isinstance(each, ChatError) for each in both) == 1
    assert len(chat.hub.registrar.names()) == 2
    chat.clock.advance(61)
    assert await refusal(make("dave", late)) is ErrorCode.INVITATION_REQUIRED
    assert chat.hub.registrar.mode == "invite"


async def test_two_who_register_one_name_at_once_make_one_account() -> None:
    """A password takes a moment to be stretched, and meanwhile another has the name."""
    chat = Chat()
    register = chat.hub.registrar.register
    done = await asyncio.gather(
        *(register(None, models.Register(PASSWORD, user=name), FAR) for name in ("bob", "BOB")),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in done) == ["ChatError", "NoneType"]


async def test_who_is_thrown_out_for_good_leaves_a_free_name() -> None:
    """Whoever runs a server must be able to give an account up, with nothing left behind."""
    chat = Chat()
    alice, bob = await registered(chat), chat.login("bob")
    await alice.join("tea")
    await bob.whisper("alice", "hello")
    conversation = chat.hub.private(bob.session, "alice")
    await chat.hub.registrar.drop("alice")
    await chat.settle()
    assert chat.hub.users("tea") == []
    with pytest.raises(ChatError) as refused:
        chat.resume(alice)
    assert refused.value.code is ErrorCode.UNKNOWN_TOKEN
    with pytest.raises(ChatError) as gone:
        chat.hub.post(bob.session, models.SendMessage("?", conversation=conversation.id))
    assert gone.value.code is ErrorCode.RECIPIENT_GONE
    stranger = chat.login("alice")
    assert not stranger.session.identity.memberships
    chat.restart()
    assert chat.hub.registrar.names() == []


async def test_one_learns_that_an_account_is_away() -> None:
    """Who writes to it should know that nobody reads that now."""
    chat = Chat()
    alice, bob = await registered(chat), chat.login("bob")
    here = chat.hub.people.info(bob.session.identity, "alice")
    assert (here.account, here.present, here.terminals) == (True, True, 1)
    chat.clock.advance(60)
    chat.hub.lobby.detach(alice.session, at_once=True)
    gone = chat.hub.people.info(bob.session.identity, "alice")
    assert (gone.account, gone.present, gone.terminals) == (True, False, 0)
    assert gone.since - here.since == 60_000
