"""Checks of the commands of writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.checks.registry import check

if TYPE_CHECKING:
    from support.desk import Desk


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
    assert desk.app.chat.composer.text == "/last "


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
