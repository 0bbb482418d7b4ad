"""A conversation's queue: what waits to be carried out, in the order in which it came."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.commands import NUMBERED, Enter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rchat_server.core.commands import Command, QueueLimits

COMMIT_ENTRIES: Final = 256
"""Most entries in one commit of one conversation, so that a busy one starves no other."""
COMMIT_BYTES: Final = 256 * 1024
"""Most bytes of content in one commit, after at least one entry."""


class CommandQueue:
    """Commands, at most so many and so large.

    Args:
        limits: The bound.
    """

    __slots__ = ("_bytes", "_commands", "_limits")

    def __init__(self, limits: QueueLimits) -> None:
        self._commands: deque[Command] = deque()
        self._bytes = 0
        self._limits = limits

    def __bool__(self) -> bool:
        return bool(self._commands)

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands)

    def refuse_when_full(self, size: int = 0) -> None:
        """See whether there is room for another command, with ``size`` bytes of content.

        Raises:
            ChatError: ``busy``.
        """
        if len(self._commands) >= self._limits.commands or self._bytes + size > self._limits.bytes:
            raise ChatError(
                ErrorCode.BUSY, "There is more to deliver here than there is room for.", retry=0.5
            )

    def put(self, command: Command, size: int = 0) -> None:
        """Put a command behind the others."""
        self._commands.append(command)
        self._bytes += size

    def take(self) -> list[Command]:
        """Take what one commit may hold."""
        if len(self._commands) <= COMMIT_ENTRIES and self._bytes <= COMMIT_BYTES:
            commands = list(self._commands)  # nearly always
            self._commands.clear()
            self._bytes = 0
            return commands
        commands = []
        entries = size = 0
        while self._commands:
            command = self._commands[0]
            if isinstance(command, NUMBERED):
                if entries and (entries == COMMIT_ENTRIES or size + command.size > COMMIT_BYTES):
                    # Whom a message brings in comes in with it: both are stored, or neither.
                    while isinstance(commands[-1], Enter):
                        self._commands.appendleft(commands.pop())
                    break
                entries += 1
                size += command.size
            commands.append(self._commands.popleft())
        self._bytes -= size
        return commands
