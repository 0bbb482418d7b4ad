"""Where a client stands on its server: what a new connection needs to go on from there. No I/O.

Delivery is at least once on the wire; the numbers make it exactly once for whoever iterates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rchat_protocol import names
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.models import (
    ConversationState,
    Cursor,
    Expired,
    Live,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    MessageReaction,
    Parted,
    Skipped,
    TopicChanged,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rchat_protocol.models import Event

    Numbered = MessagePosted | MessageEdited | MessageDeleted | MessageReaction | TopicChanged

CONVERSATIONS: Final = 4_000
"""Most conversations that a server may name. One that names more is no server of ours."""


@dataclass(slots=True)
class _Place:
    """How far one conversation has come."""

    epoch: str
    cursor: int
    """Where a new stream is to go on."""
    delivered: int
    """The last entry that was handed on; 0 before the first one of this epoch."""


class Standing:
    """Cursors and channels, kept up to date by every event that arrives.

    Whatever the server does not name again after a reconnect is forgotten at `Live`.
    """

    def __init__(self) -> None:
        self.identity = 0
        """`SavedLogin.identity`: changes whenever the server made a new one. 0 before the first
        login; below 0 while the disk would not take it.

        What was sent under one of them cannot be sent again under another: the server knows the
        ids of an identity's messages, and nobody else's.
        """
        self._places: dict[str, _Place] = {}
        self._channels: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self._named: set[str] = set()

    @property
    def cursors(self) -> dict[str, Cursor]:
        """How far each conversation has been received: the ``after`` of ``events``."""
        return {id_: Cursor(place.epoch, place.cursor) for id_, place in self._places.items()}

    @property
    def channels(self) -> list[str]:
        """Names of the channels to be in, in the order in which they were joined."""
        return list(self._channels.values())

    def cursor(self, conversation: str) -> Cursor | None:
        """Return how far a conversation has been received; None for one that is not known."""
        place = self._places.get(conversation)
        return None if place is None else Cursor(place.epoch, place.cursor)

    def restore(self, states: Iterable[ConversationState]) -> None:
        """Stand where an earlier process stood: everything up to each state's head was received."""
        for state in states:
            self._opened(state)
            self._places[state.conversation].delivered = state.head

    def connected(self) -> None:
        """A new connection begins: the server will name every conversation again."""
        self._named.clear()

    def joined(self, channel: str) -> None:
        """The server answered a join. Its state may come later, or on another connection."""
        self._channels.setdefault(names.key(channel), channel)

    def left(self, channel: str) -> None:
        """The server answered a leave, or a channel could not be joined again."""
        self._channels.pop(names.key(channel), None)

    def apply(self, event: Event) -> bool:
        """Take note of ``event``; return False where it was seen before and is to be dropped.

        Raises:
            ChatError: ``protocol-violation``, where the server names too many conversations.
        """
        match event:
            case ConversationState():
                self._opened(event)
            case (
                MessagePosted()
                | MessageEdited()
                | MessageDeleted()
                | MessageReaction()
                | TopicChanged()
            ):
                return self._entry(event)
            case Skipped() | Expired():
                place = self._places.get(event.conversation)
                if place is not None:
                    place.cursor = max(place.cursor, event.last)
                    place.delivered = max(place.delivered, event.last)
            case Parted():
                self._forget(event.conversation)
            case Live():
                for conversation in [id_ for id_ in self._places if id_ not in self._named]:
                    self._forget(conversation)
            case _:
                pass
        return True

    def _opened(self, state: ConversationState) -> None:
        if len(self._places) >= CONVERSATIONS and state.conversation not in self._places:
            raise ChatError(
                ErrorCode.PROTOCOL_VIOLATION, "The server names more conversations than fit."
            )
        self._named.add(state.conversation)
        place = self._places.get(state.conversation)
        if place is None or place.epoch != state.epoch or place.cursor > state.head:
            # Not known, or the log went back. Entries up to the head may follow all the same: what
            # was said between the join and this word of it.
            self._places[state.conversation] = _Place(state.epoch, state.head, 0)
        elif not state.resumed:
            # Come in anew, as another identity: what lies between is in the log, and is not sent.
            place.cursor = state.head
        if state.kind == "channel":
            key = names.key(state.name)
            self._channels[key] = state.name
            for other in [id_ for id_, of in self._keys.items() if of == key]:
                if other != state.conversation:  # the channel of before the server lost its memory
                    del self._keys[other]
            self._keys[state.conversation] = key

    def _entry(self, event: Numbered) -> bool:
        place = self._places.get(event.conversation)
        if place is None or event.seq <= place.delivered:
            return False  # left meanwhile, or seen before
        place.cursor = place.delivered = event.seq
        return True

    def _forget(self, conversation: str) -> None:
        self._places.pop(conversation, None)
        self._named.discard(conversation)
        self._channels.pop(self._keys.pop(conversation, ""), None)
