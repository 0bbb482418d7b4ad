"""What was read is there again: before there is a line, and without asking the server twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

import pytest

from rchat_tui.client import (
    Connecting,
    ConnectionLost,
    ConversationState,
    Live,
    MessagePosted,
    NotKept,
    Offline,
    Parted,
    Remembered,
    Skipped,
)
from rchat_tui.client.connection import Connection
from rchat_tui.client.store.limits import CacheLimits
from rchat_tui.client.store.memory import MemoryClientStore, MemoryDisk
from support.world import Ear, ManualClock, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rchat_protocol.credentials import Credential
    from rchat_protocol.models import Message
    from rchat_protocol.routes import Route

LIMITS = CacheLimits(numbers=1000)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which routes the clients have asked for."""
    routes: list[str] = []
    request = Connection.request

    async def spy(
        self: Connection,
        route: Route,
        data: bytes,
        *,
        deadline: float,
        credential: Credential | None = None,
    ) -> bytes:
        routes.append(route.name)
        return await request(self, route, data, deadline=deadline, credential=credential)

    monkeypatch.setattr(Connection, "request", spy)
    return routes


class Town(World):
    """A server where bob has said 150 things in #general."""

    async def begin(self) -> Self:
        """Let him."""
        self.bob = self.client("bob")
        await self.bob.connect()
        await self.bob.join("general")
        await self.bob_says(1, 150)
        return self

    async def bob_says(self, first: int, last: int) -> None:
        """Let him say these."""
        for number in range(first, last + 1):
            await self.bob.channel_message("general", f"word {number}")


@pytest.fixture
async def world() -> AsyncIterator[Town]:
    """The town, and an end to all."""
    async with Town() as town:
        yield await town.begin()


@pytest.fixture
def disk() -> MemoryDisk:
    """Alice's file."""
    return MemoryDisk()


def _store(disk: MemoryDisk) -> MemoryClientStore:
    return MemoryClientStore(disk, limits=LIMITS)


async def _general(ear: Ear) -> str:
    await ear.until(lambda: ear.state.find("channel", "general") is not None)
    conversation = ear.state.find("channel", "general")
    assert conversation is not None
    return conversation.id


def _numbers(messages: tuple[Message, ...] | list[Message]) -> list[int]:
    assert all(message.content == f"word {message.seq}" for message in messages)
    return [message.seq for message in messages]


async def _read(world: Town, disk: MemoryDisk) -> str:
    """Let alice come, read what there is, and go; return the conversation's id."""
    alice = world.client("alice", store=_store(disk))
    async with alice, Ear(alice) as ear:
        await alice.join("general")
        general = await _general(ear)
        await alice.history(conversation=general, before=151, limit=20)
        await alice.mark_read(general, 148)
        await world.bob_says(151, 151)
        await ear.hears(MessagePosted)
    return general


async def test_the_first_screen_needs_no_line(world: Town, disk: MemoryDisk) -> None:
    """Broken, the app showed nothing until a server answered."""
    general = await _read(world, disk)
    world.refusing = True
    alice = world.client("alice", store=_store(disk), clock=ManualClock())
    alice.start()
    async with Ear(alice) as ear:
        await ear.hears(Offline)
        remembered = ear.heard[0]
        assert isinstance(remembered, Remembered)
        assert isinstance(ear.heard[1], Connecting | Offline)
        assert remembered.user == "alice"
        (known,) = remembered.conversations
        assert _numbers(known.messages) == list(range(131, 152))
        assert known.outgoing == ()
        assert (known.state.name, known.state.head, known.state.members) == ("general", 151, [])
        assert (known.state.read, known.state.unread) == (150, 1)
        assert ear.state.conversations[general].head == 151


