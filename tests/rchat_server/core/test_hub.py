"""Identities, names, read markers, private conversations."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest

from rchat_protocol import models
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.history import history
from rchat_server.core.hub import HubLimits
from rchat_server.core.lobby import LobbyLimits
from rchat_server.storage.memory import MemoryStore
from support.chat import Chat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rchat_server.core.ports import Appended, Change


async def test_a_dropped_line_within_the_grace_time_makes_no_noise() -> None:
    """A laptop that changes networks must not make everybody see it leave and join."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    await bob.join("tea")
    watching = alice.events()
    await chat.settle()
    chat.leave(bob)
    chat.clock.advance(119)
    back = chat.resume(bob)
    chat.clock.advance(1000)
    await chat.settle()
    assert watching.of(models.MemberLeft) == []
    assert watching.of(models.MemberJoined) == []
    assert back.session.identity is bob.session.identity


async def test_after_the_grace_time_he_is_gone_and_may_come_back() -> None:
    """A ghost must not stay for ever; the identity, with its channels, stays known."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    await bob.join("tea")
    watching = alice.events()
    await chat.settle()
    chat.leave(bob)
    chat.clock.advance(121)
    await chat.settle()
    assert chat.hub.users("tea") == ["alice"]
    back = chat.resume(bob)
    states = back.events()
    await chat.settle()
    assert chat.hub.users("tea") == ["alice", "bob"]
    assert len(watching.of(models.MemberLeft)) == len(watching.of(models.MemberJoined)) == 1
    assert [state.name for state in states.of(models.ConversationState)][-1] == "tea"


async def test_a_goodbye_is_seen_at_once() -> None:
    """Who quits is gone now, not in two minutes."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    await bob.join("tea")
    chat.hub.lobby.detach(bob.session, at_once=True)
    await chat.settle()
    assert chat.hub.users("tea") == ["alice"]


async def test_a_name_is_refused_only_while_its_holder_is_connected() -> None:
    """Otherwise somebody's dropped line would lock him, or a tutorial's client, out."""
    chat = Chat()
    alice = chat.login("Alice")
    with pytest.raises(ChatError) as refused:
        chat.login("aLICE")
    assert refused.value.code is ErrorCode.NAME_IN_USE
    chat.leave(alice)
    other = chat.login("alice")
    with pytest.raises(ChatError) as taken:
        chat.resume(alice)
    assert taken.value.code is ErrorCode.NAME_IN_USE
    renamed = chat.resume(alice, name="alice2")
    assert renamed.session.identity.name == "alice2"
    assert other.session.identity.name == "alice"


async def test_the_next_guest_of_a_name_inherits_nothing() -> None:
    """Private mail for one bob never reaches the next: not by name, history, events or id."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.whisper("bob", "secret")
    conversation = chat.hub.open_private(alice.session, "bob")
    chat.leave(bob)
    next_bob = chat.login("bob")
    listening, events = next_bob.listen(), next_bob.events()
    by_id = models.SendMessage("still for the first bob", conversation=conversation.id)
    with pytest.raises(ChatError) as gone:
        await chat.hub.post(alice.session, by_id).outcome()
    with pytest.raises(ChatError) as foreign:
        chat.hub.conversation(next_bob.session, conversation.id)
    fresh = chat.hub.open_private(next_bob.session, "alice")
    reply = await history(chat.log, fresh, models.HistoryRequest())
    await chat.settle()
    assert gone.value.code is ErrorCode.RECIPIENT_GONE
    assert foreign.value.code is ErrorCode.NO_SUCH_CONVERSATION
    assert fresh is not conversation
    assert reply.messages == []
    assert listening.messages == []
    assert [type(event) for event in events.events] == [models.Live]


async def test_two_people_see_each_other_come_and_go() -> None:
    """Writing to somebody who is gone, without knowing it, is a letter into the void."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    stream = alice.events()
    await chat.settle()
    private = chat.hub.open_private(alice.session, "bob")
    await private.enter(alice.session.identity, joins=True)
    await chat.settle()
    chat.hub.lobby.detach(bob.session, at_once=True)
    await chat.settle()
    chat.resume(bob, name="robert")
    await chat.settle()
    states = stream.of(models.ConversationState)
    assert [(state.name, state.members) for state in states] == [
        ("bob", ["alice", "bob"]),
        ("bob", ["alice"]),
        ("robert", ["alice", "robert"]),
    ]
    assert [state.resumed for state in states] == [False, True, True]


