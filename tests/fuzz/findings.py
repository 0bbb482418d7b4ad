"""What was found, and the file from which it is repeated."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from fuzz.talks import Talk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Broken(AssertionError):  # noqa: N818 - it is what it says, of an invariant
    """Something is not as it has to be."""


@dataclass(frozen=True)
class Finding:
    """Something that is not as it has to be, and what was put in."""

    part: str
    seed: int
    what: str
    """A sentence or more: the fault, with its traceback where there is one."""
    target: str = ""
    """Of ``parsers``: which of them."""
    data: bytes = b""
    """Of ``parsers``: the input."""
    talks: tuple[Talk, ...] = field(default=())
    """Of the other parts: what was said since the last look at the server that found all well."""

    def save(self, folder: Path) -> Path:
        """Write it to a new file; return which."""
        number = 0
        while (path := folder / f"{self.part}-{self.seed}-{number}.json").exists():
            number += 1
        path.write_text(json.dumps(_plain(asdict(self)), indent=1), "utf-8")
        return path


def load(path: Path) -> Finding:
    """Return what was saved.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no finding.
    """
    told = json.loads(path.read_text("utf-8"))
    try:
        return Finding(
            part=told["part"],
            seed=told["seed"],
            what=told["what"],
            target=told["target"],
            data=base64.b64decode(told["data"]),
            talks=tuple(_talk(each) for each in told["talks"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} is no finding") from error


def _talk(told: dict[str, Any]) -> Talk:
    steps = tuple(base64.b64decode(each) for each in told["steps"])
    return Talk(**{**told, "steps": steps, "asks": tuple(told["asks"])})


def _plain(value: Any) -> Any:
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case tuple() | list():
            return [_plain(each) for each in value]
    return value


def halves(talks: Sequence[Talk]) -> list[Sequence[Talk]]:
    """Return the second half and the first: what was said last is the likelier cause."""
    middle = len(talks) // 2
    return [talks[middle:], talks[:middle]]