async def test_without_a_line_there_is_what_was_kept(world: Town, disk: MemoryDisk) -> None:
    """Broken, scrolling back without a line failed although it was all here."""
    general = await _read(world, disk)
    world.refusing = True
    alice = world.client("alice", store=_store(disk), clock=ManualClock())
    alice.start()
    async with Ear(alice) as ear:
        await ear.hears(Offline)
        page = await alice.history(conversation=general, before=141, limit=5)
        assert (_numbers(page.messages), page.more) == ([136, 137, 138, 139, 140], True)
        page = await alice.history(channel="General", before=134, limit=50)
        assert (_numbers(page.messages), page.more) == ([131, 132, 133], True)
        page = await alice.history(conversation=general, limit=2)
        assert _numbers(page.messages) == [150, 151]
        page = await alice.history(conversation=general, after=140, limit=50)
        assert (_numbers(page.messages), page.more) == (list(range(141, 152)), False)
        with pytest.raises(ConnectionLost):
            await alice.history(conversation=general, before=100)
        page = await alice.history(conversation=general, around=140, limit=4)
        assert _numbers(page.messages) == [139, 140, 141, 142]
        with pytest.raises(ConnectionLost):
            await alice.history(conversation=general, around=100)
        with pytest.raises(ConnectionLost):
            await alice.history(channel="python")


async def test_what_is_kept_is_not_asked_for_again(
    world: Town, disk: MemoryDisk, asked: list[str]
) -> None:
    """Broken, each scroll asked the server for what was read a minute ago; or showed a hole."""
    general = await _read(world, disk)
    alice = world.client("alice", store=_store(disk))
    async with alice, Ear(alice) as ear:
        await ear.hears(Live)
        asked.clear()
        page = await alice.history(conversation=general, before=151, limit=20)
        assert _numbers(page.messages) == list(range(131, 151))
        page = await alice.history(conversation=general, after=131, limit=10)
        assert _numbers(page.messages) == list(range(132, 142))
        assert not asked
        for _ in range(2):
            page = await alice.history(conversation=general, before=141, limit=50)
            assert _numbers(page.messages) == list(range(91, 141))
            assert asked == ["history"]
            while not disk.logs[general].between(91, 91):  # noqa: ASYNC110 - it is written aside
                await asyncio.sleep(0)
        page = await alice.history(conversation=general, before=50, limit=100)
        assert (_numbers(page.messages), page.more) == (list(range(1, 50)), False)
        assert len(asked) == 2
        page = await alice.history(conversation=general, after=140, limit=50)
        assert _numbers(page.messages) == list(range(141, 152))
        assert len(asked) == 3, "there may be newer ones"


async def test_a_message_of_a_moment_ago_is_in_the_newest_page(world: Town) -> None:
    """Broken, a bot that looks up what it has just said did not find it."""
    alice = world.client("alice")
    async with alice:
        await alice.join("general")
        for number in range(151, 154):
            await alice.channel_message("general", f"word {number}")
            page = await alice.history(channel="general", limit=1)
            assert _numbers(page.messages) == [number]


async def test_a_week_away_is_the_newest_and_the_counts(
    world: Town, disk: MemoryDisk, asked: list[str]
) -> None:
    """Broken, the app was sent a week of messages, or those of a week were never to be had."""
    alice = world.client("alice", store=_store(disk))
    async with alice, Ear(alice) as ear:
        await alice.join("general")
        general = await _general(ear)
        await world.bob_says(151, 151)
        await ear.hears(MessagePosted)
        page = await alice.history(conversation=general, before=10**6, limit=5)
        assert _numbers(page.messages) == list(range(147, 152)), "and nothing beyond is known"
    await world.bob_says(152, 401)
    later = world.client("alice", store=_store(disk))
    async with later, Ear(later) as ear:
        await ear.hears(Live)
        assert [e.seq for e in ear.of(MessagePosted)] == list(range(302, 402))
        assert ear.of(Skipped) == [Skipped(general, 152, 301)]
        assert ear.state.conversations[general].unread == 251
        page = await later.history(conversation=general, before=302, limit=200)
        assert _numbers(page.messages) == list(range(102, 302))
        assert asked.count("history") == 2
    held = disk.logs[general].held
    assert held == ((102, 401),), "and what was scrolled to joins the rest"


