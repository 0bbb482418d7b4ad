"""What people let each other know in passing."""

from __future__ import annotations

import pytest

from rchat_protocol import limits, models
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core import roster
from support.chat import Chat, EventStream, Person


async def met(*names: str) -> tuple[Chat, list[Person]]:
    """Return a chat with people who share two channels, and have been there for a while."""
    chat = Chat()
    people = [chat.login(name) for name in names]
    for person in people:
        await person.join("tea")
        await person.join("coffee")
    return chat, people


def away(person: Person, text: str | None) -> None:
    """Say so."""
    person.chat.hub.people.set_away(person.session.identity, text)


def told(stream: EventStream) -> list[tuple[str, str | None]]:
    """Return what a stream was told of being away."""
    return [(word.user, word.away) for word in stream.of(models.PresenceChanged)]


async def test_those_who_share_a_conversation_hear_once_who_is_away() -> None:
    """A channel shows people as here who are at lunch; or each channel says it again."""
    chat, (alice, bob) = await met("alice", "bob")
    eve = chat.login("eve")
    seen, own, strange = bob.events(), alice.events(), eve.events()
    tutorial = bob.listen()
    await chat.settle()
    away(alice, " lunch ")
    away(alice, "lunch")
    assert (told(seen), told(own), told(strange)) == ([("alice", "lunch")],) * 2 + ([],)
    assert not tutorial.sink.taken
    chat.clock.advance(1)
    away(alice, None)
    assert told(seen) == [("alice", "lunch"), ("alice", None)]


async def test_who_comes_in_learns_who_is_away_and_others_of_him() -> None:
    """Whoever was away before one came, or comes while away, looks as if he were here."""
    chat, (alice, bob) = await met("alice", "bob")
    await alice.whisper("bob", "hi")
    away(alice, "")
    eve = chat.login("eve")
    away(eve, "zzz")
    seen = bob.events()
    await chat.settle()
    await eve.join("tea")
    late = eve.events()
    await chat.settle()
    assert seen.of(models.MemberJoined)[0].away == "zzz"
    assert [state.away for state in seen.of(models.ConversationState)] == [{"alice": ""}] * 3
    assert late.of(models.ConversationState)[0].away == {"alice": "", "eve": "zzz"}


async def test_of_many_words_the_last_one_is_told_a_second_later() -> None:
    """One person's key that repeats costs every member of a large channel a write each time."""
    chat, (alice, bob) = await met("alice", "bob")
    seen = bob.events()
    await chat.settle()
    for text in ("one", None, "two", "three"):
        away(alice, text)
    assert told(seen) == [("alice", "one")]
    chat.clock.advance(1)
    assert told(seen) == [("alice", "one"), ("alice", "three")]
    away(alice, None)
    chat.hub.lobby.detach(alice.session, at_once=True)
    other = chat.login("alice")
    await other.join("tea")
    chat.clock.advance(1)  # what waited was of another alice
    assert told(seen)[2:] == []


async def test_who_reads_slowly_is_told_how_it_is_then() -> None:
    """A word that was not taken is lost, and somebody stays away for ever."""
    chat, (alice, bob) = await met("alice", "bob")
    seen = bob.events(credit=3)  # two states, and that he is live
    await chat.settle()
    away(alice, "lunch")
    chat.clock.advance(1)
    away(alice, "tea")
    await alice.say("tea", "I write all the same")
    assert not told(seen)
    seen.grant(100)
    await chat.settle()
    members = seen.of(models.Members)
    assert [(each.members, each.away) for each in members] == [
        (["alice", "bob"], {"alice": "tea"})
    ] * 2
    assert seen.seqs == [1]
    chat.clock.advance(1)
    away(alice, None)
    assert told(seen) == [("alice", None)]


async def test_one_is_away_while_the_line_drops_and_not_after_one_has_gone() -> None:
    """A tunnel ends being away; or somebody who comes back next day is still at lunch."""
    chat, (alice, bob) = await met("alice", "bob")
    away(alice, "lunch")
    chat.leave(alice)
    chat.clock.advance(60)
    alice = chat.resume(alice)
    await chat.settle()
    tea = chat.hub.channel(bob.session, "tea")
    assert tea.members().away == {"alice": "lunch"}
    chat.leave(alice)
    chat.clock.advance(121)
    chat.resume(alice)
    await chat.settle()
    assert tea.members() == models.Members(
        tea.id, ["alice", "bob"], rules=models.ChannelRules(owner="alice")
    )


async def test_words_are_one_short_line() -> None:
    """They stand in everybody's list of people."""
    _, (alice,) = await met("alice")
    for text in ("a\nb", "\x1b[2J", "x\u2028y", "x" * (limits.AWAY_CHARS + 1)):
        with pytest.raises(ChatError) as error:
            away(alice, text)
        assert error.value.code is ErrorCode.AWAY_INVALID
    assert alice.session.identity.away is None


async def test_ten_thousand_who_are_away_fit_into_one_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The state of a full channel exceeds a frame: nobody can come in."""
    monkeypatch.setattr(roster, "AWAY_BYTES", 10)
    chat, people = await met("alice", "bob", "eve")
    for person in people:
        away(person, "lunch")
    tea = chat.hub.channel(people[0].session, "tea")
    assert tea.members().away == {"alice": "lunch", "bob": "lunch", "eve": ""}


def typing(person: Person, channel: str, *, on: bool = True) -> None:
    """Say so."""
    chat = person.chat
    conversation = chat.hub.channel(person.session, channel)
    chat.hub.people.set_typing(person.session.identity, conversation, on=on)


def typed(stream: EventStream) -> list[tuple[str, bool]]:
    """Return what a stream was told of somebody's writing."""
    return [(word.user, word.on) for word in stream.of(models.TypingChanged)]


