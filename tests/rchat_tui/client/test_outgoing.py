"""What was written leaves, once and in order, whatever happens to line, server and process."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING

import pytest

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_tui.client import (
    ConversationState,
    Delivered,
    Live,
    MessagePosted,
    Offline,
    Online,
    Outgoing,
    Remembered,
    ServerError,
    StorageFailed,
    Withdrawn,
)
from rchat_tui.client.connection import Connection
from rchat_tui.client.store.memory import MemoryClientStore, MemoryDisk
from rchat_tui.client.store.ports import SavedLogin
from support.world import Ear, ManualClock, World, store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rchat_protocol.credentials import Credential
    from rchat_protocol.routes import Route
    from rchat_server.service import Caller, Request
    from rchat_tui.client import ChatClient
    from rchat_tui.client.outbox import Entry, Outcome


class Counter:
    """A `message` route that a test can hold up, and that counts what it is sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        """The requests, whole."""
        self.open = asyncio.Event()
        self.open.set()
        self.stored = asyncio.Event()
        """Whether something was stored while it was not open."""
        self.errors: list[ChatError] = []
        """What the next requests are answered with."""

    async def __call__(self, caller: Caller, request: Request) -> bytes:
        """Store a message, and answer when it is open."""
        self.sent.append(request.data.decode())
        if self.errors:
            raise self.errors.pop(0)
        answer = await store(caller, request)
        if not self.open.is_set():
            self.stored.set()
            await self.open.wait()
        return answer


@pytest.fixture(autouse=True)
def _brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait a whole second for what a killed client will never send."""
    monkeypatch.setattr("rchat_tui.client.courier.GOODBYE", 0.1)


@pytest.fixture
def counter() -> Counter:
    """The server's route."""
    return Counter()


@pytest.fixture
async def world(counter: Counter) -> AsyncIterator[World]:
    """A server, and an end to all that a test has begun."""
    async with World(responses={"message": counter}) as world:
        yield world


@pytest.fixture
def disk() -> MemoryDisk:
    """What the processes of alice share."""
    return MemoryDisk()


def _contents(ear: Ear) -> list[str]:
    return [event.content for event in ear.of(MessagePosted)]


def _identity(disk: MemoryDisk) -> int:
    return 0 if disk.saved is None else disk.saved.identity


def _sees_general(ear: Ear) -> bool:
    return ear.state.find("channel", "general") is not None


def _states(ear: Ear, message_id: str) -> list[str]:
    return [event.state for event in ear.of(Outgoing) if event.id == message_id]


class Late(MemoryClientStore):
    """Its answer to what settled an entry comes when it is told to."""

    def __init__(self, disk: MemoryDisk) -> None:
        super().__init__(disk)
        self.answers = asyncio.Event()

    async def settle(self, entry_id: str, outcome: Outcome) -> Entry:
        """Settle it, and answer later."""
        settled = await super().settle(entry_id, outcome)
        await self.answers.wait()
        return settled


async def _in_channel(chat: ChatClient, ear: Ear, name: str = "general") -> str:
    """Join a channel; return the conversation's id."""
    await chat.join(name)
    await ear.until(lambda: ear.state.find("channel", name) is not None)
    conversation = ear.state.find("channel", name)
    assert conversation is not None
    return conversation.id


# -- as long as all is well ------------------------------------------------------------------------


async def test_what_is_written_is_sent_and_said_to_be(world: World, disk: MemoryDisk) -> None:
    """Broken, nobody knows what became of what he wrote."""
    alice = world.client("alice", store=MemoryClientStore(disk))
    async with alice, Ear(alice) as ear:
        general = await _in_channel(alice, ear)
        message_id = await alice.post(general, "hello")
        (delivered,) = await ear.hears(Delivered)
        (posted,) = await ear.hears(MessagePosted)
        assert (delivered.conversation, delivered.id) == (general, message_id)
        assert (delivered.seq, delivered.at) == (posted.seq, posted.at)
        assert delivered.epoch == ear.state.conversations[general].epoch
        assert posted.id == message_id
        assert {event.content for event in ear.of(Outgoing)} == {"hello"}
        assert not ear.state.outgoing


