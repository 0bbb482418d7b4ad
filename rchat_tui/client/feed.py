"""Between the line and whoever iterates `ChatClient.events`: a buffer with a bound. No I/O.

The server may send as many events as it was given credit for, and credit comes back only as events
are consumed: a consumer that sleeps costs the server a cursor, and this side `WINDOW` events. What
a dropped line had delivered stays in the buffer, and the next line gets so much less credit.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from msgspec.structs import replace

from rchat_protocol import codec, names
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.models import ConversationState, Live, Parted
from rchat_tui.client.events import ConnectionEvent, NotKept, Online, Outgoing, Remembered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rchat_tui.client.events import ClientEvent, Event, LocalEvent, OutboxEvent
    from rchat_tui.client.standing import Standing

WINDOW: Final = 256
"""Most events that wait for the consumer, the server's credit included."""
BUFFER_BYTES: Final = 64 * 1024 * 1024
"""Most bytes of JSON that wait: `WINDOW` of the largest messages fit twice, a flood does not."""

NEWS: Final = 1_000
"""Most messages that have left the outbox and of which nobody has heard yet. Of more the oldest is
forgotten: the message itself comes from the server. What is in the outbox is bounded there."""


@dataclass(slots=True, eq=False)
class _News:
    """What became of an entry of the outbox: the last word, in the place of the first."""

    event: OutboxEvent | None
    """None where it was forgotten."""


