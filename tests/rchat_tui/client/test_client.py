"""`ChatClient` against the real server, over lines in memory that drop when the test says so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.ports import View
from rchat_server.service import FEEDS, RESPONSES
from rchat_tui.client import (
    ConnectFailed,
    Connecting,
    ConnectionLost,
    ConversationState,
    MessagePosted,
    Offline,
    Online,
    OutcomeUnknown,
    RequestTimeout,
    ServerError,
)
from support.world import Ear, ManualClock, World, store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rchat_server.core.ports import Sink
    from rchat_server.service import Caller, Request
    from rchat_tui.client import TutorialMessage


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A server, and an end to all that a test has begun."""
    async with World() as world:
        yield world


def _contents(ear: Ear) -> list[str]:
    return [event.content for event in ear.of(MessagePosted)]


# -- what it does ----------------------------------------------------------------------------------


async def test_people_talk(world: World) -> None:
    """Broken, nothing of what the chat is for works."""
    alice, bob = world.client("alice"), world.client("bob")
    async with alice, bob, Ear(bob) as ear:
        await alice.join("general")
        await bob.join("General")
        ack = await alice.channel_message("general", "hello @bob")
        posted = (await ear.hears(MessagePosted))[0]
        assert (posted.conversation, posted.seq, posted.id) == (ack.conversation, ack.seq, ack.id)
        assert (posted.user, posted.content) == ("alice", "hello @bob")
        assert await bob.list_channels() == ["general"]
        assert await bob.get_users("general") == ["alice", "bob"]
        assert await bob.get_users("nowhere") == []
        page = await bob.history(channel="general", limit=1)
        assert [message.content for message in page.messages] == ["hello @bob"]
        await bob.mark_read(ack.conversation, ack.seq)
        await ear.until(lambda: ear.state.conversations[ack.conversation].unread == 0)
        await bob.leave("general")
        await ear.until(lambda: not ear.state.conversations)
        assert (await bob.server_info()).name == "rchat"


async def test_people_talk_in_private(world: World) -> None:
    """Broken, a private conversation cannot be opened, or its messages do not come back."""
    alice, bob = world.client("alice"), world.client("bob")
    async with alice, bob, Ear(bob) as ear:
        conversation = await bob.open_conversation("Alice")
        assert (conversation.kind, conversation.name) == ("private", "alice")
        await alice.private_message("bob", "one")
        await alice.send(conversation.conversation, "two")
        await ear.until(lambda: _contents(ear)[-1:] == ["two"])
        assert ear.state.find("private", "ALICE") is not None


async def test_the_first_words_of_a_conversation_are_heard(world: World) -> None:
    """Broken, a bot never hears the first private message of anybody, nor what follows its join."""
    alice, bob = world.client("alice"), world.client("bob")
    async with alice, bob, Ear(bob) as ear:
        await alice.join("general")
        await alice.channel_message("general", "before he came")
        await alice.private_message("bob", "psst")
        await asyncio.gather(
            bob.join("general"),
            *(alice.channel_message("general", word) for word in ("one", "two", "three")),
        )
        await alice.channel_message("general", "four")
        await alice.private_message("bob", "last")
        await ear.until(lambda: "last" in _contents(ear) and "four" in _contents(ear))
        assert "psst" in _contents(ear)
        # From his join on there is no hole: what he hears of the channel is its end.
        channel = [word for word in _contents(ear) if word not in ("psst", "last")]
        assert channel == ["one", "two", "three", "four"][-len(channel) :]


async def test_one_can_come_without_a_name_and_take_one_later(world: World) -> None:
    """Broken, the tutorial's way does not work: connect first, then `login`."""
    async with world.client() as chat:
        assert (await chat.server_info()).name == "rchat"
        with pytest.raises(ServerError) as refused:
            await chat.join("general")
        assert refused.value.code == ErrorCode.NOT_LOGGED_IN
        await chat.login("alice")
        assert chat.user == "alice"
        await chat.join("general")
        with pytest.raises(ServerError) as refused:
            await chat.login("bob")
        assert refused.value.code == ErrorCode.ALREADY_LOGGED_IN
    assert world.dials == 1


async def test_a_name_in_use_takes_another_one(world: World) -> None:
    """Broken, two of one name fought for it in a loop, or one could not choose another."""
    first, second = world.client("alice"), world.client("Alice")
    async with first:
        with pytest.raises(ServerError) as refused:
            await second.connect()
        assert refused.value.code == ErrorCode.NAME_IN_USE

        third = world.client("alice", clock=ManualClock())
        third.start()
        async with Ear(third) as ear:
            offline = (await ear.hears(Offline))[0]
            assert (offline.retry_in, offline.code) == (None, ErrorCode.NAME_IN_USE)
            assert "choose another name" in offline.reason
            await third.login("carol")
            assert (await ear.online()).user == "carol"


