"""Who may act on what: decided where the number is given, in the order of the queue. Pure.

What stands in the log was looked up; what comes before in the same batch is taken into account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from rchat_protocol import names
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.limits import REACTED, REACTIONS
from rchat_server.core.commands import Act, Enter, Leave, Moderate, Post, answer, refuse
from rchat_server.core.ports import Reaction, Target
from rchat_server.core.records import Audit
from rchat_server.core.rules import CONSOLE, OPERATOR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rchat_server.core.commands import Command
    from rchat_server.core.conversation import Conversation
    from rchat_server.core.identity import Identity
    from rchat_server.core.ports import Findings, NewDeed

_GONE: Final = "There is no such message here, or not any more."


def wanting(commands: Iterable[Command], *, restricted: bool) -> list[Post | Act]:
    """Return the commands that something has to be looked up for.

    Args:
        commands: One batch.
        restricted: Whether who writes a message is to be looked at: what is known of it already is
            answered as it was, whoever may write now.
    """
    return [
        each
        for each in commands
        if isinstance(each, Act) or (isinstance(each, Post) and (each.entry.reply or restricted))
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
        self._rules = conversation.rules
        self._inside: dict[Identity, bool] = {}

    def vetted(self, command: Command) -> Command | None:
        """Return what is to be carried out; what is not is answered here."""
        try:
            if isinstance(command, Leave):
                if command.for_good:
                    self._inside[command.identity] = False
                return command
            if isinstance(command, Enter):
                return self._entering(command)
            if isinstance(command, Moderate):
                return self._ruled(command)
            known = self._known.get((command.author.id, command.entry.id))
            if known is not None:
                answer(command, known)
                return None
            self._decide(command)
        except ChatError as error:
            refuse(command, error)
            return None
        return command

    def people(self) -> Iterable[Identity]:
        """Return the members who are seen here."""
        return [person for person in self._conversation.roster.people() if self.holds(person)] + [
            person for person, inside in self._inside.items() if inside
        ]

    def holds(self, identity: Identity) -> bool:
        """Return whether somebody is a member."""
        return self._inside.get(identity, self._conversation in identity.memberships)

    def _entering(self, command: Enter) -> Command:
        person, now = command.identity, self._now()
        if self._conversation.kind != "channel":
            return command
        if not command.joins:
            barred = self._rules.ban_of(person, now) is not None
            return Leave(person, for_good=True, done=command.done) if barred else command
        if not self.holds(person):
            self._rules.refuse_entry(person, now, command.key)
        self._inside[person] = True
        return command

    def _ruled(self, command: Moderate) -> Command:
        if self._conversation.kind != "channel":
            raise ChatError(ErrorCode.NO_SUCH_CONVERSATION, "Only a channel is moderated.")
        ruling = command.ruling = command.decide(self._rules, self, command.actor)
        self._rules = ruling.rules
        for person in ruling.expelled:
            self._inside[person] = False
        return command

    def _now(self) -> int:
        return self._conversation.now_ms()

    def _decide(self, command: Post | Act) -> None:
        person = command.author
        inside = self.holds(person) or self._rules.rank(person) == CONSOLE
        if isinstance(command, Post):
            self._refuse_speech(person, command.entry.at, inside=inside)
            if command.entry.reply:
                self._target(command.entry.reply)
            self._conversation.tempo.spoke(person.id, command.entry.at)
            return
        if not inside:
            raise ChatError(ErrorCode.NO_SUCH_CONVERSATION, "You are not in that conversation.")
        if command.entry.kind not in ("delete", "unreact"):
            self._refuse_speech(person, None, inside=True)
        match command.entry.kind:
            case "edit" | "delete":
                self._rewrite(command)
            case "react":
                self._react(command)
            case "unreact":
                self._unreact(command)
            case "topic":
                self._set_topic(command)

    def _refuse_speech(self, person: Identity, at: int | None, *, inside: bool) -> None:
        """Let somebody write; ``at`` is when, where it is a message."""
        if not self._rules.restricts or self._conversation.kind != "channel":
            return
        self._rules.refuse_speech(person, self._now(), inside=inside)
        if at is not None and self._rules.slow and self._rules.rank(person) < OPERATOR:
            self._conversation.tempo.refuse(person.id, at, self._rules.slow)

    def _target(self, seq: int) -> Target:
        target = self._targets.get(seq)
        if target is None or target.deleted:
            raise ChatError(ErrorCode.NO_SUCH_MESSAGE, _GONE)
        return target

    def _rewrite(self, act: Act) -> None:
        deed = act.entry
        target = self._target(deed.target)
        moderates = deed.kind == "delete" and self._rules.rank(act.author) >= OPERATOR
        if target.author != deed.author and not moderates:
            verb = "edit" if deed.kind == "edit" else "delete"
            raise ChatError(
                ErrorCode.NOT_YOURS, f"Only who wrote a message can {verb} it: this is not yours."
            )
        if deed.kind == "delete":
            if target.author != deed.author:
                audit = Audit(deed.at, deed.user, "delete", f"message {deed.target}")
                deed = act.entry = msgspec.structs.replace(deed, audit=audit)
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
