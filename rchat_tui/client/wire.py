"""Requests and replies as values, on this side of the wire: whatever fails is a `RchatError`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from rchat_protocol import codec, limits, names
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_tui.client.errors import ConnectFailed, ServerError

if TYPE_CHECKING:
    import msgspec

T = TypeVar("T")


def encoded(request: msgspec.Struct) -> bytes:
    """Return a request's data.

    Raises:
        ServerError: ``bad-request``: half a surrogate pair is no text that UTF-8 could carry.
    """
    try:
        return codec.encode(request)
    except UnicodeEncodeError:
        raise ServerError(ErrorCode.BAD_REQUEST, "That is no valid text.") from None


def encoded_text(text: str) -> bytes:
    """Return a plain text request's data. Raises as `encoded` does."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise ServerError(ErrorCode.BAD_REQUEST, "That is no valid text.") from None


def decoded(reply: bytes, model: type[T]) -> T:
    """Return a reply as a value.

    Raises:
        ConnectFailed: It is none: who answers there is no server of ours.
    """
    try:
        return codec.decode(reply, model)
    except ChatError:
        raise not_ours() from None


def decoded_text(reply: bytes) -> str:
    """Return a plain text reply. Raises as `decoded` does."""
    try:
        return codec.decode_text(reply)
    except ChatError:
        raise not_ours() from None


def checked_user(user: str) -> str:
    """Return a user name in its normal form.

    Raises:
        ServerError: ``invalid-name``, before the server has to say so.
    """
    try:
        return names.user_name(user)
    except ChatError as error:
        raise ServerError(error.code, error.message) from None


def checked_content(content: str) -> None:
    """Refuse a message that no server stores.

    Raises:
        ServerError: ``message-empty``, ``message-too-large``, or ``bad-request`` for half a
            surrogate pair.
    """
    if not content.strip():
        raise ServerError(ErrorCode.MESSAGE_EMPTY, "There is nothing in the message.")
    if len(encoded_text(content)) > limits.MESSAGE_BYTES:
        raise ServerError(
            ErrorCode.MESSAGE_TOO_LARGE,
            f"The message is too large: {limits.MESSAGE_BYTES // 1024} KiB are the most.",
        )


def not_ours() -> ConnectFailed:
    """Return the error for an answer that no server of ours gives."""
    return ConnectFailed("The server there answers in a way that rchat does not understand.")