async def test_many_leave_in_order_one_at_a_time(
    world: World, disk: MemoryDisk, counter: Counter
) -> None:
    """Broken, what was written fast arrived mixed up."""
    alice = world.client("alice", store=MemoryClientStore(disk))
    async with alice, Ear(alice) as ear:
        general, python = [await _in_channel(alice, ear, name) for name in ("general", "python")]
        counter.open.clear()
        words = [str(number) for number in range(20)]
        for word in words:
            await alice.post(general, word)
        await alice.post(python, "elsewhere")
        while len(counter.sent) < 2:  # noqa: ASYNC110 - the server's side has no event for it
            await asyncio.sleep(0)
        assert ['"0"' in counter.sent[0], '"elsewhere"' in counter.sent[1]] == [True, True]
        counter.open.set()
        await ear.hears(Delivered, 21)
        assert [e.content for e in ear.of(MessagePosted) if e.conversation == general] == words
        assert len(counter.sent) == 21


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (" \n", ErrorCode.MESSAGE_EMPTY),
        ("x" * 16_385, ErrorCode.MESSAGE_TOO_LARGE),
        ("\ud800", ErrorCode.BAD_REQUEST),
    ],
)
async def test_what_can_never_be_sent_is_not_taken(
    world: World, disk: MemoryDisk, content: str, code: ErrorCode
) -> None:
    """Broken, something stood in the outbox for ever, or before everything else."""
    alice = world.client("alice", store=MemoryClientStore(disk))
    async with alice, Ear(alice) as ear:
        general = await _in_channel(alice, ear)
        with pytest.raises(ServerError) as refused:
            await alice.post(general, content)
        assert refused.value.code == code
        with pytest.raises(ServerError) as refused:
            await alice.post("nowhere", "hello")
        assert refused.value.code == ErrorCode.NO_SUCH_CONVERSATION
    assert not disk.entries


async def test_what_is_thrown_away_the_moment_it_failed_stays_away(
    world: World, disk: MemoryDisk, counter: Counter
) -> None:
    """Broken, a message that was thrown away stood on the screen again until rchat was quit."""
    late = Late(disk)
    alice = world.client("alice", store=late)
    async with alice, Ear(alice) as ear:
        general = await _in_channel(alice, ear)
        counter.errors.append(ChatError(ErrorCode.MESSAGE_TOO_LARGE, "It is too large."))
        message_id = await alice.post(general, "hello")
        await ear.until(lambda: "failed" in _states(ear, message_id))
        await alice.withdraw(message_id)
        await ear.hears(Withdrawn)
        late.answers.set()
        await alice.post(general, "again")
        await ear.hears(Delivered)
        assert not ear.state.outgoing


# -- without a line, and without a process ---------------------------------------------------------


async def test_what_was_written_offline_leaves_in_order_after_a_quit(
    world: World, disk: MemoryDisk
) -> None:
    """Broken, what was written on the train was lost with the lid, or arrived mixed up."""
    alice = world.client("alice", store=MemoryClientStore(disk), clock=ManualClock())
    bob = world.client("bob")
    await bob.connect()
    await bob.join("general")
    async with Ear(bob) as heard:
        async with alice, Ear(alice) as ear:
            general = await _in_channel(alice, ear)
            conversation = (await alice.open_conversation("bob")).conversation
            world.refusing = True
            world.lines[1].abort()
            await ear.hears(Offline)
            ids = [await alice.post(general, word) for word in ("one", "two", "three")]
            ids.append(await alice.post(conversation, "psst"))
            await ear.until(lambda: len(ear.of(Outgoing)) == 4)
            assert [_states(ear, id_) for id_ in ids] == [["waiting"]] * 4
        world.refusing = False
        later = world.client("alice", store=MemoryClientStore(disk))
        async with later, Ear(later) as ear:
            (remembered,) = await ear.hears(Remembered)
            assert isinstance(ear.heard[0], Remembered)
            written = {known.state.name: known.outgoing for known in remembered.conversations}
            assert [e.content for e in written["general"]] == ["one", "two", "three"]
            assert [e.content for e in written["bob"]] == ["psst"]
            assert {e.state for known in written.values() for e in known} == {"waiting"}
            await ear.hears(Delivered, 4)
            await heard.until(lambda: len(_contents(heard)) == 4)
            assert [word for word in _contents(heard) if word != "psst"] == ["one", "two", "three"]
            assert not ear.state.outgoing


