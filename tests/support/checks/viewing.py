"""Checks of the commands of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

from rchat_tui.app.screens.connect import ConnectScreen
from rchat_tui.app.screens.help import HelpScreen
from rchat_tui.app.settings import LIGHT_THEME
from support.checks.registry import check

if TYPE_CHECKING:
    from support.desk import Desk


@check("help")
async def _help(desk: Desk) -> None:
    await desk.press("f1")
    assert isinstance(desk.app.screen, HelpScreen)
    assert "Ctrl+K" in desk.screen()
    await desk.press("escape")
    await desk.type("/help")
    assert isinstance(desk.app.screen, HelpScreen)


@check("palette")
async def _palette(desk: Desk) -> None:
    await desk.press("f2", *"all chan", "enter")
    await desk.until(lambda: ("list_channels",) in desk.chat.calls)
    await desk.press("ctrl+p", *"join", "enter")
    await desk.until(lambda: desk.app.chat.composer.text == "/join ")


@check("copy")
async def _copy(desk: Desk) -> None:
    await desk.press(*"abc", "shift+left", "ctrl+c")
    assert desk.app.clipboard == "c"
    await desk.press("right", "ctrl+c")
    assert desk.app.chat.composer.text == ""
    await desk.press("ctrl+c")
    await desk.until(lambda: "Ctrl+Q quits" in desk.screen())


@check("editor")
async def _editor(desk: Desk) -> None:
    with patch.dict("os.environ", {"VISUAL": "", "EDITOR": ""}):
        await desk.press("alt+e")
        await desk.until(lambda: "Which editor? Start rchat with one" in desk.screen())
    with patch.dict("os.environ", {"VISUAL": "", "EDITOR": "nano 'x"}):
        await desk.press("alt+e")
        await desk.until(lambda: "EDITOR cannot be read: No closing quotation." in desk.screen())
    with patch.dict("os.environ", {"VISUAL": "nano", "EDITOR": ""}):
        await desk.press("alt+e")
        # This terminal is none; real ones have tests of their own (tests/e2e).
        await desk.until(lambda: "This terminal cannot be left to an editor." in desk.screen())


@check("next-pane", "previous-pane")
async def _panes(desk: Desk) -> None:
    await desk.press("f6")
    assert desk.app.focused is desk.app.chat.query_one("#channels")
    await desk.press("down", "enter")
    assert desk.app.model.active == "random"
    await desk.press("shift+f6")
    assert desk.app.focused is desk.app.chat.query_one("#people")
    await desk.press("x")
    assert desk.app.chat.composer.text == "x"


@check("toggle-channels", "toggle-people")
async def _toggle(desk: Desk) -> None:
    for key, pane in (("f7", "#channels"), ("f8", "#people")):
        widget = desk.app.chat.query_one(pane)
        await desk.press(key)
        assert not widget.size.width
        await desk.press(key)
        assert widget.size.width


@check("set")
async def _set(desk: Desk) -> None:
    await desk.type("/set")
    assert "theme = rchat-dark" in desk.screen()
    await desk.type("/set theme rchat-light")
    assert desk.app.theme == "rchat-light"
    assert "There is no config file here to keep it in." in desk.screen()
    await desk.type("/set thme x")
    assert "There is no setting thme. Did you mean theme?" in desk.screen()
    await desk.type("/set theme nowhere")
    assert "There is no theme nowhere: there are" in desk.screen()
    await desk.type("/set notify loud")
    assert "notify is one of auto, osc9, osc777, bell, off." in desk.screen()
    await desk.type("/set keywords")
    assert "keywords is empty. Words that call for you" in desk.screen()


@check("theme")
async def _theme(desk: Desk) -> None:
    await desk.type("/theme")
    assert desk.app.theme == LIGHT_THEME
    await desk.type("/theme nord")
    assert desk.app.theme == "nord"
    await desk.type("/theme nosuch")
    assert "There is no theme nosuch." in desk.screen()


@check("reconnect")
async def _reconnect(desk: Desk) -> None:
    await desk.type("/reconnect")
    assert desk.chat.calls == [("retry_now",)]


@check("connection")
async def _connection(desk: Desk) -> None:
    await desk.type("/connection")
    await desk.until(lambda: isinstance(desk.app.screen, ConnectScreen))
    await desk.settled()
    assert "as alice." in desk.screen()
    await desk.press("escape")
    await desk.until(lambda: desk.app.screen is desk.app.chat)


@check("quit")
async def _quit(desk: Desk) -> None:
    await desk.pilot.press("ctrl+q")
    await desk.until(lambda: desk.app._exit)
