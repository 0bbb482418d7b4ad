"""Runs the state machine of people against a watched server."""

from __future__ import annotations

import asyncio
import tempfile
import time
import traceback
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from fuzz.campaign import Outcome
from fuzz.findings import Broken, Finding
from fuzz.people_machine import PeopleMachine
from fuzz.stall import Control
from fuzz.watched import WatchedServer
from rchat_tui.client.address import ServerAddress

if TYPE_CHECKING:
    from collections.abc import Sequence

_STEPS = 50
"""Of one example: Hypothesis takes fewer for most."""

_AT_LEAST = 20
"""Requests that an example makes, on the average, as was seen."""


def run(number: int, inputs: int, options: Sequence[str] = (), *, plant: str = "") -> Outcome:
    """Let people do as many things as ``inputs``, or a few more.

    Args:
        number: The seed.
        inputs: Requests.
        options: Of the server.
        plant: A fault to be found.
    """
    outcome = Outcome("people")
    began = time.monotonic()
    loop = asyncio.new_event_loop()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="rchat-fuzz-") as data,
            WatchedServer(("--data", data, *options), plant=plant) as server,
            Control() as control,
        ):
            _play(server, loop, outcome, number=number, inputs=inputs)
            _look(server, control, outcome, number)
    finally:
        loop.close()
    outcome.seconds = time.monotonic() - began
    return outcome


def _play(
    server: WatchedServer,
    loop: asyncio.AbstractEventLoop,
    outcome: Outcome,
    *,
    number: int,
    inputs: int,
) -> None:
    where = server.address
    path = where.path if where.scheme == "ws" else ""
    url = f"{where.scheme}://{where.host}:{where.port}{path}"

    class People(PeopleMachine):
        """Against this server."""

    People.address, People.loop, People.steps = ServerAddress.parse(url), loop, 0
    chosen = settings(
        max_examples=max(1, inputs // _AT_LEAST),
        stateful_step_count=_STEPS,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    try:
        run_state_machine_as_test(seed(number)(People), settings=chosen)
    except Exception:  # noqa: BLE001 - that is what is looked for
        what = traceback.format_exc()[-4000:]
        outcome.findings.append(Finding("people", number, what))
    outcome.inputs = People.steps


def _look(server: WatchedServer, control: Control, outcome: Outcome, number: int) -> None:
    """See that the server is well; whether its loop stood still is for the other parts to judge."""
    try:
        standing = server.ask()
    except Broken as broken:
        outcome.findings.append(Finding("people", number, str(broken)))
        return
    for stall in standing.stalls:
        outcome.lag = max(outcome.lag, stall.seconds)
        outcome.stall = max(outcome.stall, stall.own(control.stolen(stall)))
    for fault in standing.faults[:1]:
        outcome.findings.append(Finding("people", number, f"the server logged a fault:\n{fault}"))
