"""Checks of the commands of channels and people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import models
from support.checks.registry import check
from support.fake_chat import state

if TYPE_CHECKING:
    from support.desk import Desk


@check("join")
async def _join(desk: Desk) -> None:
    await desk.type("/join #new")
    await desk.until(lambda: ("join", "new") in desk.chat.calls)
    await desk.happens(state("new", "alice"))
    assert desk.app.model.active == "new"
    await desk.type("/j random")
    assert desk.app.model.active == "random"
    await desk.type("/join two words")
    assert "white space" in desk.screen()


@check("part")
async def _part(desk: Desk) -> None:
    await desk.type("/part")
    await desk.until(lambda: desk.chat.calls == [("leave", "general")])
    await desk.happens(models.Parted("general"))
    assert desk.app.model.active == "random"
    assert "general" not in desk.app.model.state.conversations


@check("msg")
async def _msg(desk: Desk) -> None:
    await desk.type("/msg mira how are you?")
    await desk.until(lambda: ("post", "@mira", "how are you?") in desk.chat.calls)
    assert desk.app.model.active == "@mira"


@check("query")
async def _query(desk: Desk) -> None:
    await desk.type("/query bob")
    assert desk.app.model.active == "p"
    await desk.type("/q @mira")
    await desk.until(lambda: desk.app.model.active == "@mira")


@check("names")
async def _names(desk: Desk) -> None:
    await desk.type("/names")
    assert "Here: alice  bob" in desk.screen()
    await desk.type("/names random")
    await desk.until(lambda: "In #random: alice  bob" in desk.screen())


@check("list")
async def _list(desk: Desk) -> None:
    desk.chat.channels = ["general", "rust"]
    await desk.type("/list")
    await desk.until(lambda: "Channels: #general  #rust" in desk.screen())