async def test_kill_between_commit_and_acknowledgement_doubles_nothing(
    world: World, disk: MemoryDisk, counter: Counter
) -> None:
    """Broken, a message that was stored was sent a second time as another one."""
    first_store = MemoryClientStore(disk)
    alice = world.client("alice", store=first_store)
    async with Ear(alice) as ear:
        await alice.connect()
        general = await _in_channel(alice, ear)
        counter.open.clear()
        message_id = await alice.post(general, "once")
        await alice.post(general, "after it")
        await counter.stored.wait()
        first_store.kill()
        world.lines[0].abort()
    counter.open.set()
    later = world.client("alice", store=MemoryClientStore(disk))
    async with later, Ear(later) as ear:
        first, second = await ear.hears(Delivered, 2)
        assert (first.id, first.seq, second.seq) == (message_id, 1, 2)
        page = await later.history(conversation=general)
        assert [message.content for message in page.messages] == ["once", "after it"]
        assert sum("once" in sent for sent in counter.sent) == 2


async def test_a_line_that_drops_sends_it_again_under_its_id(
    world: World, disk: MemoryDisk, counter: Counter
) -> None:
    """Broken, a drop at the wrong moment lost a message, doubled it, or let one overtake it."""
    clock = ManualClock()
    alice = world.client("alice", store=MemoryClientStore(disk), clock=clock)
    async with alice, Ear(alice) as ear:
        general = await _in_channel(alice, ear)
        counter.open.clear()
        message_id = await alice.post(general, "once")
        await alice.post(general, "after it")
        await counter.stored.wait()
        world.lines[0].abort()
        await clock.asleep()
        await ear.until(lambda: _states(ear, message_id)[-1] == "waiting")
        assert ear.of(Outgoing)[-1].reason.startswith("No acknowledgement came")
        with pytest.raises(ServerError, match="may have reached the server"):
            await alice.withdraw(message_id)
        counter.open.set()
        await clock.wake()
        await ear.hears(Delivered, 2)
        await ear.hears(MessagePosted, 2)
        assert _contents(ear) == ["once", "after it"]


async def test_a_server_that_does_not_answer_is_asked_again(
    world: World, disk: MemoryDisk, counter: Counter
) -> None:
    """Broken, a message was dropped at its deadline, or asked for again without end at once."""
    clock = ManualClock()
    alice = world.client("alice", store=MemoryClientStore(disk), clock=clock, deadline=0.5)
    async with alice, Ear(alice) as ear:
        general = await _in_channel(alice, ear)
        counter.open.clear()
        message_id = await alice.post(general, "once")
        assert await clock.asleep() == 1.0
        assert len(counter.sent) == 1
        assert _states(ear, message_id)[-1] == "waiting"
        counter.open.set()
        await clock.wake()
        assert (await ear.hears(Delivered))[0].seq == 1
        assert len(counter.sent) == 2
    assert world.dials == 1


async def test_what_waits_has_a_moment_to_leave_when_one_quits(
    world: World, disk: MemoryDisk
) -> None:
    """Broken, a line that was written just before quitting left a day later."""
    alice = world.client("alice", store=MemoryClientStore(disk))
    await alice.connect()
    async with Ear(alice) as ear:
        general = await _in_channel(alice, ear)
        await alice.post(general, "one")
        await alice.post(general, "goodbye")
        await alice.aclose()
    assert [entry.status for entry in disk.entries.values()] == ["delivered", "delivered"]


