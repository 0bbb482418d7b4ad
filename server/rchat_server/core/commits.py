"""From a batch of commands to what stands in the log: vetted, stored in one piece, answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol.errors import ChatError
from rchat_server.core.commands import (
    NUMBERED,
    Act,
    Enter,
    Moderate,
    Post,
    answer,
    change_of,
    needs_vetting,
    refuse,
)
from rchat_server.core.ports import Appended
from rchat_server.core.vetting import Vetting, target_of, wanting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rchat_server.core.commands import Command
    from rchat_server.core.conversation import Conversation
    from rchat_server.core.meter import Meter
    from rchat_server.core.ports import Change, Store


class Commits:
    """What one conversation has on the disk.

    Args:
        conversation: Its batches come one after the other.
        store: Where they are stored.
        head: Number of the newest entry.
        meter: Counts them.
    """

    __slots__ = ("_conversation", "_meter", "_store", "head", "unvetted")

    def __init__(self, conversation: Conversation, store: Store, head: int, meter: Meter) -> None:
        self._conversation = conversation
        self._meter = meter
        self._store = store
        self.head = head
        """Number of the last entry that is committed."""
        self.unvetted = 0
        """Commands in the queue that something has to be looked up for."""

    async def commit(self, commands: Sequence[Command]) -> Sequence[Command]:
        """Store all that has to be, and answer the senders.

        Returns the commands that are to be carried out; entries that are new in the log have a
        place there. What may not be done or could not be stored is refused here, and does not
        happen.
        """
        if self.unvetted or self._conversation.rules.restricts:
            commands = await self._vetted(commands)
        stored: list[Command] = []
        changes: list[Change] = []
        for command in commands:
            change = command.entry if isinstance(command, Post) else change_of(command)
            if change is not None:
                stored.append(command)
                changes.append(change)
        if changes:
            began, before = self._meter.now(), self.head
            try:
                results = await self._store.append(self._conversation.id, changes)
            except ChatError as error:
                return _without(commands, stored, error)
            posts = [command for command in stored if isinstance(command, NUMBERED)]
            for post, result in zip(posts, results, strict=True):
                if result.fresh:
                    self.head = result.seq
                    post.place(result.seq)
            self._meter.committed(began, self.head - before)
            for post, result in zip(posts, results, strict=True):
                answer(post, result)
        if len(stored) < len(commands):
            self._answer_idle(commands)
        return commands

    async def _vetted(self, commands: Sequence[Command]) -> Sequence[Command]:
        """Return the commands that are to be carried out; the others are answered here."""
        moderating = sum(isinstance(each, Moderate) for each in commands)
        restricted = bool(moderating) or self._conversation.rules.restricts
        asking = wanting(commands, restricted=restricted)
        self.unvetted -= moderating + sum(map(needs_vetting, asking))
        if not (asking or restricted):
            return commands
        targets = {target_of(each) for each in asking}
        ids = {(each.author.id, each.entry.id) for each in asking}
        try:
            found = await self._store.inspect(self._conversation.id, targets, ids)
        except ChatError as error:
            # Who goes, or is seen again, needs nothing of the disk.
            rest = [each for each in commands if restricted and _is_decided(each)]
            return _without(commands, [*asking, *rest], error)
        vetting = Vetting(self._conversation, found)
        vetted = map(vetting.vetted, commands)
        return [each for each in vetted if each is not None]

    def _answer_idle(self, commands: Sequence[Command]) -> None:
        """Answer what was so already when its turn came: with how the log stands."""
        for act in commands:
            if isinstance(act, Act) and act.idle:
                new = act.entry
                answer(
                    act,
                    Appended(self._conversation.id, self.head, new.id, new.at, fresh=False),
                )


def _is_decided(command: Command) -> bool:
    """Return whether the rules say if it may be done, and nothing has to be looked up for it."""
    return isinstance(command, Moderate) or (isinstance(command, Enter) and command.joins)


def _without(
    commands: Sequence[Command], refused: Sequence[Command], error: ChatError
) -> list[Command]:
    """Refuse some commands, and what was found to be idle because of them; return the others."""
    out = {*refused, *(each for each in commands if isinstance(each, Act))}
    for each in commands:
        if each in out:
            refuse(each, error)
    return [each for each in commands if each not in out]
