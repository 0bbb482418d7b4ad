"""Which conversations exist: channels by name, private ones by their people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol import names
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.conversation import Conversation
from rchat_server.core.naming import no_such_channel
from rchat_server.core.records import ConversationRecord
from rchat_server.core.rules import Rules, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rchat_protocol.models import ConversationKind
    from rchat_server.core.context import Context
    from rchat_server.core.identity import Identity


class Conversations:
    """All conversations of a server.

    Args:
        context: What they stand on.
        new_id: Makes an id that was not used before.
        most: Channels that there may be.
    """

    def __init__(self, context: Context, new_id: Callable[[], str], most: int) -> None:
        self._context = context
        self._store = context.store
        self._new_id = new_id
        self._most = most
        self._all: dict[str, Conversation] = {}
        self._channels: dict[str, Conversation] = {}
        self._private: dict[frozenset[str], Conversation] = {}

    def restore(self, conversations: Iterable[Conversation]) -> None:
        """Know what was stored."""
        for conversation in conversations:
            self._all[conversation.id] = conversation
            if conversation.kind == "channel":
                self._channels[names.key(conversation.name)] = conversation
            else:
                self._private[_people(conversation.participants)] = conversation

    # -- asking ------------------------------------------------------------------------------------

    def find(self, conversation_id: str) -> Conversation | None:
        """Return the conversation with this id."""
        return self._all.get(conversation_id)

    def find_channel(self, name: str) -> Conversation | None:
        """Return the channel of this name."""
        return self._channels.get(names.key(name))

    def channel(self, name: str) -> Conversation:
        """Return the channel of this name.

        Raises:
            ChatError: ``no-such-channel``.
        """
        conversation = self.find_channel(name)
        if conversation is None:
            raise no_such_channel(name)
        return conversation

    def channel_names(self, viewer: Identity | None) -> list[str]:
        """Return the names of the channels that somebody may know of, in order; None: of all."""
        shown = (each.name for each in self._channels.values() if each.is_known_to(viewer))
        return sorted(shown, key=names.key)

    def private(self, people: tuple[Identity, ...]) -> Conversation | None:
        """Return the conversation of these people."""
        return self._private.get(_people(people))

    # -- making and dropping -----------------------------------------------------------------------

    def new_channel(self, name: str, founder: Identity) -> Conversation:
        """Make a channel of a name, in its normal form, that none has; the founder owns it.

        Raises:
            ChatError: ``too-many-channels``.
        """
        self._make_room_for_a_channel()
        rules = Rules(owner=founder.id, operators={founder.id: founder.name})
        conversation = self._new("channel", name, rules=rules)
        self._channels[names.key(name)] = conversation
        return conversation

    def new_private(self, people: tuple[Identity, ...]) -> Conversation:
        """Make the conversation of people who have none."""
        conversation = self._new("private", "", people)
        self._private[_people(people)] = conversation
        for person in people:
            person.private[conversation] = None
        return conversation

    def drop_private(self, gone: Identity) -> None:
        """Keep no private conversation that nobody is in."""
        for conversation in tuple(gone.private):
            people = conversation.participants
            if conversation.is_expecting or any(
                conversation in each.memberships for each in people if each is not gone
            ):
                continue  # what waits there brings the other in, and is answered as stored
            del self._private[_people(people)]
            self._drop(conversation)  # before its people: each word may be the last one stored
            for person in people:
                person.private.pop(conversation, None)
                if not (person.private or person.known or person is gone):
                    self._store.drop_identity(person.id)

    def _make_room_for_a_channel(self) -> None:
        if len(self._channels) < self._most:
            return
        for key, channel in self._channels.items():
            if channel.is_idle:
                del self._channels[key]
                self._drop(channel)
                return
        raise ChatError(ErrorCode.TOO_MANY_CHANNELS, "This server has no room for more channels.")

    def _drop(self, conversation: Conversation) -> None:
        conversation.alive = False
        self._context.pages.forget(conversation)
        del self._all[conversation.id]
        self._store.forget(conversation.id)

    def _new(
        self,
        kind: ConversationKind,
        name: str,
        people: tuple[Identity, ...] = (),
        rules: Rules | None = None,
    ) -> Conversation:
        ids = tuple(person.id for person in people)
        stored = "" if rules is None else encode(rules)
        record = ConversationRecord(self._new_id(), kind, name, ids, rules=stored)
        conversation = Conversation(record, self._context, participants=people)
        self._all[conversation.id] = conversation
        self._store.put_conversation(record)
        return conversation


def _people(people: tuple[Identity, ...]) -> frozenset[str]:
    return frozenset(person.id for person in people)
