"""What ``rchat-server`` was told to do, checked."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from rchat_protocol import names
from rchat_protocol.limits import DEFAULT_HOST, DEFAULT_PATH, DEFAULT_PORT, MESSAGE_BYTES
from rchat_protocol.transport.base import TransportLimits
from rchat_protocol.transport.server import ServerPolicy
from rchat_server.arguments import ADMIN_SOCKET, COMMANDS, IN_MEMORY, command_line, data_folder
from rchat_server.configfile import (
    ConfigFile,
    ConfigFileError,
    Limits,
    read,
)
from rchat_server.core.lobby import LobbyLimits
from rchat_server.core.rates import Rate
from rchat_server.core.registrar import AccountLimits
from rchat_server.gateway.door import DoorLimits
from rchat_server.gateway.listener import LIMITS
from rchat_server.gateway.proxies import Proxies
from rchat_server.gateway.tls import TlsFiles
from rchat_server.gateway.web import Site

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

_PATH: Final = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]{0,200}")
"""RFC 3986, section 3.3, as far as clients take it."""
_ORIGIN: Final = re.compile(r"https?://[^/\s?#@*]+")
"""RFC 6454, section 6.2, as browsers send it: without a slash at its end."""
_DAY: Final = 24 * 3600.0

Task = Literal["serve", "backup", "check", "restore"]


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """One server's settings."""

    host: str = DEFAULT_HOST
    """Name or address to listen on, an IPv6 one without brackets."""
    port: int = DEFAULT_PORT
    """0 takes a free one."""
    data: Path | None = field(default_factory=data_folder)
    """The folder where everything is kept; None keeps nothing when the server ends."""
    tls: TlsFiles | None = None
    """What connections are encrypted with; None leaves them as they are."""
    web: tuple[int, Site] | None = None
    """On which port WebSocket is spoken, 0 for a free one, and what is there; None: on none."""
    keep_messages: int | None = None
    """Most messages of each conversation; None keeps all."""
    keep_seconds: float | None = None
    """How long a message is kept; None is for good."""
    task: Task = "serve"
    """What to do; all but ``serve`` end at once."""
    file: Path | None = None
    """The backup that the task is about."""
    door: DoorLimits = field(default_factory=DoorLimits)
    """How much comes from one address."""
    transport: TransportLimits = LIMITS
    """How much one connection holds."""
    message_bytes: int = MESSAGE_BYTES
    """Largest content of a message."""
    writing: Rate | None = None
    """How often one person may write."""
    founding: Rate | None = None
    """How often one person may make a channel."""
    accounts: AccountLimits = field(default_factory=AccountLimits)
    """Who may make an account, and how often."""
    lobby: LobbyLimits = field(default_factory=LobbyLimits)
    """Who else may come in, and is remembered."""
    admin_socket: Path | None = None
    """Where `rchat_server.admin` is answered, if not in the folder with the data."""
    log_level: str = "warning"
    """One of `LOG_LEVELS`."""
    log_format: str = "text"
    """One of `LOG_FORMATS`."""
    until_eof: bool = False
    """Whether to end when standard input does: the life of a child process."""

    @property
    def console(self) -> Path | None:
        """Where `rchat_server.admin` is answered; None: nowhere."""
        if self.admin_socket is not None or self.data is None:
            return self.admin_socket
        return self.data / ADMIN_SOCKET

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches the server."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def parse(arguments: Sequence[str] | None = None) -> ServerConfig:
    """Return what the command line says; ``None`` stands for the process's own.

    Raises:
        SystemExit: Code 2 with one sentence on stderr for what is wrong, 0 after ``--help``.
    """
    parser = command_line()
    told = parser.parse_args(arguments)
    if told.task in COMMANDS:
        parser.error(f"--data, --config and --admin-socket alone go before {told.task}.")
    try:
        file = read(told.config)
    except ConfigFileError as error:
        parser.error(str(error))
    limits = _NO_LIMITS if told.no_limits else file.limits
    host = file.host if told.host is None else told.host
    data = told.data or file.data or str(data_folder())
    days = file.keep_days if told.keep_days is None else told.keep_days
    keeps = None if data == IN_MEMORY else Path(data).expanduser()
    return ServerConfig(
        host=host.removeprefix("[").removesuffix("]") or DEFAULT_HOST,
        port=file.port if told.port is None else told.port,
        data=keeps,
        admin_socket=told.admin_socket,
        tls=_tls(parser, told, file),
        web=_web(parser, told, file),
        keep_messages=file.keep_messages if told.keep_messages is None else told.keep_messages,
        keep_seconds=None if days is None else days * _DAY,
        task=told.task or "serve",
        file=getattr(told, "file", None),
        door=_door(parser, file, limits),
        transport=TransportLimits(
            file.limits.frame_kib * 1024,
            high_water=file.limits.output_kib * 1024,
            low_water=file.limits.output_kib * 256,
        ),
        message_bytes=file.limits.message_bytes,
        writing=_rate(limits.messages_burst, limits.messages_per_second),
        founding=_rate(limits.channels_burst, limits.channels_per_minute / 60),
        accounts=_accounts(told, file, limits),
        lobby=LobbyLimits(
            absent_guests=file.accounts.absent_guests,
            guests=(told.mode or file.accounts.mode) == "open",
            reserved=frozenset(map(names.key, file.accounts.reserved_names)),
        ),
        log_level=told.log_level or file.log_level,
        log_format=told.log_format or file.log_format,
        until_eof=told.until_eof,
    )


