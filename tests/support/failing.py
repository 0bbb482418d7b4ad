"""Stores that fail when they are told to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.storage.memory import MemoryStore

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from rchat_server.core.ports import Appended, Change


class TroubledStore(MemoryStore):
    """A store whose disk is full, or answers nothing, while it is told so."""

    def __init__(self) -> None:
        super().__init__("epoch")
        self.full = False
        self.silent: asyncio.Event | None = None
        """Set it to let what waits go on."""
        self.appends = 0

    async def append(self, conversation: str, changes: Sequence[Change]) -> list[Appended]:
        """Store, or not."""
        self.appends += 1
        if self.silent is not None:
            await self.silent.wait()
        if self.full:
            raise ChatError(ErrorCode.STORAGE_UNAVAILABLE, "The disk is full.", retry=1.0)
        return await super().append(conversation, changes)
