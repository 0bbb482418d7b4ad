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


@pytest.mark.parametrize(
    ("scenario", "plant", "sentence"),
    [
        ("slow-readers", "hoard", "slow readers cost the server"),
        ("slow-loris", "no-deadline", "tcp, after setup: silent: was not closed"),
        ("connections", "open-door", "tcp: 300 were let stay, of 16"),
        ("connections-tls", "open-door", "tcps: 300 connections cost"),
        ("floods", "no-word-on-waiting", "messages: not told how long to wait"),
        ("neighbours", "leak", "MiB after the first part"),
    ],
)
def test_a_planted_fault_is_found(
    scenario: str, plant: str, sentence: str, tmp_path: Path, launcher: Launcher
) -> None:
    """A scenario that does not see what it is about would pass whatever becomes of the server."""
    outcome = play(scenario, SEED, tmp_path / "round", launcher, plant=plant)
    assert any(sentence in each for each in outcome.sentences), outcome.sentences
