"""Who has a reason to be seen leaving: nobody who was back within the grace time.

Reasons are counted generously, leaves as they are heard: whoever is seen to leave more often than
he had a reason to, was reported gone while he was here, or on his way back.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Final

from rchat_tui.client.events import Online

if TYPE_CHECKING:
    from simulate.ears import Heard
    from simulate.terminals import Terminal
    from simulate.world import World

LOOK: Final = 0.5
"""Seconds from one look at the lines to the next."""

EVERYWHERE: Final = ""
"""In place of a channel's name: a reason that counts in all of them."""


class Presence:
    """Counts reasons to leave.

    Args:
        world: What there is.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._reasons: Counter[tuple[str, str]] = Counter()
        self._seen: Counter[tuple[str, str, str]] = Counter()
        self._away: dict[str, float] = {}

    def reason(self, user: str, channel: str = EVERYWHERE) -> None:
        """Somebody has a reason to be seen leaving, a channel or all of them."""
        self._reasons[user, channel] += 1

    def seen_to_leave(self, who: str, user: str, heard: Heard) -> None:
        """A client was told that somebody left.

        Who has no token may be told of whenever his line drops.
        """
        if user not in self._away:
            return
        self._seen[who, user, heard.id] += 1
        reasons = self._reasons[user, heard.name] + self._reasons[user, EVERYWHERE]
        if self._seen[who, user, heard.id] > reasons:
            self._world.broken(
                f"{who} is told that {user} left {heard.name}, for the"
                f" {self._seen[who, user, heard.id]}. time; he had {reasons} reasons"
            )

    async def watch(self, terminals: list[Terminal]) -> None:
        """Give those a reason who are away for too long, until cancelled."""
        while True:
            await asyncio.sleep(LOOK)
            for terminal in terminals:
                terminal.look()
            here = {each.person.name for each in terminals if self._connected(each)}
            for name in dict.fromkeys(each.person.name for each in terminals):
                away = 0.0 if name in here else self._away.get(name, 0.0) + LOOK
                if away >= self._world.plan.grace - 2 * LOOK:
                    self.reason(name)
                    away = LOOK
                self._away[name] = away

    def _connected(self, terminal: Terminal) -> bool:
        """Whether a terminal has a line that is well, by any measure."""
        process, chat = terminal.process, terminal.chat
        server = self._world.process
        if process is None or chat is None or server is None or not terminal.lines:
            return False
        line = terminal.lines[-1].line
        return (
            isinstance(chat.status, Online)
            and process.waiting is None
            and server.waiting is None
            and line.server.process is server
            and not (line.client.gone or line.server.gone)
            and not any(pipe.hole or pipe.closed for pipe in line.pipes)
        )
