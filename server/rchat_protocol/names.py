"""What a user or a channel may be called, and when two names are the same.

One rule for client and server: the Nickname profile of PRECIS (RFC 8266, the one made for chat
rooms), and further that a name is one word that everybody can read. ``#`` and ``@`` are how a
screen shows names, never part of one.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Final

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.limits import CHANNEL_NAME_CHARS, USER_NAME_CHARS

_SIGILS: Final = ("#", "@")
_MENTION: Final = re.compile(r"@(\S+)|^(\S+?)[:,](?=\s|$)")
# Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt) beyond category C, and the
# blank Braille pattern: characters that leave no mark on a screen.
_INVISIBLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
_KNOWN_KEYS: Final = 4096
"""Keys that are kept: every message asks for that of its channel."""
_KNOWN_CHARS: Final = CHANNEL_NAME_CHARS
"""Longest name whose key is: what is no name may have a hundred thousand characters."""
_LONGEST: Final = 4 * CHANNEL_NAME_CHARS + 1
"""Characters from which on a text is no name: normalising (NFC) makes one of four at the most."""
_TRAILING_PUNCTUATION: Final = ".,:;!?)]}'\"…"
_PASSES: Final = 4
"""How often PRECIS is applied to get a name that it leaves as it is (RFC 8266, 2.4, has three)."""

_RESERVED: Final = """
admin administrator all channel everyone here moderator operator rchat server support sysop
system
"""
RESERVED: Final = frozenset(_RESERVED.split())
"""User names that nobody has, by `key`: who bore one would seem to speak for the server, or be all
whom ``@all`` speaks to."""


def user_name(text: str) -> str:
    """Return ``text`` as a user name in its normal form.

    Raises:
        ChatError: ``invalid-name``, with a sentence that says what is wrong with it.
    """
    name = _checked(text, kind="user name", longest=USER_NAME_CHARS)
    if key(name) in RESERVED:
        raise ChatError(
            ErrorCode.INVALID_NAME, f"The name {name} is reserved: it would speak for the server."
        )
    return name


def channel_name(text: str) -> str:
    """Return ``text`` as a channel name in its normal form.

    Raises:
        ChatError: ``invalid-name``, with a sentence that says what is wrong with it.
    """
    return _checked(text, kind="channel name", longest=CHANNEL_NAME_CHARS)


def is_invisible(character: str) -> bool:
    """Return whether a character that is none of control leaves no mark on a screen."""
    return _INVISIBLE.match(character) is not None


def key(name: str) -> str:
    """Return what two names are compared by: equal keys are one name.

    What is too long for any name is its own key: normalising takes the square of the length where
    combining marks follow each other, which is seconds for what fits into a request.
    """
    if len(name) <= _KNOWN_CHARS:
        return _known_key(name)
    return _key(name) if len(name) <= _LONGEST else name


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


_known_key: Final = functools.lru_cache(_KNOWN_KEYS)(_key)


def mentioned(content: str) -> set[str]:
    """Return the keys of the names that ``content`` speaks to.

    A name is spoken to as ``@name`` anywhere, or as ``name:`` or ``name,`` at the start of the
    message, as on IRC. Whether somebody has that name is for the caller to know.
    """
    keys: set[str] = set()
    if "@" not in content and ":" not in content and "," not in content:
        return keys  # nearly every message
    for match in _MENTION.finditer(content):
        word = match.group(1) or match.group(2)
        keys.add(key(word))
        keys.add(key(word.rstrip(_TRAILING_PUNCTUATION)))
    keys.discard("")
    return keys


def _checked(text: str, *, kind: str, longest: int) -> str:
    # Cut before normalising: a hostile name may be very long, and a shorter one is refused anyway.
    name = _enforced(unicodedata.normalize("NFC", text[: 4 * longest + 1]), kind)
    if not name:
        raise ChatError(ErrorCode.INVALID_NAME, f"A {kind} cannot be empty.")
    if len(name) > longest:
        raise ChatError(
            ErrorCode.INVALID_NAME, f"That {kind} is too long: {longest} characters are the most."
        )
    # Both what is shown and what is compared: NFKC turns some characters into white space or a #.
    for character in name + key(name):
        category = unicodedata.category(character)
        if category[0] == "Z":
            raise ChatError(ErrorCode.INVALID_NAME, f"A {kind} cannot contain white space.")
        if _is_unseen(character):
            raise _unseen(kind)
    if key(name).startswith(_SIGILS):
        raise ChatError(ErrorCode.INVALID_NAME, f"A {kind} cannot begin with # or @: leave it out.")
    if unicodedata.category(name[0])[0] == "M":
        raise ChatError(ErrorCode.INVALID_NAME, f"A {kind} cannot begin with a combining mark.")
    return name


def _enforced(text: str, kind: str) -> str:
    """Return a name as PRECIS has it."""
    if text.isascii():
        return text  # it allows all of what `_checked` does, and changes nothing (RFC 8264, 9.11)
    from precis_i18n import get_profile  # its tables are not read for an alice

    profile = get_profile("NicknameCasePreserved")
    name = text
    try:
        for _ in range(_PASSES):
            before, name = name, profile.enforce(name)
            if name == before:
                return name
    except UnicodeEncodeError as error:
        where = text[error.start : error.end] if error.object == text else ""
        if where and all(map(_is_unseen, where)):
            raise _unseen(kind) from None
        raise ChatError(
            ErrorCode.INVALID_NAME, f"A {kind} cannot contain characters of that kind."
        ) from None
    raise ChatError(ErrorCode.INVALID_NAME, f"That {kind} has no stable form: choose another.")


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character)[0] == "C" or is_invisible(character)


def _unseen(kind: str) -> ChatError:
    # A name is shown on other people's terminals, and two that look the same are one.
    return ChatError(
        ErrorCode.INVALID_NAME, f"A {kind} cannot contain control or invisible characters."
    )