async def test_a_bot_without_a_store_gets_all_that_it_missed(world: Town) -> None:
    """Broken, a bot lost messages when its line dropped for a minute."""
    clock = ManualClock()
    bot = world.client("bot", clock=clock)
    async with bot, Ear(bot) as ear:
        await bot.join("general")
        await _general(ear)
        world.lines[-1].abort()
        await clock.asleep()
        await world.bob_says(151, 400)
        await clock.wake()
        await ear.hears(MessagePosted, 250)
        assert not ear.of(Skipped)


async def test_a_log_of_another_epoch_is_another_log(world: Town, disk: MemoryDisk) -> None:
    """Broken, messages of a server that was restored showed among those that it never had."""
    general = await _read(world, disk)
    old = disk.logs[general]
    # As if the file remembered a log that the server no longer has.
    old.state = replace_epoch(old.state)
    alice = world.client("alice", store=_store(disk))
    async with alice, Ear(alice) as ear:
        await ear.hears(Live)
        (state,) = ear.of(ConversationState)
        assert not state.resumed
        page = await alice.history(conversation=general, before=141, limit=5)
        assert page.epoch == state.epoch
    assert disk.logs[general].state.epoch == state.epoch
    assert disk.logs[general].held == ((136, 140),)


def replace_epoch(state: ConversationState) -> ConversationState:
    """Return a state of another epoch."""
    return ConversationState(
        state.conversation, state.kind, state.name, "before", 400, 1, 0, 0, 0, []
    )


async def test_what_was_left_is_not_remembered(world: Town, disk: MemoryDisk) -> None:
    """Broken, a channel that was left came back at each start, or was joined again."""
    await _read(world, disk)
    alice = world.client("alice", store=_store(disk))
    async with alice, Ear(alice) as ear:
        await alice.leave("general")
        await ear.hears(Parted)
    assert not disk.logs


async def test_what_was_left_elsewhere_is_forgotten_too(world: Town, disk: MemoryDisk) -> None:
    """Broken, a channel that was left on another terminal came back at each start of this one."""
    await _read(world, disk)
    clock = ManualClock()
    alice, other = world.client("alice", store=_store(disk), clock=clock), world.client("alice")
    async with alice, Ear(alice) as ear:
        await ear.hears(Live)
        world.refusing = True
        world.lines[-1].abort()
        await clock.asleep()
        world.refusing = False
        assert disk.saved is not None
        other._archive._store = other._session._store = store = MemoryClientStore()
        await store.open()
        store.disk.saved = disk.saved
        await other.connect()
        await other.leave("general")
        await clock.wake()
        await ear.online(2)
        await ear.until(lambda: not ear.state.conversations)
    assert not disk.logs


async def test_a_server_that_forgot_everything_is_joined_anew_after_a_restart(
    world: Town, disk: MemoryDisk
) -> None:
    """Broken, one was in no channel after both had been restarted."""
    await _read(world, disk)
    await world.restart()
    alice = world.client("alice", store=_store(disk))
    async with alice, Ear(alice) as ear:
        assert (await ear.online()).fresh
        await ear.hears(Live)
        conversations = ear.state.conversations.values()
        assert [(c.name, c.head) for c in conversations] == [("general", 0)]
    assert [log.state.head for log in disk.logs.values()] == [0]


class Forgetful(MemoryClientStore):
    """A store that cannot use its file."""

    async def open(self) -> str | None:
        """Go on in memory."""
        await super().open()
        return "The file is damaged."


async def test_that_nothing_is_kept_is_said_first(world: Town) -> None:
    """Broken, somebody wrote for an hour and did not know that nothing was kept."""
    alice = world.client("alice", store=Forgetful())
    async with alice, Ear(alice) as ear:
        await ear.hears(Live)
        assert ear.heard[0] == NotKept("The file is damaged.")