async def test_a_name_never_changes_in_place() -> None:
    """Others must see that somebody is called something else: the old name is free for others."""
    chat = Chat()
    alice, xena = chat.login("alice"), chat.login("xena")
    for person in (alice, xena):
        await person.join("tea")
    watching = alice.events()
    await chat.settle()
    with pytest.raises(ChatError) as connected:
        chat.resume(xena, name="yoko")
    chat.leave(xena)
    yoko = chat.resume(xena, name="yoko")
    await chat.login("xena").join("tea")
    await chat.settle()
    assert connected.value.code is ErrorCode.ALREADY_LOGGED_IN
    assert [(type(event).__name__, event.user) for event in watching.of(models.MemberLeft)] == [
        ("MemberLeft", "xena")
    ]
    assert [event.user for event in watching.of(models.MemberJoined)] == ["yoko", "xena"]
    assert chat.hub.users("tea") == ["alice", "xena", "yoko"]
    assert yoko.session.identity is xena.session.identity


async def test_who_goes_before_he_is_in_leaves_no_ghost() -> None:
    """A join and a goodbye right after it: nobody is there, and nobody is shown."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    joining = chat.hub.join(bob.session, "tea")
    chat.hub.lobby.detach(bob.session, at_once=True)
    await joining
    await chat.settle()
    assert chat.hub.users("tea") == ["alice"]
    chat.resume(bob)
    await chat.settle()
    assert chat.hub.users("tea") == ["alice", "bob"]


async def test_streams_end_with_the_session() -> None:
    """A stream of somebody who said goodbye must not hang open for ever."""
    chat = Chat()
    alice = chat.login("alice")
    streams = [alice.events(), alice.listen()]
    chat.hub.lobby.detach(alice.session, at_once=True)
    await chat.settle()
    assert all(stream.sink.completed for stream in streams)


async def test_a_token_adds_a_session_and_replaces_the_one_it_names() -> None:
    """Two terminals of one person, and a line that came back before the old one was given up."""
    chat = Chat()
    first = chat.login("alice")
    second = chat.resume(first)
    assert set(first.session.identity.sessions) == {first.session.id, second.session.id}
    third = chat.resume(second, replaces=True)
    assert set(first.session.identity.sessions) == {first.session.id, third.session.id}
    assert [error.code for _, error in chat.closed] == [ErrorCode.REPLACED]
    with pytest.raises(ChatError) as unknown:
        chat.hub.lobby.resume("alice", "no such token", None, lambda _: None)
    assert unknown.value.code is ErrorCode.UNKNOWN_TOKEN


async def test_a_leave_is_answered_after_the_last_delivery_before_it() -> None:
    """What was said before one left is not lost, and what is said later does not come."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    await bob.join("tea")
    stream = bob.events()
    await chat.settle()
    said = asyncio.ensure_future(alice.say("tea", "before"))
    await asyncio.sleep(0)
    await chat.hub.leave(bob.session, "tea")
    await said
    await alice.say("tea", "after")
    await chat.settle()
    assert [event.content for event in stream.of(models.MessagePosted)] == ["before"]
    assert len(stream.of(models.Parted)) == 1


