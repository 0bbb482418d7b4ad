"""The WebSocket transport: a `TcpTransport` that speaks in messages, once hands were shaken.

Bounds, budget, deadlines and rounds are those of every transport. What is written and offered is
made into messages at once, so that what counts is what goes over the line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from websockets.protocol import SERVER

from rchat_protocol.transport.messages import (
    MessageDecoder,
    SharedMessages,
    masked_messages,
    plain_messages,
)
from rchat_protocol.transport.tcp import TcpTransport

if TYPE_CHECKING:
    from websockets.protocol import Protocol

    from rchat_protocol.transport.base import TransportLimits
    from rchat_protocol.transport.timers import Timers


class WebSocketTransport(TcpTransport):
    """One WebSocket connection, of either side.

    Args:
        protocol: It, open. Its bound of a message is that of a frame.
        limits: The transport's bounds.
        timers: For the write deadline; the running loop's by default.
        shared: For a server: what it offers to many, as messages.
    """

    def __init__(
        self,
        protocol: Protocol,
        limits: TransportLimits,
        timers: Timers | None = None,
        shared: SharedMessages | None = None,
    ) -> None:
        super().__init__(limits, timers)
        self._messages = MessageDecoder(protocol)
        self._decoder = self._messages
        self._wrap = plain_messages if protocol.side is SERVER else masked_messages
        self._wrap_offer = self._wrap if shared is None else shared.of

    # -- reading -------------------------------------------------------------------------------

    def next_frame(self) -> Any | None:
        """Return the next frame that is there, or None; answer pings, and note a CLOSE.

        Raises:
            ProtocolViolationError: The other side broke the rules of WebSocket or of RSocket.
        """
        frame = super().next_frame()
        messages = self._messages
        if messages.pong and not self._full:
            pong, messages.pong = messages.pong, b""
            super().write(pong)
        if messages.closed and not self._ended:
            self._input_ended()
        return frame

    def _received(self, data: bytes) -> None:
        if not self._closing:
            super()._received(data)
            return
        self._messages.feed(data)
        if self._messages.drain():
            self._close_line()

    # -- writing -------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send frames, one message each: as `Transport.write`."""
        if not (self._closing or self._gone):
            super().write(self._wrap(data))

    def offer(self, data: bytes) -> bool:
        """Send frames if there is room for all of them: as `Transport.offer`."""
        if self._full or self._closing or self._gone:
            return False
        return super().offer(self._wrap_offer(data))

    def _finish_writing(self) -> None:
        """Say CLOSE. The line is closed when the other side has said it, too."""
        line = self._line
        if line is None or line.is_closing():
            super()._finish_writing()
            return
        line.write(self._messages.close_frame())
        if self._messages.deaf:
            # His CLOSE is not read any more; that he closes, is.
            super()._finish_writing()
        elif self._ended or self._messages.drain():
            self._close_line()
