"""What ``rchat-server`` was told to do, checked."""

from __future__ import annotations

import argparse
import ipaddress
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from rchat_protocol import __version__
from rchat_protocol.limits import DEFAULT_HOST, DEFAULT_PORT

if TYPE_CHECKING:
    from collections.abc import Sequence

IN_MEMORY: Final = ":memory:"
LOG_LEVELS: Final = ("debug", "info", "warning", "error")

_LAST_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """One server's settings."""

    host: str = DEFAULT_HOST
    """Name or address to listen on, an IPv6 one without brackets."""
    port: int = DEFAULT_PORT
    """0 takes a free one."""
    log_level: str = "warning"
    """One of `LOG_LEVELS`."""
    until_eof: bool = False
    """Whether to end when standard input does: the life of a child process."""

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
    parser = _Parser(
        prog="rchat-server",
        description="The chat server of rchat. It prints one line when it is ready: "
        "listening on tcp://HOST:PORT. SIGINT and SIGTERM end it.",
    )
    parser.add_argument(
        "--host", default=DEFAULT_HOST, help="address to listen on (default: %(default)s)"
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        help="port to listen on; 0 takes a free one (default: %(default)s)",
    )
    parser.add_argument(
        "--data",
        metavar="DIR|:memory:",
        type=_data,
        default=IN_MEMORY,
        help="where to keep messages; as yet :memory: alone, which keeps nothing when it ends",
    )
    parser.add_argument(
        "--log-level",
        choices=LOG_LEVELS,
        default="warning",
        help="what goes to stderr (default: %(default)s)",
    )
    parser.add_argument(
        "--until-eof", action="store_true", help="end when standard input ends, too"
    )
    parser.add_argument("--version", action="version", version=f"rchat-server {__version__}")
    told = parser.parse_args(arguments)
    return ServerConfig(
        host=told.host.removeprefix("[").removesuffix("]") or DEFAULT_HOST,
        port=told.port,
        log_level=told.log_level,
        until_eof=told.until_eof,
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one sentence; argparse would put the usage before it."""
        print(f"{self.prog}: {message}", file=sys.stderr)  # noqa: T201 - a command's output
        sys.exit(2)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _LAST_PORT):
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to {_LAST_PORT}")
    return int(text)


def _data(text: str) -> str:
    if text != IN_MEMORY:
        raise argparse.ArgumentTypeError(
            "the log on disk comes in a later version; until then only :memory: is there"
        )
    return text
