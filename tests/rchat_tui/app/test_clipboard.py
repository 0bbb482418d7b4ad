"""What is copied gets to the clipboard that one means, and it is said how."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyperclip
import pytest

from rchat_protocol import models
from rchat_tui.app.clipboard import copy_here
from support.fake_chat import online, posted, state

if TYPE_CHECKING:
    from support.desk import Start

GENERAL = state("general", "alice", "bob")
SAID = posted("general", 1, "bob", "take **this**")


@pytest.fixture
def clipboard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A machine with a clipboard, and what was put into it."""
    copied: list[str] = []
    monkeypatch.setattr(pyperclip, "copy", copied.append)
    return copied


def test_a_text_goes_into_the_clipboard_of_this_machine(clipboard: list[str]) -> None:
    """Otherwise nothing is copied in terminals that know no sequence for it."""
    assert copy_here("hello", {})
    assert clipboard == ["hello"]


@pytest.mark.parametrize("variable", ["SSH_CONNECTION", "SSH_TTY"])
def test_over_ssh_the_clipboard_here_is_the_wrong_one(clipboard: list[str], variable: str) -> None:
    """Otherwise it is copied on the server, and nobody can paste it."""
    assert not copy_here("hello", {variable: "/dev/pts/1"})
    assert clipboard == []


@pytest.mark.parametrize(
    "error", [pyperclip.PyperclipException("no xclip"), OSError("no such file")]
)
def test_a_machine_without_a_clipboard_is_no_error(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Otherwise the app stops where no clipboard program is installed."""

    def refuse(_text: str) -> None:
        raise error

    monkeypatch.setattr(pyperclip, "copy", refuse)
    assert not copy_here("hello", {})


async def test_it_is_said_that_it_is_copied_here(start: Start) -> None:
    """Otherwise one does not know where to paste it."""
    copied: list[str] = []

    def copier(text: str) -> bool:
        copied.append(text)
        return True

    async with start(online(), GENERAL, models.Live(), SAID, copier=copier) as desk:
        await desk.press("ctrl+up", "y")
        await desk.until(lambda: " Copied." in desk.screen())
        assert copied == ["take **this**"]
        assert desk.app.clipboard == "take **this**", "Ctrl+V pastes it here, too"
        assert "through" not in desk.screen()


async def test_it_is_said_that_the_terminal_copies_it(start: Start) -> None:
    """Otherwise one trusts a terminal that may know nothing of it."""
    async with start(online(), GENERAL, models.Live(), SAID) as desk:
        await desk.press("ctrl+up", "y")
        await desk.until(lambda: "Copied through the terminal." in desk.screen())


async def test_what_is_cut_is_copied_without_a_word(start: Start) -> None:
    """Otherwise Ctrl+X goes another way than Ctrl+C, or talks."""
    copied: list[str] = []

    def copier(text: str) -> bool:
        copied.append(text)
        return True

    async with start(online(), GENERAL, models.Live(), copier=copier) as desk:
        await desk.press(*"abc", "shift+left", "ctrl+x")
        await desk.until(lambda: copied == ["c"])
        await desk.settled()
        assert "Copied" not in desk.screen()
