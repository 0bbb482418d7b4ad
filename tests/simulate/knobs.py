"""Numbers of the code under test that are others in some runs, to get beyond what is usual.

Each has to work whatever it is; only its speed would suffer. (FoundationDB calls it "buggify".)
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from unittest import mock

from rchat_protocol.transport import endpoint, rounds
from rchat_server.core import pages, waiting
from rchat_tui.client import courier, feed, keeper

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from types import ModuleType


@dataclass(frozen=True, slots=True)
class Knob:
    """A number, most often a bound."""

    module: ModuleType
    name: str
    turned: float
    """What it is in some runs."""


KNOBS: Final = (
    Knob(feed, "WINDOW", 6),
    Knob(courier, "LANES", 1),
    Knob(keeper, "WAITING", 4),
    Knob(waiting, "COMMIT_ENTRIES", 2),
    Knob(pages, "PAGE_ENTRIES", 3),
    Knob(endpoint, "_FRAMES_A_TURN", 1),
    Knob(rounds, "PAUSE_PER_WRITE", 0.005),
)
"""All of them."""


def drawn(rng: random.Random) -> tuple[str, ...]:
    """Return the names of those that are to be turned."""
    return tuple(knob.name for knob in KNOBS if rng.random() < 0.25)


@contextlib.contextmanager
def turned(names: tuple[str, ...]) -> Iterator[None]:
    """Have these turned."""
    with contextlib.ExitStack() as stack:
        for knob in KNOBS:
            if knob.name in names:
                stack.enter_context(mock.patch.object(knob.module, knob.name, knob.turned))
        yield
