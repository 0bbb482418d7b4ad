"""What the app costs while nothing happens: a quiet channel, the composer with the focus.

Timers, the cursor that blinks, keepalives and the look at the outbox once a second all count.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from bench.client.texts import place_of
from bench.client.town import HELLO_TEXT, town
from bench.client.window import Window
from bench.contenders import OURS
from bench.table import Result, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.options import Options

MESSAGES: Final = 200
SECONDS: Final = 20
"""Some keepalives long."""

_SETTLED: Final = 3.0
"""Seconds after the start in which it still imports and reads."""


def share(window: Window, seconds: float) -> float:
    """Return the percents of a core that a program uses for so long."""
    window.quiet(_SETTLED)
    before, started = window.processor_seconds, time.perf_counter()
    while (left := started + seconds - time.perf_counter()) > 0:
        window.frame(left)
    used = window.processor_seconds - before
    return 100 * used / (time.perf_counter() - started)


def measure(options: Options) -> Iterator[Result]:
    """Measure both in turns."""
    seconds = options.sized(SECONDS, 5)
    hello: list[float] = []
    rchat: list[float] = []
    with town() as place:
        with place.server() as server:
            port = server.port
            place.come(port, ["quiet"])
        place.fill(MESSAGES)
        with place.server(port):
            for _ in range(options.runs):
                with place.app(port) as window:
                    window.until_text(place_of("quiet", MESSAGES))
                    rchat.append(share(window, seconds))
                with Window(place.hello, place.environment) as window:
                    window.until_text(HELLO_TEXT)
                    hello.append(share(window, seconds))
    figure = "idle in a quiet channel: share of a core"
    yield Result(figure, OURS, Unit.PERCENT, tuple(rchat), aim="under 0.5 %")
    yield Result(figure, "Textual", Unit.PERCENT, tuple(hello))