class Feed:
    """The buffer of one client, over all its connections.

    Args:
        standing: Told of each event as it arrives; it knows which were seen before.
        note: Told of each that is to be told, before anybody hears it.
    """

    def __init__(self, standing: Standing, note: Callable[[Event], None]) -> None:
        self.rooms: dict[str, ConversationState] = {}
        """The conversations that the consumer has been told of and not parted from, by id."""
        self._standing = standing
        self._note = note
        self._buffer: deque[tuple[ClientEvent | _News, int]] = deque()
        self._news: dict[str, _News] = {}
        self._over: dict[str, None] = {}
        self._forgotten = 0
        self._held: deque[tuple[ClientEvent, int]] | None = None
        self._events = 0
        self._bytes = 0
        self._credit = 0
        self._request: Callable[[int], None] | None = None
        self._rejoining: set[str] = set()
        self._live_waits = False
        self._told: ConnectionEvent | None = None
        self._arrived = asyncio.Event()
        self._closed = False
        self._waiting = False

    # -- the line's side ---------------------------------------------------------------------------

    def tell(self, status: ConnectionEvent) -> None:
        """Put a word about the line into the buffer.

        One that nobody has consumed is replaced by the next: a client that cannot reach its server
        for a week holds one of them.
        """
        self._told = status
        last = self._buffer[-1][0] if self._buffer else None
        if isinstance(last, Online) and last.fresh and isinstance(status, Online):
            # That conversations are gone has to reach the consumer.
            status = replace(status, fresh=True)
        elif isinstance(last, Online) and last.fresh:
            last = None
        if isinstance(last, ConnectionEvent):
            self._buffer.pop()
        self._append(status, 0)

    def opened(self, rejoining: Iterable[str] = ()) -> int:
        """A new stream of events is about to begin; return the credit to open it with.

        What arrives is held back until `release`.

        Args:
            rejoining: Channels that are being joined again. `Live` waits for their states: without
                them a consumer would take the channels for left.
        """
        self._standing.connected()
        self._held = deque()
        self._rejoining = {names.key(channel) for channel in rejoining}
        self._live_waits = False
        self._credit = max(1, WINDOW - self._events)
        return self._credit

    def attach(self, request: Callable[[int], None]) -> None:
        """The stream is open: ``request`` gives its server more credit."""
        self._request = request

    def release(self, status: Online) -> None:
        """Let the consumer have ``status``, and then what the new stream has brought."""
        held, self._held = self._held or (), None
        self.tell(status)
        for event, size in held:
            self._append(event, size)

    def receive(self, data: bytes) -> None:
        """Take one item of the stream.

        Raises:
            ChatError: It is no event, or too large together with what waits. The line is to be
                dropped: the next one brings what is missing.
        """
        if self._bytes + len(data) > BUFFER_BYTES:
            raise ChatError(ErrorCode.PROTOCOL_VIOLATION, "The server sent more than fits here.")
        self._credit -= 1
        event = codec.decode_event(data)
        if isinstance(event, Live) and self._rejoining:
            self._live_waits = True
            event = None
        if event is not None and self._standing.apply(event):
            self._note(event)
            self._put(event, len(data))
            # Left again, on another terminal, before there was room for its state: none will come.
            if isinstance(event, Parted) or (
                isinstance(event, ConversationState) and event.kind == "channel"
            ):
                self.rejoined(event.name)
        else:
            self._refill()

    def rejoined(self, channel: str) -> None:
        """A channel's state has come, or it could not be joined: `Live` waits for it no more."""
        self._rejoining.discard(names.key(channel))
        if self._live_waits and not self._rejoining:
            self._live_waits = False
            self._standing.apply(Live())
            self._note(Live())
            self._put(Live(), 0)

    def cut(self) -> None:
        """The line is gone: nothing more arrives, and there is nobody to ask for more."""
        self._request = None
        self._credit = 0
        if self._held is not None:
            # Its Online never came. What it brought is not lost: the cursors already count it.
            held, self._held = self._held, None
            for event, size in held:
                self._append(event, size)

    def close(self) -> None:
        """Nothing comes any more: the iteration ends when the buffer is empty."""
        self._closed = True
        self._arrived.set()

    # -- this side ---------------------------------------------------------------------------------

    def say(self, event: LocalEvent) -> None:
        """Put what this side says into the buffer; of one message's news, the last word counts."""
        if isinstance(event, Remembered | NotKept):
            self._append(event, 0)
            return
        news = self._news.get(event.id)
        if news is None:
            self._news[event.id] = news = _News(event)
            self._append(news, 0)
        news.event = event
        self._over.pop(event.id, None)
        if not isinstance(event, Outgoing):
            self._over[event.id] = None
            if len(self._over) > NEWS:
                self._forget_oldest()

    def _forget_oldest(self) -> None:
        oldest = next(iter(self._over))
        del self._over[oldest]
        self._news.pop(oldest).event = None
        self._forgotten += 1
        if self._forgotten > NEWS:
            self._forgotten = 0
            self._buffer = deque(
                (event, size)
                for event, size in self._buffer
                if not isinstance(event, _News) or event.event is not None
            )

    # -- the consumer's side -----------------------------------------------------------------------

    def rewind(self) -> None:
        """A consumer begins: where nothing waits, let it hear first how the line stands."""
        if not self._buffer and self._told is not None:
            self._append(self._told, 0)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ClientEvent:
        """Wait for the next event; the end comes when the feed is closed and empty.

        Raises:
            RuntimeError: Somebody else waits already: each event goes to one consumer.
        """
        if self._waiting:
            raise RuntimeError("the events of a client have one consumer")
        self._waiting = True
        try:
            event = None
            while event is None:
                while not self._buffer:
                    if self._closed:
                        raise StopAsyncIteration
                    self._arrived.clear()
                    await self._arrived.wait()
                event = self._next()
        finally:
            self._waiting = False
        if isinstance(event, ConversationState):
            self.rooms[event.conversation] = event
        elif isinstance(event, Parted):
            self.rooms.pop(event.conversation, None)
        return event

    def _next(self) -> ClientEvent | None:
        """Take what is first in the buffer; None where it was forgotten."""
        event, size = self._buffer.popleft()
        if size:
            self._events -= 1
            self._bytes -= size
            self._refill()
        if not isinstance(event, _News):
            return event
        if event.event is None:
            self._forgotten -= 1
        else:
            del self._news[event.event.id]
            self._over.pop(event.event.id, None)
        return event.event

    def _refill(self) -> None:
        # In halves of the window, so that an event costs a small part of a frame.
        missing = WINDOW - self._events - self._credit
        if self._request is not None and missing >= WINDOW // 2:
            self._credit += missing
            self._request(missing)

    def _put(self, event: ClientEvent, size: int) -> None:
        if size:
            self._events += 1
            self._bytes += size
        if self._held is not None:
            self._held.append((event, size))
        else:
            self._append(event, size)

    def _append(self, event: ClientEvent | _News, size: int) -> None:
        self._buffer.append((event, size))
        self._arrived.set()
