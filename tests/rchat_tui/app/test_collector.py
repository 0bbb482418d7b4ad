"""Collecting garbage in small parts."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from rchat_tui.app.collector import ALL_EVERY, Collector

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Cycle:
    """What only a collection finds."""

    def __init__(self) -> None:
        self.itself = self


class _World:
    """A clock, and whether somebody is there."""

    now = 0.0
    alone = False


@pytest.fixture
def world() -> Iterator[_World]:
    """A collector at work, and what it asks."""
    world = _World()
    collector = Collector(lambda: world.now, lambda: world.alone)
    before = gc.get_threshold()
    collector.begin()
    yield world
    collector.end()
    assert gc.get_threshold() == before
    assert not gc.get_freeze_count()


def test_what_outlives_a_collection_is_not_looked_at_again(world: _World) -> None:
    """Otherwise each one takes longer than the one before, and keys wait a quarter of a second."""
    gc.collect()
    held = [[] for _ in range(10_000)]  # type: list[list[int]]
    gc.collect()
    assert len(gc.get_objects()) < len(held)
    assert not world.alone


def test_garbage_that_was_set_aside_is_found_when_nobody_is_there(world: _World) -> None:
    """Otherwise every screen that was ever opened stays in memory."""
    cycle = _Cycle()
    gone = weakref.ref(cycle)
    gc.collect()
    del cycle
    world.now = ALL_EVERY + 1
    gc.collect()
    assert gone() is not None, "somebody is there, and it would take long"
    world.alone = True
    gc.collect()
    assert gone() is None
