from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.ports import NewEntry
from rchat_server.core.records import ConversationRecord
from rchat_server.storage.sqlite import open_store, reader

if TYPE_CHECKING:
    from pathlib import Path


async def test_reading_works_again_when_the_files_can_be_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that ran out of files for a moment must not need a restart to read its log."""

    def refuse(_path: Path) -> sqlite3.Connection:
        raise sqlite3.OperationalError("unable to open database file")

    async with open_store(tmp_path) as store:
        store.put_conversation(ConversationRecord("c", "channel", "tea"))
        await store.append("c", [NewEntry("a", "ann", "hi", "i1", 1)])
        with monkeypatch.context() as patch:
            patch.setattr(reader, "connect", refuse)
            with pytest.raises(ChatError) as refused:
                await store.read("c", after=0, through=9, limit=9, max_bytes=99)
        assert refused.value.code == ErrorCode.STORAGE_UNAVAILABLE
        page = await store.read("c", after=0, through=9, limit=9, max_bytes=99)
        assert [entry.content for entry in page.entries] == ["hi"]
