from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from stress.scenarios import SCENARIOS

if sys.platform != "linux":
    pytest.skip("limits and figures of processes are Linux's", allow_module_level=True)

from stress.rounds import play
from stress.server import Launcher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEED = 1


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    """Start processes quickly, for all rounds of this module."""
    launcher = Launcher()
    yield launcher
    launcher.close()


@pytest.mark.parametrize("scenario", list(SCENARIOS))
def test_a_round(scenario: str, tmp_path: Path, launcher: Launcher) -> None:
    """What was acknowledged has to be there, once and in order, whatever is done in the round."""
    outcome = play(scenario, SEED, tmp_path / "round", launcher)
    assert outcome.good, outcome.sentences
    assert outcome.tally.acknowledged > 50
    assert any(outcome.faults.values()), "nothing was done to anybody"
