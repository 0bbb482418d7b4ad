"""Everything that is drawn: one source a talk, so that a talk is a function of seed and number."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from support.hostile import STRINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBERS: Final = (
    *(0, 1, 2, 3, 7, 63, 64, 65, 100, 127, 128, 255, 256, 499, 500, 501, 1000, 65_535, 65_536),
    *(2**31 - 2, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53, 2**63 - 1, 2**63, 2**64, 10**30),
    *(-1, -2, -(2**31), -(2**63), -(2**63) - 1, -(10**30)),
)

_TOWERS: Final = (
    "\u0301\u0323",
    "\u0323\u0301\u0327",
    "\u05b0\u0301",
    "\u3099\u0301",
    "\u1ab0\u0323",
)
"""Combining marks whose order has to be changed when they are normalised, which takes the square
of their number."""

_SEEDS: Final = ("a", "é", "@", "@a", "a:", "中", "👍", "ﷺ", "ΐ", "ß", "\u200d", "x-", "a ", "\x00")


def chance(seed: int, part: str, number: int) -> random.Random:
    """Return the source of one talk."""
    return random.Random(f"{seed}/{part}/{number}")


def pick_number(rng: random.Random) -> int:
    """Return a whole number, most of them at some bound."""
    if rng.random() < 0.6:
        return rng.choice(_NUMBERS)
    return rng.getrandbits(rng.randrange(1, 70))


def pick_text(rng: random.Random, *, most: int = 20_000) -> str:
    """Return a text that breaks programs, of up to ``most`` characters."""
    match rng.randrange(8):
        case 0 | 1 | 2:
            text = rng.choice(STRINGS)
        case 3:
            text = "".join(map(chr, rng.choices(range(0x20, 0x7F), k=rng.randrange(12))))
        case 4:
            text = "".join(_character(rng) for _ in range(rng.randrange(24)))
        case 5:
            text = rng.choice(STRINGS)[:40] + rng.choice(STRINGS)[:40]
        case 6:
            text = rng.choice(_SEEDS) * rng.choice((1, 2, 31, 32, 33, 64, 65, 128, 129, 512, 513))
        case _:
            text = rng.choice(_SEEDS) + _tower(rng)
    return text[:most]


def pick_pattern(rng: random.Random) -> bytes:
    """Return a few bytes that take long where they are repeated."""
    return rng.choice((*_TOWERS, *_SEEDS)).encode()


def _tower(rng: random.Random) -> str:
    if rng.random() < 0.9:
        return rng.choice(_TOWERS) * rng.randrange(1, 40)
    return rng.choice(_TOWERS) * rng.choice((500, 2_000, 5_000))


def _character(rng: random.Random) -> str:
    code = rng.randrange(0x110000) if rng.random() < 0.5 else rng.randrange(0x3000)
    return "?" if 0xD800 <= code < 0xE000 else chr(code)


def cut(rng: random.Random, data: bytes, most: int) -> tuple[bytes, ...]:
    """Return ``data`` in up to ``most`` pieces."""
    places = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randrange(most)))
    return tuple(
        piece
        for start, end in zip([0, *places], [*places, len(data)], strict=True)
        if (piece := data[start:end])
    )


def pick(rng: random.Random, choices: Sequence[bytes]) -> bytes:
    """Return one of them."""
    return choices[int(rng.random() * len(choices))]
