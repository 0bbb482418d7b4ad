"""From a key to its character on the screen, while 10,000 messages a second arrive.

2,000 of them are for the open channel, the others for eight more that the app is in. Each key is a
character that is drawn nowhere else, and the line is emptied before one comes again; its time ends
with the frame that draws it. Keys come at a fast typist's pace, out of step with the frames.
"""

from __future__ import annotations

import itertools
import random
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.client.flood import Flood
from bench.client.frames import percentile
from bench.client.texts import place_of
from bench.client.town import town
from bench.contenders import OURS
from bench.machine import LOAD_CORE, SERVER_CORE, Moment, pinned
from bench.table import Result, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.client.town import Town
    from bench.client.window import Window
    from bench.options import Options

OPEN: Final = "open"
OPEN_RATE: Final = 2_000
OTHERS: Final = tuple(f"other{number}" for number in range(8))
OTHERS_RATE: Final = 8_000

KEYS: Final = "БГДЖЗИЙЛПФЦЧШЩЪЫЬЭЮЯ"
"""Drawn by nothing but the composer."""

_PAUSES: Final = (0.06, 0.14)
"""Seconds between two keys: 120 words a minute."""
_CLEAR: Final = "\x15"
_WARM_UP: Final = 2.0
_SECONDS: Final = 20


@dataclass(frozen=True, slots=True)
class Run:
    """One run."""

    quiet: list[float]
    """Milliseconds of each key before the flood."""
    flooded: list[float]
    """And during it."""
    behind: float
    """Seconds after the last message was sent at which it was on the screen."""
    late: float
    """Seconds that those who talk were behind their own clock at the most."""
    app: float
    """How full the app's core was, 0 to 1."""
    server: float
    """And that of everybody else."""


def run(place: Town, port: int, seconds: int) -> Run:
    """Measure once."""
    rates = {OPEN: float(OPEN_RATE)} | {name: OTHERS_RATE / len(OTHERS) for name in OTHERS}
    place.forget()
    place.come(port, [OPEN, *OTHERS])
    # What a person's terminal takes is not taken from the app: we stay off its core.
    with pinned(SERVER_CORE), place.app(port) as window:
        window.until_text(f"Message #{OPEN}")
        with Flood(port, rates, seconds + _WARM_UP) as flood:
            window.quiet(2)
            window.type("x")
            window.quiet()
            quiet = typed(window, min(seconds, 5.0))
            last = place_of(OPEN, int((seconds + _WARM_UP) * OPEN_RATE))
            window.watch(last)
            flood.begin()
            began = time.perf_counter()
            pause(window, _WARM_UP)
            before = Moment.now()
            flooded = typed(window, seconds - (time.perf_counter() - began) + _WARM_UP)
            after = Moment.now()
            shown = window.watched()
            said = flood.end()
            window.quiet(2)  # what was read is on the app's disk then
    heads = place.heads(port)
    assert said.sent == {name: int((seconds + _WARM_UP) * rate) for name, rate in rates.items()}
    assert heads == said.sent, f"the app has {heads} of {said.sent}"
    behind = shown.at - began - seconds - _WARM_UP
    app, server = (after.busy_since(before, core) for core in (LOAD_CORE, SERVER_CORE))
    return Run(quiet, flooded, behind, said.late, app, server)


def pause(window: Window, seconds: float) -> None:
    """Take what is drawn for so long."""
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        window.frame(left)


def typed(window: Window, seconds: float) -> list[float]:
    """Type for so long; return the milliseconds of each key."""
    rng = random.Random(0)  # noqa: S311 - the same pace in every run
    end = time.perf_counter() + seconds
    times: list[float] = []
    for key in itertools.cycle(KEYS):
        if time.perf_counter() > end:
            return times
        if key == KEYS[0]:
            window.type(_CLEAR)
            pause(window, 0.3)
        pressed = window.type(key)
        shown = window.until_text(key)
        times.append((shown.at - pressed) * 1000)
        pause(window, rng.uniform(*_PAUSES))
    raise AssertionError


def measure(options: Options) -> Iterator[Result]:
    """Measure ours, each run on a server of its own."""
    seconds = options.sized(_SECONDS, 4)
    runs: list[Run] = []
    for _ in range(options.runs):
        with town() as place, place.server() as server:
            runs.append(run(place, server.port, seconds))
    figure = f"key to screen at {OPEN_RATE:,} + {OTHERS_RATE:,} messages/s"
    full = f"the app's core {statistics.median(each.app for each in runs):.0%} full"
    for part, called, aim in ((0.5, "median", ""), (0.99, "99 %", "30 ms"), (1.0, "longest", "")):
        values = tuple(percentile(each.flooded, part) for each in runs)
        yield Result(f"{figure}, {called}", OURS, Unit.MILLISECONDS, values, aim=aim, note=full)
    quiet = tuple(percentile(each.quiet, 0.99) for each in runs)
    yield Result("key to screen in a quiet channel, 99 %", OURS, Unit.MILLISECONDS, quiet)
    behind = tuple(each.behind for each in runs)
    note = (
        f"the server's and the load's core {max(each.server for each in runs):.0%} full,"
        f" its messages {max(each.late for each in runs):.2f} s late at the most"
    )
    yield Result(f"{figure}: seconds until the last is seen", OURS, Unit.SECONDS, behind, note=note)