# -- what a server says ----------------------------------------------------------------------------


async def test_busy_is_waited_for_and_no_is_no(
    world: World, disk: MemoryDisk, counter: Counter
) -> None:
    """Broken, a busy server lost a message, or a refused one held up all that came after it."""
    clock = ManualClock()
    alice = world.client("alice", store=MemoryClientStore(disk), clock=clock)
    async with alice, Ear(alice) as ear:
        general = await _in_channel(alice, ear)
        counter.errors = [
            ChatError(ErrorCode.BUSY, "Too much at once.", retry=2.5),
            ChatError(ErrorCode.NOT_A_MEMBER, "You may not."),
        ]
        first = await alice.post(general, "one")
        second = await alice.post(general, "two")
        assert await clock.asleep() == 5.0, "what was asked for, and as much again by chance"
        await ear.until(lambda: _states(ear, first)[-1] == "waiting")
        assert ear.of(Outgoing)[-1].reason == "Too much at once."
        await clock.wake()
        (delivered,) = await ear.hears(Delivered)
        assert delivered.id == second
        assert _states(ear, first)[-1] == "failed"
        failed = [event for event in ear.of(Outgoing) if event.state == "failed"]
        assert (failed[0].reason, failed[0].content) == ("You may not.", "one")

        await alice.retry(second)
        await alice.retry(first)
        await ear.hears(Delivered, 2)
        await ear.hears(MessagePosted, 2)
        assert _contents(ear) == ["two", "one"]


async def test_what_a_server_failed_on_waits_for_a_person(
    world: World, disk: MemoryDisk, counter: Counter
) -> None:
    """Broken, a message that may be stored was called failed, or sent again by itself."""
    alice = world.client("alice", store=MemoryClientStore(disk))
    async with alice, Ear(alice) as ear:
        general = await _in_channel(alice, ear)
        counter.errors = [ChatError(ErrorCode.INTERNAL, "Something went wrong here.")]
        message_id = await alice.post(general, "one")
        await ear.until(lambda: "unknown" in _states(ear, message_id))
        assert await alice.withdraw(message_id) == "one"
        (withdrawn,) = await ear.hears(Withdrawn)
        assert withdrawn == Withdrawn(general, message_id)
        assert not disk.entries
        with pytest.raises(ServerError, match="not in the outbox"):
            await alice.withdraw(message_id)


# -- another identity ------------------------------------------------------------------------------


async def test_a_server_that_forgot_everything_gets_nothing_twice_and_nothing_foreign(
    world: World, disk: MemoryDisk, counter: Counter
) -> None:
    """Broken, a message came twice, or reached another person of the same name."""
    clock = ManualClock()
    alice = world.client("alice", store=MemoryClientStore(disk), clock=clock)
    bob = world.client("bob")
    await bob.connect()
    async with alice, Ear(alice) as ear:
        general = await _in_channel(alice, ear)
        await bob.private_message("alice", "psst")
        private = (await ear.hears(MessagePosted))[0].conversation
        counter.open.clear()
        tried = await alice.post(general, "tried")
        await counter.stored.wait()
        world.lines[-1].abort()
        await clock.asleep()
        counter.open.set()
        await world.restart()
        waiting = await alice.post(general, "never tried")
        to_bob = await alice.post(private, "for this bob alone")
        await bob.aclose()
        await clock.wake()
        assert (await ear.online(2)).fresh
        (delivered,) = await ear.hears(Delivered)
        assert delivered.id == waiting
        now = ear.state.find("channel", "general")
        assert now is not None
        assert (delivered.conversation, now.id != general) == (now.id, True)
        await ear.until(lambda: ear.state.outgoing == {tried: now.id, to_bob: private})
        assert _states(ear, tried)[-1] == "unknown"
        assert _states(ear, to_bob)[-1] == "failed"
        reasons = {event.id: event.reason for event in ear.of(Outgoing)}
        assert "forgotten you" in reasons[tried]
        assert "somebody else's" in reasons[to_bob]
        assert private in ear.state.conversations, "or nobody sees what failed"
        page = await alice.history(conversation=now.id)
        assert [message.content for message in page.messages] == ["never tried"]

        next_bob = world.client("bob")
        async with next_bob:
            await next_bob.private_message("alice", "somebody else")
            await ear.until(lambda: private not in ear.state.conversations)
            new = ear.state.find("private", "bob")
            assert new is not None
            assert ear.state.outgoing[to_bob] == new.id, "shown where one looks for it"
            await alice.retry(to_bob)
            assert disk.entries[to_bob].status == "failed", "and not sent there"

        await alice.retry(tried)  # a person says so
        assert await alice.withdraw(to_bob) == "for this bob alone"
        await ear.hears(Delivered, 2)
        assert not ear.state.outgoing


