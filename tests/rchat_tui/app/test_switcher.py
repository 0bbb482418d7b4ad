from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rchat_protocol import models
from rchat_tui.app.answers import ChannelsTold
from rchat_tui.app.errands import Errands
from rchat_tui.app.messages import ConversationChosen
from rchat_tui.app.preferences import Preference
from rchat_tui.app.screens.switcher import SwitcherScreen
from rchat_tui.app.widgets.channel_list import ChannelList
from rchat_tui.app.widgets.row_list import RowList
from rchat_tui.client.errors import ConnectionLost
from support.fake_chat import FakeChat, online, posted, state

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from support.desk import Desk, Start

WORLD = (
    online(),
    state("general", "alice", "bob", "kim"),
    state("random", "alice", "bob"),
    state("rust", "alice", "bob"),
    models.Live(),
)


def rows(desk: Desk) -> list[str]:
    """Return what the switcher shows: sign, text, and badge."""
    entries = desk.app.screen.query_one(RowList).entries
    return [f"{entry.sign}{entry.text} {entry.badge}".strip() for entry in entries]


async def test_a_name_that_is_typed_in_a_burst_is_looked_for(start: Start, chat: FakeChat) -> None:
    """Over a slow line the name landed in the message that was begun, and Enter sent it."""
    async with start(*WORLD) as desk:
        desk.burst("ctrl+k", *"rus", "enter")
        await desk.until(lambda: desk.app.model.conversation is not None)
        await desk.until(lambda: desk.app.model.active == "rust")
        assert desk.app.chat.composer.text == ""
        assert not [call for call in chat.calls if call[0] == "post"]


async def test_channels_that_one_is_not_in_are_offered_once_it_is_open(
    start: Start, chat: FakeChat
) -> None:
    """Otherwise one has to know the name of a channel; or each letter asks the server."""
    chat.channels = ["general", "ruby", "random"]
    async with start(*WORLD) as desk:
        await desk.press("ctrl+k")
        await desk.until(lambda: "#ruby join" in rows(desk))
        await desk.press("r", "u")
        assert rows(desk) == ["#rust", "#ruby join"]
        assert [call[0] for call in chat.calls].count("list_channels") == 1
        await desk.press("down", "enter")
        await desk.until(lambda: ("join", "ruby") in chat.calls)
        assert desk.app.screen is desk.app.chat


async def test_without_a_line_it_offers_what_is_known(start: Start, chat: FakeChat) -> None:
    """Otherwise the switcher complains, offline, about what one did not ask for."""
    async with start(*WORLD) as desk:
        chat.drop()
        await desk.settled()
        await desk.press("ctrl+k")
        assert "#rust" in rows(desk)
        assert not [call for call in chat.calls if call[0] == "list_channels"]


async def test_the_mouse_chooses_in_the_switcher_and_in_the_list(start: Start) -> None:
    """Otherwise whoever uses the mouse cannot get from one channel to another."""
    async with start(*WORLD) as desk:
        await desk.press("ctrl+k")
        at = rows(desk).index("#rust")
        await desk.pilot.click(desk.app.screen.query_one(RowList), offset=(5, at))
        await desk.until(lambda: desk.app.model.active == "rust")
        await desk.until(lambda: desk.app.screen is desk.app.chat)
        channels = desk.app.chat.query_one(ChannelList)
        at = next(n for n, entry in enumerate(channels.entries) if entry.key == "random")
        await desk.pilot.click(channels, offset=(5, at))
        await desk.until(lambda: desk.app.model.active == "random")


async def test_a_person_is_written_to(start: Start, chat: FakeChat) -> None:
    """Otherwise Ctrl+K finds people and does nothing with them."""
    async with start(*WORLD) as desk:
        await desk.press("ctrl+k", "@")
        assert rows(desk) == ["@bob #general", "@kim #general"]
        await desk.press("k", "enter")
        await desk.until(lambda: ("open_conversation", "kim") in chat.calls)


async def test_commands_used_lately_come_first(start: Start) -> None:
    """Otherwise the palette begins with what nobody uses."""
    async with start(*WORLD) as desk:
        await desk.type("/theme")
        await desk.type("/mute")
        await desk.press("f2")
        assert isinstance(desk.app.screen, SwitcherScreen)
        assert [row.split("  ")[0] for row in rows(desk)[:2]] == [">Mute", ">Change theme"]


async def test_a_row_is_made_anew_only_where_something_changed(start: Start) -> None:
    """Otherwise a message costs as many rows as there are channels; or a row is not up to date."""
    async with start(*WORLD) as desk:
        channels = desk.app.chat.query_one(ChannelList)
        before = {entry.key: entry for entry in channels.entries if entry.key}
        await desk.happens(posted("random", 1, "bob", "alice: hey"))
        after = {entry.key: entry for entry in channels.entries if entry.key}
        assert [key for key in before if before[key] is not after[key]] == ["random"]
        assert (after["random"].call, after["random"].badge) == ("@1", "1")
        desk.app.model.preferences.put(("channel", "random"), Preference(muted=True))
        desk.app.show_soon()
        await desk.settled()
        (muted,) = [entry for entry in channels.entries if entry.key == "random"]
        assert (muted.call, muted.badge, muted.role) == ("", "⊘ 1", "faint")
        await desk.happens(models.Parted("random"))
        assert "random" not in channels._made


class Slow(FakeChat):
    """A server that takes its time with read markers."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def mark_read(self, conversation: str, seq: int) -> None:
        """Answer when the test lets it."""
        await super().mark_read(conversation, seq)
        await self.gate.wait()


async def test_no_read_marker_is_lost_when_one_goes_on_to_another_channel() -> None:
    """Broken, what was read here is unread on the other terminal for ever."""
    chat, tasks = Slow(), set[asyncio.Task[None]]()

    def spawn(errand: Coroutine[Any, Any, None]) -> None:
        tasks.add(asyncio.create_task(errand))

    errands = Errands(chat, post=lambda _message: None, spawn=spawn)
    errands.mark_read("general", 5)
    await asyncio.sleep(0)
    errands.mark_read("general", 6)
    errands.mark_read("random", 3)
    errands.mark_read("random", 3)
    chat.gate.set()
    await asyncio.gather(*tasks)
    asked = [call[1:] for call in chat.calls]
    assert asked[0] == ("general", "5")
    assert sorted(asked[1:]) == [("general", "6"), ("random", "3")]
    chat.errors["mark_read"] = ConnectionLost("There is no line.")
    errands.mark_read("random", 4)
    await asyncio.gather(*tasks)
    del chat.errors["mark_read"]
    errands.mark_read("random", 4)
    await asyncio.gather(*tasks)
    assert [call[1:] for call in chat.calls][-2:] == [("random", "4"), ("random", "4")]


async def test_what_is_told_late_does_no_harm(start: Start) -> None:
    """Otherwise an answer that comes after the switcher was closed breaks the app."""
    async with start(*WORLD) as desk:
        desk.app.post_message(ChannelsTold(["x"]))
        desk.app.post_message(ConversationChosen("nowhere"))
        await desk.settled()
        assert desk.app.model.active == "general"
