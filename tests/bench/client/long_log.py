"""Opening a channel whose log on the server has 1,000,000 messages, at its end.

The app is new to the channel and holds nothing of it. From Enter after ``/join`` to the frame with
the newest message: what the server commits, reads and sends in between is in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.client.texts import place_of
from bench.client.town import town
from bench.contenders import OURS
from bench.table import Result, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.client.town import Town
    from bench.options import Options

MESSAGES: Final = 1_000_000


def run(place: Town, port: int, messages: int) -> float:
    """Measure once; return the milliseconds."""
    place.forget()
    with place.app(port) as window:
        window.until_text("You are in no channel yet.")  # it is online
        window.quiet()
        window.type("/join long")
        window.quiet()
        entered = window.type("\r")
        shown = window.until_text(place_of("long", messages))
    return (shown.at - entered) * 1000


def measure(options: Options) -> Iterator[Result]:
    """Measure ours."""
    messages = options.sized(MESSAGES, MESSAGES // 50)
    with town() as place:
        with place.server() as server:
            port = server.port
            place.come(port, ["long"])
        place.fill(messages)
        with place.server(port):
            times = tuple(run(place, port, messages) for _ in range(options.runs))
    figure = f"open a channel of {messages:,} messages at its end"
    yield Result(figure, OURS, Unit.MILLISECONDS, times, aim="200 ms")