_NO_LIMITS: Final = Limits(
    connections_per_address=0,
    connections_per_10_minutes=0,
    messages_per_second=0,
    channels_per_minute=0,
    logins_per_minute=0,
    registrations_per_hour=0,
)


def _accounts(told: argparse.Namespace, file: ConfigFile, limits: Limits) -> AccountLimits:
    return AccountLimits(
        accounts=file.accounts.most,
        invited_only=(told.mode or file.accounts.mode) == "invite",
        in_the_clear=file.accounts.passwords_in_the_clear,
        logins=_rate(limits.logins_per_minute, limits.logins_per_minute / 60),
        registrations=_rate(limits.registrations_per_hour, limits.registrations_per_hour / 3600),
    )


def _rate(burst: int, a_second: float) -> Rate | None:
    return Rate(burst, a_second) if a_second else None


def _tls(
    parser: argparse.ArgumentParser, told: argparse.Namespace, file: ConfigFile
) -> TlsFiles | None:
    said = (file.tls.cert, file.tls.key, file.tls.client_ca)
    asked = (told.cert, told.key, told.client_ca)
    certificate, key, authority = (
        option or (Path(text).expanduser() if text else None)
        for option, text in zip(asked, said, strict=True)
    )
    if (certificate is None) != (key is None):
        parser.error("--cert and --key go together: a certificate is of no use without its key.")
    if certificate is None or key is None:
        if authority is not None:
            parser.error("--client-ca needs --cert and --key: who is let in is asked under TLS.")
        return None
    return TlsFiles(certificate, key, authority)


def _web(
    parser: argparse.ArgumentParser, told: argparse.Namespace, file: ConfigFile
) -> tuple[int, Site] | None:
    if not _PATH.fullmatch(file.ws_path):
        parser.error(f"ws-path is a path, such as {DEFAULT_PATH}: {file.ws_path} is none.")
    for origin in file.ws_origins:
        if not _ORIGIN.fullmatch(origin):
            parser.error(
                f"ws-origins are scheme and host, as in https://chat.example.org: {origin} is none."
            )
    port = file.ws_port if told.ws_port is None else told.ws_port
    if port is None:
        return None
    return port, Site(file.ws_path, file.ws_origins, file.metrics)


def _door(parser: argparse.ArgumentParser, file: ConfigFile, limits: Limits) -> DoorLimits:
    try:
        proxies = Proxies.named(*file.ws_proxies)
    except ValueError as error:
        parser.error(f"ws-proxies are addresses or networks, such as 10.0.0.0/8: {error}.")
    arrivals = limits.connections_per_10_minutes
    return DoorLimits(
        limits.connections_per_address or None,
        _rate(arrivals, arrivals / 600),
        file.limits.login_seconds,
        ServerPolicy(file.limits.pending_requests, file.limits.streams, file.limits.fragments),
        proxies,
    )
