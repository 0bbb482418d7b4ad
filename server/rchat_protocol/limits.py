"""How large things may be. One table for both sides."""

from __future__ import annotations

from typing import Final

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 6565
"""The port of the RSocket tutorial that this chat grew from."""
DEFAULT_PATH: Final = "/rchat"
"""Where a WebSocket server has its chat, beside what else there may be."""

USER_NAME_CHARS: Final = 32
"""Longest user name, in characters after normalisation."""

CHANNEL_NAME_CHARS: Final = 64
"""Longest channel name, in characters after normalisation."""

MESSAGE_BYTES: Final = 16 * 1024
"""Largest content of a message, in bytes of UTF-8."""

MESSAGE_ID_BYTES: Final = 64
"""Longest id that a client may give a message, in bytes of UTF-8."""

REACTION_BYTES: Final = 32
"""Longest reaction, in bytes of UTF-8: a flag of tags has 28, most emoji have 4."""

REACTIONS: Final = 20
"""Most different reactions to one message."""

REACTED: Final = 1000
"""Most reactions to one message in all: each is a name in its history."""

TOPIC_BYTES: Final = 512
"""Longest topic of a channel, in bytes of UTF-8."""

TYPISTS_AMONG: Final = 100
"""Most members of a channel in which it is told who is writing."""

AWAY_CHARS: Final = 200
"""Longest words of somebody who is away, in characters."""

REASON_CHARS: Final = 200
"""Longest reason of an act of moderation, in characters."""

METADATA_BYTES: Final = 4 * 1024
"""Largest metadata of a request: a route and a credential need far less."""

REQUEST_FRAME_BYTES: Final = 128 * 1024
"""Largest frame a server reads: JSON may write a byte of content as six (``\\u0001``)."""

REPLY_FRAME_BYTES: Final = 4 * 1024 * 1024
"""Largest frame a client reads: the state of a full channel is the largest thing a server sends."""

HISTORY_LIMIT: Final = 500
"""Most messages in one answer of ``history``."""

HISTORY_BYTES: Final = 256 * 1024
"""An answer of ``history`` is cut at this many bytes of content."""

SEARCH_WORDS: Final = 16
"""Most words and phrases in one question of ``search``."""

SEARCH_WORD_CHARS: Final = 128
"""Longest of them, in characters."""

SEARCH_LIMIT: Final = 100
"""Most messages in one answer of ``search``, which is cut like one of ``history``."""

EVENTS_MAX: Final = 1000
"""Entries of one conversation that ``events`` replays when the client names no ``max``."""

AUDIT_LIMIT: Final = 200
"""Most acts in one answer of ``channel.audit``."""

PENDING_REQUESTS: Final = 64
"""Requests of one connection that a server works on at a time; it reads on when fewer are left."""

OPEN_STREAMS: Final = 32
"""Streams that one connection may have open at a time."""
