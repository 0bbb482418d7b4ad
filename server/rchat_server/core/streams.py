"""What people listen to: each stream has an outbox, which knows what it still has to be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.batch import Form
from rchat_server.core.outbox import Outbox

if TYPE_CHECKING:
    from rchat_protocol import models
    from rchat_server.core.pages import Pages
    from rchat_server.core.ports import Sink
    from rchat_server.core.session import Session
    from rchat_server.core.tasks import Tasks


class Streams:
    """Opens streams.

    Args:
        pages: What those who are behind are fed from.
        tasks: Owner of what feeds them.
    """

    def __init__(self, pages: Pages, tasks: Tasks) -> None:
        self._pages = pages
        self._tasks = tasks

    def incoming(self, session: Session, sink: Sink) -> Outbox:
        """Open the tutorial's stream: every message since login and since each join.

        Raises:
            ChatError: ``bad-request``, where the session listens already.
        """
        if any(outbox.form is Form.TUTORIAL for outbox in session.outboxes):
            raise ChatError(
                ErrorCode.BAD_REQUEST, "You are listening already: stop that stream first."
            )
        outbox = Outbox(
            session,
            sink,
            Form.TUTORIAL,
            cursors=session.incoming,
            pages=self._pages,
            tasks=self._tasks,
        )
        outbox.open()
        return outbox

    def events(self, session: Session, sink: Sink, request: models.EventsRequest) -> Outbox:
        """Open a stream of everything that happens where the session's identity is."""
        outbox = Outbox(
            session,
            sink,
            Form.EVENTS,
            cursors={},
            pages=self._pages,
            tasks=self._tasks,
            after=request.after,
            most=request.max,
        )
        outbox.open()
        return outbox
