"""Whether a message can be stored and delivered: by storing one, and hearing it.

It goes the way of every other message: a conversation's queue, the store's commit, a live stream.
Nobody sees it. Its author has no name that is held and no token that was ever told; where the
server ends, and when it has written enough, he and what he wrote are forgotten.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Final

from rchat_protocol import codec, models
from rchat_server.core.batch import Form
from rchat_server.core.conversation import Conversation
from rchat_server.core.identity import Identity
from rchat_server.core.outbox import Outbox
from rchat_server.core.ports import NewEntry
from rchat_server.core.records import ConversationRecord
from rchat_server.core.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_protocol.errors import ChatError
    from rchat_server.core.context import Context
    from rchat_server.core.lobby import Lobby
    from rchat_server.core.ports import Clock, View

SONGS: Final = 100
"""Messages after which all that was written is forgotten, so that it never grows."""

_LIVE: Final = codec.encode(models.Live())
_TOKEN_BYTES: Final = 32


class _Ear:
    """A stream's other end, which hears whether it is live, and one message. Structurally a `Sink`.

    Args:
        message_id: The message's.
    """

    def __init__(self, message_id: str) -> None:
        loop = asyncio.get_running_loop()
        self.live: asyncio.Future[None] = loop.create_future()
        self.heard: asyncio.Future[None] = loop.create_future()
        self.message_id = message_id

    def offer(self, view: View) -> int:
        """Take all of it."""
        for payload in view.payloads:
            if payload == _LIVE:
                _settle(self.live)
            else:
                event = codec.decode_event(payload)
                if isinstance(event, models.MessagePosted) and event.id == self.message_id:
                    _settle(self.heard)
        return len(view.payloads)

    def complete(self) -> None:
        """Nobody is told: who ends the stream knows."""

    def fail(self, error: ChatError) -> None:
        """Nothing more will come, since the server failed to send."""
        for each in (self.live, self.heard):
            if not each.done():
                each.set_exception(error)
                each.exception()  # only one of them is awaited


class Canary:
    """Sings: at most one song at a time.

    Args:
        context: What every conversation stands on.
        clock: Time.
        new_id: Makes an id that was not used before.
        lobby: Knows when the server ends.
    """

    def __init__(
        self, context: Context, clock: Clock, new_id: Callable[[], str], lobby: Lobby
    ) -> None:
        self._context = context
        self._clock = clock
        self._new_id = new_id
        self._lobby = lobby
        self._cage: tuple[Conversation, Session] | None = None

    async def sing(self) -> None:
        """Store a message, and hear it. Whoever calls sets the deadline.

        Raises:
            ChatError: ``storage-unavailable``, ``shutting-down``, ``busy``, ``internal``.
        """
        self._lobby.refuse_when_closing()
        if self._cage is None:
            self._cage = self._new_cage()
        conversation, session = self._cage
        ear = _Ear(self._new_id())
        session.close = ear.fail
        if conversation not in session.identity.memberships:
            await conversation.enter(session.identity, joins=True)
        outbox = Outbox(
            session,
            ear,
            Form.EVENTS,
            cursors={},
            pages=self._context.pages,
            tasks=self._context.tasks,
        )
        outbox.open()
        try:
            await ear.live
            await conversation.post(session.identity, self._song(session, ear)).outcome()
            await ear.heard
        finally:
            outbox.close()
        if conversation.published >= SONGS:
            self._forget(conversation, session)

    def _song(self, session: Session, ear: _Ear) -> NewEntry:
        author = session.identity
        now = self._clock.now_ms()
        return NewEntry(author.id, author.name, "Is anybody there?", ear.message_id, now)

    def _new_cage(self) -> tuple[Conversation, Session]:
        # One who was seen last in 1970 is forgotten with the next start, whatever is left of him.
        token = secrets.token_bytes(_TOKEN_BYTES)
        identity = Identity(self._new_id(), token, "", present=False, since=0)
        record = ConversationRecord(self._new_id(), "private", "", (identity.id,))
        conversation = Conversation(record, self._context, participants=(identity,))
        session = Session(self._new_id(), identity, lambda _: None)
        identity.sessions[session.id] = session
        identity.private[conversation] = None
        store = self._context.store
        store.put_identity(identity.record())
        store.put_conversation(record)
        return conversation, session

    def _forget(self, conversation: Conversation, session: Session) -> None:
        self._cage = None
        conversation.alive = False
        self._context.pages.forget(conversation)
        self._context.store.forget(conversation.id)
        self._context.store.drop_identity(session.identity.id)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
