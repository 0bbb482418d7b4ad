"""From the start of the app to its last conversation's messages, beside Textual's hello-world.

The cache holds 100,000 messages: 2,000 of each of 50 channels, which is the most that it keeps of
one, read from the server by a real run of the client. Both apps run in turns, so that what else the
machine does hits both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.client.texts import place_of
from bench.client.town import HELLO_TEXT, town
from bench.contenders import OURS
from bench.first_paint import first_paint
from bench.table import Result, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.options import Options

CHANNELS: Final = 50
EACH: Final = 2_000


def measure(options: Options) -> Iterator[Result]:
    """Measure both in turns."""
    channels = [f"room{number:02d}" for number in range(options.sized(CHANNELS, 5))]
    hello: list[float] = []
    rchat: list[float] = []
    with town() as place:
        with place.server() as server:
            port = server.port
            place.come(port, channels)
        place.fill(EACH)
        with place.server(port):
            place.come(port, channels, read=EACH)
            kept = place.kept(port)
            assert kept == EACH * len(channels), f"the cache holds {kept:,} messages"
            newest = place_of(channels[0], EACH).encode()
            for _ in range(options.runs + 1):
                hello.append(first_paint(place.hello, HELLO_TEXT.encode(), {}))
                rchat.append(first_paint(place.command(port), newest, place.environment))
    del hello[0], rchat[0]  # the first of each compiled the modules
    figure = f"start to the last conversation's messages, {kept:,} in the cache"
    yield Result(figure, OURS, Unit.MILLISECONDS, tuple(value * 1000 for value in rchat))
    yield Result(figure, "Textual", Unit.MILLISECONDS, tuple(value * 1000 for value in hello))
    ratios = tuple(ours / theirs for ours, theirs in zip(rchat, hello, strict=True))
    yield Result(f"{figure}, over hello-world's paint", OURS, Unit.TIMES, ratios, aim="1.5")