async def test_the_same_id_again_makes_no_second_message() -> None:
    """A client that lost the answer may send again; another's id is his own affair."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    stream = alice.listen()
    assert await alice.say("tea", "once", "id-of-mine") == 1
    assert await alice.say("tea", "once", "id-of-mine") == 1
    assert await bob.say("tea", "mine", "id-of-mine") == 2
    await chat.settle()
    assert stream.contents == ["once", "mine"]


async def test_a_request_that_is_cancelled_posts_all_the_same() -> None:
    """A line that drops takes its requests along: sent again, the message must not be a second."""
    chat = Chat()
    alice = chat.login("alice")
    await alice.join("tea")
    stream = alice.listen()
    lost = asyncio.ensure_future(alice.say("tea", "once", "mine"))
    await asyncio.sleep(0)
    lost.cancel()
    assert await alice.say("tea", "once", "mine") == 1
    with pytest.raises(asyncio.CancelledError):
        await lost
    await chat.settle()
    assert stream.contents == ["once"]


async def test_an_id_is_answered_before_its_recipient_is_looked_up() -> None:
    """Sent again, a private message must not reach the next person of that name, nor be refused."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    by_name = models.SendMessage("my PIN is 1234", user="bob", id="mine")
    first = await chat.hub.post(alice.session, by_name).outcome()
    chat.hub.lobby.detach(bob.session, at_once=True)
    next_bob = chat.login("bob")
    listening = next_bob.listen()
    by_id = models.SendMessage("my PIN is 1234", conversation=first.conversation, id="mine")
    await alice.join("tea")
    elsewhere = models.SendMessage("x", channel="tea", id="mine")
    for request in (by_name, by_id, elsewhere):
        known = await chat.hub.post(alice.session, request).outcome()
        assert (known.conversation, known.seq) == (first.conversation, first.seq)
    await chat.settle()
    assert listening.messages == []


