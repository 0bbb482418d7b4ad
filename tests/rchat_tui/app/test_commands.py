"""Every command of the table does what it says. A command without a check fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rchat_protocol import models
from rchat_tui.app.actions import Actions
from rchat_tui.app.commands import BY_ID, COMMANDS, Scope
from rchat_tui.app.widgets.composer import Composer
from support.checks import CHECKS
from support.fake_chat import online, posted, state

if TYPE_CHECKING:
    from support.desk import Start


def world() -> list[models.Event]:
    """Return two channels, one private conversation, and what was said."""
    said = [posted("general", n, "bob", f"line {n}") for n in range(1, 81)]
    return [
        state("general", "alice", "bob"),
        state("random", "alice", "bob", head=3, unread=2),
        state("bob", "alice", "bob", kind="private", id_="p"),
        models.Live(),
        *said,
    ]


def test_every_command_has_a_handler_and_a_check() -> None:
    """Otherwise a key or a slash command does nothing, and nobody notices."""
    for command in COMMANDS:
        home, prefix = (
            (Composer, "action_") if command.scope is Scope.COMPOSER else (Actions, "do_")
        )
        if not command.id.startswith("goto-"):
            name = prefix + command.id.replace("-", "_")
            assert callable(getattr(home, name, None)), command.id
    assert set(CHECKS) == set(BY_ID)


@pytest.mark.parametrize(
    "command", sorted({run.__name__: id_ for id_, run in CHECKS.items()}.values())
)
async def test_a_command_does_what_it_says(command: str, start: Start) -> None:
    """Otherwise the table promises what the app does not do. Some are checked together."""
    async with start(online(), *world()) as desk:
        desk.chat.calls.clear()
        await CHECKS[command](desk)
