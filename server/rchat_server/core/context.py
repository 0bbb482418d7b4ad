"""What every conversation of a server stands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rchat_server.core.meter import Meter

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_server.core.commands import QueueLimits
    from rchat_server.core.identity import Identity
    from rchat_server.core.pages import Pages
    from rchat_server.core.ports import Clock, Store
    from rchat_server.core.tasks import Tasks


@dataclass(frozen=True, slots=True)
class Context:
    """What every conversation of a server stands on."""

    store: Store
    """Where everything is kept."""
    pages: Pages
    """What those who are behind are fed from."""
    tasks: Tasks
    """Owner of the delivery tasks."""
    find: Callable[[str], Identity | None]
    """Who holds a name, by its key."""
    limits: QueueLimits
    """What a queue holds."""
    clock: Clock
    meter: Meter = field(default_factory=Meter)
    """Counts what they do."""
