"""Bytes like others, but not quite. For where nothing leads by coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

LONGEST: Final = 4096
"""Bytes of an input, at the most."""

_TELLING: Final = (
    *(b"\0", b"\xff", b"\x7f", b"\x80", b"\0\0\0", b"\xff\xff\xff", b"\0\0\6", b"\xfe", b"\xfc"),
    *(b'"', b"{", b"}", b"[", b"null", b"true", b"-1", b"1e999", b"\\ud800", b"\\u0000", b'":"'),
    *("\u0301\u0323".encode(), "\u200d".encode(), "\ufeff".encode(), "👍".encode(), "ﷺ".encode()),
    *(b"@", b"#", b":", b" ", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"9" * 20),
)


def mutate(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Return something like one of ``seeds``, of up to `LONGEST` bytes."""
    data = bytearray(rng.choice(seeds))
    for _ in range(1 << rng.randrange(5)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(8):
            case 0 | 1 if data:
                data[at % len(data)] ^= 1 << rng.randrange(8)
            case 2 if data:
                data[at % len(data)] = rng.randrange(256)
            case 3:
                data[at:at] = rng.choice(_TELLING)
            case 4:
                del data[at : at + rng.randrange(1, 9)]
            case 5:
                piece = data[at : at + rng.randrange(1, 33)]
                data[at:at] = piece * rng.choice((1, 2, 2, 30))
            case 6:
                other = rng.choice(seeds)
                start = rng.randrange(len(other) + 1)
                data[at:at] = other[start : start + rng.randrange(1, 65)]
            case _:
                data[at:at] = rng.randbytes(rng.randrange(1, 9))
    return bytes(data[:LONGEST])
