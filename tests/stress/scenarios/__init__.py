"""The scenarios, by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from stress.scenarios import clients, crashes, door, floods, lines, machine, people, readers, slow
from stress.setting import Setting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from stress.arena import Arena


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is done in a round."""

    run: Callable[[Arena], Awaitable[None]]
    setting: Setting = field(default_factory=Setting)
    has_full_size: bool = False
    """Whether it takes long as it is meant: it is played so where it is asked for by its name."""


SCENARIOS: Final[dict[str, Scenario]] = {
    "kill-server": Scenario(crashes.kill_server),
    "stop-in-batch": Scenario(crashes.stop_in_batch),
    "restart-storm": Scenario(crashes.restart_storm),
    "same-id": Scenario(people.same_id),
    "two-sessions": Scenario(people.two_sessions),
    "kill-client": Scenario(clients.kill_client),
    "disk-full": Scenario(machine.disk_full, machine.DISK_FULL),
    "clock": Scenario(machine.clock),
    "cut-line": Scenario(lines.cut_line),
    "black-hole": Scenario(lines.black_hole, lines.BLACK_HOLE),
    "delay": Scenario(lines.delay),
    "slow-readers": Scenario(readers.slow_readers, readers.SLOW_READERS),
    "slow-loris": Scenario(slow.slow_loris, slow.PLAIN, has_full_size=True),
    "slow-loris-tls": Scenario(slow.slow_loris, slow.ENCRYPTED, has_full_size=True),
    "connections": Scenario(door.many_connections, door.PLAIN, has_full_size=True),
    "connections-tls": Scenario(door.many_connections, door.ENCRYPTED, has_full_size=True),
    "floods": Scenario(floods.floods, floods.FLOODED, has_full_size=True),
    "neighbours": Scenario(floods.neighbours, floods.BESIEGED, has_full_size=True),
}
