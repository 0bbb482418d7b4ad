"""What one keeps beside messages, through the client."""

from __future__ import annotations

import pytest

from rchat_tui.client import ChatClient, StorageFailed
from rchat_tui.client.store.memory import MemoryClientStore, MemoryDisk


async def test_it_needs_no_line_and_outlives_the_client() -> None:
    """Broken, a draft could be kept online only, or was gone with the process."""
    disk = MemoryDisk()
    first = ChatClient("tcp://127.0.0.1:1", user="alice", store=MemoryClientStore(disk))
    await first.keep("draft", "general", "half a sen")
    await first.aclose()
    with pytest.raises(StorageFailed):
        await first.keep("draft", "general", "too late")
    later = ChatClient("tcp://127.0.0.1:1", user="alice", store=MemoryClientStore(disk))
    assert await later.kept("draft") == {"general": "half a sen"}
    await later.keep("draft", "general", None)
    assert await later.kept("draft") == {}
    await later.aclose()
