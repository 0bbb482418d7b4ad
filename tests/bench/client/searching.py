"""Searching 1,000,000 messages of 20 channels from the client.

One word stands in one message of each channel, the other in every message. The index of words is
whole before the first search. What is measured is `ChatClient.search`: the request, the search on
the server, the answer with the messages, over a socket.
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING, Final

from bench.client.town import USER, town
from bench.contenders import OURS
from bench.table import Result, Unit
from rchat_tui.client import ChatClient, SearchRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.client.town import Town
    from bench.options import Options

MESSAGES: Final = 1_000_000
CHANNELS: Final = 20
SEARCHES: Final = 100
"""Of one run: the figure is their 95th percentile."""

_PATIENCE: Final = 600.0
"""Seconds that indexing may take."""


async def _search(url: str, each: int, runs: int) -> tuple[list[float], list[float]]:
    """Return the 95th percentiles of runs, in milliseconds: the rare word, the common one."""
    rng = random.Random(1)  # noqa: S311 - the same words in each run
    rare: list[float] = []
    common: list[float] = []
    async with ChatClient(url, user=USER) as chat:
        for name in _channels():
            await chat.join(name)
        await _indexed(chat)
        for _ in range(runs):
            words = [f"{rng.randrange(1, each):07d}" for _ in range(SEARCHES)]
            rare.append(await _percentile(chat, words, found=CHANNELS))
            common.append(await _percentile(chat, ["fox"] * SEARCHES, found=20))
    return rare, common


async def _percentile(chat: ChatClient, words: list[str], *, found: int) -> float:
    times = []
    for word in words:
        begun = time.perf_counter()
        reply = await chat.search(SearchRequest([word]))
        times.append((time.perf_counter() - begun) * 1000)
        assert len(reply.hits) == found, f"{word}: {len(reply.hits)} found"
    return sorted(times)[int(len(times) * 0.95)]


async def _indexed(chat: ChatClient) -> None:
    until = time.monotonic() + _PATIENCE
    while not (await chat.search(SearchRequest(["nowhere"]))).complete:
        assert time.monotonic() < until, "the index does not get done"
        await asyncio.sleep(1)


def _channels() -> list[str]:
    return [f"room{number:02d}" for number in range(CHANNELS)]


def measure(options: Options) -> Iterator[Result]:
    """Measure ours."""
    messages = options.sized(MESSAGES, MESSAGES // 50)
    each = messages // CHANNELS
    with town() as place:
        _fill(place, each)
        with place.server() as server:
            url = f"tcp://127.0.0.1:{server.port}"
            rare, common = asyncio.run(_search(url, each, options.runs))
    figure = f"search {messages:,} messages, 95th percentile of {SEARCHES}"
    aim = "100 ms"
    yield Result(f"{figure}: a rare word", OURS, Unit.MILLISECONDS, tuple(rare), aim=aim)
    yield Result(f"{figure}: a word of every message", OURS, Unit.MILLISECONDS, tuple(common))


def _fill(place: Town, each: int) -> None:
    with place.server() as server:
        place.come(server.port, _channels())
    place.fill(each)
