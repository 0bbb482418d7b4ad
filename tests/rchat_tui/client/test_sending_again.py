"""A message that is sent again, and not stored this time: was it the time before?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_tui.client import OutcomeUnknown, ServerError
from support.world import ManualClock, World, store

if TYPE_CHECKING:
    from rchat_server.service import Caller, Request


async def _refused_when_sent_again(*, retry: float | bool) -> None:
    worlds: list[World] = []

    async def send(caller: Caller, request: Request) -> bytes:
        if len(worlds[0].lines) == 1:
            await store(caller, request)
            worlds[0].cut()
            await asyncio.sleep(3600)
        raise ChatError(ErrorCode.STORAGE_UNAVAILABLE, "The disk is full.", retry=retry)

    async with World(responses={"message": send}) as world:
        worlds.append(world)
        clock = ManualClock()
        alice = world.client("alice", clock=clock)
        async with alice:
            await alice.join("general")
            sending = asyncio.create_task(alice.channel_message("general", "stored"))
            await clock.wake()
            await sending


async def test_a_refusal_for_now_says_nothing_of_the_time_before() -> None:
    """A sender was told that his message is not stored, and everybody else read it."""
    with pytest.raises(OutcomeUnknown):
        await _refused_when_sent_again(retry=2.0)


async def test_a_refusal_for_good_is_one() -> None:
    """A server that refuses for good has looked into its log: to leave it open helps nobody."""
    with pytest.raises(ServerError):
        await _refused_when_sent_again(retry=False)