@pytest.mark.parametrize("name", ["", "two words", "bell\x07", "x" * 33, "#sigil"])
async def test_a_name_that_cannot_be_is_refused_at_once(world: World, name: str) -> None:
    """Broken, a wrong name was dialled with, again and again."""
    with pytest.raises(ServerError) as refused:
        await world.client(name).connect()
    assert refused.value.code == ErrorCode.INVALID_NAME


async def test_what_cannot_be_sent_is_refused_before_it_is(world: World) -> None:
    """Broken, one huge or broken text made the server drop the line, again and again."""
    async with world.client("alice") as chat:
        await chat.join("general")
        for content, code in (
            ("x" * (16 * 1024 + 1), ErrorCode.MESSAGE_TOO_LARGE),
            ("x" * 10_000_000, ErrorCode.MESSAGE_TOO_LARGE),
            (" ", ErrorCode.MESSAGE_EMPTY),
            ("\ud800", ErrorCode.BAD_REQUEST),
        ):
            with pytest.raises(ServerError) as refused:
                await chat.channel_message("general", content)
            assert refused.value.code == code
        with pytest.raises(ServerError):
            await chat.join("x" * 10_000_000)
        await chat.channel_message("general", "\x01" * 16 * 1024)
    assert world.dials == 1


# -- when the line drops ---------------------------------------------------------------------------


async def test_it_comes_back_as_itself_and_misses_nothing(world: World) -> None:
    """Broken, a dropped line lost messages, doubled them, or made a stranger of you."""
    clock = ManualClock()
    alice, bob = world.client("alice", clock=clock), world.client("bob")
    await bob.connect()
    await bob.join("general")
    async with alice, Ear(alice) as ear:
        await alice.join("general")
        await bob.channel_message("general", "one")
        await ear.hears(MessagePosted)
        world.lines[1].abort()
        await clock.asleep()
        with pytest.raises(ConnectionLost, match="Not sent: there is no connection"):
            await alice.channel_message("general", "into the void")
        await bob.channel_message("general", "two")
        await bob.channel_message("general", "three")
        await clock.wake()
        assert not (await ear.online(2)).fresh
        await ear.hears(MessagePosted, 3)
        await alice.channel_message("general", "four")
        await ear.hears(MessagePosted, 4)
        assert _contents(ear) == ["one", "two", "three", "four"]
        assert await bob.get_users("general") == ["alice", "bob"]


async def test_a_server_that_forgot_everything_is_joined_anew(world: World) -> None:
    """Broken, a restarted server left its clients in no channel, or gone for good."""
    clock = ManualClock()
    alice = world.client("alice", clock=clock)
    async with alice, Ear(alice) as ear:
        await alice.join("general")
        await alice.join("python")
        await ear.hears(ConversationState, 2)
        before = set(ear.state.conversations)
        await world.restart()
        offline = (await ear.hears(Offline))[0]
        assert offline.code == ErrorCode.SHUTTING_DOWN
        await clock.wake()
        assert (await ear.online(2)).fresh
        await ear.until(
            lambda: len(ear.state.conversations) == 2 and not before & set(ear.state.conversations)
        )
        assert [c.name for c in ear.state.conversations.values()] == ["general", "python"]
        await alice.channel_message("general", "still here")
        await ear.until(lambda: _contents(ear) == ["still here"])


async def test_it_waits_longer_each_time_and_comes_at_once_when_told(world: World) -> None:
    """Broken, a client hammered a server that is down, or stayed away when it came back."""
    clock = ManualClock()
    world.refusing = True
    alice = world.client("alice", clock=clock)
    alice.start()
    async with Ear(alice) as ear:
        for _ in range(8):
            await clock.asleep()
            await clock.wake()
        await clock.asleep()
        assert clock.asked == [min(15.0, 0.5 * 2**attempt) for attempt in range(9)]
        assert "refused the connection" in ear.of(Offline)[0].reason
        world.refusing = False
        alice.retry_now()
        await ear.online()
        clock.time += 61
        world.cut()
        assert await clock.asleep() == 0.5, "a line that held was no failure"


async def test_who_was_replaced_does_not_fight() -> None:
    """Broken, two programs of one identity threw each other out for ever."""

    async def replaced(caller: Caller, request: Request) -> bytes:
        caller.close(ChatError(ErrorCode.REPLACED, "You connected again from elsewhere."))
        return await RESPONSES["channel.join"](caller, request)

    async with World(responses={"channel.join": replaced}) as world:
        alice = world.client("alice")
        async with alice, Ear(alice) as ear:
            with pytest.raises(ConnectionLost):
                await alice.join("general")
            offline = (await ear.hears(Offline))[0]
            assert (offline.retry_in, offline.code) == (None, ErrorCode.REPLACED)
            assert world.dials == 1