# -- two processes ---------------------------------------------------------------------------------


async def test_two_terminals_are_one_person_from_the_first_moment(
    world: World, disk: MemoryDisk
) -> None:
    """Broken, two terminals that start together fight for the name, or throw each other out."""
    one, other = [world.client("alice", store=MemoryClientStore(disk)) for _ in range(2)]
    await asyncio.gather(one.connect(), other.connect())
    async with Ear(one) as ear, Ear(other) as others:
        general = await _in_channel(one, ear)
        await others.until(lambda: general in others.state.conversations)
        await one.post(general, "from one")
        await other.post(general, "from the other")
        await ear.hears(MessagePosted, 2)
        await others.hears(MessagePosted, 2)
        assert sorted(_contents(ear)) == ["from one", "from the other"]
        assert await one.get_users("general") == ["alice"]
    assert _identity(disk) == 1


async def test_each_terminal_comes_back_and_leaves_the_other_alone(
    world: World, disk: MemoryDisk
) -> None:
    """Broken, a terminal whose line dropped threw the other one out, or left its session behind."""
    clock = ManualClock()
    one = world.client("alice", store=MemoryClientStore(disk), clock=clock)
    other = world.client("alice", store=MemoryClientStore(disk), clock=ManualClock())
    async with one, other, Ear(one) as ear, Ear(other) as others:
        await others.online()
        world.lines[0].abort()
        await clock.asleep()
        await clock.wake()
        assert not (await ear.online(2)).fresh
        general = await _in_channel(one, ear)
        await others.until(lambda: general in others.state.conversations)
        assert not others.of(Offline)


async def test_a_terminal_takes_up_what_another_one_has_made(
    world: World, disk: MemoryDisk
) -> None:
    """Broken, of a server without memory two terminals made two people, or one was nowhere."""
    clocks = ManualClock(), ManualClock()
    one, other = [
        world.client("alice", store=MemoryClientStore(disk), clock=clock) for clock in clocks
    ]
    async with one, other, Ear(one) as ear, Ear(other) as others:
        await _in_channel(one, ear)
        await others.until(lambda: _sees_general(others))
        await world.restart()
        for clock, heard in zip(clocks, (ear, others), strict=True):
            await clock.asleep()
            await clock.wake()
            assert (await heard.online(2)).fresh
            await heard.until(functools.partial(_sees_general, heard))
        assert _identity(disk) == 2
        assert await one.get_users("general") == ["alice"]


