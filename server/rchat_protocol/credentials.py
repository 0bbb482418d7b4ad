"""What a login may prove itself with. A credential never shows up in a log or a traceback."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Bearer:
    """The token of an identity, as an earlier login answered it."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Simple:
    """A name and a password."""

    user: str
    password: str = field(repr=False)


Credential = Bearer | Simple
