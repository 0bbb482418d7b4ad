"""Entries on their way into a queue: checked, known ids answered, and where they go found out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from rchat_protocol import models
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.commands import Receipt
from rchat_server.core.deeds import check_content, check_id, deed_of
from rchat_server.core.ports import NewEntry

if TYPE_CHECKING:
    from collections.abc import Callable

    from rchat_server.core.conversation import Conversation
    from rchat_server.core.deeds import Asked
    from rchat_server.core.identity import Identity
    from rchat_server.core.ports import Clock, Log
    from rchat_server.core.session import Session
    from rchat_server.core.tasks import Tasks

_logger = logging.getLogger(__name__)


class Doors(Protocol):
    """Where a message may go."""

    def destination(self, session: Session, request: models.SendMessage) -> Conversation | None:
        """Return where a message goes; None for a private conversation that is not open yet."""

    def open_private(self, session: Session, user: str) -> Conversation:
        """Return the conversation with whoever holds the name ``user`` now, made if need be."""

    def conversation(self, session: Session, conversation_id: str) -> Conversation:
        """Return the conversation with this id, which the session's identity is in."""


class PostOffice:
    """Takes messages in.

    Args:
        doors: Where they may go.
        log: Knows the ids of all that were ever posted.
        clock: Time.
        new_id: Makes an id that was not used before.
        tasks: Owner of what has to ask the log first.
        most: Bytes of the largest content.
    """

    def __init__(
        self,
        doors: Doors,
        *,
        log: Log,
        clock: Clock,
        new_id: Callable[[], str],
        tasks: Tasks,
        most: int,
    ) -> None:
        self._most = most
        self._doors = doors
        self._log = log
        self._clock = clock
        self._new_id = new_id
        self._tasks = tasks

    def post(self, session: Session, request: models.SendMessage) -> Receipt:
        """Queue a message; the receipt tells its place in the log once that is committed.

        It is queued before this returns, so that messages which are posted one after the other keep
        their order. An id that this identity has used before is answered with the message that it
        named first, wherever it is to go now: that may be somebody else's name.

        Raises:
            ChatError: ``message-empty``, ``message-too-large``, ``bad-request``, ``busy``,
                ``no-such-channel``, ``no-such-user``, ``no-such-conversation``,
                ``recipient-gone``, ``too-many-channels``. Also, in the receipt,
                ``storage-unavailable``.
        """
        author = session.identity
        if request.id is not None and (known := author.posted.get(request.id)):
            return known
        check_content(request.content, self._most)
        check_id(request.id)
        if author.looking_up:  # what he said before has not been queued yet
            return self._look_up_first(session, request)
        try:
            conversation = self._doors.destination(session, request)
        except ChatError as refusal:
            if request.id is None or refusal.retry is not False:
                raise
            return self._look_up_first(session, request)
        if conversation is None:  # the two have not talked yet, for all that is known here
            if request.id is not None:
                return self._look_up_first(session, request)
            conversation = self._doors.open_private(session, request.user or "")
        return self._put(conversation, author, request)

    def _put(
        self, conversation: Conversation, author: Identity, request: models.SendMessage
    ) -> Receipt:
        id_ = request.id or self._new_id()
        now = author.active = self._clock.now_ms()
        return conversation.post(
            author,
            NewEntry(author.id, author.name, request.content, id_, now, reply=request.reply or 0),
        )

    def act(self, session: Session, asked: Asked) -> Receipt:
        """Queue what acts on a message, or sets a topic; as `post`.

        Raises:
            ChatError: ``message-empty``, ``message-too-large``, ``reaction-invalid``,
                ``topic-invalid``, ``bad-request``, ``busy``, ``no-such-conversation``. Also, in
                the receipt, ``no-such-message``, ``not-yours``, ``too-many-reactions``,
                ``storage-unavailable``.
        """
        author = session.identity
        if asked.id is not None and (known := author.posted.get(asked.id)):
            return known
        check_id(asked.id)
        if isinstance(asked, models.EditMessage):
            check_content(asked.content, self._most)
        deed = deed_of(asked, author, asked.id or self._new_id(), self._clock.now_ms())
        try:
            conversation = self._doors.conversation(session, asked.conversation)
        except ChatError:
            if asked.id is None:
                raise
            return self._look_up_first(session, asked)
        return conversation.act(author, deed)

    def _look_up_first(self, session: Session, request: models.SendMessage | Asked) -> Receipt:
        """Ask the log whether the id is known before anything is refused or opened because of it.

        It is asked only here: elsewhere the log finds out when it is written to. What the same
        person posts meanwhile waits behind it, so that his messages keep their order.
        """
        author, receipt = session.identity, Receipt()
        if request.id is not None:
            author.posted[request.id] = receipt
        author.looking_up += 1
        _ = self._tasks.spawn(
            self._look_up(session, request, receipt), name=f"look {request.id} up"
        )
        return receipt

    async def _look_up(
        self, session: Session, request: models.SendMessage | Asked, receipt: Receipt
    ) -> None:
        author = session.identity
        try:
            async with author.turn:
                known = request.id and await self._log.find(author.id, request.id)
                if known:
                    receipt.settle(known)
                else:
                    _refuse_the_forgotten(author)
                    self._go_on(session, request).then(receipt.settle)
                    return
        except ChatError as refusal:
            receipt.settle(refusal)
        except Exception:
            receipt.settle(ChatError(ErrorCode.INTERNAL, "The server failed to do that."))
            _logger.exception("looking up where a message goes failed")
        finally:
            author.looking_up -= 1
        if request.id is not None and author.posted.get(request.id) is receipt:
            del author.posted[request.id]

    def _go_on(self, session: Session, request: models.SendMessage | Asked) -> Receipt:
        """Queue what is not known yet."""
        author = session.identity
        if not isinstance(request, models.SendMessage):
            conversation = self._doors.conversation(session, request.conversation)
            id_ = request.id or self._new_id()
            return conversation.act(author, deed_of(request, author, id_, self._clock.now_ms()))
        destination = self._doors.destination(session, request)
        if destination is None:
            destination = self._doors.open_private(session, request.user or "")
        return self._put(destination, author, request)


def _refuse_the_forgotten(author: Identity) -> None:
    """Take nothing from who was forgotten while he waited: nobody could say whose it is."""
    if not author.known:
        raise ChatError(ErrorCode.NOT_LOGGED_IN, "Log in first.")
