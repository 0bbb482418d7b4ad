"""The command line of ``rchat-server``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final, NoReturn, get_args

import platformdirs

from rchat_protocol import __version__
from rchat_protocol.limits import DEFAULT_HOST, DEFAULT_PORT
from rchat_protocol.models import ServerMode
from rchat_server.configfile import LOG_FORMATS, LOG_LEVELS, usual_path

ADMIN_SOCKET: Final = "admin.sock"
"""The local socket's name, in the folder with a server's data."""

COMMANDS: Final = ("admin", "invite")
"""What is for a running server: see `rchat_server.admin`."""

IN_MEMORY: Final = ":memory:"
_LAST_PORT: Final = 65535


def data_folder() -> Path:
    """Return the folder in which this platform keeps a program's data for this user."""
    return platformdirs.user_data_path("rchat", appauthor=False) / "server"


class CommandParser(argparse.ArgumentParser):
    """A parser whose errors are one sentence."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one sentence; argparse would put the usage before it."""
        print(f"{self.prog}: {message}", file=sys.stderr)  # noqa: T201 - a command's output
        sys.exit(2)


def command_line() -> CommandParser:
    """Return what parses it."""
    parser = CommandParser(
        prog="rchat-server",
        description="The chat server of rchat. It prints one line when it is ready: "
        "listening on tcp://HOST:PORT, or tcps:// where it encrypts, and on ws:// where it is told"
        " to. SIGINT and SIGTERM end it.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        help=f"read the settings from FILE; options come before it (default: {usual_path()})",
    )
    _add_listening(parser)
    _add_admittance(parser)
    _add_keeping(parser)
    _add_running(parser)
    _add_tasks(parser)
    return parser


def _add_listening(parser: CommandParser) -> None:
    parser.add_argument("--host", help=f"address to listen on (default: {DEFAULT_HOST})")
    parser.add_argument(
        "--port",
        type=_port,
        help=f"port to listen on; 0 takes a free one (default: {DEFAULT_PORT})",
    )
    parser.add_argument(
        "--ws-port",
        type=_port,
        help="port for WebSocket, beside the other; 0 takes a free one (default: none)",
    )
    parser.add_argument(
        "--cert",
        metavar="FILE",
        type=Path,
        help="encrypt connections (tcps://) with this certificate, in PEM: the server's first, then"
        " those that vouch for it; read again when it changes, and at SIGHUP",
    )
    parser.add_argument("--key", metavar="FILE", type=Path, help="its private key, in PEM")
    parser.add_argument(
        "--client-ca",
        metavar="FILE",
        type=Path,
        help="let in only who has a certificate of one of these authorities, in PEM",
    )


def _add_admittance(parser: CommandParser) -> None:
    parser.add_argument(
        "--mode",
        choices=get_args(ServerMode),
        help="who may come in: guests, too (open), who has an account (accounts), for which one has"
        " to be invited (invite) (default: open)",
    )
    parser.add_argument(
        "--no-limits",
        action="store_true",
        help="let everybody write as fast, and connect as often, as he likes",
    )


def _add_keeping(parser: CommandParser) -> None:
    _add_data(parser, default=None)
    parser.add_argument(
        "--keep-messages",
        metavar="N",
        type=_positive,
        help="keep the newest N messages of each conversation (default: all)",
    )
    parser.add_argument(
        "--keep-days",
        metavar="N",
        type=_positive,
        help="keep messages for N days (default: for good)",
    )


def _add_running(parser: CommandParser) -> None:
    parser.add_argument(
        "--log-level",
        choices=LOG_LEVELS,
        help="what goes to stderr (default: warning)",
    )
    parser.add_argument(
        "--log-format",
        choices=LOG_FORMATS,
        help="one event a line: its fields for a person (text), or an object (json)"
        " (default: text)",
    )
    parser.add_argument(
        "--admin-socket",
        metavar="FILE",
        type=Path,
        help=f"local socket for rchat-server admin (default: {ADMIN_SOCKET} in --data)",
    )
    parser.add_argument(
        "--until-eof", action="store_true", help="end when standard input ends, too"
    )
    parser.add_argument("--version", action="version", version=f"rchat-server {__version__}")


def _add_tasks(parser: CommandParser) -> None:
    tasks = parser.add_subparsers(dest="task", title="with the data of a server", prog=parser.prog)
    _add_task(tasks, "backup", "copy it to FILE, while the server runs or not", "FILE")
    check = _add_task(tasks, "check", "see whether it is sound, while the server runs or not", None)
    check.add_argument(
        "file", metavar="FILE", nargs="?", type=Path, help="a backup to check instead"
    )
    for name, does in (
        ("admin", "ask or change something of a server that runs here: see admin --help"),
        ("invite", "make an invitation to register, of a server that runs here"),
    ):
        tasks.add_parser(name, help=does, add_help=False)
    _add_task(tasks, "restore", "put the backup FILE in its place; the server must not run", "FILE")


def _add_task(
    tasks: argparse._SubParsersAction[CommandParser], name: str, does: str, file: str | None
) -> CommandParser:
    parser = tasks.add_parser(name, help=does, description=f"{name}: {does}.", allow_abbrev=False)
    _add_data(parser, default=argparse.SUPPRESS)
    if file:
        parser.add_argument("file", metavar=file, type=Path)
    return parser


def _add_data(parser: argparse.ArgumentParser, *, default: str | None) -> None:
    parser.add_argument(
        "--data",
        metavar="DIR",
        default=default,
        help=f"where everything is kept; {IN_MEMORY} keeps nothing (default: {data_folder()})",
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _LAST_PORT):
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to {_LAST_PORT}")
    return int(text)


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError("it takes a whole number above 0")
    return int(text)
