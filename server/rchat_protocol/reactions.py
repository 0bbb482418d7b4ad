"""What may stand as a reaction: an emoji, or a short text that shows all of what it is.

Two that look the same would be counted apart, so what leaves no mark is let in only where emoji are
made of it (Unicode TR51: joiners, variation selectors, the tags of flags).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.limits import REACTION_BYTES
from rchat_protocol.names import is_invisible

_SELECTORS: Final = "\ufe0e\ufe0f"
_JOINER: Final = "\u200d"
_KEYCAP: Final = "\u20e3"
_BLACK_FLAG: Final = "\U0001f3f4"
_TAGS: Final = range(0xE0020, 0xE0080)
_SHORTCODE: Final = re.compile(r":[^:]+:")
"""How many clients write an emoji's name: the emoji is meant."""


def reaction(text: str) -> str:
    """Return ``text`` as a reaction in its normal form (NFC).

    Raises:
        ChatError: ``reaction-invalid``, with a sentence that says what is wrong with it.
    """
    emoji = unicodedata.normalize("NFC", text[: REACTION_BYTES + 1])
    if not emoji:
        raise _invalid("A reaction cannot be empty.")
    if len(emoji.encode(errors="replace")) > REACTION_BYTES:
        raise _invalid(f"That reaction is too long: {REACTION_BYTES} bytes are the most.")
    if _SHORTCODE.fullmatch(emoji):
        raise _invalid("A reaction is the emoji itself, not its name between colons.")
    if unicodedata.category(emoji[0])[0] == "M":
        raise _invalid("A reaction cannot begin with a combining mark.")
    for index, character in enumerate(emoji):
        if not (_is_seen(character) or _belongs(emoji, index)):
            raise _invalid(
                "A reaction cannot contain white space, or control or invisible characters."
            )
    return emoji


def _is_seen(character: str) -> bool:
    return unicodedata.category(character)[0] not in "CZ" and not is_invisible(character)


def _belongs(emoji: str, index: int) -> bool:
    """Return whether what leaves no mark at ``index`` is a part of an emoji."""
    character, before, after = emoji[index], emoji[:index], emoji[index + 1 :]
    if not before:
        return False
    if character in _SELECTORS:
        return _is_symbol(before[-1]) or (before[-1] in "0123456789#*" and after[:1] == _KEYCAP)
    if character == _JOINER:
        base = before.rstrip(_SELECTORS)
        return bool(base) and _is_symbol(base[-1]) and bool(after) and _is_symbol(after[0])
    return ord(character) in _TAGS and before[0] == _BLACK_FLAG


def _is_symbol(character: str) -> bool:
    return unicodedata.category(character)[0] == "S"


def _invalid(sentence: str) -> ChatError:
    return ChatError(ErrorCode.REACTION_INVALID, sentence)
