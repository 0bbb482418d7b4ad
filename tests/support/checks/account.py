"""Checks of the commands of one's account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.checks.registry import check

if TYPE_CHECKING:
    from support.desk import Desk


async def give(desk: Desk, *secrets: str) -> None:
    """Fill in what is asked for that nobody is to see."""
    for secret in secrets:
        await desk.press(*("space" if each == " " else each for each in secret), "enter")
        assert secret not in desk.screen()
    await desk.settled()


@check("register")
async def _register(desk: Desk) -> None:
    await desk.type("/register")
    await desk.until(lambda: "Make alice yours" in desk.screen())
    await give(desk, "correct horse", "another")
    assert "The two are not the same: nothing was changed." in desk.screen()
    await desk.type("/register")
    await desk.until(lambda: "Make alice yours" in desk.screen())
    await give(desk, "correct horse", "correct horse")
    await desk.until(lambda: ("register", "correct horse", "None") in desk.chat.calls)
    await desk.settled()
    assert "alice is yours now" in desk.screen()
    await desk.type("/register")
    await desk.until(lambda: "Make alice yours" in desk.screen())
    await desk.press("escape")
    await desk.settled()
    assert len([call for call in desk.chat.calls if call[0] == "register"]) == 1


@check("password")
async def _password(desk: Desk) -> None:
    await desk.type("/password")
    await desk.until(lambda: "Change the password" in desk.screen())
    await give(desk, "correct horse", "battery staple", "battery staple")
    wanted = ("change_password", "correct horse", "battery staple")
    await desk.until(lambda: wanted in desk.chat.calls)
    await desk.settled()
    assert "All other machines are logged out." in desk.screen()


@check("logins", "logout")
async def _logins(desk: Desk) -> None:
    await desk.type("/logout 2")
    await desk.until(lambda: "There is none of that number" in desk.screen())
    await desk.type("/logins")
    await desk.until(lambda: ("logins",) in desk.chat.calls)
    await desk.settled()
    assert "1  from 203.0.113.7, used lately" in desk.screen()
    assert "2  from 198.51.100.2, used 2 h ago" in desk.screen()
    await desk.type("/logout 2")
    await desk.until(lambda: ("revoke", "there") in desk.chat.calls)
    await desk.type("/logout others")
    await desk.until(lambda: ("revoke", "None") in desk.chat.calls)
    await desk.type("/logout all")
    assert "Which? /logins numbers them" in desk.screen()
