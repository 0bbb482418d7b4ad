"""Writing in rounds: who waits, for how long, and who does not."""

from __future__ import annotations

import asyncio

from rchat_protocol.transport.memory import memory_pair
from rchat_protocol.transport.rounds import LONGEST_PAUSE, PAUSE_PER_WRITE, Rounds
from support.clock import FakeClock


class Member:
    """Has something to write, and counts when it may."""

    def __init__(self) -> None:
        self.flushed = 0

    def flush(self) -> None:
        """Count."""
        self.flushed += 1


async def test_what_comes_in_the_pause_waits_for_the_next_round() -> None:
    """Broken, a busy channel costs a system call for each member and each batch."""
    clock, members = FakeClock(), [Member() for _ in range(100)]
    rounds = Rounds(clock)

    def add_all() -> None:
        for member in members:
            rounds.add(member)

    add_all()
    assert {each.flushed for each in members} == {0}
    await asyncio.sleep(0)
    assert {each.flushed for each in members} == {1}, "the first round is at once"
    add_all()
    clock.advance(100 * PAUSE_PER_WRITE * 0.9)
    await asyncio.sleep(0)
    assert {each.flushed for each in members} == {1}, "the pause is as long as they are many"
    clock.advance(100 * PAUSE_PER_WRITE * 0.2)
    assert {each.flushed for each in members} == {2}
    clock.advance(1)
    add_all()
    await asyncio.sleep(0)
    assert {each.flushed for each in members} == {3}, "after a quiet pause it is at once again"


class Faulty(Member):
    """Cannot write."""

    def flush(self) -> None:
        """Fail."""
        raise MemoryError


async def test_who_cannot_write_holds_up_nobody() -> None:
    """Broken, one connection's fault keeps what is for all others until they are answered."""
    clock, member = FakeClock(), Member()
    rounds = Rounds(clock)
    for _ in range(2):
        rounds.add(Faulty())
        rounds.add(member)
        clock.advance(1)
        await asyncio.sleep(0)
    assert member.flushed == 2


async def test_no_pause_is_longer_than_the_longest() -> None:
    """Broken, a message to ten thousand would keep everybody waiting for a third of a second."""
    clock, members = FakeClock(), [Member() for _ in range(10_000)]
    rounds = Rounds(clock)
    for member in members:
        rounds.add(member)
    await asyncio.sleep(0)
    rounds.add(members[0])
    clock.advance(LONGEST_PAUSE * 1.01)
    assert members[0].flushed == 2


async def test_an_answer_waits_for_no_round_and_overtakes_nothing() -> None:
    """Broken, a sender in a busy channel waits for its answers, or hears things out of order."""
    clock = FakeClock()
    client, server = memory_pair(timers=clock)
    server.join_rounds(Rounds(clock))
    heard: list[bytes] = []
    client._received = heard.append  # type: ignore[method-assign, assignment]

    async def turns() -> bytes:
        for _ in range(3):
            await asyncio.sleep(0)
        return b"".join(heard)

    assert server.offer(b"1")
    assert await turns() == b"1"
    assert server.offer(b"2")
    assert server.offer(b"3")
    assert await turns() == b"1", "it waits for its round"
    server.write(b"4")
    assert await turns() == b"1234"
    assert server.offer(b"5")
    clock.advance(1)
    assert await turns() == b"12345"
    client.abort()
    server.abort()