async def test_the_server_says_when_to_come_back() -> None:
    """Broken, all clients of a server came back in the moment in which it went down."""

    async def later(_caller: Caller, _request: Request) -> bytes:
        raise ChatError(ErrorCode.BUSY, "Too many at once.", retry=7.0)

    clock = ManualClock()
    async with World(responses={"login": later}) as world:
        alice = world.client("alice", clock=clock)
        alice.start()
        assert await clock.asleep() == 14.0


async def test_a_line_that_is_closed_at_the_door_says_why() -> None:
    """Broken, a full or closing server looked like a broken network."""

    async def closed(caller: Caller, _request: Request) -> bytes:
        caller.close(ChatError(ErrorCode.SHUTTING_DOWN, "Closing; come back.", retry=3.0))
        await asyncio.sleep(3600)
        return b""

    clock = ManualClock()
    async with World(responses={"login": closed}) as world:
        alice = world.client("alice", clock=clock)
        alice.start()
        async with Ear(alice) as ear:
            offline = (await ear.hears(Offline))[0]
            assert (offline.reason, offline.retry_in) == ("Closing; come back.", 6.0)


# -- a message, when the line drops ----------------------------------------------------------------


def _losing_acknowledgements(times: int, lines: list[World]) -> dict[str, object]:
    """Return a `message` route that stores what it is sent, and then lets the line drop."""
    left = times

    async def send(caller: Caller, request: Request) -> bytes:
        nonlocal left
        answer = await store(caller, request)
        if left:
            left -= 1
            lines[0].cut()
            await asyncio.sleep(3600)
        return answer

    return {"message": send}


async def test_a_message_whose_acknowledgement_was_lost_is_sent_again_and_stored_once() -> None:
    """Broken, a drop at the wrong moment made a message fail that was stored, or come twice."""
    worlds: list[World] = []
    async with World(responses=_losing_acknowledgements(1, worlds)) as world:  # type: ignore[arg-type]
        worlds.append(world)
        clock = ManualClock()
        alice = world.client("alice", clock=clock)
        async with alice, Ear(alice) as ear:
            await alice.join("general")
            sending = asyncio.create_task(alice.channel_message("general", "once"))
            await clock.asleep()
            assert not sending.done()
            await clock.wake()
            assert (await sending).seq == 1
            await alice.channel_message("general", "and on")
            await ear.hears(MessagePosted, 2)
            assert _contents(ear) == ["once", "and on"]


async def test_a_message_is_not_sent_again_under_another_identity() -> None:
    """Broken, a restarted server got a message twice, or one that was meant for others."""
    worlds: list[World] = []
    async with World(responses=_losing_acknowledgements(1, worlds)) as world:  # type: ignore[arg-type]
        worlds.append(world)
        clock = ManualClock()
        alice = world.client("alice", clock=clock)
        async with alice, Ear(alice) as ear:
            await alice.join("general")
            sending = asyncio.create_task(
                alice.channel_message("general", "lost?", message_id="mine")
            )
            await clock.asleep()
            await world.restart()
            await clock.wake()
            with pytest.raises(OutcomeUnknown) as unknown:
                await sending
            assert unknown.value.message_id == "mine"
            await ear.online(2)
            assert (await alice.history(channel="general")).messages == []


async def test_a_message_that_nobody_acknowledges_says_so_in_time() -> None:
    """Broken, a sender waited for ever, or was told that nothing happened."""
    worlds: list[World] = []
    async with World(responses=_losing_acknowledgements(9, worlds)) as world:  # type: ignore[arg-type]
        worlds.append(world)
        alice = world.client("alice", clock=ManualClock(), deadline=0.2)
        async with alice:
            await alice.join("general")
            with pytest.raises(OutcomeUnknown):
                await alice.channel_message("general", "hello?")


# -- a server that is none, or no good one ---------------------------------------------------------


async def test_every_request_has_a_deadline() -> None:
    """Broken, a server that hangs hung its clients."""

    async def never(_caller: Caller, _request: Request) -> bytes:
        await asyncio.sleep(3600)
        return b""

    async with (
        World(responses={"history": never}) as world,
        world.client("alice", deadline=0.5) as alice,
    ):
        with pytest.raises(RequestTimeout, match="did not answer within"):
            await alice.history(channel="general")


