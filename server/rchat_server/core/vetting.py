"""Who may act on what: decided where the number is given, in the order of the queue. Pure.

What stands in the log was looked up; what comes before in the same batch is taken into account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from rchat_protocol import names
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.limits import REACTED, REACTIONS
from rchat_server.core.commands import Act, Enter, Leave, Post, answer, refuse
from rchat_server.core.ports import Reaction, Target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rchat_server.core.commands import Command
    from rchat_server.core.conversation import Conversation
    from rchat_server.core.identity import Identity
    from rchat_server.core.ports import Findings, NewDeed

_GONE: Final = "There is no such message here, or not any more."


def wanting(commands: Iterable[Command]) -> list[Post | Act]:
    """Return the commands that something has to be looked up for."""
    return [
        each
        for each in commands
        if isinstance(each, Act) or (isinstance(each, Post) and each.entry.reply)
    ]


def target_of(command: Post | Act) -> int:
    """Return the number of the message that a command is about; 0 where it is about none."""
    return command.entry.target if isinstance(command, Act) else command.entry.reply


class Vetting:
    """One batch of one conversation.

    Args:
        conversation: As it is before the batch.
        found: What the log knows.
    """

    def __init__(self, conversation: Conversation, found: Findings) -> None:
        self._conversation = conversation
        self._known = found.known
        self._targets = dict(found.targets)
        self._topic = conversation.topic
        self._inside: dict[Identity, bool] = {}

    def admits(self, command: Command) -> bool:
        """Return whether a command is to be carried out; one that is not is answered here."""
        if isinstance(command, Leave):
            if command.for_good:
                self._inside[command.identity] = False
        elif isinstance(command, Enter):
            if command.joins:
                self._inside[command.identity] = True
        elif isinstance(command, Act) or command.entry.reply:
            known = self._known.get((command.author.id, command.entry.id))
            if known is not None:
                answer(command, known)
                return False
            try:
                self._decide(command)
            except ChatError as error:
                refuse(command, error)
                return False
        return True

    def _decide(self, command: Post | Act) -> None:
        if isinstance(command, Post):
            self._target(command.entry.reply)
            return
        person = command.author
        if not self._inside.get(person, self._conversation in person.memberships):
            raise ChatError(ErrorCode.NO_SUCH_CONVERSATION, "You are not in that conversation.")
        match command.entry.kind:
            case "edit" | "delete":
                self._rewrite(command)
            case "react":
                self._react(command)
            case "unreact":
                self._unreact(command)
            case "topic":
                self._set_topic(command)

    def _target(self, seq: int) -> Target:
        target = self._targets.get(seq)
        if target is None or target.deleted:
            raise ChatError(ErrorCode.NO_SUCH_MESSAGE, _GONE)
        return target

    def _rewrite(self, act: Act) -> None:
        deed = act.entry
        target = self._target(deed.target)
        if target.author != deed.author:
            verb = "edit" if deed.kind == "edit" else "delete"
            raise ChatError(
                ErrorCode.NOT_YOURS, f"Only who wrote a message can {verb} it: this is not yours."
            )
        if deed.kind == "delete":
            self._targets[deed.target] = Target(target.author, deleted=True)
            spoken_to = self._conversation.tally.spoken_to(deed.target)
            if spoken_to:
                mentions = tuple(person.id for person in spoken_to)
                act.entry = msgspec.structs.replace(deed, mentions=mentions)

    def _react(self, act: Act) -> None:
        deed = act.entry
        target = self._target(deed.target)
        # One name stands once at a reaction: two people of one name in turn cannot be told apart.
        if _mine(target, deed) is not None or any(
            each.emoji == deed.content and names.key(each.user) == names.key(deed.user)
            for each in target.reactions
        ):
            act.idle = True
            return
        kinds = {each.emoji for each in target.reactions} | {deed.content}
        if len(kinds) > REACTIONS:
            raise ChatError(
                ErrorCode.TOO_MANY_REACTIONS,
                f"That message has {REACTIONS} different reactions: choose one of these.",
            )
        if len(target.reactions) >= REACTED:
            raise ChatError(
                ErrorCode.TOO_MANY_REACTIONS, "That message has as many reactions as it can have."
            )
        new = Reaction(deed.author, deed.content, deed.user)
        self._targets[deed.target] = Target(
            target.author, deleted=False, reactions=(*target.reactions, new)
        )

    def _unreact(self, act: Act) -> None:
        deed = act.entry
        target = self._target(deed.target)
        mine = _mine(target, deed)
        if mine is None:
            act.idle = True
            return
        act.entry = msgspec.structs.replace(deed, user=mine.user)
        rest = tuple(each for each in target.reactions if each is not mine)
        self._targets[deed.target] = Target(target.author, deleted=False, reactions=rest)

    def _set_topic(self, act: Act) -> None:
        if self._conversation.kind != "channel":
            raise ChatError(ErrorCode.TOPIC_INVALID, "Only a channel has a topic.")
        act.idle = act.entry.content == self._topic
        self._topic = act.entry.content


def _mine(target: Target, deed: NewDeed) -> Reaction | None:
    for each in target.reactions:
        if (each.identity, each.emoji) == (deed.author, deed.content):
            return each
    return None
