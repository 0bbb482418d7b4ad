"""Checks of the commands that act on a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import models
from rchat_tui.app.screens.reactions import ReactionsScreen
from support.checks.registry import check
from support.fake_chat import NOON, posted

if TYPE_CHECKING:
    from rchat_tui.app.items import Said
    from support.desk import Desk


def selected(desk: Desk) -> Said:
    """Return the message that is selected."""
    transcript = desk.app.model.transcript
    assert transcript is not None
    assert transcript.selected is not None
    return transcript.selected


@check("write")
async def _write(desk: Desk) -> None:
    await desk.press("ctrl+up", "tab", "x")
    assert not desk.app.model.acting.selecting
    assert desk.app.chat.composer.text == "x"


@check("select", "select-older", "select-newer", "let-go")
async def _select(desk: Desk) -> None:
    await desk.press("ctrl+up")
    assert selected(desk).content == "line 80"
    await desk.press("ctrl+up", "up", "k")
    assert selected(desk).content == "line 77"
    await desk.press("down", "j", "j", "down")
    assert selected(desk).content == "line 80"
    await desk.press("escape")
    assert desk.app.model.transcript is not None
    assert desk.app.model.transcript.selected is None
    await desk.press("k")
    assert desk.app.chat.composer.text == "k"


@check("select-page-up", "select-page-down", "select-oldest", "select-newest")
async def _select_far(desk: Desk) -> None:
    viewport = desk.app.chat.messages.viewport
    await desk.press("ctrl+up", "pageup")
    above = selected(desk).seq
    assert 80 - 40 < above < 80 - 20
    await desk.press("pageup", "pagedown")
    assert abs(selected(desk).seq - above) <= 1
    await desk.press("home")
    assert selected(desk).content == "line 1"
    assert viewport.top <= 2
    await desk.press("end")
    assert selected(desk).content == "line 80"
    assert viewport.at_end


@check("reply")
async def _reply(desk: Desk) -> None:
    await desk.press("ctrl+up", "up", "r")
    assert "Answering" in desk.screen()
    await desk.type("yes")
    await desk.until(lambda: ("post", "general", "yes", "79") in desk.chat.calls)
    await desk.settled()
    assert "╭ bob: line 79" in desk.screen()
    await desk.type("and no answer")
    assert desk.chat.calls[-1][:3] == ("post", "general", "and no answer")
    assert len(desk.chat.calls[-1]) == 3
    await desk.type("/reply at once")
    await desk.until(lambda: ("post", "general", "at once", "80") in desk.chat.calls)


@check("edit")
async def _edit(desk: Desk) -> None:
    await desk.type("a first try")
    await desk.settled()
    await desk.press(*"begun", "ctrl+up", "e")
    assert desk.app.chat.composer.text == "a first try"
    assert "Editing" in desk.screen()
    desk.app.chat.composer.put("a second try")
    await desk.press("enter")
    await desk.until(lambda: ("edit", "general", "81", "a second try") in desk.chat.calls)
    assert desk.app.chat.composer.text == "begun"
    await desk.settled()
    assert "a second try  (edited)" in desk.screen()
    desk.app.chat.composer.put("")
    await desk.type("/edit a third")
    await desk.until(lambda: ("edit", "general", "81", "a third") in desk.chat.calls)


@check("delete")
async def _delete(desk: Desk) -> None:
    await desk.type("a mistake")
    await desk.settled()
    await desk.press("ctrl+up", "d")
    assert "Delete this message?" in desk.screen()
    await desk.press("up", "down", "d")
    assert ("delete", "general", "81") not in desk.chat.calls
    await desk.press("d")
    await desk.until(lambda: ("delete", "general", "81") in desk.chat.calls)
    await desk.settled()
    assert "a mistake" not in desk.screen()
    assert "message deleted" in desk.screen()
    await desk.press("escape", "ctrl+up", "up", "d")
    assert "You can only delete what you wrote yourself." in desk.screen()
    rules = models.ChannelRules(owner="mira", operators=["ALICE"])
    await desk.happens(models.Moderated("general", "op", "mira", rules, "alice"))
    await desk.press("d", "d")
    await desk.until(lambda: ("delete", "general", "80") in desk.chat.calls)


@check("react")
async def _react(desk: Desk) -> None:
    await desk.press("ctrl+up", "up", "plus")
    await desk.until(lambda: isinstance(desk.app.screen, ReactionsScreen))
    await desk.press(*"tada", "enter")
    await desk.until(lambda: ("react", "general", "79", "🎉", "on") in desk.chat.calls)
    await desk.until(lambda: desk.app.screen is desk.app.chat)
    await desk.settled()
    assert "[🎉 1]" in desk.screen()
    await desk.press("escape")
    await desk.type("/react :thumbsup:")
    await desk.until(lambda: ("react", "general", "80", "👍", "on") in desk.chat.calls)
    await desk.settled()
    await desk.type("/react :+1:")
    await desk.until(lambda: ("react", "general", "80", "👍", "off") in desk.chat.calls)
    await desk.type("/react :thumbsupp:")
    await desk.settled()
    assert "Did you mean :thumbsup:" in desk.screen()


@check("copy-message")
async def _copy_message(desk: Desk) -> None:
    await desk.happens(posted("general", 81, "bob", "make:\n\tcc **x**", at=NOON))
    await desk.press("ctrl+up", "y")
    assert desk.app.clipboard == "make:\n\tcc **x**"


@check("open-link")
async def _open_link(desk: Desk) -> None:
    opened: list[str] = []
    desk.app.open_url = lambda url, **_: opened.append(url)  # type: ignore[method-assign]
    said = "https://a.example/x, [b](https://b.example) `https://c.example` javascript:x"
    await desk.happens(posted("general", 81, "bob", said, at=NOON))
    await desk.press("ctrl+up", "o", "o", "o")
    assert opened == ["https://a.example/x", "https://b.example", "https://a.example/x"]
    await desk.press("up", "o")
    await desk.until(lambda: "There is no link in it." in desk.screen())


@check("answered", "answer")
async def _answered(desk: Desk) -> None:
    await desk.happens(posted("general", 81, "bob", "as I said", at=NOON, reply=3))
    await desk.press("ctrl+up", "enter")
    assert selected(desk).content == "line 3"
    assert " line 3 " in desk.screen().replace("\n", " ")
    await desk.press("b")
    assert selected(desk).content == "as I said"


@check("topic")
async def _topic(desk: Desk) -> None:
    await desk.type("/topic the release")
    await desk.until(lambda: ("set_topic", "general", "the release") in desk.chat.calls)
    await desk.settled()
    assert "2 people  the release" in desk.screen().splitlines()[0]
    assert "alice set the topic: the release" in desk.screen()
    await desk.type("/topic")
    assert "The topic here is: the release" in desk.screen()
    await desk.type("/topic -")
    await desk.until(lambda: ("set_topic", "general", "") in desk.chat.calls)
