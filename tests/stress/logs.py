"""Reading a conversation's log as somebody who was not there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from stress.ledger import Entry
from stress.line import LineLost, Refused

if TYPE_CHECKING:
    from stress.member import Member


async def read_log(reader: Member, conversation: str) -> list[Entry]:
    """Read a conversation from its first entry on, over as many lines as it takes."""
    entries: list[Entry] = []
    more = True
    while more:
        after = entries[-1].seq if entries else 0
        asked = {"conversation": conversation, "after": after, "limit": 500}
        line = await reader.up()
        try:
            page = msgspec.json.decode(
                await line.request("history", msgspec.json.encode(asked)), type=_Page
            )
        except LineLost:
            await line.ended.wait()
            await asyncio.sleep(0)
            continue
        except Refused as refused:
            if refused.retry is False:
                raise
            await asyncio.sleep(0.05)
            continue
        entries += [Entry(m.seq, m.id, m.user, m.content, m.at) for m in page.messages]
        more = page.more
    return entries


class _Message(msgspec.Struct):
    seq: int
    id: str
    user: str
    content: str
    at: int


class _Page(msgspec.Struct):
    messages: list[_Message]
    more: bool
