"""What one does with a message that was said."""

from __future__ import annotations

from typing import Final

from rchat_tui.app.commands.command import Command, Kind, Scope

_GROUP: Final = "Acting on a message"


def _move(id_: str, description: str, *keys: str) -> Command:
    label = description.removeprefix("Select ")
    return Command(
        id_,
        label[:1].upper() + label[1:],
        description,
        keys=keys,
        scope=Scope.MESSAGE,
        palette=False,
        group=_GROUP,
    )


ACTING: Final[tuple[Command, ...]] = (
    Command(
        "select",
        "Select a message",
        "Select the newest message, or the one above: then the keys below act on it",
        keys=("ctrl+up",),
        group=_GROUP,
    ),
    _move("select-older", "Select the message above", "up", "k"),
    _move("select-newer", "Select the message below", "down", "j", "ctrl+down"),
    _move("select-page-up", "Select a message a page above", "pageup"),
    _move("select-page-down", "Select a message a page below", "pagedown"),
    _move("select-oldest", "Select the oldest message", "home"),
    _move("select-newest", "Select the newest message", "end"),
    Command(
        "write",
        "Write",
        "Leave the message, and go back to writing",
        keys=("tab",),
        scope=Scope.MESSAGE,
        palette=False,
        group=_GROUP,
    ),
    Command(
        "reply",
        "Reply",
        "Answer the message, or the newest one of somebody else",
        slash=("reply",),
        usage="[TEXT]",
        keys=("r",),
        scope=Scope.MESSAGE,
        group=_GROUP,
    ),
    Command(
        "edit",
        "Edit",
        "Change what your message says, or your newest one",
        slash=("edit",),
        usage="[TEXT]",
        keys=("e",),
        scope=Scope.MESSAGE,
        group=_GROUP,
    ),
    Command(
        "delete",
        "Delete",
        "Delete your message, as an operator anybody's, or your newest: twice, to be sure",
        slash=("delete",),
        keys=("d",),
        scope=Scope.MESSAGE,
        group=_GROUP,
    ),
    Command(
        "react",
        "React",
        "React to the message, or to the newest one; the same again takes it back",
        slash=("react",),
        usage="[EMOJI]",
        takes=(Kind.EMOJI,),
        keys=("plus",),
        scope=Scope.MESSAGE,
        group=_GROUP,
    ),
    Command(
        "copy-message",
        "Copy",
        "Copy what the message says, as it was written",
        keys=("y",),
        scope=Scope.MESSAGE,
        palette=False,
        group=_GROUP,
    ),
    Command(
        "open-link",
        "Open link",
        "Open the link in the message; again for the next one",
        keys=("o",),
        scope=Scope.MESSAGE,
        palette=False,
        group=_GROUP,
    ),
    Command(
        "answered",
        "Jump",
        "Go to the message that this one answers",
        keys=("enter",),
        scope=Scope.MESSAGE,
        palette=False,
        group=_GROUP,
    ),
    Command(
        "answer",
        "Jump back",
        "Go back to the answer",
        keys=("b", "backspace"),
        scope=Scope.MESSAGE,
        palette=False,
        group=_GROUP,
    ),
    Command(
        "let-go",
        "Done",
        "Let go of the message, or give up answering or editing it; any other key writes",
        keys=("escape",),
        scope=Scope.MESSAGE,
        palette=False,
        group=_GROUP,
    ),
    Command(
        "topic",
        "Topic",
        "Say what this channel is about; a lone - removes it",
        slash=("topic",),
        usage="[TEXT]",
        palette=False,
        group=_GROUP,
    ),
)
