"""What goes wrong on a connection.

::

    TransportError
    ├── ProtocolViolationError   the other side broke RSocket's rules or our bounds
    ├── ConnectionClosedError    the connection is gone, and the request with it
    ├── NotWebSocketError        what answers a request for a WebSocket is something else
    └── RemoteError              the other side answered one request with an error
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rsocket.error_codes import ErrorCode as RSocketCode

if TYPE_CHECKING:
    from rchat_protocol.models import ErrorBody

_CONNECTION_ERROR: Final = int(RSocketCode.CONNECTION_ERROR)


class TransportError(Exception):
    """The family of this package's errors."""


class ProtocolViolationError(TransportError):
    """The other side broke RSocket's rules or our bounds; the connection is closed.

    Attributes:
        message: a sentence of ours, which never carries what was in the frame.
        rsocket_code: the code of the ERROR frame (RSocket 1.0, "Error Codes").
    """

    def __init__(self, message: str, rsocket_code: int = _CONNECTION_ERROR) -> None:
        super().__init__(message)
        self.message = message
        self.rsocket_code = rsocket_code


class ConnectionClosedError(TransportError):
    """The connection is gone: whether the request was carried out is not known.

    Attributes:
        reason: the error that either side named, or None where the line just ended.
    """

    def __init__(self, reason: ErrorBody | None = None) -> None:
        super().__init__(reason.message if reason else "The connection was closed.")
        self.reason = reason


class NotWebSocketError(TransportError):
    """What answers a request for a WebSocket is something else.

    Attributes:
        status: HTTP's number for what it answered; None where it speaks no HTTP, or hung up.
        silent: Whether it hung up without a word.
    """

    def __init__(self, status: int | None, *, silent: bool = False) -> None:
        super().__init__("There is no WebSocket.")
        self.status = status
        self.silent = silent


class RemoteError(TransportError):
    """The other side answered one request with an error; the connection goes on.

    Attributes:
        body: its code (one of `rchat_protocol.errors.ErrorCode`, or one that a newer server knows),
            the sentence for a person, and when to try again.
    """

    def __init__(self, body: ErrorBody) -> None:
        super().__init__(body.message)
        self.body = body
