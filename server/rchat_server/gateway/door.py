"""How many connections come from one address."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rchat_protocol.errors import ChatError, ErrorCode
from rchat_protocol.transport.server import ServerPolicy
from rchat_server.core.rates import Rate, Rates
from rchat_server.core.sites import site_of
from rchat_server.gateway.proxies import Proxies

if TYPE_CHECKING:
    from collections.abc import Callable

_LATER: Final = 30.0
"""Seconds after which somebody may have left."""


@dataclass(frozen=True, slots=True)
class DoorLimits:
    """What comes from one address, of this machine itself excepted: as it is, anything."""

    connections: int | None = None
    """At a time."""
    arrivals: Rate | None = None
    """New ones."""
    login: float = 10.0
    """Seconds in which somebody logs in on a connection (as Centrifugo has it), or it is closed."""
    policy: ServerPolicy = field(default_factory=ServerPolicy)
    """What each of them may do."""
    proxies: Proxies = field(default_factory=Proxies)
    """By HTTP their own addresses do not count, but those for whom they ask."""


class Door:
    """Counts who comes in.

    Args:
        limits: How many may.
        now: Seconds since some moment.
    """

    def __init__(self, limits: DoorLimits, now: Callable[[], float]) -> None:
        self._limits = limits
        self._there: Counter[str] = Counter()
        self._arrivals = Rates(limits.arrivals, now)

    def enter(self, host: str) -> ChatError | None:
        """Count a connection, which is to `leave`; return why it may not stay, or None."""
        site = site_of(host)
        if site is None:
            return None
        self._there[site] += 1
        wait = self._arrivals.take(site)
        if wait:
            return _refusal("Too many connections came from your address lately", wait)
        most = self._limits.connections
        if most is not None and self._there[site] > most:
            return _refusal(f"{most} connections of your address are open already", _LATER)
        return None

    def crowds(self, host: str) -> bool:
        """Say whether a host has so many connections that another is not worth a word."""
        site, most = site_of(host), self._limits.connections
        return site is not None and most is not None and self._there[site] > 2 * most

    def leave(self, host: str) -> None:
        """Such a connection is gone."""
        site = site_of(host)
        if site is not None:
            self._there[site] -= 1
            if not self._there[site]:
                del self._there[site]


def _refusal(why: str, wait: float) -> ChatError:
    seconds = math.ceil(wait)
    return ChatError(
        ErrorCode.TOO_MANY_CONNECTIONS, f"{why}: come back in {seconds} s.", retry=float(seconds)
    )
