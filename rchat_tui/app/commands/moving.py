"""Ways from one conversation to another, and within one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rchat_tui.app.commands.command import Command, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

_GROUP: Final = "Moving about"


def _goto() -> Iterator[Command]:
    for number in range(1, 11):
        yield Command(
            f"goto-{number}",
            f"Conversation {number}",
            f"Go to conversation {number} of the list",
            keys=(f"alt+{number % 10}",),
            palette=False,
            group=_GROUP,
        )


MOVING: Final[tuple[Command, ...]] = (
    Command(
        "switcher",
        "Switch",
        "Find a channel, a person or a command by a few of its letters",
        keys=("ctrl+k",),
        palette=False,
        footer=2,
        group=_GROUP,
    ),
    Command(
        "search",
        "Search",
        "Find what was said, in all conversations",
        slash=("search", "find"),
        usage="[TEXT]",
        keys=("ctrl+f",),
        group=_GROUP,
    ),
    Command(
        "next-unread",
        "Next unread",
        "Go to the next conversation with unread messages, those that mention you first",
        slash=("next",),
        keys=("alt+a",),
        footer=3,
        group=_GROUP,
    ),
    Command(
        "previous-conversation",
        "Previous",
        "Go to the conversation above",
        keys=("alt+up",),
        group=_GROUP,
    ),
    Command(
        "next-conversation",
        "Next",
        "Go to the conversation below",
        keys=("alt+down",),
        group=_GROUP,
    ),
    *_goto(),
    Command(
        "buffer",
        "Go to",
        "Go to a conversation by name, a part of it, or number",
        slash=("buffer", "b"),
        usage="CONVERSATION",
        takes=(Kind.JOINED,),
        palette=False,
        group=_GROUP,
    ),
    Command(
        "last-conversation",
        "Last conversation",
        "Go back to the conversation before this one",
        slash=("last",),
        keys=("alt+s",),
        group=_GROUP,
    ),
    Command(
        "first-unread",
        "First unread",
        "Scroll to the first unread message",
        keys=("alt+u",),
        group=_GROUP,
    ),
    Command(
        "page-up",
        "Page up",
        "Scroll back",
        slash=("older",),
        keys=("pageup",),
        palette=False,
        group=_GROUP,
    ),
    Command("page-down", "Page down", "Scroll on", keys=("pagedown",), palette=False, group=_GROUP),
    Command("oldest", "Oldest", "Scroll to the oldest message", keys=("alt+home",), group=_GROUP),
    Command(
        "newest",
        "Newest",
        "Scroll to the newest message",
        slash=("newest",),
        keys=("alt+end",),
        group=_GROUP,
    ),
    Command(
        "clear",
        "Clear the view",
        "Scroll all that was said out of view; scrolling back shows it",
        slash=("clear",),
        keys=("ctrl+l",),
        group=_GROUP,
    ),
)