@pytest.mark.parametrize("route", ["server.info", "login"])
async def test_who_answers_nonsense_is_no_server(route: str) -> None:
    """Broken, some other server's answers ended in a traceback."""

    async def nonsense(_caller: Caller, _request: Request) -> bytes:
        return b"\xff\xfe not yours"

    async with World(responses={route: nonsense}) as world:
        with pytest.raises(ConnectFailed, match="does not understand"):
            await world.client("alice").connect()


async def test_an_event_that_cannot_be_drops_the_line_and_not_the_client() -> None:
    """Broken, one malformed event ended the events for good, or was passed over in silence."""
    good = 0

    def broken_once(caller: Caller, request: Request, sink: Sink) -> object:
        nonlocal good
        good += 1
        if good == 1:
            sink.offer(View([b'{"type":"message","seq":"many"}']))
        return FEEDS["events"](caller, request, sink)

    clock = ManualClock()
    async with World(feeds={"events": broken_once}) as world:
        alice = world.client("alice", clock=clock)
        alice.start()
        async with Ear(alice) as ear:
            await clock.wake()
            await ear.online()
            assert world.dials == 2
            await alice.join("general")
            await ear.hears(ConversationState)


async def test_a_servers_words_are_text() -> None:
    """Broken, a server's error could move the cursor of whoever reads it."""

    async def rude(_caller: Caller, _request: Request) -> bytes:
        raise ChatError(ErrorCode.INVALID_NAME, "\x1b[2Jno\x07\nnever " + "x" * 5000)

    async with World(responses={"channel.join": rude}) as world, world.client("alice") as alice:
        with pytest.raises(ServerError) as refused:
            await alice.join("general")
        assert str(refused.value).startswith("no never xxx")
        assert len(str(refused.value)) <= 200


# -- the ends --------------------------------------------------------------------------------------


async def test_closing_says_goodbye_and_ends_the_events(world: World) -> None:
    """Broken, who quits stays on everybody's screen for minutes, or his own loop never ends."""
    alice, bob = world.client("alice"), world.client("bob")
    await bob.connect()
    await bob.join("general")
    async with alice:
        await alice.join("general")
        events = alice.events()
        assert isinstance(await anext(events), Online)
    assert await bob.get_users("general") == ["bob"]
    async with asyncio.timeout(5):
        assert [event async for event in alice.events()]
    with pytest.raises(ConnectionLost):
        await alice.join("general")
    await alice.aclose()


async def test_no_task_is_left_behind(world: World) -> None:
    """Broken, a script that opens and closes clients grows without end."""
    before = asyncio.all_tasks()
    async with world.client("alice") as alice:
        await alice.join("general")
        alice.listen_for_messages(print)
        world.cut()
        await asyncio.sleep(0)
    world.refusing = True
    waiting = world.client("bob", clock=ManualClock())
    waiting.start()
    await asyncio.sleep(0)
    await waiting.aclose()
    ours = [task for task in asyncio.all_tasks() - before if "memory" not in repr(task)]
    names = [task.get_name() for task in ours]
    assert not [name for name in names if name.startswith(("supervise", "line", "listen"))]


async def test_the_tutorials_way_to_listen(world: World) -> None:
    """Broken, a tutorial's program hears nothing, or hears its own private messages."""
    alice, bob = world.client("alice"), world.client("bob")
    heard: list[TutorialMessage] = []
    done = asyncio.Event()

    def on_message(message: TutorialMessage) -> None:
        heard.append(message)
        if message.content == "raise":
            raise ValueError(message)
        if message.content == "last":
            done.set()

    async with alice, bob:
        await alice.join("general")
        await bob.join("general")
        await bob.open_conversation("alice")
        await alice.open_conversation("bob")
        await bob.channel_message("general", "before")
        alice.listen_for_messages(on_message)
        with pytest.raises(RuntimeError, match="already listening"):
            alice.listen_for_messages()
        await bob.channel_message("general", "raise")
        await alice.channel_message("general", "mine")
        await alice.private_message("bob", "mine, in private")
        await bob.private_message("alice", "in private")
        await bob.channel_message("general", "last")
        await asyncio.wait_for(done.wait(), 5)
        alice.stop_listening_for_messages()
    assert sorted((m.user, m.content, m.channel or "") for m in heard) == [
        ("alice", "mine", "general"),
        ("bob", "before", "general"),
        ("bob", "in private", ""),
        ("bob", "last", "general"),
        ("bob", "raise", "general"),
    ]


async def test_connecting_is_told_before_anything_else(world: World) -> None:
    """Broken, a screen had nothing to show while the first dial took its time."""
    alice = world.client("alice")
    alice.start()
    async with Ear(alice) as ear:
        await ear.online()
        assert ear.heard[0] in (Connecting(alice.url), ear.of(Online)[0])
