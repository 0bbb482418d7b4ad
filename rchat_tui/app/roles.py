"""What a piece of a row is. The message view gives each role a style."""

from __future__ import annotations

import enum


class Role(enum.Enum):
    """What a piece of a row is, for the view to give it a style."""

    BODY = enum.auto()
    FAINT = enum.auto()
    TIME = enum.auto()
    NAME = enum.auto()
    ACTION = enum.auto()
    LINK = enum.auto()
    CODE = enum.auto()
    QUOTE = enum.auto()
    MENTION = enum.auto()
    MENTION_OF_ME = enum.auto()
    MARK = enum.auto()
    RULE = enum.auto()
    DAY = enum.auto()
    UNREAD = enum.auto()
    PENDING = enum.auto()
    WAITING = enum.auto()
    ERROR = enum.auto()
    JOIN = enum.auto()
    LEAVE = enum.auto()
    INFO = enum.auto()
    REACTION = enum.auto()
    REACTION_OF_MINE = enum.auto()
