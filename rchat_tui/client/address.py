"""Where a server is: the text that people write, read into host and port. Pure."""

from __future__ import annotations

import re
from typing import Final, Self

from msgspec import Struct

from rchat_protocol.limits import DEFAULT_PATH, DEFAULT_PORT
from rchat_tui.client.display import safe_line
from rchat_tui.client.errors import InvalidAddress

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_KNOWN: Final = {
    "tcp": (False, False),
    "tcps": (True, False),
    "ws": (False, True),
    "wss": (True, True),
}
"""By scheme: whether it encrypts, and whether it is WebSocket."""
_HIGHEST_PORT: Final = 65535
_WEB_PORT, _ENCRYPTED_WEB_PORT = 80, 443
"""Of WebSocket: RFC 6455, section 3."""
_HOST_CHARS: Final = 253
"""Longest host name: RFC 1035, section 2.3.4, without the last dot."""
_PATH: Final = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]{0,200}")
"""RFC 3986, section 3.3, in a length that a screen can show."""


class ServerAddress(Struct, frozen=True):
    """A host and a port, encrypted or not; ``str()`` is its URL in normal form."""

    host: str
    """A name, an IPv4 or an IPv6 address; the latter without brackets."""
    port: int = DEFAULT_PORT
    tls: bool = False
    """Whether the connection is encrypted."""
    path: str = ""
    """Of a WebSocket; empty: TCP is spoken there."""

    @classmethod
    def parse(cls, text: str, *, to_listen: bool = False) -> Self:
        """Return the address that ``text`` means.

        That is ``[tcp://]host[:port]``, or ``tcps://``, or ``ws://host[:port][/path]``, or
        ``wss://``. An IPv6 address stands in brackets; without a port it is `DEFAULT_PORT`, of
        WebSocket 80 and 443; without a path it is `DEFAULT_PATH`. One ``to_listen`` at may have
        port 0, any that is free, and is one of TCP.

        Raises:
            InvalidAddress: with a sentence that says what is wrong.
        """
        rest, tls, web = text.strip(), False, False
        if scheme := _SCHEME.match(rest):
            tls, web = _meaning(scheme[1].lower())
            rest = rest[scheme.end() :]
        if to_listen and web:
            raise InvalidAddress("Only TCP is served from here: rchat-server has --ws-port.")
        lowest = 0 if to_listen else 1
        if not web:
            host, port = _split(rest.removesuffix("/"), text, lowest_port=lowest)
            return cls(host, DEFAULT_PORT if port is None else port, tls)
        place, slash, path = rest.partition("/")
        host, port = _split(place, text, lowest_port=lowest)
        if port is None:
            port = _ENCRYPTED_WEB_PORT if tls else _WEB_PORT
        return cls(host, port, tls, _path(slash + path, text))

    @property
    def is_loopback(self) -> bool:
        """Whether only programs on this machine can mean it."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")

    def __str__(self) -> str:
        return f"{'ws' if self.path else 'tcp'}{'s' * self.tls}://{self.authority}{self.path}"

    @property
    def authority(self) -> str:
        """``host:port``, as people say it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _meaning(scheme: str) -> tuple[bool, bool]:
    if scheme in _KNOWN:
        return _KNOWN[scheme]
    raise InvalidAddress(
        f"{safe_line(scheme, limit=20)}:// is no chat server's address: write tcp://HOST:PORT."
    )


def _path(path: str, text: str) -> str:
    if not path:
        return DEFAULT_PATH
    if not _PATH.fullmatch(path):
        shown = safe_line(text, limit=60)
        raise InvalidAddress(f"“{shown}” has no valid path: write ws://HOST:PORT{DEFAULT_PATH}.")
    return path


def _split(rest: str, text: str, *, lowest_port: int) -> tuple[str, int | None]:
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
    return host, _port(port, shown, lowest_port) if colon else None


def _port(text: str, shown: str, lowest: int) -> int:
    if re.fullmatch(r"[0-9]{1,5}", text) and lowest <= int(text) <= _HIGHEST_PORT:
        return int(text)
    raise InvalidAddress(
        f"“{shown}” has no valid port: it is a number from {lowest} to {_HIGHEST_PORT}."
    )
