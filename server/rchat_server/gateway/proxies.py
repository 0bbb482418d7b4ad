"""Proxies that are believed: what counts is for whom they ask, and not where they stand."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from rchat_server.core.sites import Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECURE: Final = ("https", "wss")
"""Schemes under which nobody reads along, as proxies write them."""


@dataclass(frozen=True, slots=True)
class Proxies:
    """The addresses of proxies whose word is taken."""

    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()

    @classmethod
    def named(cls, *names: str) -> Self:
        """Return those of addresses and networks, such as ``127.0.0.1`` or ``10.0.0.0/8``.

        Raises:
            ValueError: One of them is none.
        """
        return cls(tuple(ipaddress.ip_network(each) for each in names))

    def has(self, host: str) -> bool:
        """Return whether ``host`` is one of them."""
        if not self.networks:
            return False
        try:
            address = _address(host)
        except ValueError:
            return False
        return any(address in each for each in self.networks)

    def origin(self, clients: Sequence[str], schemes: Sequence[str]) -> Origin | None:
        """Return where a connection comes from that one of them sent on.

        Each proxy adds the address that it sees behind those that it was told: the last one that is
        no proxy of ours is true, and what stands before that is what somebody says of himself. A
        loopback address is a proxy's own machine, and never ours.

        Args:
            clients: The addresses in ``X-Forwarded-For``, in its order.
            schemes: What ``X-Forwarded-Proto`` says, likewise: nobody reads along where all of them
                are secure.

        Returns:
            None where it is for nobody else that the proxy asks.

        Raises:
            ValueError: That is no address.
        """
        for client in reversed(clients):
            address = _address(client)
            if not (address.is_loopback or self.has(str(address))):
                secure = [each.lower() in _SECURE for each in schemes]
                return Origin(str(address), encrypted=bool(secure) and all(secure))
        return None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return an address without a scope; IPv4's where IPv6 maps it.

    Raises:
        ValueError: It is none.
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address
