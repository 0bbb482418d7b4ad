"""Checks of the commands that say what calls for you."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_tui.app.preferences import AREA, Level
from support.checks.registry import check
from support.fake_chat import posted

if TYPE_CHECKING:
    from support.desk import Desk


@check("next-mention", "previous-mention")
async def _mentions(desk: Desk) -> None:
    said = [posted("general", n, "bob", "alice: ping") for n in (81, 83, 85)]
    await desk.happens(*said, posted("general", 86, "bob", "and so on"))
    transcript = desk.app.model.transcript
    assert transcript is not None
    places = []
    for key in ("alt+p", "alt+p", "alt+n", "alt+n", "alt+p"):
        await desk.press(key)
        places.append(getattr(transcript.selected, "seq", None))
    assert places == [85, 83, 85, 85, 83]


@check("notify")
async def _notify(desk: Desk) -> None:
    await desk.type("/notify")
    assert "#general: mentions:" in desk.screen()
    await desk.type("/notify all")
    assert "every message notifies you" in desk.screen()
    await desk.type("/notify loud")
    assert "There is no level loud: there are all, mentions, none." in desk.screen()
    assert _level(desk) is Level.ALL


@check("mute", "unmute")
async def _mute(desk: Desk) -> None:
    await desk.type("/notify all")
    for line, level in (
        ("/mute", Level.NONE),
        ("/mute", Level.ALL),
        ("/notify none", Level.NONE),
        ("/unmute", Level.ALL),
        ("/unmute", Level.ALL),
    ):
        await desk.type(line)
        assert _level(desk) is level
    await desk.until(lambda: desk.chat.texts.get("conversation") == {"channel general": "all"})
    await desk.until(lambda: "#general is not muted." in desk.screen())


@check("pin", "unpin")
async def _pin(desk: Desk) -> None:
    await desk.press("alt+3")
    await desk.type("/pin")
    assert [c.id for c in desk.app.model.ordered()] == ["p", "general", "random"]
    await desk.press("alt+2")
    assert desk.app.model.active == "general"
    await desk.press("alt+1")
    for line in ("/pin", "/pin", "/unpin", "/unpin"):
        await desk.type(line)
    assert [c.id for c in desk.app.model.ordered()] == ["general", "random", "p"]
    await desk.until(lambda: desk.chat.texts.get("conversation") == {})


def _level(desk: Desk) -> Level:
    conversation = desk.app.model.conversation
    assert conversation is not None
    return desk.app.model.preferences.level(conversation)


@check("close")
async def _close(desk: Desk) -> None:
    await desk.type("/close")
    assert "Only private conversations are closed" in desk.screen()
    await desk.press("alt+3")
    assert "@bob" in desk.screen()
    await desk.type("/close")
    assert desk.app.model.active == "general"
    assert "@ bob" not in desk.screen()
    await desk.press("alt+3")
    assert desk.app.model.active == "general", "it has no place in the list"
    await desk.press("ctrl+k", *"bob", "enter")
    assert desk.app.model.conversation is not None
    assert desk.app.model.conversation.name == "bob"
    assert "@ bob" in desk.screen(), "whoever looks for it opens it"
    await desk.type("/close")
    await desk.until(lambda: "private bob" in desk.chat.texts.get(AREA, {}))
    await desk.happens(posted("p", 1, "bob", "one more thing"))
    assert "@ bob" in desk.screen(), "something was said"
