"""Every command of the table does what it says. A command without an entry here fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rchat_protocol import models
from rchat_tui.app.actions import Actions
from rchat_tui.app.commands import BY_ID, COMMANDS, Scope
from rchat_tui.app.screens.connect import ConnectScreen
from rchat_tui.app.screens.help import HelpScreen
from rchat_tui.app.screens.switcher import SwitcherScreen
from rchat_tui.app.settings import LIGHT_THEME
from rchat_tui.app.widgets.composer import Composer
from support.fake_chat import online, posted, state

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from support.desk import Desk, Start

    Check = Callable[[Desk], Coroutine[None, None, None]]

CHECKS: dict[str, Check] = {}


def check(*ids: str) -> Callable[[Check], Check]:
    """Register what checks these commands."""

    def register(function: Check) -> Check:
        CHECKS.update(dict.fromkeys(ids, function))
        return function

    return register


def world() -> list[models.Event]:
    """Return two channels, one private conversation, and what was said."""
    said = [posted("general", n, "bob", f"line {n}") for n in range(1, 81)]
    return [
        state("general", "alice", "bob"),
        state("random", "alice", "bob", head=3, unread=2),
        state("bob", "alice", "bob", kind="private", id_="p"),
        models.Live(),
        *said,
    ]


def test_every_command_has_a_handler_and_a_check() -> None:
    """Otherwise a key or a slash command does nothing, and nobody notices."""
    for command in COMMANDS:
        home, prefix = (
            (Composer, "action_") if command.scope is Scope.COMPOSER else (Actions, "do_")
        )
        name = "goto" if command.id.startswith("goto-") else command.id.replace("-", "_")
        assert callable(getattr(home, prefix + name, None)), command.id
    assert set(CHECKS) == set(BY_ID)


@check("help")
async def _help(desk: Desk) -> None:
    await desk.press("f1")
    assert isinstance(desk.app.screen, HelpScreen)
    assert "Ctrl+K" in desk.screen()
    await desk.press("escape")
    await desk.type("/help")
    assert isinstance(desk.app.screen, HelpScreen)


@check("switcher")
async def _switcher(desk: Desk) -> None:
    await desk.press("ctrl+k")
    assert isinstance(desk.app.screen, SwitcherScreen)
    await desk.press(*"rnd", "enter")
    await desk.until(lambda: desk.app.screen is desk.app.chat)
    await desk.until(lambda: desk.app.model.active == "random")
    await desk.press("ctrl+k", *"#newone", "enter")
    await desk.until(lambda: ("join", "newone") in desk.chat.calls)


@check("palette")
async def _palette(desk: Desk) -> None:
    await desk.press("f2", *"all chan", "enter")
    await desk.until(lambda: ("list_channels",) in desk.chat.calls)
    await desk.press("ctrl+p", *"join", "enter")
    await desk.until(lambda: desk.app.chat.composer.text == "/join ")


@check("next-unread")
async def _next_unread(desk: Desk) -> None:
    await desk.press("alt+a")
    assert desk.app.model.active == "random"


@check("next-conversation", "previous-conversation")
async def _step(desk: Desk) -> None:
    await desk.press("alt+down")
    assert desk.app.model.active == "random"
    await desk.press("alt+up", "alt+up")
    assert desk.app.model.active == "p"


@check(*(f"goto-{number}" for number in range(1, 11)))
async def _goto(desk: Desk) -> None:
    for key, conversation in (
        ("alt+2", "random"),
        ("alt+3", "p"),
        ("alt+0", "p"),
        ("alt+1", "general"),
    ):
        await desk.press(key)
        assert desk.app.model.active == conversation


@check("last-conversation")
async def _last(desk: Desk) -> None:
    await desk.press("alt+3", "alt+s")
    assert desk.app.model.active == "general"
    await desk.press("alt+s")
    assert desk.app.model.active == "p"


@check("first-unread")
async def _first_unread(desk: Desk) -> None:
    desk.app.app_focus = False
    await desk.happens(*[posted("general", n, "bob", f"line {n}") for n in range(81, 181)])
    await desk.press("alt+u")
    assert "─ new ─" in desk.screen()
    assert any(line.split()[-2:] == ["line", "81"] for line in desk.screen().splitlines())


@check("page-up", "page-down", "oldest", "newest")
async def _scroll(desk: Desk) -> None:
    viewport = desk.app.chat.messages.viewport
    end = viewport.top
    await desk.press("pageup")
    assert viewport.top < end
    await desk.press("pagedown")
    assert viewport.at_end
    await desk.press("alt+home")
    assert viewport.top == 0
    await desk.press("alt+end")
    assert viewport.at_end


@check("join")
async def _join(desk: Desk) -> None:
    await desk.type("/join #new")
    await desk.until(lambda: desk.chat.calls == [("join", "new")])
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


@check("send")
async def _send(desk: Desk) -> None:
    await desk.press(*"hi", "enter")
    assert desk.chat.calls == [("post", "general", "hi")]
    await desk.press("enter")
    assert len(desk.chat.calls) == 1


@check("new-line")
async def _new_line(desk: Desk) -> None:
    await desk.press(*"a", "ctrl+j", *"b", "alt+enter", *"c", "shift+enter", *"d", "enter")
    assert ("post", "general", "a\nb\nc\nd") in desk.chat.calls


@check("complete", "complete-back")
async def _complete(desk: Desk) -> None:
    await desk.press("b", "tab")
    assert desk.app.chat.composer.text == "bob: "
    await desk.press("ctrl+c", *"/pa", "tab")
    assert desk.app.chat.composer.text == "/part "
    await desk.press("ctrl+c", *"/l", "tab", "tab", "shift+tab")
    assert desk.app.chat.composer.text == "/leave "


@check("history-back", "history-forward")
async def _history(desk: Desk) -> None:
    await desk.type("one")
    await desk.type("two")
    await desk.press(*"draft", "up", "up")
    assert desk.app.chat.composer.text == "one"
    await desk.press("down", "down")
    assert desk.app.chat.composer.text == "draft"


@check("me")
async def _me(desk: Desk) -> None:
    await desk.type("/me waves")
    assert desk.chat.calls == [("post", "general", "/me waves")]
    assert "✶  alice waves" in desk.screen()


@check("retry", "take-back", "throw-away")
async def _retry(desk: Desk) -> None:
    desk.chat.answers = False
    for line in ("one", "two", "//three"):
        await desk.type(line)
    desk.chat.refuse("The server says no.")
    desk.chat.calls.clear()
    await desk.settled()
    await desk.type("/throwaway")
    await desk.until(lambda: ("withdraw", "w3") in desk.chat.calls)
    await desk.press("up")
    assert desk.app.chat.composer.text == "//three"
    desk.app.chat.composer.put("")
    await desk.press("alt+t")
    await desk.until(lambda: desk.app.chat.composer.text == "two")
    desk.app.chat.composer.put("")
    desk.chat.answers = True
    await desk.press("alt+r")
    await desk.until(lambda: not desk.chat.outbox)
    assert desk.chat.calls == [("withdraw", "w3"), ("withdraw", "w2"), ("retry", "w1")]


@check("copy")
async def _copy(desk: Desk) -> None:
    await desk.press(*"abc", "shift+left", "ctrl+c")
    assert desk.app.clipboard == "c"
    await desk.press("right", "ctrl+c")
    assert desk.app.chat.composer.text == ""
    await desk.press("ctrl+c")
    await desk.until(lambda: "Ctrl+Q quits" in desk.screen())


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


@pytest.mark.parametrize(
    "command", sorted({run.__name__: id_ for id_, run in CHECKS.items()}.values())
)
async def test_a_command_does_what_it_says(command: str, start: Start) -> None:
    """Otherwise the table promises what the app does not do. Some are checked together."""
    async with start(online(), *world()) as desk:
        desk.chat.calls.clear()
        await CHECKS[command](desk)
