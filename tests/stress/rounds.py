"""One round from its name and seed to its outcome."""

from __future__ import annotations

import asyncio
import shutil
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from stress.arena import Arena
from stress.scenarios import SCENARIOS
from stress.verdict import Tally

if TYPE_CHECKING:
    from pathlib import Path

    from stress.server import Launcher

PATIENCE: Final = 60.0
"""Seconds after which a round is taken for one that hangs; with the product's own deadlines three
times as many."""


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
    scenario: str, seed: int, folder: Path, launcher: Launcher, *, hasty: bool = True
) -> Outcome:
    """Play a round.

    Args:
        scenario: Its name.
        seed: What is drawn from it is the same each time.
        folder: The round's own; it stays behind where something went wrong.
        launcher: Starts processes.
        hasty: Whether deadlines are short, so that a round lasts a second or two.
    """
    outcome = Outcome(scenario, seed)
    began = time.monotonic()
    folder.mkdir(parents=True)
    try:
        asyncio.run(_play(outcome, folder, launcher, hasty=hasty))
    except Exception:  # noqa: BLE001 - whatever it is, the round has failed, and says so
        outcome.sentences.append(traceback.format_exc())
    outcome.seconds = time.monotonic() - began
    if outcome.good:
        shutil.rmtree(folder)
    else:
        (folder / "outcome.txt").write_text("\n".join(outcome.sentences))
    return outcome


async def _play(outcome: Outcome, folder: Path, launcher: Launcher, *, hasty: bool) -> None:
    scenario = SCENARIOS[outcome.scenario]
    arena = Arena(
        outcome.scenario,
        outcome.seed,
        folder=folder,
        launcher=launcher,
        setting=scenario.setting,
        hasty=hasty,
    )
    try:
        async with asyncio.timeout(PATIENCE if hasty else 3 * PATIENCE), arena:
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
