"""What a person is asked for who is not let in, or not into a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rchat_protocol import models
from rchat_tui.app.screens.connect import ConnectScreen
from rchat_tui.app.screens.help import HelpScreen
from rchat_tui.app.screens.passwords import PasswordScreen
from rchat_tui.client.errors import ServerError
from rchat_tui.client.events import Offline
from support.checks.account import give
from support.fake_chat import online, state
from support.hostile import STRINGS

if TYPE_CHECKING:
    from support.desk import Desk, Start

TAKEN = Offline("alice is an account: log in with its password.", None, "password-required")


async def asked(desk: Desk) -> None:
    """Wait for the prompt."""
    await desk.until(lambda: isinstance(desk.app.screen, PasswordScreen))
    await desk.settled()


async def test_whoever_has_an_account_gives_his_password(start: Start) -> None:
    """Otherwise nobody comes in to his account from a new machine."""
    async with start(TAKEN) as desk:
        await asked(desk)
        assert "alice is an account: log in with its password." in desk.screen()
        await give(desk, "wrong horse")
        assert desk.chat.calls[-1] == ("login", "alice", "wrong horse", "False", "None")
        await desk.happens(Offline("That is not the password.", None, "wrong-password"))
        await asked(desk)
        assert "That is not the password." in desk.screen()
        await desk.press("escape")
        await desk.until(lambda: isinstance(desk.app.screen, ConnectScreen))
        await desk.press("p")
        await asked(desk)
        await give(desk, "correct horse")
        assert desk.chat.calls[-1] == ("login", "alice", "correct horse", "False", "None")
        await desk.happens(online(), state("general", "alice"), models.Live())
        await desk.until(lambda: desk.app.screen is desk.app.chat)


@pytest.mark.parametrize(("code", "invited"), [("", "None"), ("c0de", "c0de")])
async def test_an_account_is_made_where_guests_do_not_come_in(
    start: Start, code: str, invited: str
) -> None:
    """Otherwise a server for accounts alone is one that nobody comes into."""
    refusal = Offline("This server takes people with an account alone.", None, "account-required")
    async with start(refusal) as desk:
        await asked(desk)
        assert "An account for alice" in desk.screen()
        await desk.press(*"correct-horse", "enter", *code)
        assert "correct" not in desk.screen()
        assert code in desk.screen(), "an invitation is no secret, and is copied from a letter"
        await desk.press("enter")
        await desk.settled()
        assert desk.chat.calls[-1] == ("login", "alice", "correct-horse", "True", invited)


@pytest.mark.parametrize("key", ["enter", "tab"])
async def test_a_burst_of_keys_goes_into_the_right_fields(start: Start, key: str) -> None:
    """A password manager types all at once: a part of it could stand where all can read it."""
    refusal = Offline("This server takes people with an account alone.", None, "account-required")
    async with start(refusal) as desk:
        await asked(desk)
        desk.burst(*"correct-horse", key, *"c0de", "enter")
        await desk.until(lambda: bool(desk.chat.calls))
        assert desk.chat.calls[-1] == ("login", "alice", "correct-horse", "True", "c0de")


async def test_letters_of_an_address_are_no_commands(start: Start) -> None:
    """Otherwise who types fast quits with the q of another server's name."""
    async with start(Offline("Nobody listens there.", 5.0)) as desk:
        await desk.until(lambda: isinstance(desk.app.screen, ConnectScreen))
        await desk.settled()
        desk.burst("n", *"quinn", "enter", "r")
        await desk.until(lambda: desk.chat.user == "quinn")
        await desk.settled()
        assert ("retry_now",) in desk.chat.calls


