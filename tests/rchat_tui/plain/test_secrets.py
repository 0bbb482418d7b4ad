"""Passwords where there is no screen: lines that are not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import models
from rchat_tui.client.errors import ServerError
from rchat_tui.client.events import Offline
from support.fake_chat import online, state

if TYPE_CHECKING:
    from support.paper import Start


async def test_an_account_is_made_line_by_line(start: Start) -> None:
    """Otherwise who cannot see a screen has no account."""
    async with start(online(), state("general", "alice")) as paper:
        assert await paper.type("/register") == [
            "-- Make alice yours. Nothing of what you type is shown; an empty line gives up.",
            "-- A new password, of 8 characters or more:",
        ]
        assert paper.hushed == [True]
        assert await paper.type("correct horse") == ["-- The same again:"]
        (told,) = await paper.type("correct horse")
        assert told.startswith("-- alice is yours now")
        assert paper.hushed == [True, False]
        assert ("register", "correct horse", "None") in paper.chat.calls
        assert not [call for call in paper.chat.calls if call[0] == "post"]


async def test_an_empty_line_gives_up(start: Start) -> None:
    """Otherwise one is caught in a question, and the next message is a password."""
    async with start(online(), state("general", "alice")) as paper:
        await paper.type("/password")
        assert await paper.type("") == ["-- Given up."]
        await paper.type("hello")
        assert ("post", "general", "hello") in paper.chat.calls


async def test_a_password_is_asked_for_at_the_door(start: Start) -> None:
    """And an invitation may be left out."""
    refusal = Offline("alice is an account.", None, "password-required")
    async with start(refusal) as paper:
        assert paper.written[-1] == "-- The password of alice:"
        await paper.type("correct horse")
        assert paper.chat.calls[-1] == ("login", "alice", "correct horse", "False", "None")
        await paper.happens(Offline("Accounts alone.", None, "account-required"))
        await paper.type("correct horse", "")
        assert paper.chat.calls[-1] == ("login", "alice", "correct horse", "True", "None")


async def test_a_channel_is_entered_and_moderated(start: Start) -> None:
    """All that the screen can do."""
    async with start(online(), state("general", "alice", "bob")) as paper:
        paper.chat.errors["join"] = ServerError("channel-password", "It has a password.")
        assert (await paper.type("/join tea"))[-1] == "-- It has a password:"
        await paper.type("open sesame")
        assert ("enter", "tea", "open sesame") in paper.chat.calls
        await paper.happens(state("tea", "alice", "bob"))
        assert await paper.type("/kick bob be nice") == ["-- alice put bob out: be nice"]
        rules = await paper.type("/rules")
        assert rules[0] == "-- Open to those who are invited. Each writes every 5 s."
        gone = await paper.happens(models.Parted("tea", "tea", "bob", "out"))
        assert gone[0] == "-- bob put you out of #tea: out."
