"""Where a server is: the text that people write, read into host and port. Pure."""

from __future__ import annotations

import re
from typing import Final, Self

from msgspec import Struct

from rchat_protocol.limits import DEFAULT_PORT
from rchat_tui.client.display import safe_line
from rchat_tui.client.errors import InvalidAddress

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_LATER: Final = {
    "ws": "WebSocket connections",
    "wss": "encrypted WebSocket connections",
}
_HIGHEST_PORT: Final = 65535
_HOST_CHARS: Final = 253
"""Longest host name: RFC 1035, section 2.3.4, without the last dot."""


class ServerAddress(Struct, frozen=True):
    """A host and a TCP port, encrypted or not; ``str()`` is its URL in normal form."""

    host: str
    """A name, an IPv4 or an IPv6 address; the latter without brackets."""
    port: int = DEFAULT_PORT
    tls: bool = False
    """Whether the connection is encrypted."""

    @classmethod
    def parse(cls, text: str, *, to_listen: bool = False) -> Self:
        """Return the address that ``text`` means: ``[tcp://]host[:port]``, or ``tcps://``.

        An IPv6 address stands in brackets; without a port it is `DEFAULT_PORT`. One ``to_listen``
        at may have port 0: any that is free.

        Raises:
            InvalidAddress: with a sentence that says what is wrong.
        """
        rest, tls = text.strip(), False
        if scheme := _SCHEME.match(rest):
            tls = _is_encrypted(scheme[1].lower())
            rest = rest[scheme.end() :]
        host, port = _split(rest.removesuffix("/"), text, lowest_port=0 if to_listen else 1)
        return cls(host, port, tls)

    @property
    def is_loopback(self) -> bool:
        """Whether only programs on this machine can mean it."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")

    def __str__(self) -> str:
        return f"{'tcps' if self.tls else 'tcp'}://{self.authority}"

    @property
    def authority(self) -> str:
        """``host:port``, as people say it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _is_encrypted(scheme: str) -> bool:
    if scheme in ("tcp", "tcps"):
        return scheme == "tcps"
    if scheme in _LATER:
        raise InvalidAddress(
            f"This version speaks no {_LATER[scheme]} yet: use tcp:// or tcps://, not {scheme}://."
        )
    raise InvalidAddress(
        f"{safe_line(scheme, limit=20)}:// is no chat server's address: write tcp://HOST:PORT."
    )


def _split(rest: str, text: str, *, lowest_port: int) -> tuple[str, int]:
    shown = safe_line(text, limit=60)
    if rest.startswith("["):
        host, bracket, tail = rest[1:].partition("]")
        if not bracket or (tail and not tail.startswith(":")) or ":" not in host:
            raise InvalidAddress(f"“{shown}” is no address: write IPv6 as tcp://[::1]:6565.")
        colon, port = tail[:1], tail[1:]
    else:
        host, colon, port = rest.partition(":")
        if ":" in port:
            raise InvalidAddress(
                f"“{shown}” is no address: an IPv6 address needs brackets, as in tcp://[::1]:6565."
            )
    if not host:
        raise InvalidAddress("The address names no host: write tcp://HOST:PORT.")
    if len(host) > _HOST_CHARS or not re.fullmatch(r"[^\s/?#@\\\x00-\x20\x7f-\x9f]+", host):
        raise InvalidAddress(f"“{shown}” is no address: write tcp://HOST:PORT.")
    return host, _port(port, shown, lowest_port) if colon else DEFAULT_PORT


def _port(text: str, shown: str, lowest: int) -> int:
    if re.fullmatch(r"[0-9]{1,5}", text) and lowest <= int(text) <= _HIGHEST_PORT:
        return int(text)
    raise InvalidAddress(
        f"“{shown}” has no valid port: it is a number from {lowest} to {_HIGHEST_PORT}."
    )
