"""What the client raises. Every message is a sentence for a person, ready to be shown.

::

    RchatError                everything that this side raises on purpose
    ├── InvalidAddress        the URL names no server
    ├── ConnectFailed         nobody answered there, or who answered speaks another protocol
    ├── ConnectionLost        there is no line, or it dropped before the answer
    ├── OutcomeUnknown        a message went out and no answer came: it may be stored or not
    ├── RequestTimeout        the line is up, but the answer did not come in time
    ├── ServerError           the server refused, with its code and its sentence
    ├── StorageFailed         this machine's disk refuses: nothing was kept
    └── SetupError            this program cannot start as it was asked to

Whoever shows an error needs `RchatError` alone: ``str(error)`` is the sentence. The texts of a
server are cleaned (`rchat_tui.client.display`) before they get in here.
"""

from __future__ import annotations


class RchatError(Exception):
    """Something went wrong that a person can be told about: ``str(error)`` is the sentence."""


class InvalidAddress(RchatError):  # noqa: N818 - the name says what is wrong
    """The text is no address of a server, or of a kind that this version does not speak."""


class ConnectFailed(RchatError):  # noqa: N818
    """No connection could be made: name unknown, refused, no answer, or no rchat server."""


class ConnectionLost(RchatError):  # noqa: N818
    """There is no connection, or it dropped before the answer came. The client dials again itself.

    A message that meets this error was not sent: where that is not sure, it is `OutcomeUnknown`.
    """


class OutcomeUnknown(RchatError):  # noqa: N818
    """A message went out, and no acknowledgement came: it may be stored or not.

    Sending the content again with the same ``message_id`` is safe while the identity lives: the
    server then answers with the place of the first one, and nobody hears it twice.

    Attributes:
        message_id: the id that the message was sent with.
    """

    def __init__(self, message: str, *, message_id: str) -> None:
        super().__init__(message)
        self.message_id = message_id


class RequestTimeout(RchatError):  # noqa: N818
    """The connection is up, but the server's answer did not come before the deadline."""


class ServerError(RchatError):
    """The server refused.

    Attributes:
        code: one of `rchat_protocol.errors.ErrorCode`, or one that a newer server knows.
        message: the server's sentence, free of control characters.
        retry: seconds after which the same request may succeed, or False where it never will.
    """

    def __init__(self, code: str, message: str, *, retry: float | bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry = retry


class StorageFailed(RchatError):  # noqa: N818
    """The file that keeps outbox, token and cache cannot be opened, read or written.

    Of what was asked for, nothing was done.
    """


class SetupError(RchatError):
    """This program cannot start as it was asked to: a bad option, setting, or port in use."""
