"""Who talks in most scenarios: a few people, two channels, a private conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stress.writer import Work

if TYPE_CHECKING:
    from stress.arena import Arena
    from stress.chatter import Chatter
    from stress.member import Member
    from stress.proxy import Proxy

ROOMS = ("tea", "coffee")


async def gather(
    arena: Arena,
    *,
    via: Proxy | None = None,
    messages: int = 300,
    chatters: int = 2,
    client: dict[str, Any] | None = None,
) -> int:
    """Bring people in and let them talk; return how many messages there will be.

    Args:
        arena: The round.
        via: The line that they all come over.
        messages: About how many there are to be.
        chatters: How many of them use the product's client.
        client: Further arguments of that.
    """
    rng = arena.rng
    alice = arena.member("alice", via=via, channels=ROOMS)
    bob = arena.member("bob", via=via, channels=ROOMS[:1])
    carol = arena.member("carol", via=via, channels=ROOMS)
    arena.member("listener", via=via, channels=ROOMS)
    # Each other one with an outbox on disk.
    odd = rng.randrange(2)
    users = [
        arena.chatter(
            f"chatter{number}",
            via=via,
            channels=ROOMS,
            client={**(client or {}), **(arena.store(f"{number}") if number % 2 == odd else {})},
        )
        for number in range(chatters)
    ]
    await arena.everybody()
    share = messages // 5
    works: list[tuple[Member | Chatter, Work]] = [
        (alice, Work("tea", share, rng.randint(1, 32), rng.choice((0.0, 0.002)))),
        (bob, Work("tea", share, 1, rng.choice((0.0, 0.002)), largest=14_000)),
        (carol, Work("coffee", share, rng.randint(1, 8))),
        (alice, Work("@carol", share // 2, 1)),
        (carol, Work("@alice", share // 2, rng.randint(1, 4))),
    ]
    works += [(user, Work("coffee", share // 2, pause=0.002)) for user in users]
    for person, work in works:
        arena.write(person, work)
    return sum(work.count for _, work in works)
