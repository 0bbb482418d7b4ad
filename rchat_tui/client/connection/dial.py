"""From an address to a `Connection`, or to a sentence that says why there is none."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from typing import TYPE_CHECKING, Final

from rchat_protocol.transport.errors import NotWebSocketError
from rchat_protocol.transport.tcp import TcpTransport, open_tcp
from rchat_tui.client.connection.line import Connection
from rchat_tui.client.errors import ConnectFailed
from rchat_tui.client.trust import Trust, refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rchat_protocol.transport.upgrade import Dialled
    from rchat_tui.client.address import ServerAddress

DIAL_TIMEOUT: Final = 5.0
"""Seconds that looking up a name and connecting may take together, and shaking hands."""

_UNREACHABLE: Final = frozenset(
    (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)
)


_SILENT: Final = "write wss:// if it encrypts."
_SILENT_TLS: Final = "name a certificate of yours in tls-cert if it wants to see one."
_NOT_FOUND: Final = 404
_NO_ACCESS: Final = frozenset((401, 403, 407))
_LATER: Final = frozenset((429, 502, 503, 504))
"""HTTP's numbers: a proxy whose server is not there answers so, too."""


async def dial_server(
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
            line = await (_encrypted(address, trust or Trust()) if address.tls else _open(address))
            return Connection(address, await _ready(address, line))
    except TimeoutError:
        raise ConnectFailed(f"{address.authority} did not answer within {timeout:g} s.") from None
    except NotWebSocketError as error:
        raise ConnectFailed(_no_websocket(address, error)) from None
    except (OSError, UnicodeError) as error:
        raise ConnectFailed(_sentence(address, error)) from error


async def _encrypted(address: ServerAddress, trust: Trust) -> TcpTransport | Dialled:
    context = await asyncio.to_thread(trust.context)
    try:
        line = await _open(address, context)
    except ssl.SSLError as error:
        shown, plain = await _shown(address, error), "ws" if address.path else "tcp"
        raise ConnectFailed(refusal(address.host, error, shown, plain=plain)) from error
    try:
        trust.check(line.certificate)
    except ConnectFailed:
        line.abort()
        raise
    return line


async def _ready(address: ServerAddress, line: TcpTransport | Dialled) -> TcpTransport:
    """Return what frames go over: a WebSocket begins with a request of HTTP."""
    if isinstance(line, TcpTransport):
        return line
    try:
        return await line.upgrade(address.host, address.port, address.path)
    except ssl.SSLError as error:  # of TLS 1.3: who wants a certificate says so only now
        raise ConnectFailed(refusal(address.host, error, b"")) from error


async def _shown(address: ServerAddress, error: ssl.SSLError) -> bytes:
    """Return the certificate that was refused, for a person to compare; nothing else is said."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return b""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # it trusts nobody, and need not
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        line = await _open(address, context)
    except OSError:
        return b""
    line.abort()
    return line.certificate


async def _open(
    address: ServerAddress, tls: ssl.SSLContext | None = None
) -> TcpTransport | Dialled:
    # Resolved here and not in `create_connection`, whose error for several addresses (a localhost
    # that is ::1 and 127.0.0.1) says no longer what went wrong with any of them.
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    failure: OSError | None = None
    for host in dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found):
        try:
            return await _opener(address)(host, address.port, tls=tls, server_name=address.host)
        except OSError as error:
            failure = failure or error
    raise failure or OSError(errno.EADDRNOTAVAIL, "no address")


def _opener(address: ServerAddress) -> Callable[..., Awaitable[TcpTransport | Dialled]]:
    if not address.path:
        return open_tcp
    # Who speaks TCP need not wait until it is read.
    from rchat_protocol.transport.upgrade import open_websocket

    return open_websocket


def _no_websocket(address: ServerAddress, error: NotWebSocketError) -> str:
    place, status = address.authority, error.status
    if error.silent:
        # Asyncio's servers hang up on a handshake of TLS that fails, and do not say why.
        hint = _SILENT_TLS if address.tls else _SILENT
        return f"{place} hung up without a word: {hint}"
    if status is None:
        other = "tcps" if address.tls else "tcp"
        return f"{place} speaks no WebSocket there: write {other}:// if that is right."
    if status == _NOT_FOUND:
        return f"{place} has no chat at {address.path}: is the path right?"
    if status in _NO_ACCESS:
        return f"{place} lets nobody in at {address.path} (HTTP {status}): does its owner know you?"
    if status in _LATER:
        return f"{place} has no room, or no chat behind it now (HTTP {status}): try again later."
    return f"{place} has no WebSocket at {address.path} (HTTP {status}): is the address right?"


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
