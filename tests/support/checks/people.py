"""Checks of the commands by which people let each other know how it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import models
from support.checks.registry import check
from support.fake_chat import state

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


@check("nick")
async def _nick(desk: Desk) -> None:
    await desk.type("/nick alice")
    await desk.until(lambda: "You are alice already." in desk.screen())
    await desk.type("/nick mira")
    await desk.until(lambda: ("rename", "mira") in desk.chat.calls)
    await desk.settled()
    assert "You are mira now. What you said as alice stays alice's." in desk.screen()
    assert "● mira at" in desk.screen().splitlines()[-1]
    await desk.type("/nick two words")
    assert "white space" in desk.screen()


@check("whois")
async def _whois(desk: Desk) -> None:
    await desk.type("/whois @bob")
    await desk.until(lambda: ("user_info", "bob") in desk.chat.calls)
    await desk.settled()
    assert "bob: came 1 h ago, wrote 1 min ago. You share #general." in desk.screen()
    await desk.type("/whois two words")
    assert "white space" in desk.screen()


@check("invite")
async def _invite(desk: Desk) -> None:
    await desk.type("/invite mira")
    await desk.until(lambda: ("invite", "general", "mira") in desk.chat.calls)
    await desk.type("/invite @mira #random")
    await desk.until(lambda: ("invite", "random", "mira") in desk.chat.calls)
    await desk.settled()
    assert "You have invited mira to #random." in desk.screen()
    await desk.type("/invite mira nowhere")
    assert "You are not in #nowhere: /join nowhere first." in desk.screen()
    await desk.press("alt+3")
    await desk.type("/invite mira")
    assert "Into which channel?" in desk.screen()


@check("accept")
async def _accept(desk: Desk) -> None:
    await desk.press("alt+j")
    await desk.until(lambda: "Nobody has invited you." in desk.screen())
    await desk.happens(models.Invited("tea", "bob"), models.Invited("tea", "bob"))
    assert desk.screen().count("bob invites you to #tea: /accept joins it.") == 1
    await desk.press("alt+j")
    await desk.until(lambda: ("join", "tea") in desk.chat.calls)
    await desk.happens(state("tea", "alice", "bob"), models.Invited("milk", "bob"))
    await desk.type("/accept")
    await desk.until(lambda: ("join", "milk") in desk.chat.calls)


@check("ignore")
async def _ignore(desk: Desk) -> None:
    await desk.type("/ignore")
    assert "You ignore nobody" in desk.screen()
    assert "line 80" in desk.screen()
    await desk.type("/ignore bob")
    await desk.until(lambda: desk.chat.texts.get("ignored") == {"bob": "bob"})
    await desk.settled()
    assert "bob, whom you ignore, says something" in desk.screen()
    assert "line" not in desk.screen()
    await desk.type("/ignore")
    assert "You ignore: bob" in desk.screen()
    await desk.type("/ignore alice")
    assert "You cannot ignore yourself." in desk.screen()
    await desk.type("/ignore BOB")
    await desk.until(lambda: desk.chat.texts.get("ignored") == {})
    await desk.settled()
    assert "line 80" in desk.screen()
