"""One round from its name and seed to its outcome."""

from __future__ import annotations

import asyncio
import shutil
import time
import traceback
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from stress.arena import Arena
from stress.scenarios import SCENARIOS
from stress.setting import Size
from stress.verdict import Tally

if TYPE_CHECKING:
    from pathlib import Path

    from stress.server import Launcher

PATIENCE: Final = 60.0
"""Seconds after which a round is taken for one that hangs; with the product's own deadlines three
times as many, and at full size ten times, beside its minutes."""


@dataclass(slots=True)
class Outcome:
    """What came of a round."""

    scenario: str
    seed: int
    tally: Tally = field(default_factory=Tally)
    sentences: list[str] = field(default_factory=list)
    """What went wrong; nothing, in a good round."""
    faults: dict[str, int] = field(default_factory=dict)
    """What was done, and what came of it."""
    figures: dict[str, float] = field(default_factory=dict)
    """What was measured by the way."""
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether nothing went wrong."""
        return not self.sentences and self.tally.clean


def play(
    scenario: str,
    seed: int,
    folder: Path,
    launcher: Launcher,
    *,
    size: Size | None = None,
    plant: str = "",
) -> Outcome:
    """Play a round.

    Args:
        scenario: Its name.
        seed: What is drawn from it is the same each time.
        folder: The round's own; it stays behind where something went wrong.
        launcher: Starts processes.
        size: How much is done; by default so little that a round lasts a few seconds.
        plant: A fault to put into the server, which is to be found.
    """
    outcome = Outcome(scenario, seed)
    began = time.monotonic()
    folder.mkdir(parents=True)
    try:
        asyncio.run(_play(outcome, folder, launcher, size or Size(), plant))
    except Exception:  # noqa: BLE001 - whatever it is, the round has failed, and says so
        outcome.sentences.append(traceback.format_exc())
    outcome.seconds = time.monotonic() - began
    if outcome.good:
        shutil.rmtree(folder)
    else:
        (folder / "outcome.txt").write_text("\n".join(outcome.sentences))
    return outcome


def _patience(size: Size) -> float:
    if size.full:
        return 10 * PATIENCE + 60 * size.minutes
    return PATIENCE if size.hasty else 3 * PATIENCE


async def _play(outcome: Outcome, folder: Path, launcher: Launcher, size: Size, plant: str) -> None:
    scenario = SCENARIOS[outcome.scenario]
    arena = Arena(
        outcome.scenario,
        outcome.seed,
        folder=folder,
        launcher=launcher,
        setting=replace(scenario.setting, plant=plant),
        size=size,
    )
    try:
        async with asyncio.timeout(_patience(size)), arena:
            await scenario.run(arena)
            await arena.finish()
    except Exception:
        # What has been seen so far tells more than where the round hung.
        outcome.sentences += arena.ledger.problems
        raise
    finally:
        outcome.faults = dict(arena.ledger.faults)
        outcome.figures = dict(arena.ledger.figures)
        (folder / "server.log").write_text(arena.server.log)
    outcome.tally = arena.verdict.tally
    outcome.sentences += arena.verdict.sentences