async def test_a_line_of_before_is_replaced_and_nobody_elses(
    world: World, disk: MemoryDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken, a dead line of one's own stayed logged in, or the other terminal was thrown out."""
    tokens: list[str | None] = []
    request = Connection.request

    async def spy(
        self: Connection,
        route: Route,
        data: bytes,
        *,
        deadline: float,
        credential: Credential | None = None,
    ) -> bytes:
        if route.name == "login":
            tokens.append(getattr(credential, "token", None))
        return await request(self, route, data, deadline=deadline, credential=credential)

    monkeypatch.setattr(Connection, "request", spy)
    clock = ManualClock()
    alice = world.client("alice", store=MemoryClientStore(disk), clock=clock)
    async with alice, Ear(alice) as ear:
        world.lines[0].abort()
        await clock.asleep()
        await clock.wake()
        await ear.online(2)
    async with world.client("alice", store=MemoryClientStore(disk)):
        pass
    assert disk.saved is not None
    first, again, later = tokens
    assert first is None
    assert again is not None
    assert again.endswith(f".{disk.saved.token}")
    assert later == disk.saved.token


async def test_what_a_dead_terminal_left_the_other_one_sends(
    world: World, disk: MemoryDisk, counter: Counter
) -> None:
    """Broken, what one terminal wrote before it died waited until it was started again."""
    dead_store, clock = MemoryClientStore(disk), ManualClock()
    dead = world.client("alice", store=dead_store, clock=ManualClock())
    alive = world.client("alice", store=MemoryClientStore(disk), clock=clock)
    async with Ear(dead) as deaf:
        await dead.connect()
        general = await _in_channel(dead, deaf)
        async with alive, Ear(alive) as ear:
            await ear.until(lambda: general in ear.state.conversations)
            counter.open.clear()
            ids = [await dead.post(general, word) for word in ("one", "two")]
            await counter.stored.wait()
            await clock.tick()
            await clock.tick()
            assert [_states(ear, id_)[-1] for id_ in ids] == ["sending", "waiting"]
            mine = await alive.post(general, "three")
            await clock.tick()
            await clock.tick()
            assert len(counter.sent) == 1, "the other one lives, and is first"
            dead_store.kill()
            world.lines[0].abort()
            counter.open.set()
            await clock.tick()
            await ear.hears(Delivered, 3)
            await ear.hears(MessagePosted, 3)
            assert [event.id for event in ear.of(Delivered)] == [*ids, mine]
            assert _contents(ear) == ["one", "two", "three"]


async def test_what_the_other_terminal_does_shows_here(world: World, disk: MemoryDisk) -> None:
    """Broken, a line that was sent from the other terminal stood here as waiting for ever."""
    clock, offline = ManualClock(), ManualClock()
    here = world.client("alice", store=MemoryClientStore(disk), clock=offline)
    there = world.client("alice", store=MemoryClientStore(disk), clock=clock)
    async with here, Ear(here) as ear:
        general = await _in_channel(here, ear)
        async with there, Ear(there) as others:
            await others.until(lambda: general in others.state.conversations)
            world.refusing = True
            world.cut()
            await offline.asleep()
            await clock.asleep()
            ids = [await there.post(general, word) for word in ("one", "two")]
            await offline.tick()
            await ear.until(lambda: set(ear.state.outgoing) == set(ids))
            await there.withdraw(ids[0])
            await offline.tick()
            await ear.until(lambda: set(ear.state.outgoing) == {ids[1]})
            assert ear.of(Withdrawn) == [Withdrawn(general, ids[0])]
            world.refusing = False
            await clock.wake()
            await others.hears(Delivered)
            await offline.tick()
            assert (await ear.hears(Delivered))[0].id == ids[1]
            assert not ear.state.outgoing


# -- a disk that refuses ---------------------------------------------------------------------------


class FullDisk:
    """What a store waits for before each change; full when it is told to."""

    def __init__(self) -> None:
        self.full = False

    async def __call__(self) -> None:
        """Commit, or refuse."""
        if self.full:
            raise StorageFailed("The disk is full: make room, and try again.")


async def test_what_the_disk_does_not_take_is_given_back(world: World, disk: MemoryDisk) -> None:
    """Broken, a line vanished from the composer and stood nowhere."""
    sync = FullDisk()
    alice = world.client("alice", store=MemoryClientStore(disk, sync=sync))
    async with alice, Ear(alice) as ear:
        general = await _in_channel(alice, ear)
        sync.full = True
        with pytest.raises(StorageFailed, match="The disk is full"):
            await alice.post(general, "one")
        await alice.send(general, "what can still work does")
        await ear.hears(MessagePosted)
        sync.full = False
        await alice.post(general, "two")
        await ear.hears(Delivered)
        await ear.hears(MessagePosted, 2)
        assert not [e for e in ear.of(Outgoing) if e.content == "one"]
        page = await alice.history(conversation=general)
        assert [m.content for m in page.messages] == ["what can still work does", "two"]


async def test_an_acknowledgement_that_the_disk_does_not_take_is_told_and_kept_later(
    world: World, disk: MemoryDisk, counter: Counter
) -> None:
    """Broken, a message that was stored showed as waiting, or the next one overtook the disk."""
    sync, clock = FullDisk(), ManualClock()
    alice = world.client("alice", store=MemoryClientStore(disk, sync=sync), clock=clock)
    async with alice, Ear(alice) as ear:
        general = await _in_channel(alice, ear)
        counter.open.clear()
        first = await alice.post(general, "one")
        await alice.post(general, "two")
        await counter.stored.wait()
        sync.full = True
        counter.open.set()
        assert (await ear.hears(Delivered))[0].id == first
        await clock.asleep()
        assert disk.entries[first].claim is not None
        await clock.tick()
        sync.full = False
        await clock.wake()
        await ear.hears(Delivered, 2)
        assert [entry.status for entry in disk.entries.values()] == ["delivered", "delivered"]
        assert [event.seq for event in ear.of(Delivered)] == [1, 2]
        assert len(counter.sent) == 2


async def test_a_login_that_the_disk_does_not_take_is_kept_later(
    world: World, disk: MemoryDisk
) -> None:
    """Broken, a full disk kept one out of the chat, or the outbox shut for good."""
    sync, clock = FullDisk(), ManualClock()
    sync.full = True
    alice = world.client("alice", store=MemoryClientStore(disk, sync=sync), clock=clock)
    async with alice, Ear(alice) as ear:
        general = await _in_channel(alice, ear)
        world.lines[0].abort()
        await clock.wake()
        assert not (await ear.online(2)).fresh
        await alice.send(general, "hello")
        sync.full = False
        message_id = await alice.post(general, "kept")
        assert _identity(disk) == 0
        await clock.tick()
        await clock.tick()
        assert (await ear.hears(Delivered))[0].id == message_id
        assert _identity(disk) == 1
    later = world.client("alice", store=MemoryClientStore(disk))
    async with later, Ear(later) as ear:
        assert not (await ear.online()).fresh
        await ear.hears(Live)
        assert [state.name for state in ear.of(ConversationState)] == ["general"]
        assert isinstance(ear.of(Online)[0], Online)


async def test_a_login_that_the_disk_did_not_take_replaces_no_newer_one(
    world: World, disk: MemoryDisk
) -> None:
    """Broken, a process whose disk had been full made the others another person."""
    sync, clock = FullDisk(), ManualClock()
    sync.full = True
    alice = world.client("alice", store=MemoryClientStore(disk, sync=sync), clock=clock)
    async with alice, Ear(alice) as ear:
        await ear.online()
        disk.saved = newer = SavedLogin("alice", "of another process", 1)
        sync.full = False
        await clock.tick()
        await clock.tick()
        assert disk.saved is newer


class Moody(MemoryClientStore):
    """A store that cannot be read at first."""

    times = 1

    async def entries(self) -> tuple[Entry, ...]:
        """Refuse, or return what there is."""
        if self.times:
            self.times -= 1
            raise StorageFailed("The file is held by another program: try again.")
        return await super().entries()


async def test_a_file_that_cannot_be_read_yet_is_tried_again(
    world: World, disk: MemoryDisk
) -> None:
    """Broken, a file that was busy for a moment kept one out until the app was started anew."""
    clock = ManualClock()
    alice = world.client("alice", store=Moody(disk), clock=clock)
    alice.start()
    async with Ear(alice) as ear:
        (offline,) = await ear.hears(Offline)
        assert offline.reason == "The file is held by another program: try again."
        assert not disk.alive, "and is not left open"
        await clock.wake()
        await ear.online()
        general = await _in_channel(alice, ear)
        await alice.post(general, "hello")
        await ear.hears(Delivered)
