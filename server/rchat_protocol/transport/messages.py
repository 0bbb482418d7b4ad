"""WebSocket messages to frames and back: one RSocket frame is one binary message, without a length.

The rules of RFC 6455 are kept by `websockets`, of which the part without I/O is used. What it has
parsed is taken a few KiB at a time, when a frame is asked for, so that what waits costs as many
bytes as came, and a burst of small messages holds up nobody.
"""

from __future__ import annotations

import struct
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from websockets.exceptions import PayloadTooBig
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import OPEN

from rchat_protocol.transport.errors import ProtocolViolationError
from rchat_protocol.transport.frames import parse_frame, split_frames

if TYPE_CHECKING:
    from websockets.protocol import Protocol

FRAMES_BETWEEN: Final = 128
"""Most pings, pongs and fragments of one message that come before the next message is whole: a ping
every three seconds, with the rarest keepalives that a server takes; 1 KiB a fragment, of the
largest request."""

_SLICE: Final = 4096
"""Bytes that are parsed at a time: some hundred messages of the smallest, or one in many steps."""

_PONG: Final = bytes((0x80 | Opcode.PONG,))
_BINARY: Final = 0x80 | Opcode.BINARY
_SHORT: Final = 125
_SHORT_LENGTH, _LONG_LENGTH = 126, 127
_MEDIUM: Final = 0xFFFF
_medium_head: Final = struct.Struct(">BBH")
_long_head: Final = struct.Struct(">BBQ")


class MessageDecoder:
    """Turns what comes over a WebSocket connection into frames. Structurally a `base.Decoder`.

    Args:
        protocol: The connection, which is open. Its bound of a message is that of a frame. From
            here on nobody else gives it bytes, or sends what it has to say.
    """

    def __init__(self, protocol: Protocol) -> None:
        self.pong = b""
        """The answer to the newest ping, which is due; those before need none (RFC 6455, 5.5.3)."""
        self.closed = False
        """Whether the other side has said that no more comes."""
        self.deaf = False
        """Whether the other side broke the rules, so that nothing is read from it any more."""
        self._protocol = protocol
        self._raw: deque[memoryview] = deque()
        self._raw_bytes = 0
        self._parsed: deque[Frame] = deque()
        self._parsed_bytes = 0
        self._parts = bytearray()
        self._frames_between = 0
        self._violation = ""
        self._close_frame = b""
        self._discarding = False

    @property
    def buffered(self) -> int:
        """Bytes that were fed and not yet handed out as frames."""
        waiting = self._raw_bytes + self._parsed_bytes
        return waiting + len(self._protocol.reader.buffer) + len(self._parts)

    def feed(self, data: bytes) -> None:
        """Add what came over the wire."""
        if not (self.closed or self.deaf):
            self._raw.append(memoryview(data))
            self._raw_bytes += len(data)

    def next_frame(self) -> Any | None:
        """Return the next frame, or None until more was fed.

        Raises:
            ProtocolViolationError: The other side broke the rules of WebSocket or of RSocket. It
                is `deaf` from then on.
        """
        while True:
            while self._parsed:
                frame = self._take(self._parsed.popleft())
                if frame is not None:
                    return frame
            if self._violation:
                self._fail(CloseCode.PROTOCOL_ERROR, self._violation)
                return None
            if not self._parse_some():
                return None

    def discard(self) -> None:
        """Drop what waits, and what still comes, but for the word that no more does."""
        self._discarding = True

    def drain(self) -> bool:
        """Parse what came since it is discarded; return whether the other side has closed."""
        self.next_frame()
        return self.closed

    def close_frame(self) -> bytes:
        """Return the CLOSE with which we end, or answer the other side's. Nothing may follow it."""
        if self._protocol.state is OPEN:
            self._protocol.send_close(CloseCode.NORMAL_CLOSURE)
        self._hear_library()
        frame, self._close_frame = self._close_frame, b""
        return frame

    def _parse_some(self) -> bool:
        """Let the library parse the next bytes; return whether there were any."""
        if not self._raw:
            return False
        piece = self._raw.popleft()
        if len(piece) > _SLICE:
            self._raw.appendleft(piece[_SLICE:])
            piece = piece[:_SLICE]
        self._raw_bytes -= len(piece)
        self._protocol.receive_data(bytes(piece))
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._parsed.append(event)
                self._parsed_bytes += len(event.data)
        self._hear_library()
        error = self._protocol.parser_exc
        if isinstance(error, PayloadTooBig):
            most = self._protocol.max_message_size
            self._violation = f"A message may have {most} bytes at most."
        elif error is not None:
            self._violation = "What came breaks the rules of WebSocket (RFC 6455)."
        return True

    def _hear_library(self) -> None:
        """Keep what the library wants to say: it is sent in our time."""
        for word in self._protocol.data_to_send():
            if word[:1] == _PONG:
                self.pong = word
            else:  # a CLOSE, or its empty sign for the end
                self._close_frame += word

    def _take(self, frame: Frame) -> Any | None:
        self._parsed_bytes -= len(frame.data)
        if self.closed or self.deaf:
            return None
        if frame.opcode is Opcode.CLOSE:
            self.closed = True
            self._raw.clear()
            self._raw_bytes = 0
        elif frame.opcode is Opcode.TEXT:
            self._fail(CloseCode.UNSUPPORTED_DATA, "A frame comes in a binary message.")
        elif frame.opcode in (Opcode.BINARY, Opcode.CONT) and frame.fin:
            return self._message(frame)
        else:
            if frame.opcode in (Opcode.BINARY, Opcode.CONT) and not self._discarding:
                self._parts += frame.data
            self._frames_between += 1
            if self._frames_between > FRAMES_BETWEEN:
                self._fail(
                    CloseCode.POLICY_VIOLATION,
                    f"More than {FRAMES_BETWEEN} pings or fragments came before a whole message.",
                )
        return None

    def _message(self, last: Frame) -> Any | None:
        self._frames_between = 0
        if self._discarding:
            return None
        parts, self._parts = self._parts, bytearray()
        try:
            return parse_frame(bytes(parts + last.data if parts else last.data))
        except ProtocolViolationError as error:
            self._fail(CloseCode.PROTOCOL_ERROR, error.message, error.rsocket_code)
            return None

    def _fail(self, code: CloseCode, sentence: str, *rsocket_code: int) -> None:
        """Read nothing any more, and say ``code`` when we close, unless the library chose one."""
        if self._protocol.state is OPEN:
            self._protocol.fail(code)
            self._hear_library()
        self.deaf = True
        self._violation = ""
        self._raw.clear()
        self._parsed.clear()
        self._raw_bytes = self._parsed_bytes = 0
        if not self._discarding:
            raise ProtocolViolationError(sentence, *rsocket_code)


