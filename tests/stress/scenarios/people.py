"""One person, twice: the same message from two connections; two terminals that read."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from stress.ledger import Ack, Sent
from stress.line import LineLost, Refused
from stress.proxy import Fate
from stress.scenarios import crowd
from stress.writer import Answer, Work, filled, request_of

if TYPE_CHECKING:
    import random

    from stress.arena import Arena
    from stress.chatter import Chatter
    from stress.member import Member
    from stress.proxy import Proxy


async def same_id(arena: Arena) -> None:
    """Every message is sent from two connections of one person at once, over restarts and cuts."""
    rng = arena.rng
    places = [("tea", "coffee", "@bob")[rng.randrange(3)] for _ in range(60)]
    restarts = [
        (rng.random(), rng.choice((signal.SIGKILL, signal.SIGTERM)))
        for _ in range(rng.randint(0, 2))
    ]
    cuts = [rng.uniform(0, 0.1) for _ in range(rng.randint(0, 6))]
    proxy = await arena.proxy()
    ann, twin = await _twins(arena, proxy)
    arena.member("bob", channels=crowd.ROOMS)
    arena.chatter("user", channels=crowd.ROOMS)
    await arena.everybody()
    # Sixty at once: none waits for another.
    arena.ledger.unordered.add("ann")
    messages = [_message(arena, rng, place) for place in places]
    sending = asyncio.gather(
        *(_send(arena, who, sent, rng.uniform(0, 0.2)) for sent in messages for who in (ann, twin))
    )
    cutting = asyncio.gather(*(_cut_after(proxy, wait) for wait in cuts))
    for share, how in sorted(restarts):
        await arena.until_acknowledged(share * len(messages))
        await arena.restart(how)
    await sending
    await cutting
    # Later, and said to go elsewhere with another text: it is the same message all the same.
    for sent in rng.sample(messages, 10):
        other = replace(sent, place=rng.choice(crowd.ROOMS), content="another text")
        await _send(arena, rng.choice((ann, twin)), sent, 0.0, data=request_of(other))
    arena.ledger.faults["sent twice"] += len(messages)
    arena.ledger.faults["cuts"] += proxy.cut


async def two_sessions(arena: Arena) -> None:
    """Two terminals of one person: both get everything, and agree how far he has read."""
    rng = arena.rng
    kill = rng.choice((None, signal.SIGTERM, signal.SIGKILL))
    share = rng.random()
    ours = rng.random() < 0.5
    proxy = await arena.proxy(lambda number: Fate(cut_down=5000) if number % 3 == 2 else Fate())
    arena.grow_impatient()
    ann, twin = await (_twins if ours else _terminals)(arena, proxy)
    bob = arena.member("bob", channels=crowd.ROOMS)
    await arena.everybody()
    works = [(bob, "tea", 80), (bob, "@ann", 40), (ann, "tea", 40), (twin, "coffee", 40)]
    for person, place, count in works:
        arena.write(person, Work(place, count, 1, 0.005))
    marks: dict[str, int] = {}
    reading = [
        asyncio.create_task(_read_on(each, arena.rng_of(f"reads of {each.label}"), marks))
        for each in (ann, twin)
    ]
    if kill is not None:
        await arena.until_acknowledged(share * 200)
        await arena.restart(kill)
    await arena.all_said()
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)
    arena.ledger.faults["markers"] += len(marks)
    arena.ledger.faults["cuts"] += proxy.cut
    # What is acknowledged goes to the disk with the next commit: after `kill -9` it may be less.
    await _agree(arena, ann, twin, {} if kill is signal.SIGKILL else marks)
    # All of one channel is read on one terminal, and the server ends in good order.
    (tea,) = (id_ for id_, stream in bob.streams.items() if stream.name == "tea")
    await ann.mark_read(tea, bob.streams[tea].last)
    await arena.restart(signal.SIGTERM)
    await arena.everybody()
    await _agree(arena, ann, twin, {tea: bob.streams[tea].last})


async def _agree(
    arena: Arena, one: Member | Chatter, other: Member | Chatter, said: dict[str, int]
) -> None:
    """See that two terminals were told the same, and not less than was acknowledged."""

    def agreed() -> bool:
        return one.reads == other.reads and all(one.reads[id_] >= said[id_] for id_ in said)

    try:
        async with asyncio.timeout(5):
            await arena.ledger.until(agreed)
    except TimeoutError:
        told = f"{one.reads} and {other.reads}, {said} was acknowledged"
        arena.ledger.problem(f"two terminals were told to have read {told}")


async def _twins(arena: Arena, proxy: Proxy) -> tuple[Member, Member]:
    """Let a person come in over two connections of ours."""
    ann = arena.member("ann", via=proxy, label="ann/1", channels=crowd.ROOMS)
    await ann.up()
    token = ann.token.rpartition(".")[2]
    twin = arena.member("ann", via=proxy, label="ann/2", channels=crowd.ROOMS, token=token)
    await twin.up()
    return ann, twin


async def _terminals(arena: Arena, proxy: Proxy) -> tuple[Chatter, Chatter]:
    """Let a person come in with two of the product's clients, which share what is on disk."""
    one = arena.chatter(
        "ann", via=proxy, label="ann/1", channels=crowd.ROOMS, client=arena.store("ann")
    )
    await one.here()
    other = arena.chatter(
        "ann", via=proxy, label="ann/2", channels=crowd.ROOMS, client=arena.store("ann")
    )
    await other.here()
    return one, other


def _message(arena: Arena, rng: random.Random, place: str) -> Sent:
    content = filled(rng, Work(place, 1, largest=2000), "ann")
    return arena.ledger.write("ann", place, content, f"{rng.getrandbits(96):024x}")


async def _send(
    arena: Arena, member: Member, sent: Sent, wait: float, *, data: bytes | None = None
) -> None:
    """Send a message until it is acknowledged."""
    await asyncio.sleep(wait)
    while True:
        line = await member.up()
        try:
            reply = msgspec.json.decode(
                await line.request("message", data or request_of(sent)), type=Answer
            )
        except LineLost:
            await line.ended.wait()
            await asyncio.sleep(0)
        except Refused as refused:
            if refused.retry is False:
                raise
            await asyncio.sleep(min(0.05, refused.retry))
        else:
            ack = Ack(reply.conversation, reply.epoch, reply.seq, reply.id, reply.at)
            arena.ledger.acked(sent, ack)
            return


async def _cut_after(proxy: Proxy, wait: float) -> None:
    await asyncio.sleep(wait)
    proxy.cut_all()


async def _read_on(member: Member | Chatter, rng: random.Random, marks: dict[str, int]) -> None:
    """Mark as read what was heard, now here and now there; keep what was acknowledged."""
    while True:
        await asyncio.sleep(rng.uniform(0, 0.02))
        if not member.streams:
            continue
        conversation = rng.choice(sorted(member.streams))
        seq = rng.randint(0, member.streams[conversation].last)
        await member.mark_read(conversation, seq)
        marks[conversation] = max(seq, marks.get(conversation, 0))
