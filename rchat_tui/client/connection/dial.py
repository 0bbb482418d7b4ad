"""From an address to a `Connection`, or to a sentence that says why there is none."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from typing import TYPE_CHECKING, Final

from rchat_protocol.transport.tcp import open_tcp
from rchat_tui.client.connection.line import Connection
from rchat_tui.client.errors import ConnectFailed
from rchat_tui.client.trust import Trust, refusal

if TYPE_CHECKING:
    from rchat_protocol.transport.tcp import TcpTransport
    from rchat_tui.client.address import ServerAddress

DIAL_TIMEOUT: Final = 5.0
"""Seconds that looking up a name and connecting may take together."""

_UNREACHABLE: Final = frozenset(
    (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)
)


async def dial_tcp(
    address: ServerAddress,
    *,
    trust: Trust | None = None,
    timeout: float = DIAL_TIMEOUT,  # noqa: ASYNC109 - it bounds all steps together
) -> Connection:
    """Connect to ``address``, trying all that its name resolves to.

    Args:
        address: Where to.
        trust: Whom to take for the server, where the connection is encrypted.
        timeout: Seconds.

    Raises:
        ConnectFailed: with a sentence that says what was tried and what to look at.
        SetupError: A file that ``trust`` names is of no use.
    """
    try:
        async with asyncio.timeout(timeout):
            if not address.tls:
                return Connection(address, await _open(address))
            return Connection(address, await _encrypted(address, trust or Trust()))
    except TimeoutError:
        raise ConnectFailed(f"{address.authority} did not answer within {timeout:g} s.") from None
    except (OSError, UnicodeError) as error:
        raise ConnectFailed(_sentence(address, error)) from error


async def _encrypted(address: ServerAddress, trust: Trust) -> TcpTransport:
    context = await asyncio.to_thread(trust.context)
    try:
        transport = await _open(address, context)
    except ssl.SSLError as error:
        raise ConnectFailed(refusal(address.host, error, await _shown(address, error))) from error
    try:
        trust.check(transport.certificate)
    except ConnectFailed:
        transport.abort()
        raise
    return transport


async def _shown(address: ServerAddress, error: ssl.SSLError) -> bytes:
    """Return the certificate that was refused, for a person to compare; nothing else is said."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return b""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # it trusts nobody, and need not
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        transport = await _open(address, context)
    except OSError:
        return b""
    transport.abort()
    return transport.certificate


async def _open(address: ServerAddress, tls: ssl.SSLContext | None = None) -> TcpTransport:
    # Resolved here and not in `create_connection`, whose error for several addresses (a localhost
    # that is ::1 and 127.0.0.1) says no longer what went wrong with any of them.
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    failure: OSError | None = None
    for host in dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found):
        try:
            return await open_tcp(host, address.port, tls=tls, server_name=address.host)
        except OSError as error:
            failure = failure or error
    raise failure or OSError(errno.EADDRNOTAVAIL, "no address")


def _sentence(address: ServerAddress, error: OSError | UnicodeError) -> str:
    match error:
        case UnicodeError():
            return f"There is no host called {address.host}."
        case socket.gaierror() if error.errno == socket.EAI_AGAIN:
            return f"The name {address.host} cannot be looked up now: is this machine online?"
        case socket.gaierror():
            return f"There is no host called {address.host}."
        case ConnectionRefusedError():
            return f"{address.authority} refused the connection: is a server running there?"
        case OSError() if error.errno in _UNREACHABLE:
            return f"{address.authority} cannot be reached from here: is this machine online?"
        case _:
            why = error.strerror or type(error).__name__
            return f"{address.authority} cannot be connected to: {why}."
