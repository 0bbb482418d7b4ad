"""What is said and done on its way out: stored once, or its sender hears that it may not be.

Nothing waits here for a line to come: what is said while there is none is refused at once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from rchat_protocol import routes
from rchat_protocol.models import Ack
from rchat_tui.client.errors import ConnectionLost, OutcomeUnknown, RequestTimeout, ServerError
from rchat_tui.client.ids import uuid7
from rchat_tui.client.wire import checked_content, decoded, encoded

if TYPE_CHECKING:
    import random

    from rchat_protocol.models import DeleteMessage, EditMessage, React, SendMessage, SetTopic
    from rchat_protocol.routes import Route
    from rchat_tui.client.clock import Clock
    from rchat_tui.client.standing import Standing
    from rchat_tui.client.supervisor import Supervisor

    Doing = SendMessage | EditMessage | DeleteMessage | React | SetTopic


class Sender:
    """Sends messages over one client's lines.

    Args:
        url: Of the server, for sentences.
        supervisor: Who has the line.
        standing: Who the sender is.
        deadline: Seconds from the call to the answer, with all tries.
        clock: What time an id carries.
        rng: The chance in an id.
    """

    def __init__(
        self,
        url: str,
        *,
        supervisor: Supervisor,
        standing: Standing,
        deadline: float,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._url = url
        self._supervisor = supervisor
        self._standing = standing
        self._deadline = deadline
        self._clock = clock
        self._rng = rng

    async def send(self, message: SendMessage) -> Ack:
        """Send ``message``, with an id of its own where it has none; return once it is stored.

        Raises:
            ServerError: Refused, by the server or for its size: it is not stored.
            ConnectionLost: There is no connection: it was not sent.
            OutcomeUnknown: It was sent, and no acknowledgement came.
        """
        checked_content(message.content)
        return await self.do(routes.MESSAGE, message)

    async def do(self, route: Route, request: Doing) -> Ack:
        """Ask for an entry of a log, with an id of its own where it has none, as `send` does."""
        id_ = request.id or uuid7(self._clock.now_ms(), self._rng)
        data = encoded(msgspec.structs.replace(request, id=id_))
        connection = self._supervisor.connection
        if connection is None:
            raise ConnectionLost(f"Not sent: there is no connection to {self._url}.")
        identity = self._standing.identity
        tried = False
        try:
            async with asyncio.timeout(self._deadline):
                # Over each line that comes up in that time. Within one identity the server answers
                # for the same id as it did the first time, if it did.
                while self._standing.identity == identity:
                    try:
                        reply = await connection.request(route, data, deadline=self._deadline)
                    except ConnectionLost:
                        tried = True
                        connection = await self._supervisor.line(after=connection)
                    except ServerError as refusal:
                        if tried and refusal.retry is not False:
                            break  # not stored this time; of the time before nobody knows
                        raise
                    else:
                        return decoded(reply, Ack)
        except (TimeoutError, RequestTimeout, ConnectionLost):
            pass
        raise OutcomeUnknown(
            f"No acknowledgement came: {_what(route)} may be stored or not.", message_id=id_
        )


def _what(route: Route) -> str:
    return "the message" if route is routes.MESSAGE else "it"