class SharedMessages:
    """What is offered to many connections, made into messages once for all of them.

    A batch is the same object for all who share a stream id, and is offered to them one after the
    other: the last few are kept, by their identity. They are as many bytes as one connection takes
    at a time, each.
    """

    _KEPT: Final = 4

    def __init__(self) -> None:
        self._made: dict[int, tuple[bytes, bytes]] = {}

    def of(self, frames: bytes) -> bytes:
        """Return joined frames as joined messages, as a server sends them."""
        known = self._made.get(id(frames))
        if known is not None:
            return known[1]
        messages = plain_messages(frames)
        if len(self._made) >= self._KEPT:
            del self._made[next(iter(self._made))]
        # As long as they are kept, no other object has their id.
        self._made[id(frames)] = frames, messages
        return messages


def plain_messages(frames: bytes) -> bytes:
    """Return joined frames, each after its length, as joined messages, as a server sends them.

    Raises:
        ValueError: The last frame is cut short.
    """
    pieces: list[bytes | memoryview] = []
    for frame in split_frames(frames):
        size = len(frame)
        if size <= _SHORT:
            pieces.append(bytes((_BINARY, size)))
        elif size <= _MEDIUM:
            pieces.append(_medium_head.pack(_BINARY, _SHORT_LENGTH, size))
        else:
            pieces.append(_long_head.pack(_BINARY, _LONG_LENGTH, size))
        pieces.append(frame)
    return b"".join(pieces)


def masked_messages(frames: bytes) -> bytes:
    """Return joined frames as joined messages, as a client has to send them: masked.

    Raises:
        ValueError: The last frame is cut short.
    """
    return b"".join(
        [Frame(Opcode.BINARY, bytes(frame)).serialize(mask=True) for frame in split_frames(frames)]
    )
