"""Where connections come from: pure."""

from __future__ import annotations

import ipaddress
from typing import Final, NamedTuple

_SIX: Final = 6
_SITE: Final = 64
"""Bits of an IPv6 address that one customer has: whoever has one has all that begin so (RFC 6177
gives no less)."""


def site_of(host: str) -> str | None:
    """Return what is one customer's of a network, as far as an address tells; None: this machine.

    What is no address (as in tests) is one customer by itself.
    """
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_loopback:
        return None
    if address.version == _SIX:
        return str(ipaddress.ip_network((int(address), _SITE), strict=False).network_address)
    return str(address)


class Origin(NamedTuple):
    """Where one connection comes from."""

    address: str = ""
    """Without its port."""
    encrypted: bool = False
    """Whether nobody on the way can read along."""

    @property
    def site(self) -> str | None:
        """Whose it is, as far as an address tells; None: of this machine."""
        return site_of(self.address)


NOWHERE: Final = Origin()
