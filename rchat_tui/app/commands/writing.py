"""What one does with what one writes."""

from __future__ import annotations

from typing import Final

from rchat_tui.app.commands.command import Command, Scope

_GROUP: Final = "Writing"


WRITING: Final[tuple[Command, ...]] = (
    Command(
        "send",
        "Send",
        "Send what is written",
        keys=("enter",),
        scope=Scope.COMPOSER,
        palette=False,
        group=_GROUP,
    ),
    Command(
        "new-line",
        "New line",
        "Begin a new line in the message",
        keys=("ctrl+j", "alt+enter", "shift+enter"),
        scope=Scope.COMPOSER,
        palette=False,
        group=_GROUP,
    ),
    Command(
        "complete",
        "Complete",
        "Complete a name, channel, command or :emoji; again for the next one",
        keys=("tab",),
        scope=Scope.COMPOSER,
        palette=False,
        group=_GROUP,
    ),
    Command(
        "complete-back",
        "Complete back",
        "Back to the completion before",
        keys=("shift+tab",),
        scope=Scope.COMPOSER,
        palette=False,
        group=_GROUP,
    ),
    Command(
        "history-back",
        "Earlier",
        "On the first line: what you wrote before",
        keys=("up",),
        scope=Scope.COMPOSER,
        palette=False,
        group=_GROUP,
    ),
    Command(
        "history-forward",
        "Later",
        "On the last line: what you wrote after",
        keys=("down",),
        scope=Scope.COMPOSER,
        palette=False,
        group=_GROUP,
    ),
    Command(
        "editor",
        "Write in $EDITOR",
        "Go on writing in $VISUAL or $EDITOR; what is saved there comes back here",
        keys=("alt+e",),
        group=_GROUP,
    ),
    Command(
        "me",
        "Act",
        "Say what you do: /me waves",
        slash=("me",),
        usage="TEXT",
        palette=False,
        group=_GROUP,
    ),
    Command(
        "retry",
        "Try again",
        "Send your newest message that could not be sent here again",
        slash=("retry",),
        keys=("alt+r",),
        group=_GROUP,
    ),
    Command(
        "take-back",
        "Edit",
        "Take back your newest message that is not sent, to change it",
        slash=("takeback",),
        keys=("alt+t",),
        group=_GROUP,
    ),
    Command(
        "throw-away",
        "Throw away",
        "Throw your newest message that is not sent away",
        slash=("throwaway",),
        keys=("alt+x",),
        group=_GROUP,
    ),
    Command(
        "copy",
        "Copy",
        "Copy the selection, else clear the line, else say how to quit",
        keys=("ctrl+c",),
        palette=False,
        group=_GROUP,
    ),
)
