"""Rounds in processes of their own, a few at a time."""

from __future__ import annotations

import atexit
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TYPE_CHECKING

from stress.rounds import Outcome, play
from stress.server import Launcher

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from stress.setting import Size

_launchers: list[Launcher] = []
"""This process's, once it is ready: pools hand their workers nothing that cannot be copied."""


def play_all(
    rounds: Sequence[tuple[str, int]], folder: Path, *, jobs: int, size: Size
) -> Iterator[Outcome]:
    """Play rounds, given as scenario and seed; yield their outcomes as they come.

    Args:
        rounds: What to play.
        folder: Where each has a folder of its own.
        jobs: How many at a time.
        size: How much is done.
    """
    # Not forked: each worker has a launcher of its own, and forks are that one's business.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin) as pool:
        waiting = [
            pool.submit(_play, name, seed, folder / f"{name}-{seed}", size=size)
            for name, seed in rounds
        ]
        for future in as_completed(waiting):
            yield future.result()


def _begin() -> None:
    launcher = Launcher()
    _launchers.append(launcher)
    atexit.register(launcher.close)


def _play(name: str, seed: int, folder: Path, *, size: Size) -> Outcome:
    return play(name, seed, folder, _launchers[0], size=size)
