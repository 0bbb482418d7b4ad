"""2,000 clients that all come back at once after a restart, each 50 messages behind in one channel.

They came, joined, and heard everything up to some message; then they lost their connections, 50
messages were posted, and the server was stopped and started again. The clock runs from when it
says that it listens: all dial at that moment, log in with their tokens, ask for what they missed,
and are back when they are told that they are live. Afterwards each is seen to have got every
number, in order, once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from bench.contenders import OURS, data_folder, rchat_server
from bench.guests import Keeper, come, post, return_steps
from bench.load import Load
from bench.machine import LOAD_CORE, Moment, pinned
from bench.table import Result, Unit
from bench.wires import EVENTS_STREAM, LIVE, MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.guests import Cursor
    from bench.options import Options

CLIENTS: Final = 2000
BEHIND: Final = 50


def run(clients: int) -> tuple[float, float]:
    """Measure once; return the seconds, and how full the load's core was."""
    with data_folder() as folder:
        tokens, cursor, port = _prepare(folder, clients)
        with rchat_server(str(folder), port) as server, pinned(LOAD_CORE), Load() as load:
            before = Moment.now()
            keepers = [load.connect(server.port, f"g{number}", Keeper) for number in range(clients)]
            load.arrive(
                (
                    (keeper, return_steps(token, cursor, LIVE))
                    for keeper, token in zip(keepers, tokens, strict=True)
                ),
                MARKER,
                at_once=clients,
            )
            after = Moment.now()
            load.quiet()
        for keeper in keepers:
            _check(keeper, cursor)
    return after.seconds - before.seconds, after.busy_since(before, LOAD_CORE)


def measure(options: Options) -> Iterator[Result]:
    """Measure ours; a server that keeps nothing has nothing to come back to."""
    clients = options.sized(CLIENTS, 200)
    figure = f"{clients:,} clients come back at once after a restart, each {BEHIND} messages behind"
    if options.in_memory:
        yield Result(figure, OURS, Unit.SECONDS, (), note="needs the disk")
        return
    runs = [run(clients) for _ in range(options.runs)]
    yield Result(
        figure,
        OURS,
        Unit.SECONDS,
        tuple(seconds for seconds, _ in runs),
        aim="5 s",
        load=tuple(full for _, full in runs),
    )


def _prepare(folder: Path, clients: int) -> tuple[list[str], Cursor, int]:
    """Let everybody come and go, post what they miss, and stop the server."""
    with rchat_server(str(folder)) as server, pinned(LOAD_CORE), Load() as load:
        tokens = come(load, server, clients)
        cursor = post(load, server, "before", 1)
        missed = post(load, server, "after", BEHIND)
        assert missed.seq == cursor.seq + BEHIND
        server.stop()
        return tokens, cursor, server.port


def _check(keeper: Keeper, cursor: Cursor) -> None:
    """See that everything that was missed came, in order, once."""
    items = [json.loads(item) for item in keeper.items(EVENTS_STREAM)]
    assert items[0]["type"] == "state", items[0]
    assert items[0]["resumed"], items[0]
    numbers = [item["seq"] for item in items if item["type"] == "message"]
    expected = list(range(cursor.seq + 1, cursor.seq + 1 + BEHIND))
    assert numbers == expected, f"{keeper.name}: {numbers}"
