"""What becomes dearer as things grow: a delivery with members, an append with the log.

An append is measured on the store alone, a batch after the other: 64 messages, committed to disk.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from typing import TYPE_CHECKING, Final

from bench import fanout
from bench.contenders import OURS, data_folder, rchat
from bench.filling import append_many, entries
from bench.machine import SERVER_CORE, pinned
from bench.table import Result, Unit
from rchat_server.core.records import ConversationRecord, IdentityRecord
from rchat_server.storage.sqlite import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.options import Options

MEMBERS: Final = (10, 2000)
MESSAGES: Final = 5_000_000
BATCH: Final = 64

_BATCHES: Final = 300
_IDENTITY: Final = "author"
_CONVERSATION: Final = "conversation"


def measure(options: Options) -> Iterator[Result]:
    """Measure both."""
    yield from _deliveries(options)
    if not options.in_memory:
        yield from _appends(options)


def _deliveries(options: Options) -> Iterator[Result]:
    sizes = (MEMBERS[0], options.sized(MEMBERS[1], 200))
    ours = rchat(in_memory=options.in_memory)
    runs: dict[int, list[fanout.Delivery]] = {size: [] for size in sizes}
    for _ in range(options.runs):
        for size in sizes:
            runs[size].append(fanout.run(ours, size, options.seconds))
    few, many = (runs[size] for size in sizes)
    yield Result(
        f"a delivery's cost with {sizes[1]:,} members, over that with {sizes[0]}",
        OURS,
        Unit.TIMES,
        tuple(after.cost / before.cost for before, after in zip(few, many, strict=True)),
        aim="1.3",
    )


def _appends(options: Options) -> Iterator[Result]:
    messages = options.sized(MESSAGES, MESSAGES // 50)
    with data_folder() as large, pinned(SERVER_CORE):
        asyncio.run(_prepare(large, messages))
        short: list[float] = []
        long: list[float] = []
        for turn in range(options.runs):
            with data_folder() as small:
                asyncio.run(_prepare(small, 0))
                short.append(asyncio.run(_median_append(small, turn, 0)))
            long.append(asyncio.run(_median_append(large, turn, messages)))
    for called, values in (("an empty log", short), (f"{messages:,} messages", long)):
        figure = f"append of {BATCH} messages to {called}, median"
        yield Result(figure, OURS, Unit.MILLISECONDS, tuple(values))
    ratios = tuple(after / before for before, after in zip(short, long, strict=True))
    figure = f"append to {messages:,} messages, over that to none"
    yield Result(figure, OURS, Unit.TIMES, ratios, aim="1.3")


async def _prepare(folder: Path, count: int) -> None:
    """Make a store with one author and one conversation, and so many entries in it."""
    async with open_store(folder) as store:
        store.put_identity(IdentityRecord(_IDENTITY, b"\0" * 32, "author", present=False, since=0))
        store.put_conversation(ConversationRecord(_CONVERSATION, "channel", "bench"))
        await store.settled()
        await append_many(store, _CONVERSATION, _IDENTITY, count)


async def _median_append(folder: Path, seed: int, least: int) -> float:
    """Return the median time of a batch, in ms, on a log of so many messages and a few more."""
    rng = random.Random(seed)  # noqa: S311 - ids, no secrets
    async with open_store(folder) as store:
        ((_, head),) = store.load().conversations
        assert head >= least, f"there are {head:,} messages"
        took = []
        for _ in range(_BATCHES):
            batch = entries(_IDENTITY, BATCH, rng)
            started = time.perf_counter()
            appended = await store.append(_CONVERSATION, batch)
            took.append(time.perf_counter() - started)
            assert all(each.fresh for each in appended)
    return statistics.median(took) * 1000