async def test_others_see_that_somebody_is_writing() -> None:
    """Two people write past each other; or one sees oneself, or a tutorial's client hears of it."""
    chat, (alice, bob) = await met("alice", "bob")
    seen, own, tutorial = bob.events(), alice.events(), bob.listen()
    await chat.settle()
    typing(alice, "tea")
    assert (typed(seen), typed(own)) == ([("alice", True)], [])
    assert not tutorial.sink.taken
    typing(alice, "tea", on=False)
    assert typed(seen) == [("alice", True), ("alice", False)]
    assert chat.hub.channel(bob.session, "tea").published == 0


async def test_of_one_who_writes_a_word_every_other_second_is_told() -> None:
    """A client that tells of every key costs every member a write each time."""
    chat, (alice, bob) = await met("alice", "bob")
    seen = bob.events()
    await chat.settle()
    for _ in range(50):
        typing(alice, "tea")
        typing(alice, "coffee")
        typing(alice, "coffee", on=False)
        chat.clock.advance(0.1)
    assert typed(seen) == [("alice", True)] * 3
    for _ in range(5):
        typing(alice, "tea", on=False)
        typing(alice, "tea")
    assert typed(seen)[3:] == [("alice", False)]


async def test_who_does_not_take_it_misses_nothing_else() -> None:
    """A word about writing stands in a message's way, or piles up."""
    chat, (alice, bob) = await met("alice", "bob")
    seen = bob.events(credit=3)
    await chat.settle()
    for _ in range(5):
        typing(alice, "tea")
        chat.clock.advance(3)
    await alice.say("tea", "hi")
    seen.grant(100)
    await chat.settle()
    assert (typed(seen), seen.seqs) == ([], [1])
    typing(alice, "tea")
    assert typed(seen) == [("alice", True)]


async def test_in_large_channels_nobody_is_seen_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody's keys are everybody's traffic, and the line says nothing any more."""
    monkeypatch.setattr(limits, "TYPISTS_AMONG", 2)
    chat, (alice, bob, _) = await met("alice", "bob", "eve")
    await alice.whisper("bob", "psst")
    seen = bob.events()
    await chat.settle()
    typing(alice, "tea")
    assert typed(seen) == []
    private = chat.hub.private(alice.session, "bob")
    chat.hub.people.set_typing(alice.session.identity, private, on=True)
    assert typed(seen) == [("alice", True)]


async def test_what_anybody_may_know_of_somebody() -> None:
    """One cannot see whether somebody is likely to answer; or learns where he is in secret."""
    chat, (alice, bob) = await met("alice", "bob")
    came = chat.clock.now_ms()
    eve = chat.login("eve")
    await eve.join("coffee")
    await bob.join("secret")
    away(bob, "lunch")
    people = chat.hub.people
    told = models.UserInfo("bob", came, "lunch", None, 1, ["coffee", "tea"])
    assert people.info(alice.session.identity, "BOB") == told
    chat.resume(bob)
    chat.clock.advance(7)
    await bob.say("tea", "hi")
    chat.clock.advance(3.5)
    told = models.UserInfo("bob", came, "lunch", 3, 2, ["coffee"])
    assert people.info(eve.session.identity, "bob") == told
    with pytest.raises(ChatError, match=r"Nobody called no\?body is here") as error:
        people.info(alice.session.identity, "no\x1bbody")
    assert error.value.code is ErrorCode.NO_SUCH_USER


async def test_an_invitation_reaches_its_guest_alone() -> None:
    """A channel cannot be shown to anybody; or everybody hears who is asked."""
    chat, (alice, bob) = await met("alice", "bob")
    eve = chat.login("eve")
    own, other, guest = alice.events(), bob.events(), eve.events()
    await chat.settle()
    people, tea = chat.hub.people, chat.hub.channel(alice.session, "tea")
    people.invite(alice.session.identity, tea, "Eve")
    assert guest.of(models.Invited) == [models.Invited("tea", "alice")]
    assert not own.of(models.Invited) + other.of(models.Invited)
    await alice.whisper("bob", "psst")
    private = chat.hub.private(alice.session, "bob")
    mute = chat.login("mute")
    mute.listen()
    for channel, name, code in (
        (tea, "eve", ErrorCode.BUSY),  # within the same second
        (tea, "bob", ErrorCode.ALREADY_MEMBER),
        (tea, "nobody", ErrorCode.NO_SUCH_USER),
        (private, "eve", ErrorCode.NO_SUCH_CONVERSATION),
    ):
        with pytest.raises(ChatError) as error:
            people.invite(alice.session.identity, channel, name)
        assert error.value.code is code
    chat.clock.advance(1)
    guest.close()
    for name in ("eve", "mute"):  # they take no word, and that is said
        with pytest.raises(ChatError, match="cannot be told just now") as error:
            people.invite(alice.session.identity, tea, name)
        assert error.value.code is ErrorCode.BUSY
