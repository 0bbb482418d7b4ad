"""From the text of a play to its steps, and from what somebody says to an answer. Pure."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from rchat_protocol import names
from rchat_tui.demo import script

if TYPE_CHECKING:
    import random


class Act(enum.Enum):
    """What somebody does."""

    SAY = "says"
    LEAVE = "leaves"
    RETURN = "returns"


class Step(Struct, frozen=True):
    """One thing that happens in a scene."""

    who: str
    act: Act
    words: str = ""


class Scene(Struct, frozen=True):
    """A short conversation in one channel."""

    channel: str
    steps: tuple[Step, ...]


_STAGE: Final = re.compile(r"(\w+) (leaves|returns)")


def parse(play: str) -> list[Scene]:
    """Return the scenes of a play; `rchat_tui.demo.script` says how one is written.

    Raises:
        ValueError: A line is none of those it may be.
    """
    scenes: list[Scene] = []
    for block in re.split(r"\n\s*\n", play.strip()):
        head, *lines = block.splitlines()
        if not head.startswith("#"):
            raise ValueError(f"a scene begins with its channel: {head!r}")
        steps: list[Step] = []
        for line in lines:
            if line.startswith("  ") and steps:
                last = steps.pop()
                steps.append(Step(last.who, last.act, f"{last.words} {line.strip()}"))
            elif stage := _STAGE.fullmatch(line):
                steps.append(Step(stage[1], Act(stage[2])))
            else:
                who, colon, words = line.partition(": ")
                if not colon:
                    raise ValueError(f"nobody says this: {line!r}")
                steps.append(Step(who, Act.SAY, words))
        scenes.append(Scene(head.removeprefix("#"), tuple(steps)))
    return scenes


def answer(who: str, user: str, content: str, rng: random.Random) -> str:
    """Return what the resident ``who`` answers to what ``user`` said."""
    said = content.casefold()
    fitting = (
        answers
        for words, answers in script.TOPICS
        if any(re.search(rf"\b{re.escape(word)}s?\b", said) for word in words)
    )
    return rng.choice(next(fitting, script.OTHERWISE[who])).format(user=user, me=who)


def addressed(content: str) -> list[str]:
    """Return the residents that ``content`` speaks to by name."""
    keys = names.mentioned(content)
    return [who for who in script.RESIDENTS if names.key(who) in keys]


def expects_answer(content: str) -> bool:
    """Whether what somebody says to nobody in particular is a question or a greeting."""
    return "?" in content or bool(
        re.match(r"\W*(hi|hello|hey|hallo|moin|hola|good (morning|evening))\b", content.casefold())
    )
