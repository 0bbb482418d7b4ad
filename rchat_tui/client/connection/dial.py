"""From an address to a `Connection`, or to a sentence that says why there is none."""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import TYPE_CHECKING, Final

from rchat_protocol.transport.tcp import open_tcp
from rchat_tui.client.connection.line import Connection
from rchat_tui.client.errors import ConnectFailed

if TYPE_CHECKING:
    from rchat_protocol.transport.tcp import TcpTransport
    from rchat_tui.client.address import ServerAddress

DIAL_TIMEOUT: Final = 5.0
"""Seconds that looking up a name and connecting may take together."""

_UNREACHABLE: Final = frozenset(
    (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)
)


async def dial_tcp(address: ServerAddress, *, timeout: float = DIAL_TIMEOUT) -> Connection:  # noqa: ASYNC109 - it bounds all steps together
    """Connect to ``address``, trying all that its name resolves to.

    Raises:
        ConnectFailed: with a sentence that says what was tried and what to look at.
    """
    try:
        async with asyncio.timeout(timeout):
            return Connection(address, await _open(address))
    except TimeoutError:
        raise ConnectFailed(f"{address.authority} did not answer within {timeout:g} s.") from None
    except (OSError, UnicodeError) as error:
        raise ConnectFailed(_sentence(address, error)) from error


async def _open(address: ServerAddress) -> TcpTransport:
    # Resolved here and not in `create_connection`, whose error for several addresses (a localhost
    # that is ::1 and 127.0.0.1) says no longer what went wrong with any of them.
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    failure: OSError | None = None
    for host in dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found):
        try:
            return await open_tcp(host, address.port)
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
