"""A machine that slept: whatever waits, waits no longer, and a line that is dead is found dead."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rchat_tui.client import MessagePosted, Offline
from rchat_tui.client.ticker import SLEPT, TICK, SleepWatch
from support.world import Ear, ManualClock, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A server, and an end to all that a test has begun."""
    async with World() as world:
        yield world


@pytest.mark.parametrize("stands", [True, False])
async def test_who_waits_to_dial_dials_at_once(world: World, *, stands: bool) -> None:
    """Broken, one opened his laptop and looked at a countdown.

    ``stands``: whether its monotonic clock stood still meanwhile, as Linux's does.
    """
    clock = ManualClock()
    world.refusing = True
    alice = world.client("alice", clock=clock)
    alice.start()
    async with Ear(alice) as ear:
        for _ in range(8):
            await clock.asleep()
            await clock.wake()
        assert await clock.asleep() == 15.0
        await clock.tick()
        assert world.dials == 9, "a second is no sleep"
        if stands:
            clock.asleep_for += 3600
        else:
            clock.time += 3600
        await clock.tick()
        await ear.until(lambda: world.dials == 10)
        assert await clock.asleep() == 0.5, "and soon again, while the network comes up"
        world.refusing = False
        clock.asleep_for += 60
        await clock.tick()
        await ear.online()


async def test_a_line_that_did_not_outlive_the_sleep_is_replaced_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken, one opened his laptop and looked at a dead line for twenty seconds."""
    monkeypatch.setattr("rchat_protocol.transport.endpoint.CLOSE_GRACE", 60.0)
    clock = ManualClock()
    alice, bob = world.client("alice", clock=clock, deadline=0.5), world.client("bob")
    await bob.connect()
    await bob.join("general")
    async with alice, Ear(alice) as ear:
        await alice.join("general")
        # As a network that forgot the connection while nobody looked: nothing comes, no error.
        for end in (world.lines[1], world.lines[1]._other):
            assert end is not None
            end.stall()
        asking = asyncio.create_task(alice.list_channels())
        await asyncio.sleep(0)
        await bob.channel_message("general", "while you were out")
        clock.asleep_for += 3600
        await clock.tick()
        await ear.online(2)
        assert not clock.asked, "nobody waited"
        with pytest.raises(Exception, match=r"lost while this machine slept|did not answer"):
            await asking
        await ear.hears(MessagePosted)
        assert alice.user == "alice"
    assert world.dials == 3


async def test_a_line_that_outlived_the_sleep_is_kept(world: World) -> None:
    """Broken, every look of a machine that naps threw a good line away."""
    clock = ManualClock()
    alice = world.client("alice", clock=clock)
    async with alice, Ear(alice) as ear:
        await ear.online()
        for _ in range(3):
            clock.asleep_for += 3600
            await clock.tick()
        await alice.join("general")
    assert world.dials == 1


async def test_a_login_that_was_under_way_is_begun_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken, a laptop that was shut while it logged in hung there when it was opened."""
    monkeypatch.setattr("rchat_tui.client.supervisor.PROBE", 60.0)  # nobody is to be asked
    clock = ManualClock()
    alice = world.client("alice", clock=clock, deadline=60.0)
    dial = world.dial

    async def into_nothing(address: object) -> object:
        alice._supervisor._dial = dial
        connection = await dial(address)  # type: ignore[arg-type]
        world.lines[0].stall()
        return connection

    alice._supervisor._dial = into_nothing  # type: ignore[assignment]
    alice.start()
    async with Ear(alice) as ear:
        while not world.lines:  # noqa: ASYNC110 - nothing tells of a dial
            await asyncio.sleep(0)
        await clock.tick()
        clock.asleep_for += 3600
        async with asyncio.timeout(5):
            await clock.tick()
        await ear.online()
    assert world.dials == 2
    assert not clock.asked


async def test_who_waits_for_a_person_goes_on_waiting(world: World) -> None:
    """Broken, a client that was told to choose another name fought for it after every nap."""
    first = world.client("alice")
    clock = ManualClock()
    async with first:
        second = world.client("alice", clock=clock)
        second.start()
        async with Ear(second) as ear:
            await ear.hears(Offline)
            clock.asleep_for += 3600
            await clock.tick()
            await clock.tick()
            assert world.dials == 2


@given(
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0, TICK + SLEPT - 0.01)), max_size=20),
    st.floats(TICK + SLEPT + 0.01, 1e6),
)
def test_only_a_long_time_is_a_sleep(steps: list[tuple[float, float]], nap: float) -> None:
    """Broken, a busy machine or a clock that was set back looked like one that slept."""
    wall, monotonic = 1e12, 0.0
    watch = SleepWatch(int(wall), monotonic)
    for jump, passed in steps:
        wall, monotonic = wall + min(jump, passed) * 1000, monotonic + passed
        assert not watch.slept(int(wall), monotonic)
    assert watch.slept(int(wall), monotonic + nap)
    assert watch.slept(int(wall + nap * 1000 + 1), monotonic + nap)
    assert not watch.slept(int(wall + nap * 1000 + 1), monotonic + nap)
