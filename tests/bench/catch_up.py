"""Catching up from the log: one session, 1,000,000 messages behind, reads them all.

The log is filled beforehand through the store, with no server. The clock runs from the request for
events to the last message; every number is looked at. The server's memory is the peak of what is
resident while it feeds, less what was resident before the request.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bench.contenders import OURS, data_folder, rchat_server
from bench.filling import fill
from bench.guests import MOST, Follower, come, post, return_steps
from bench.load import Load
from bench.machine import LOAD_CORE, Moment, forget_peak, pinned, resident
from bench.table import Result, Unit
from bench.wires import MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.guests import Cursor
    from bench.options import Options


def run(folder: Path, token: str, cursor: Cursor, behind: int) -> tuple[float, float, float]:
    """Measure once; return messages a second, MB that the server grew, and the load's core."""
    with rchat_server(str(folder)) as server, pinned(LOAD_CORE), Load() as load:
        line = load.connect(server.port, "behind", Follower)
        line.follow(cursor.seq)
        log_in, listen = return_steps(token, cursor, b'"type":"state"')
        load.arrive([(line, [log_in])], MARKER)
        load.quiet()
        forget_peak(server.pid)
        resident_before, before = resident(server.pid), Moment.now()
        load.arrive([(line, [listen])], MARKER)
        load.until(lambda: line.followed >= behind)
        after = Moment.now()
        grown = resident(server.pid, "VmHWM") - resident_before
        load.quiet()
        assert line.followed == behind, line.followed
    seconds = after.seconds - before.seconds
    return behind / seconds, grown * 1024 / 1e6, after.busy_since(before, LOAD_CORE)


def measure(options: Options) -> Iterator[Result]:
    """Measure ours."""
    behind = options.sized(MOST, MOST // 20)
    figure = f"catching up, {behind:,} messages behind"
    if options.in_memory:
        yield Result(figure, OURS, Unit.PER_SECOND, (), note="needs the disk")
        return
    with data_folder() as folder:
        token, cursor = _prepare(folder)
        asyncio.run(fill(folder, cursor.conversation, behind))
        runs = [run(folder, token, cursor, behind) for _ in range(options.runs)]
    load = tuple(full for *_, full in runs)
    rates, grown = (tuple(each[part] for each in runs) for part in (0, 1))
    yield Result(figure, OURS, Unit.PER_SECOND, rates, aim="100 k/s", load=load)
    yield Result(f"{figure}, what the server grows by", OURS, Unit.MB, grown, aim="20 MB")


def _prepare(folder: Path) -> tuple[str, Cursor]:
    """Let one come and join, and note where he stands."""
    with rchat_server(str(folder)) as server, pinned(LOAD_CORE), Load() as load:
        (token,) = come(load, server, 1)
        cursor = post(load, server, "before", 1)
        server.stop()
    return token, cursor