@pytest.mark.parametrize(
    ("burst", "logins"),
    [("enter enter enter", 1), ("enter escape", 1), ("enter f1", 1), ("f1 enter", 0)],
)
async def test_a_card_that_is_filled_in_goes_once(start: Start, burst: str, logins: int) -> None:
    """Otherwise a key too many takes away what is below it, or ends the app."""
    async with start(TAKEN) as desk:
        await asked(desk)
        desk.burst(*"wrong-horse", *burst.split())
        for _ in range(3):
            await desk.settled()
            if not isinstance(desk.app.screen, ConnectScreen):
                await desk.press("escape")
        await desk.until(lambda: isinstance(desk.app.screen, ConnectScreen))
        await desk.settled()
        calls = [call for call in desk.chat.calls if call[0] == "login"]
        assert calls == [("login", "alice", "wrong-horse", "False", "None")] * logins


async def test_help_comes_before_the_key_that_follows_it(start: Start) -> None:
    """Otherwise who asks for help, and closes it with q at once, quits."""
    async with start(Offline("Nobody listens there.", 5.0)) as desk:
        await desk.until(lambda: isinstance(desk.app.screen, ConnectScreen))
        await desk.settled()
        desk.burst("f1", "q")
        await desk.until(lambda: isinstance(desk.app.screen, HelpScreen))
        await desk.press("escape")
        await desk.until(lambda: isinstance(desk.app.screen, ConnectScreen))
        await desk.press("r")
        assert ("retry_now",) in desk.chat.calls


async def test_an_empty_password_is_asked_for_again(start: Start) -> None:
    """Otherwise Enter, pressed once too often, is a wrong password."""
    async with start(TAKEN) as desk:
        await asked(desk)
        await desk.press("enter")
        assert isinstance(desk.app.screen, PasswordScreen)
        assert not [call for call in desk.chat.calls if call[0] == "login"]


async def test_what_is_refused_before_anything_is_sent_is_told(start: Start) -> None:
    """There is no line whose status would say it."""
    async with start(TAKEN) as desk:
        desk.chat.errors["login"] = ServerError("encryption-required", "Nothing was sent.")
        await asked(desk)
        await give(desk, "correct horse")
        await desk.until(lambda: "Nothing was sent." in desk.screen())


async def test_a_channel_asks_for_its_password(start: Start) -> None:
    """Otherwise one is told that there is one, and has nowhere to say it."""
    async with start(online(), state("general", "alice"), models.Live()) as desk:
        desk.chat.errors["join"] = ServerError("channel-password", "That channel has a password.")
        await desk.type("/join tea")
        await asked(desk)
        assert "That channel has a password." in desk.screen()
        await give(desk, "open sesame")
        assert ("enter", "tea", "open sesame") in desk.chat.calls
        await desk.happens(state("tea", "alice"))
        assert desk.app.model.active == "tea"


async def test_what_is_typed_for_others_waits_for_the_channel(start: Start) -> None:
    """A line after /join that goes into the old channel tells the wrong people."""
    async with start(online(), state("general", "alice"), models.Live()) as desk:
        desk.chat.errors["join"] = ServerError("channel-password", "That channel has a password.")
        await desk.type("/join tea")
        await asked(desk)
        await desk.press("escape")
        await desk.settled()
        await desk.type("back here")
        assert ("post", "general", "back here") in desk.chat.calls


async def test_who_is_put_out_is_told_by_whom(start: Start) -> None:
    """Otherwise a channel vanishes, and one does not know why."""
    async with start(
        online(), state("general", "alice"), state("tea", "alice", "bob"), models.Live()
    ) as desk:
        await desk.happens(models.Parted("tea", "tea", "bob", "cool down"))
        await desk.until(lambda: "bob put you out of #tea: cool down." in desk.screen())


async def test_words_of_moderators_do_nothing(start: Start) -> None:
    """A reason is a stranger's text, like a message."""
    async with start(online(), state("general", "alice", "bob"), models.Live()) as desk:
        for text in STRINGS:
            rules = models.ChannelRules(owner=text, operators=[text])
            await desk.happens(models.Moderated("general", text, text, rules, text, text, 2**62))
        shown = desk.screen()
        assert not {each for each in shown if ord(each) < 0x20 and each != "\n"}
