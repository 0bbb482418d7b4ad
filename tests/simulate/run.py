"""One run: a world by chance, some time of it, calm, and then what has to be so."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from simulate import knobs
from simulate.finale import Finale
from simulate.loop import START, SimulationError
from simulate.people import Person
from simulate.plan import chance, drawn
from simulate.presence import Presence
from simulate.promise import Promise
from simulate.terminals import Terminal
from simulate.trouble import Trouble
from simulate.tutorial import Tutorial
from simulate.world import Machine, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulate.plan import Plan

LONGEST: Final = 3_600.0
"""Virtual seconds after which a run is taken to hang."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a run."""

    seed: int
    failure: str
    """What was broken; empty where all is well."""
    events: list[tuple[float, str, object]] = field(repr=False)
    """When, who, and what: a text, or an event that he heard."""
    turns: int
    """Callbacks of the event loop."""
    seconds: float
    """Virtual time that it took."""
    said: int
    """Messages that somebody wanted to say."""
    stored: int
    """Messages in the logs at the end."""
    checks: int
    """Answers, markers and places that were found right."""

    @property
    def trace(self) -> list[str]:
        """What happened, a line for each thing."""
        return [f"{at - START:9.4f} {who:12} {_told(what)}" for at, who, what in self.events]


class _Faults(logging.Handler):
    """What the code under test logs as a fault of its own is one."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.ERROR)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        """Let the run fail."""
        said = record.getMessage()
        fault = SimulationError(f"a fault was logged: {said}")
        if record.exc_info is not None and record.exc_info[1] is not None:
            fault.__cause__ = record.exc_info[1]
        self._world.loop.fail(fault)


def run(seed: int, plan: Plan | None = None) -> Outcome:
    """Carry out the run of ``seed``."""
    gc.freeze()  # whatever there is now is no concern of this run's
    gc.disable()
    try:
        return _carried_out(seed, plan or drawn(chance(seed, "plan")))
    finally:
        gc.collect()  # and nothing of this run's world outlives it
        gc.enable()
        gc.unfreeze()


def _carried_out(seed: int, plan: Plan) -> Outcome:
    world = World(seed, plan)
    promise = Promise(world)
    failure = ""
    with _heard(world), knobs.turned(plan.knobs):
        try:
            world.loop.run(_play(world, promise), until=LONGEST)
        except SimulationError as error:
            failure = _described(error)
        finally:
            world.bury()
    return Outcome(
        seed,
        failure,
        world.trace,
        world.loop.turns,
        world.loop.now - START,
        len(promise.said),
        sum(map(len, world.image.logs.values())),
        promise.checks,
    )


@contextlib.contextmanager
def _heard(world: World) -> Iterator[None]:
    """Have the errors that the code under test logs go to the world alone."""
    handler = _Faults(world)
    loggers = [logging.getLogger(name) for name in ("rchat_server", "rchat_tui", "rchat_protocol")]
    before = [(logger, logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level, propagate in before:
            logger.removeHandler(handler)
            logger.propagate = propagate
            logger.setLevel(level)


async def _play(world: World, promise: Promise) -> None:
    world.note("world", f"seed {world.seed}: {world.plan}")
    world.start_server()
    presence = Presence(world)
    terminals = []
    for number, count in enumerate(world.plan.people):
        person = Person(f"p{number}", Machine(world.loop))
        terminals += [Terminal(world, promise, presence, person, of) for of in range(1, count + 1)]
    harness, loop = world.loop.harness, world.loop
    trouble = Trouble(world, terminals, presence)
    actors = [loop.spawn(harness, each.act(), name=each.name) for each in terminals]
    if world.plan.acting:
        actors += [loop.spawn(harness, each.act_on(), name=each.name) for each in terminals]
    tutorials = [
        Tutorial(world, promise, presence, number) for number in range(world.plan.tutorial)
    ]
    watch = loop.spawn(harness, presence.watch(terminals), name="presence")
    for terminal in terminals:
        terminal.start()
    for tutorial in tutorials:
        tutorial.start()
    troubles = loop.spawn(harness, trouble.make(), name="trouble")
    await asyncio.sleep(world.plan.seconds)
    world.calm = True
    await asyncio.wait([*actors, troubles])
    await trouble.heal()
    await Finale(world, promise, terminals, tutorials).play()
    watch.cancel()
    gc.collect()  # an exception that nobody asked for comes to light here
    await asyncio.sleep(0)


def _told(what: object) -> str:
    return what if isinstance(what, str) else f"hears {what}"


def _described(error: BaseException) -> str:
    lines = [str(error)]
    while (cause := error.__cause__) is not None:
        lines += traceback.format_exception(cause)
        error = cause
    return "\n".join(lines)
