"""The help at hand: for the screen that one is on, and about each of them."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import TYPE_CHECKING

import pytest
from textual.screen import Screen

from rchat_protocol import models
from rchat_tui.app import screens
from rchat_tui.app.screens.chat import ChatScreen
from rchat_tui.app.screens.help import HelpScreen
from rchat_tui.client.events import Offline
from support.fake_chat import online, posted, state

if TYPE_CHECKING:
    from support.desk import Start


def test_every_screen_says_what_it_is_for() -> None:
    """Otherwise a screen is added, and F1 on it speaks of everything else."""
    for found in pkgutil.iter_modules(screens.__path__):
        module = importlib.import_module(f"{screens.__name__}.{found.name}")
        for _, each in inspect.getmembers(module, inspect.isclass):
            if issubclass(each, Screen) and each.__module__ == module.__name__:
                about = getattr(each, "ABOUT", ())
                assert each is ChatScreen or (len(about) > 1 and all(about)), each


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        (("ctrl+f",), "has:link              with a link"),
        (("ctrl+k",), "Type a few letters of a channel or a person"),
        (("ctrl+up", "plus"), "Type a short code without its colons"),
    ],
)
async def test_f1_speaks_of_the_screen_that_one_is_on(
    keys: tuple[str, ...], says: str, start: Start
) -> None:
    """Otherwise one reads through sixty keys to find the three that work here."""
    said = posted("general", 1, "bob", "hello")
    async with start(online(), state("general", "alice", "bob"), models.Live(), said) as desk:
        for key in keys:
            await desk.press(key)
        screen = desk.app.screen
        await desk.press("f1")
        await desk.until(lambda: isinstance(desk.app.screen, HelpScreen))
        await desk.until(lambda: says in desk.screen())
        assert "Esc" in desk.screen()
        await desk.press("f1")
        await desk.until(lambda: desk.app.screen is screen)


async def test_f1_for_a_selected_message_begins_with_its_keys(start: Start) -> None:
    """Otherwise what one may do with it stands on the third page."""
    said = posted("general", 1, "bob", "hello")
    async with start(online(), state("general", "alice", "bob"), models.Live(), said) as desk:
        await desk.press("ctrl+up", "f1")
        await desk.until(lambda: "Answer the message" in desk.screen())
        assert desk.screen().index("Answer the message") < desk.screen().index("Moving about")


async def test_f1_where_no_server_is(start: Start) -> None:
    """Otherwise whoever cannot get in is told of channels."""
    async with start(Offline("Nobody answers.", None)) as desk:
        await desk.press("f1")
        await desk.until(lambda: "Nobody lets us in there." in desk.screen())
