from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import models
from rchat_tui.app.items import Gap, Notice, Said
from rchat_tui.app.seeking import LIMIT, find
from rchat_tui.app.settings import AppSettings
from rchat_tui.client.errors import ServerError
from support.fake_chat import NOON, URL, FakeChat, online, state

if TYPE_CHECKING:
    from rchat_tui.app.items import Item
    from support.desk import Desk, Start


def said(seq: int, content: str = "") -> Said:
    """Return a message."""
    return Said("bob", content, NOON, str(seq), seq)


def test_the_next_one_from_where_one_is() -> None:
    """Otherwise the key jumps over a mention, or stays on one."""
    items: list[Item] = [said(1, "x"), Notice("", 0), said(2), said(3, "x"), said(4), said(5, "x")]

    def wanted(item: Said) -> bool:
        return item.content == "x"

    assert find(items, items[2], -1, wanted) is items[0]
    assert find(items, items[2], 1, wanted) is items[3]
    assert find(items, items[3], 1, wanted) is items[3]
    assert find(items, None, -1, wanted) is items[5]
    assert find(items, None, 1, wanted) is items[0]
    assert find(items, said(5), -1, wanted) is items[5], "it stands there as another value now"
    assert find(items, Notice("", 0), 1, wanted) is None, "it is there no more"
    gap = Gap(6, 9)
    assert find([*items, gap, said(10, "x")], items[4], 1, lambda _: False) is gap


def history(chat: FakeChat, size: int, *mentions: int) -> models.ConversationState:
    """Let so much have been said, some of it to alice; return the state that tells."""
    chat.log["general"] = [
        models.Message(n, f"g{n}", "bob", "alice: hey" if n in mentions else "…", NOON + n)
        for n in range(1, size + 1)
    ]
    return state("general", "alice", "bob", head=size)


def place(desk: Desk) -> int | None:
    """Return the number of the message that was gone to."""
    transcript = desk.app.model.transcript
    return None if transcript is None else getattr(transcript.selected, "seq", None)


async def test_older_ones_are_loaded_until_one_is_found(start: Start, chat: FakeChat) -> None:
    """Otherwise a mention of yesterday is out of reach."""
    async with start(online(), history(chat, 900, 120, 130, 890), models.Live()) as desk:
        await desk.until(lambda: "…" in desk.screen())
        await desk.press("alt+p")
        assert place(desk) == 890
        await desk.press("alt+p")
        await desk.until(lambda: place(desk) == 130)
        await desk.settled()
        assert "alice: hey" in desk.screen()
        await desk.press("alt+p")
        await desk.until(lambda: place(desk) == 120)
        await desk.press("alt+n", "alt+n")
        assert place(desk) == 890
        await desk.press("alt+n")
        assert "Nothing later here mentions you." in desk.screen()
        assert place(desk) == 890


async def test_it_gives_up_after_some_pages_and_goes_on_from_there(
    start: Start, chat: FakeChat
) -> None:
    """Otherwise one key loads a year of history, or cannot get beyond the first pages."""
    size = 100 * (LIMIT + 12)
    async with start(online(), history(chat, size, 7), models.Live()) as desk:
        await desk.until(lambda: "…" in desk.screen())
        await desk.press("alt+p")
        await desk.until(lambda: "The same key looks further." in desk.screen())
        asked = [call for call in chat.calls if call[0] == "history"]
        assert LIMIT <= len(asked) <= LIMIT + 2
        assert place(desk) is None
        await desk.press("alt+p")
        await desk.until(lambda: place(desk) == 7)


async def test_whoever_does_something_else_is_not_taken_away(start: Start, chat: FakeChat) -> None:
    """Otherwise a page that comes late throws the view somewhere else."""
    random = state("random", "alice", "bob")
    async with start(online(), history(chat, 900, 7), random, models.Live()) as desk:
        await desk.until(lambda: "…" in desk.screen())
        desk.burst("alt+p", "alt+end")
        await desk.settled()
        assert place(desk) is None
        assert desk.app.chat.messages.viewport.at_end
        desk.burst("alt+p", "alt+2")
        await desk.settled()
        assert desk.app.model.active == "random"
        assert place(desk) is None


async def test_what_cannot_be_loaded_is_said(start: Start, chat: FakeChat) -> None:
    """Otherwise the key seems to do nothing."""
    async with start(online(), history(chat, 900), models.Live()) as desk:
        await desk.until(lambda: "…" in desk.screen())
        chat.errors["history"] = ServerError("busy", "The server is busy.", retry=1.0)
        await desk.press("alt+p")
        await desk.until(lambda: "The server is busy." in desk.screen())


async def test_a_keyword_is_a_mention_and_one_can_answer_it(start: Start, chat: FakeChat) -> None:
    """Otherwise keywords are only half of what they are said to be; the message is selected."""
    settings = AppSettings("alice", URL, keywords=("Deploy",))
    general = history(chat, 50)
    chat.log["general"][9] = models.Message(10, "g10", "bob", "the deploy is through", NOON)
    async with start(online(), general, models.Live(), settings=settings) as desk:
        await desk.until(lambda: "…" in desk.screen())
        await desk.press("alt+p")
        assert place(desk) == 10
        await desk.press("r", *"well", "enter")
        await desk.until(lambda: any(call[0] == "post" for call in chat.calls))
        assert ("post", "general", "well", "10") in chat.calls
