"""Emoji that one reacts with, by their short codes: pure.

A short list of those that people use in chats; what is not in it can be typed or pasted as it is.
"""

from __future__ import annotations

import difflib
from typing import Final

COMMON: Final = ("👍", "❤️", "😂", "🎉", "🙏", "👀", "🚀", "✅")
"""Those that are offered before one has used any."""

SHORT_CODES: Final = {
    "thumbsup": "👍",
    "+1": "👍",
    "thumbsdown": "👎",
    "-1": "👎",
    "heart": "❤️",
    "joy": "😂",
    "tada": "🎉",
    "pray": "🙏",
    "eyes": "👀",
    "rocket": "🚀",
    "white_check_mark": "✅",
    "x": "❌",
    "question": "❓",
    "exclamation": "❗",
    "100": "💯",
    "fire": "🔥",
    "sparkles": "✨",
    "star": "⭐",
    "clap": "👏",
    "wave": "👋",
    "muscle": "💪",
    "ok_hand": "👌",
    "raised_hands": "🙌",
    "point_up": "☝️",
    "shrug": "🤷",
    "facepalm": "🤦",
    "handshake": "🤝",
    "smile": "😄",
    "grin": "😁",
    "wink": "😉",
    "sweat_smile": "😅",
    "laughing": "😆",
    "rofl": "🤣",
    "blush": "😊",
    "heart_eyes": "😍",
    "sunglasses": "😎",
    "thinking": "🤔",
    "neutral_face": "😐",
    "confused": "😕",
    "worried": "😟",
    "cry": "😢",
    "sob": "😭",
    "angry": "😠",
    "scream": "😱",
    "sleeping": "😴",
    "exploding_head": "🤯",
    "partying_face": "🥳",
    "skull": "💀",
    "robot": "🤖",
    "ghost": "👻",
    "cat": "🐱",
    "dog": "🐶",
    "bug": "🐛",
    "snake": "🐍",
    "crab": "🦀",
    "coffee": "☕",
    "tea": "🍵",
    "beer": "🍺",
    "pizza": "🍕",
    "cake": "🍰",
    "bulb": "💡",
    "wrench": "🔧",
    "hammer": "🔨",
    "lock": "🔒",
    "key": "🔑",
    "mag": "🔍",
    "memo": "📝",
    "pushpin": "📌",
    "calendar": "📅",
    "hourglass": "⌛",
    "alarm_clock": "⏰",
    "bell": "🔔",
    "warning": "⚠️",
    "construction": "🚧",
    "ship": "🚢",
    "package": "📦",
    "zap": "⚡",
    "snowflake": "❄️",
    "sunny": "☀️",
    "rainbow": "🌈",
}
"""Without their colons."""


def named(text: str) -> str | None:
    """Return the emoji of a short code, with or without colons; None where there is none."""
    return SHORT_CODES.get(text.strip(":").lower())


def meant(text: str) -> str | None:
    """Return what to react with; None where ``text`` is a short code that nobody knows."""
    found = named(text)
    if found is not None:
        return found
    return None if len(text) > 1 and text.startswith(":") and text.endswith(":") else text


def nearest(text: str) -> list[str]:
    """Return the short codes that ``text`` may have been meant for, with colons."""
    near = difflib.get_close_matches(text.strip(":").lower(), SHORT_CODES, n=3, cutoff=0.5)
    return [f":{name}:" for name in near]


def code(emoji: str) -> str:
    """Return the short code of an emoji, with colons; empty where it has none."""
    return next((f":{name}:" for name, each in SHORT_CODES.items() if each == emoji), "")
