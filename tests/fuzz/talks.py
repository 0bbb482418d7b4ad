"""All that one connection says, as a value."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final


class Stage(enum.StrEnum):
    """How far a connection comes before it says anything of its own."""

    NOTHING = "nothing"
    SETUP = "setup"
    LOGIN = "login"


class End(enum.StrEnum):
    """How a connection ends."""

    FINISH = "finish"
    """It says that no more comes, and hears the rest out."""
    RESET = "reset"
    """It is gone at once, whatever was to come."""
    DEAF = "deaf"
    """It reads nothing from the beginning on, and is gone in the end."""


@dataclass(frozen=True)
class Talk:
    """What one connection says.

    Bytes may have marks in them that the player puts something of the server at hand in the place
    of (`CONVERSATION`, `EPOCH`): a talk is the same whatever server it is said to.
    """

    number: int
    stage: Stage
    steps: tuple[bytes, ...]
    """One after the other, with a turn of the loop between them."""
    who: str = ""
    """Who is logged in, where somebody is."""
    asks: tuple[int, ...] = ()
    """The requests, by stream, of which each has to get one answer."""
    is_honest: bool = False
    """Whether the server has no reason to end the connection."""
    is_framed: bool = True
    """Whether it is frames, each after its length, however the steps are cut; else any bytes."""
    end: End = End.FINISH


PEOPLE: Final = tuple(f"fuzzer{number}" for number in range(6))
"""Who logs in: as few as can be, since a server remembers all who were there."""

CHANNELS: Final = tuple(f"hall{number}" for number in range(4))
"""Which channels they are in."""

CONVERSATION: Final = b"@@the-conversation-of-number-%d@@"
"""Stands for the id of the channel of that number, and is as long: a step may be many frames."""

EPOCH: Final = b"@@the--epoch--@@"
"""Stands for the epoch of the server's log, and is as long."""
