"""Checks of the commands that move about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_tui.app.screens.switcher import SwitcherScreen
from support.checks.registry import check
from support.fake_chat import posted

if TYPE_CHECKING:
    from support.desk import Desk


@check("switcher")
async def _switcher(desk: Desk) -> None:
    await desk.press("ctrl+k")
    assert isinstance(desk.app.screen, SwitcherScreen)
    await desk.press(*"rnd", "enter")
    await desk.until(lambda: desk.app.screen is desk.app.chat)
    await desk.until(lambda: desk.app.model.active == "random")
    await desk.press("ctrl+k", *"#newone", "enter")
    await desk.until(lambda: ("join", "newone") in desk.chat.calls)


@check("search")
async def _search(desk: Desk) -> None:
    await desk.happens(posted("random", 21, "bob", "the kettle is on"))
    await desk.press("ctrl+f", *"kettle")
    await desk.until(lambda: "1 message · Enter goes there" in desk.screen())
    await desk.press("enter")
    await desk.until(lambda: desk.app.screen is desk.app.chat)
    await desk.until(lambda: desk.app.model.active == "random")
    await desk.until(lambda: desk.app.model.acting.selecting)
    transcript = desk.app.model.transcript
    assert transcript is not None
    assert transcript.selected is transcript.find(21)
    await desk.press("escape")
    await desk.type("/search nowhere")
    await desk.until(lambda: "Nothing found." in desk.screen())


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


@check("buffer")
async def _buffer(desk: Desk) -> None:
    for line, conversation in (
        ("/buffer 3", "p"),
        ("/buffer Rand", "random"),
        ("/b @bob", "p"),
        ("/b #general", "general"),
    ):
        await desk.type(line)
        assert desk.app.model.active == conversation
    await desk.type("/buffer gnrl")
    assert "You are in no conversation gnrl. Did you mean #general?" in desk.screen()
    await desk.type("/buffer 99")
    assert "You are in no conversation 99. Ctrl+K finds one." in desk.screen()


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


@check("clear")
async def _clear(desk: Desk) -> None:
    assert "line 80" in desk.screen()
    await desk.type("/clear")
    assert "line" not in desk.screen()
    await desk.happens(posted("general", 81, "bob", "a word after that"))
    assert "a word after that" in desk.screen()
    assert "line 80" not in desk.screen()
    await desk.press("pageup")
    assert "line 80" in desk.screen(), "it is there for whoever scrolls back"
    await desk.press("alt+end", "ctrl+l")
    assert "a word after that" not in desk.screen()
    total = desk.app.chat.messages.viewport.total
    await desk.press("ctrl+l", "ctrl+l")
    assert desk.app.chat.messages.viewport.total == total, "no second emptiness above the first"