async def test_unread_counts_and_mentions_follow_the_read_marker() -> None:
    """Counts that disagree with what was read are counts that nobody trusts."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    await bob.join("tea")
    for content in ("hi", "@bob: look", "alice: I mean you", "nobody at bob.example"):
        await alice.say("tea", content)
    conversation = chat.hub.channel(bob.session, "tea")
    stream = bob.events()
    await chat.settle()
    assert [(s.unread, s.mentions) for s in stream.of(models.ConversationState)] == [(4, 1)]
    chat.hub.mark_read(bob.session, conversation, 3)
    chat.hub.mark_read(bob.session, conversation, 2)
    await chat.settle()
    assert stream.of(models.ReadMarker) == [
        models.ReadMarker(conversation.id, 3, unread=1, mentions=0)
    ]
    again = conversation.state(bob.session.identity)
    assert (again.unread, again.mentions) == (1, 0)
    chat.hub.mark_read(bob.session, conversation, 10**9)
    await bob.say("tea", "read it all")
    last = conversation.state(bob.session.identity)
    assert (last.read, last.unread) == (5, 0)


async def test_a_full_list_of_mentions_has_room_for_those_after_what_one_writes() -> None:
    """Broken, whoever answers after a long absence is not told who speaks to him just then."""
    chat = Chat()
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("tea")
    await bob.join("tea")
    conversation = chat.hub.channel(bob.session, "tea")
    await chat.settle()
    for number in range(1000):
        await alice.say("tea", f"@bob: {number}")
    words = ((bob, "I am back"), (alice, "@bob: welcome"))
    posted = [
        chat.hub.post(who.session, models.SendMessage(content, channel="tea"))
        for who, content in words
    ]
    for each in posted:
        await each.outcome()
    await chat.settle()
    state = conversation.state(bob.session.identity)
    assert (state.read, state.unread, state.mentions) == (1001, 1, 1)


async def test_bounds_are_answers() -> None:
    """Channels, members and memberships have bounds, and each says so."""
    chat = Chat(limits=HubLimits(channels=2, members=1, memberships=2))
    alice, bob = chat.login("alice"), chat.login("bob")
    await alice.join("one")
    await bob.join("two")
    codes = []
    for person, channel in ((alice, "three"), (alice, "two")):
        with pytest.raises(ChatError) as refused:
            await person.join(channel)
        codes.append(refused.value.code)
    assert codes == [ErrorCode.TOO_MANY_CHANNELS, ErrorCode.CHANNEL_FULL]
    await chat.hub.leave(bob.session, "two")
    await alice.join("three")
    assert chat.hub.channels() == ["one", "three"]  # nothing was ever said in two


async def test_a_channel_is_not_dropped_while_its_first_message_is_committed() -> None:
    """What is acknowledged must stand in a channel that there is, however full the server."""

    class SlowLog(MemoryStore):
        async def append(self, conversation: str, changes: Sequence[Change]) -> list[Appended]:
            await asyncio.sleep(0)
            return await super().append(conversation, changes)

    chat = Chat(SlowLog("epoch"), HubLimits(channels=1))
    alice = chat.login("alice")
    await alice.join("tea")
    await chat.hub.leave(alice.session, "tea")
    saying = asyncio.ensure_future(alice.say("tea", "is anybody here?"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the delivery has it in hand
    with pytest.raises(ChatError):
        await alice.join("cake")
    assert await saying == 1
    assert chat.hub.channels() == ["tea"]


async def test_people_who_pass_by_push_nobody_out() -> None:
    """A flood of guests must not make the server forget those who were in a conversation."""
    chat = Chat(limits=HubLimits(lobby=LobbyLimits(absent_guests=5)))
    alice = chat.login("alice")
    await alice.join("tea")
    chat.leave(alice)
    for number in range(50):
        chat.hub.lobby.detach(chat.login(f"guest{number}").session, at_once=True)
    chat.clock.advance(1000)
    assert chat.resume(alice).session.identity is alice.session.identity


async def test_nothing_is_kept_of_people_who_are_forgotten() -> None:
    """Private conversations of guests who will not come back are a leak."""
    chat = Chat(limits=HubLimits(lobby=LobbyLimits(absent_guests=2)))
    chat.login("bob")
    for number in range(20):
        guest = chat.login(f"guest{number}")
        chat.hub.open_private(guest.session, "bob")
        await guest.whisper(guest.name, "a note to myself")
        chat.hub.lobby.detach(guest.session, at_once=True)
        await chat.settle()
    assert len(chat.hub._conversations._private) <= 4
    assert isinstance(chat.log, MemoryStore)
    assert len(chat.log._shelves) <= 2


async def test_guests_that_are_away_are_forgotten_in_the_end() -> None:
    """A server that remembers every login for ever grows without end."""
    chat = Chat(limits=HubLimits(lobby=LobbyLimits(absent_guests=2)))
    gone = [chat.login(f"guest{number}") for number in range(3)]
    for guest in gone:
        chat.hub.lobby.detach(guest.session, at_once=True)
    with pytest.raises(ChatError):
        chat.resume(gone[0])
    assert chat.resume(gone[1]).session.identity.name == "guest1"
    chat.clock.advance(31 * 24 * 3600)
    with pytest.raises(ChatError):
        chat.resume(gone[2])


async def test_history_pages_back_and_forth() -> None:
    """Scrolling meets every message once, in either direction."""
    chat = Chat()
    alice = chat.login("alice")
    await alice.join("tea")
    for number in range(1, 26):
        await alice.say("tea", str(number))
    conversation = chat.hub.channel(alice.session, "tea")

    async def page(**where: int) -> tuple[list[int], bool]:
        request = msgspec.convert(where, models.HistoryRequest)
        reply = await history(chat.log, conversation, request)
        return [message.seq for message in reply.messages], reply.more

    assert await page(limit=10) == (list(range(16, 26)), True)
    assert await page(before=16, limit=10) == (list(range(6, 16)), True)
    assert await page(before=6, limit=10) == (list(range(1, 6)), False)
    assert await page(after=20, limit=10) == (list(range(21, 26)), False)
    assert await page(after=0, limit=10) == (list(range(1, 11)), True)
    assert await page(around=12, limit=4) == ([10, 11, 12, 13], True)
    assert await page(before=1, limit=10) == ([], False)
    with pytest.raises(ChatError):
        await page(before=1, after=2)
