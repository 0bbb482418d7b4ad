"""A channel that is open while 100,000 messages arrive in it: what that costs, and moving in it.

Memory is what the app has resident after the last of them is on the screen, less what it had idle
in the empty channel. Moving is timed from the key, or from the change of size, to the frame that
shows what is meant: a message above for a page, the channel's very first one for the oldest, and
the newest one at the new width for a resize.
"""

from __future__ import annotations

import re
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.client.flood import Flood
from bench.client.texts import place_of
from bench.client.town import town
from bench.contenders import OURS
from bench.table import Result, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.client.frames import Frame
    from bench.client.town import Town
    from bench.client.window import Window
    from bench.options import Options

MESSAGES: Final = 100_000
PER_SECOND: Final = 4_000
PAGES: Final = 20
CHANNEL: Final = "long"

_PAGE_UP, _OLDEST, _NEWEST = "\x1b[5~", "\x1b[1;3H", "\x1b[1;3F"
_VAIN: Final = 120.0
_SIZE, _OTHER_SIZE = (120, 40), (100, 36)
_PLACE: Final = re.compile(CHANNEL.encode() + rb"-(\d{7})")


@dataclass(frozen=True, slots=True)
class Run:
    """One run's figures: MB, and milliseconds."""

    memory: float
    page: float
    oldest: float
    resize: float


def run(place: Town, port: int, messages: int) -> Run:
    """Measure once."""
    place.forget()
    place.come(port, [CHANNEL])
    with place.app(port) as window:
        window.until_text(f"Message #{CHANNEL}")
        window.quiet(2)
        with Flood(port, {CHANNEL: PER_SECOND}, messages / PER_SECOND) as flood:
            window.quiet(1)
            idle = window.memory
            flood.begin()
            window.until_text(place_of(CHANNEL, messages), 60 + messages / 500)
            flood.end()
        window.quiet(2)
        memory = window.memory - idle
        return Run(memory, pages(window), *far(window, messages))


def numbers(frame: Frame) -> list[int]:
    """Return the numbers of the messages that a frame draws."""
    return [int(each) for each in _PLACE.findall(frame.data)]


def above(window: Window, number: int) -> Frame:
    """Return the first frame with a message before ``number``."""
    return window.until(lambda frame: min(numbers(frame), default=number) < number)


def pages(window: Window) -> float:
    """Scroll up page by page; return the median."""
    times = []
    top: int = 10**7
    for _ in range(PAGES):
        pressed = window.type(_PAGE_UP)
        shown = above(window, top)
        top = min(numbers(shown))
        times.append((shown.at - pressed) * 1000)
        window.quiet(0.2)
    return statistics.median(times)


def far(window: Window, messages: int) -> tuple[float, float]:
    """Go to the oldest message, then back to the newest, and resize there."""
    oldest = to_oldest(window)
    window.quiet()
    window.type(_NEWEST)
    window.until_text(place_of(CHANNEL, messages))
    window.quiet()
    times = []
    for size in (_OTHER_SIZE, _SIZE) * 3:
        resized = window.resize(*size)
        drawn = window.until_text(place_of(CHANNEL, messages))
        times.append((drawn.at - resized) * 1000)
        window.quiet()
    return oldest, statistics.median(times)


def to_oldest(window: Window) -> float:
    """Press the key for the oldest until the very first message is seen; return how long it took.

    Again whenever nothing else was drawn for a while, as a person does.
    """
    window.watch(place_of(CHANNEL, 1))
    began = time.perf_counter()
    while (shown := window.found) is None:
        if time.perf_counter() - began > _VAIN:
            raise TimeoutError(f"the first message is not seen in {_VAIN:g} s")
        window.type(_OLDEST)
        window.quiet(0.1)
    return (shown.at - began) * 1000


def measure(options: Options) -> Iterator[Result]:
    """Measure ours, each run on a server of its own."""
    messages = options.sized(MESSAGES, 5_000)
    runs: list[Run] = []
    for _ in range(options.runs):
        with town() as place, place.server() as server:
            runs.append(run(place, server.port, messages))
    figure = f"{messages:,} messages in one open channel"
    rows = (
        ("memory above the idle app", Unit.MB, "60 MB", [each.memory for each in runs]),
        ("scroll a page", Unit.MILLISECONDS, "16 ms", [each.page for each in runs]),
        ("jump to the oldest", Unit.MILLISECONDS, "100 ms", [each.oldest for each in runs]),
        ("frame after a resize", Unit.MILLISECONDS, "100 ms", [each.resize for each in runs]),
    )
    for called, unit, aim, values in rows:
        yield Result(f"{figure}: {called}", OURS, unit, tuple(values), aim=aim)
