"""Checks of the commands of moderation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.checks.account import give
from support.checks.registry import check

if TYPE_CHECKING:
    from support.desk import Desk


async def done(desk: Desk, typed: str, call: tuple[str, ...], told: str) -> None:
    """Type a command; see what it asks, and what everybody sees of it."""
    await desk.type(typed)
    await desk.until(lambda: call in desk.chat.calls)
    await desk.settled()
    assert told in desk.screen()


@check("kick")
async def _kick(desk: Desk) -> None:
    call = ("kick", "general", "bob", "be nice")
    await done(desk, "/kick @bob be nice", call, "alice put bob out: be nice")
    await desk.press("alt+3")
    await desk.type("/kick bob")
    assert "That is for channels: open one first." in desk.screen()


@check("ban")
async def _ban(desk: Desk) -> None:
    call = ("ban", "general", "bob", "1800", "spam, again")
    await done(desk, "/ban bob 30m spam, again", call, "alice banned bob: spam, again")
    call = ("ban", "general", "spam*", "0", "ads 30m")
    await done(desk, "/ban spam* ads 30m", call, "alice banned spam*: ads 30m")
    await desk.type("/ban two\u00a0words")
    assert "white space" in desk.screen()


@check("ban-address")
async def _ban_address(desk: Desk) -> None:
    call = ("ban", "general", "the address of bob", "604800", "")
    await done(desk, "/banaddress bob 7d", call, "alice banned the address of bob")


@check("unban")
async def _unban(desk: Desk) -> None:
    call = ("unban", "general", "spam*")
    await done(desk, "/unban spam*", call, "alice lifted the ban of spam*")


@check("silence")
async def _silence(desk: Desk) -> None:
    call = ("mute", "general", "bob", "True", "43200", "shouting")
    await done(desk, "/silence bob 12h shouting", call, "alice silenced bob: shouting")


@check("unsilence")
async def _unsilence(desk: Desk) -> None:
    call = ("mute", "general", "bob", "False", "0", "")
    await done(desk, "/unsilence bob", call, "alice lets bob speak again")


@check("slow")
async def _slow(desk: Desk) -> None:
    told = "alice let a message of each pass every 30 s"
    await done(desk, "/slow 30", ("set_slow", "general", "30"), told)
    await done(desk, "/slow 0", ("set_slow", "general", "0"), "alice ended slow mode")
    await desk.type("/slow 3601")
    assert "So many seconds: 0 to 3,600." in desk.screen()


@check("access")
async def _access(desk: Desk) -> None:
    told = "alice opened the channel to those who are invited"
    await done(desk, "/access private", ("set_access", "general", "private", "None"), told)
    told = "alice opened the channel to everybody"
    await done(desk, "/access public", ("set_access", "general", "public", "None"), told)
    await desk.type("/access password")
    await desk.until(lambda: "Who knows this comes in" in desk.screen())
    await give(desk, "open sesame")
    call = ("set_access", "general", "password", "open sesame")
    await desk.until(lambda: call in desk.chat.calls)
    await desk.type("/access secret")
    assert "It is public, private or password." in desk.screen()


@check("op", "deop", "owner")
async def _operators(desk: Desk) -> None:
    for typed, on, owner, told in (
        ("op", "True", "False", "alice made bob an operator"),
        ("deop", "False", "False", "alice made bob no operator any more"),
        ("owner", "True", "True", "alice gave the channel to bob"),
    ):
        call = ("set_operator", "general", "bob", on, owner)
        await done(desk, f"/{typed} bob", call, told)


@check("rules")
async def _rules(desk: Desk) -> None:
    told = "Open to those who are invited. Each writes every 5 s."
    await done(desk, "/rules", ("rules", "general"), told)
    assert "It is alice's." in desk.screen()
    assert "Operators: bob" in desk.screen()
    assert "Banned: spam* by alice: ads" in desk.screen()


@check("audit")
async def _audit(desk: Desk) -> None:
    await done(desk, "/audit", ("audit", "general"), "alice: ban spam*: ads")
