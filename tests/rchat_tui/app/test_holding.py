"""What is typed while a conversation is being opened goes there, or comes back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rchat_protocol import models
from rchat_protocol.errors import ErrorCode
from rchat_tui.client.errors import ServerError
from support.fake_chat import online, state

if TYPE_CHECKING:
    from support.desk import Desk, Start

GENERAL = state("general", "alice", "bob")
TEA = state("tea", "alice")
PRIVATE = state("dave", "dave", "alice", kind="private", id_="@dave")


def sent(desk: Desk) -> list[tuple[str, ...]]:
    """Return what was sent, and where to."""
    return [call[1:] for call in desk.chat.calls if call[0] == "post"]


class SlowToOpen:
    """Lets the server take its time to open a conversation."""

    def __init__(self, desk: Desk, error: Exception | None = None) -> None:
        self.go_on = asyncio.Event()
        self._error = error
        desk.chat.open_conversation = self.open  # type: ignore[method-assign]

    async def open(self, user: str) -> models.ConversationState:
        """Answer when it is time."""
        del user
        await self.go_on.wait()
        if self._error is not None:
            raise self._error
        return PRIVATE


async def test_a_private_line_waits_for_its_conversation(start: Start) -> None:
    """Otherwise a private word is said to the channel that happens to be on the screen."""
    async with start(online(), GENERAL, models.Live()) as desk:
        slow = SlowToOpen(desk)
        await desk.type("/msg dave one")
        await desk.type("two")
        assert sent(desk) == []
        slow.go_on.set()
        await desk.until(lambda: len(sent(desk)) == 2)
        assert sent(desk) == [("@dave", "one"), ("@dave", "two")]


async def test_what_cannot_be_said_there_comes_back(start: Start) -> None:
    """Otherwise it is lost, or everybody reads it."""
    async with start(online(), GENERAL, models.Live()) as desk:
        nobody = ServerError(ErrorCode.NO_SUCH_USER, "Nobody called dave is here.", retry=False)
        slow = SlowToOpen(desk, nobody)
        await desk.type("/msg dave one")
        await desk.type("two")
        slow.go_on.set()
        await desk.until(lambda: desk.app.chat.composer.text)
        assert desk.app.chat.composer.text == "/msg dave one\ntwo"
        assert sent(desk) == []
        await desk.settled()
        assert "Nobody called dave is here." in desk.screen()


async def test_lines_after_a_join_go_to_the_new_channel(start: Start) -> None:
    """Otherwise who pastes a command and a line says it in the wrong place."""
    async with start(online(), GENERAL, models.Live()) as desk:
        await desk.type("/join tea")
        await desk.type("hello tea")
        assert sent(desk) == []
        await desk.happens(TEA)
        await desk.until(lambda: sent(desk) == [("tea", "hello tea")])


async def test_a_line_that_drops_gives_back_what_waits(start: Start) -> None:
    """Otherwise it goes to whatever is open when the line is back."""
    async with start(online(), GENERAL, models.Live()) as desk:
        await desk.type("/join tea")
        await desk.type("hello tea")
        desk.chat.drop()
        await desk.until(lambda: desk.app.chat.composer.text == "hello tea")
        assert sent(desk) == []
