"""What a person has to show to be let in: which fields are asked for. Pure."""

from __future__ import annotations

from typing import Final

from rchat_protocol.errors import ErrorCode
from rchat_tui.client.passwords import Given

REGISTERING: Final = frozenset(
    (ErrorCode.ACCOUNT_REQUIRED, ErrorCode.INVITATION_REQUIRED, ErrorCode.PASSWORD_INVALID)
)
"""Codes after which an account is to be made."""

ASKING: Final = REGISTERING | {
    ErrorCode.PASSWORD_REQUIRED,
    ErrorCode.WRONG_PASSWORD,
    ErrorCode.LOGGED_OUT,
}
"""Codes after which a password is asked for."""

OPEN_FIELDS: Final = 1
"""Of those that make an account, how many of the last ones are no secret."""


def asked(code: str, user: str) -> tuple[str, tuple[str, ...]]:
    """Return what is asked for after a refusal: a title, and the fields."""
    if code in REGISTERING:
        return f"An account for {user}", (
            "A new password, of 8 characters or more",
            "The code of your invitation, if you need one",
        )
    return f"You are {user}?", (f"The password of {user}",)


def given(texts: tuple[str, ...], *, register: bool) -> Given:
    """Return what the fields said."""
    invitation = texts[1].strip() if len(texts) > 1 else ""
    return Given(texts[0], register=register, invitation=invitation or None)
