"""What attackers share: where the server is, how fast they are, and what it says to them."""

from __future__ import annotations

import contextlib
import itertools
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from stress.line import Line, LineLost, Refused, dial
from stress.raw import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMES: Final = 10
"""How many times as often as a limit allows somebody does something."""

RATES: Final = frozenset(("too-fast", "busy", "too-many-connections", "slow-mode"))
"""Codes of refusals that say how long to wait."""


@dataclass(slots=True)
class Tally:
    """What came of what was done."""

    done: Counter[str] = field(default_factory=Counter)
    """What was taken, by what it is; also what the network did."""
    refused: Counter[str] = field(default_factory=Counter)
    """By code."""
    endless: Counter[str] = field(default_factory=Counter)
    """Of those that say how long to wait, the ones that did not."""

    def refuse(self, refusal: Refused) -> None:
        """Count a refusal."""
        self.refused[refusal.code] += 1
        waits = not isinstance(refusal.retry, bool) and refusal.retry > 0
        if refusal.code in RATES and not waits:
            self.endless[refusal.code] += 1

    def add(self, other: Tally) -> None:
        """Count another's in."""
        self.done += other.done
        self.refused += other.refused
        self.endless += other.endless


class Scene:
    """One crowd of attackers, in a process of its own.

    Args:
        order: Where the server is: ``port``, ``web-port``, ``authority``; ``seconds`` for which a
            flood lasts, within which it does ten times what is allowed; ``place``, a channel of
            others; ``accounts``, how many there are, and their ``password``; ``addresses``, the
            first two parts of its own.
    """

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.target = Target.of(order["port"], order["web-port"], order["authority"])
        self.tally = Tally()
        self.rng = random.Random(order["addresses"])
        self._numbers = itertools.count()
        self._addresses = itertools.count()

    def number(self) -> int:
        """Return a number that nobody else has here."""
        return next(self._numbers)

    def address(self) -> str:
        """Return an address from which nobody came yet."""
        number = next(self._addresses)
        return f"{self.order['addresses']}.{number // 250 % 250}.{number % 250 + 1}"

    def pause(self, burst: int, a_second: float) -> float:
        """Return the seconds between two, so that there are `TIMES` as many as a rate allows."""
        seconds: float = self.order["seconds"]
        return seconds / (TIMES * (burst + a_second * seconds))

    @contextlib.contextmanager
    def noting(self) -> Iterator[None]:
        """Count how something ended, where it was refused, or the line was lost."""
        try:
            yield
        except Refused as refused:
            self.tally.refuse(refused)
        except LineLost as lost:
            if lost.why is None:
                self.tally.done["lines that ended without a word"] += 1
            else:
                self.tally.refuse(lost.why)
        except (OSError, TimeoutError):
            self.tally.done["connections that failed"] += 1

    async def ask(self, line: Line, route: str, data: bytes, **options: Any) -> bool:
        """Ask for something, and count what came of it; return whether it was done.

        Raises:
            LineLost: That is not counted yet.
        """
        try:
            await line.request(route, data, **options)
        except Refused as refused:
            self.tally.refuse(refused)
            return False
        self.tally.done[route] += 1
        return True

    async def guest(self, address: str = "", **options: Any) -> Line:
        """Come in as a new guest, from an address where nobody was unless it is named.

        Raises:
            LineLost: The server ended it.
            OSError: Nobody answers.
            Refused: The login was refused.
        """
        source = address or self.address()
        line = await dial(self.target.port, source=source, tls=self.target.trust, **options)
        try:
            name = f"bad{self.order['addresses']}-{self.number()}"
            await line.request("login", name.encode())
        except BaseException:
            line.abort()
            raise
        self.tally.done["login"] += 1
        return line
