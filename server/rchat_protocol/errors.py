"""The errors that the server answers with: a fixed set of codes, and a sentence for a person.

On the wire an error is an RSocket application error whose data is the JSON of a `models.ErrorBody`.
It never carries the text of an exception.
"""

from __future__ import annotations

import enum


class ErrorCode(enum.StrEnum):
    """What went wrong, for a program."""

    BAD_REQUEST = "bad-request"
    """The request is no JSON, of another shape, or lacks its routing metadata."""
    NO_SUCH_ROUTE = "no-such-route"
    NOT_LOGGED_IN = "not-logged-in"
    ALREADY_LOGGED_IN = "already-logged-in"
    """One connection is one session: a second ``login`` is refused."""
    INVALID_NAME = "invalid-name"
    NAME_IN_USE = "name-in-use"
    UNKNOWN_TOKEN = "unknown-token"  # noqa: S105 - a code, not a secret
    """The credential belongs to no identity (any more): log in without it."""
    PASSWORD_REQUIRED = "password-required"  # noqa: S105 - a code, not a secret
    """The name is an account's."""
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 - a code, not a secret
    """Or there is no such account: that is not told."""
    PASSWORD_INVALID = "password-invalid"  # noqa: S105 - a code, not a secret
    """Too short, too long, or not of what a password may be of."""
    ENCRYPTION_REQUIRED = "encryption-required"
    """A password would travel in the clear."""
    ACCOUNT_REQUIRED = "account-required"
    """This is for people who have an account."""
    ALREADY_REGISTERED = "already-registered"
    INVITATION_REQUIRED = "invitation-required"
    """Accounts are made by who has a code that was not used up."""
    TOO_MANY_ACCOUNTS = "too-many-accounts"
    NO_SUCH_TOKEN = "no-such-token"  # noqa: S105 - a code, not a secret
    LOGGED_OUT = "logged-out"
    """The token of this session was revoked."""
    NO_SUCH_CHANNEL = "no-such-channel"
    NO_SUCH_USER = "no-such-user"
    NO_SUCH_CONVERSATION = "no-such-conversation"
    """Unknown, or not yours: who may not know of a conversation gets the same answer."""
    NOT_ALLOWED = "not-allowed"
    """It is for operators of the channel, or its owner."""
    BANNED = "banned"
    MUTED = "muted"
    SLOW_MODE = "slow-mode"
    """People write here less often: the same request will do after ``retry`` seconds."""
    INVITED_ONLY = "invited-only"
    CHANNEL_PASSWORD = "channel-password"  # noqa: S105 - a code, not a secret
    """The channel has one, and none, or another, was given."""
    NO_SUCH_BAN = "no-such-ban"
    TOO_MANY_RULES = "too-many-rules"
    """Bans, people who are muted, operators or invitations of one channel."""
    REASON_INVALID = "reason-invalid"
    NOT_A_MEMBER = "not-a-member"
    ALREADY_MEMBER = "already-member"
    RECIPIENT_GONE = "recipient-gone"
    """The other person of a private conversation is gone; the name may be somebody else's now."""
    MESSAGE_EMPTY = "message-empty"
    MESSAGE_TOO_LARGE = "message-too-large"
    NO_SUCH_MESSAGE = "no-such-message"
    """No message of this conversation has that number, it was deleted, or it is no longer kept."""
    NOT_YOURS = "not-yours"
    """Only who wrote a message can edit or delete it."""
    REACTION_INVALID = "reaction-invalid"
    TOO_MANY_REACTIONS = "too-many-reactions"
    TOPIC_INVALID = "topic-invalid"
    AWAY_INVALID = "away-invalid"
    TOO_MANY_CHANNELS = "too-many-channels"
    CHANNEL_FULL = "channel-full"
    TOO_MANY_STREAMS = "too-many-streams"
    TOO_MANY_CONNECTIONS = "too-many-connections"
    """From this address: at a time, or lately."""
    TOO_FAST = "too-fast"
    """This was done too often lately: the same request will do after ``retry`` seconds."""
    BUSY = "busy"
    """A queue is full: the same request will do a little later."""
    STORAGE_UNAVAILABLE = "storage-unavailable"
    SHUTTING_DOWN = "shutting-down"
    REPLACED = "replaced"
    """This session was replaced by a newer one of the same identity."""
    TOO_SLOW = "too-slow"
    """The connection took nothing for the write deadline, or was silent for its lifetime."""
    PROTOCOL_VIOLATION = "protocol-violation"
    """The connection broke RSocket's rules and was closed."""
    INTERNAL = "internal"
    """A fault of the server; the details are in its log."""


class ChatError(Exception):
    """An error that the other side is to see.

    Attributes:
        code: what went wrong, for a program.
        message: what is wrong and what to do now, for a person.
        retry: seconds after which the same request may succeed, or False where it never will.
    """

    def __init__(self, code: ErrorCode, message: str, *, retry: float | bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry = retry
