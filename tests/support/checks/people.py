"""Checks of the commands by which people let each other know how it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.checks.registry import check

if TYPE_CHECKING:
    from support.desk import Desk


@check("away", "back")
async def _away(desk: Desk) -> None:
    await desk.type("/back")
    await desk.until(lambda: "You are not away." in desk.screen())
    await desk.type("/away at lunch")
    await desk.until(lambda: ("set_away", "at lunch") in desk.chat.calls)
    await desk.settled()
    assert "◐ away: at lunch" in desk.screen().splitlines()[-1]
    await desk.type("/away")
    await desk.until(lambda: ("set_away", "") in desk.chat.calls)
    await desk.settled()
    assert "◐ away " in desk.screen().splitlines()[-1]
    await desk.type("/back")
    await desk.until(lambda: ("set_away", "None") in desk.chat.calls)
    await desk.settled()
    assert "◐" not in desk.screen()
