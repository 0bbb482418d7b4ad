"""What may be a password. One rule for client and server."""

from __future__ import annotations

from typing import Final

from rchat_protocol.errors import ChatError, ErrorCode

SHORTEST: Final = 8
"""Characters of a password at least (NIST SP 800-63B, 5.1.1.2)."""

LONGEST: Final = 256
"""Bytes of a password at most, in UTF-8: enough for a sentence, and little to hash."""


def password(text: str) -> str:
    """Return ``text`` as it is hashed: by PRECIS, so that it is the same from every keyboard.

    The profile is OpaqueString (RFC 8265), which is for passwords.

    Raises:
        ChatError: ``password-invalid``, with a sentence that says what is wrong with it.
    """
    if len(text) < SHORTEST:
        raise _invalid(f"A password has {SHORTEST} characters at least: a few words do well.")
    if len(text.encode(errors="replace")) > LONGEST:
        raise _invalid(f"That password is too long: {LONGEST} bytes are the most.")
    from precis_i18n import get_profile  # its tables are for those who set or give a password

    try:
        return str(get_profile("OpaqueString").enforce(text))
    except UnicodeEncodeError:
        raise _invalid("A password cannot contain control characters.") from None


def _invalid(sentence: str) -> ChatError:
    return ChatError(ErrorCode.PASSWORD_INVALID, sentence)
