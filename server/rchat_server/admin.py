"""``rchat-server admin`` and ``rchat-server invite``: ask a server that runs on this machine."""

from __future__ import annotations

import argparse
import getpass
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

import msgspec

from rchat_protocol.models import ChannelAccess
from rchat_server.arguments import ADMIN_SOCKET, COMMANDS, CommandParser, data_folder
from rchat_server.configfile import ConfigFileError, read
from rchat_server.gateway.console import ConsoleError, ask
from rchat_server.service import console

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PLACE: Final = {
    "--data": ("DIR", "where the server keeps everything"),
    "--config": ("FILE", "the server's config file"),
    "--admin-socket": ("FILE", "its local socket"),
}

_SPANS: Final = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600, "w": 7 * 24 * 3600}


def main(arguments: Sequence[str]) -> int:
    """Carry out one command; return the exit code.

    Args:
        arguments: Its words, as of `asked`.
    """
    told = vars(_parser().parse_args(arguments))
    kind = told.pop("kind")
    try:
        file, data, path = told.pop("config"), told.pop("data"), told.pop("admin_socket")
        data = data or read(file).data or data_folder()
        path = path or Path(data).expanduser() / ADMIN_SOCKET
        if kind is console.SetPassword or told.get("access") == "password":
            told["password"] = _password()
        answer = ask(path, msgspec.json.encode(kind(**told)))
    except (ConfigFileError, ConsoleError) as error:
        print(f"rchat-server: {error}", file=sys.stderr)  # noqa: T201 - a command's output
        return 1
    if answer.error:
        print(f"rchat-server: {answer.error}", file=sys.stderr)  # noqa: T201 - likewise
        return 1
    for line in answer.lines:
        print(_printable(line))  # noqa: T201 - likewise
    return 0


def asked(arguments: Sequence[str]) -> Sequence[str] | None:
    """Return the words of a command, where that is what ``rchat-server`` is to do; else None.

    Where the server is may be said before it, too; ``invite`` is one of the commands of ``admin``.
    """
    at = 0
    while at < len(arguments):
        word = arguments[at]
        if word in COMMANDS:
            return [*arguments[:at], *([word] if word != "admin" else []), *arguments[at + 1 :]]
        if word.partition("=")[0] not in _PLACE:
            break
        at += 1 if "=" in word else 2
    return None


def _parser() -> CommandParser:
    parser = CommandParser(
        prog="rchat-server admin",
        description="Ask a server that runs on this machine, as the user who runs it.",
        allow_abbrev=False,
    )
    _add_place(parser, default=None)
    place = CommandParser(add_help=False)
    _add_place(place, default=argparse.SUPPRESS)  # what was said before the command holds
    commands = parser.add_subparsers(required=True, metavar="COMMAND", prog=parser.prog)

    def add(name: str, kind: type[msgspec.Struct], *words: str, says: str = "") -> CommandParser:
        says = says or (kind.__doc__ or "").strip()
        command = commands.add_parser(
            name, help=says, description=says, parents=[place], allow_abbrev=False
        )
        command.set_defaults(kind=kind)
        for word in words:
            command.add_argument(word)
        return command

    add("status", console.Status)
    add("channels", console.Channels)
    add("users", console.Users, "channel")
    add("accounts", console.Accounts)
    invite = add("invite", console.Invite)
    invite.add_argument("--uses", type=int, default=1, help="accounts that it makes (default: 1)")
    invite.add_argument("--days", type=int, default=7, help="how long it is good (default: 7)")
    add("password", console.SetPassword, "account")
    add("drop-account", console.DropAccount, "account")
    _add_moderation(add)
    return parser


def _add_place(parser: CommandParser, *, default: str | None) -> None:
    for name, (metavar, says) in _PLACE.items():
        parser.add_argument(name, metavar=metavar, type=Path, default=default, help=says)


def _add_moderation(add: Callable[..., CommandParser]) -> None:
    add("rules", console.Rules, "channel")
    audit = add("audit", console.Audit, "channel")
    audit.add_argument("--limit", type=int, default=50, help="acts, newest first (default: 50)")
    add("delete", console.Delete, "channel").add_argument("seq", type=int, help="its number")
    add("kick", console.Kick, "channel", "user").add_argument("--reason", default="")
    ban = add("ban", console.Ban, "channel")
    who = ban.add_mutually_exclusive_group(required=True)
    who.add_argument("--user", help="the person who has that name")
    who.add_argument("--mask", help="all whose names are like that: spam*")
    ban.add_argument("--address", action="store_true", help="the address of the user")
    _add_span(ban)
    add("unban", console.Unban, "channel", "ban")
    _add_span(add("mute", console.Mute, "channel", "user"))
    add("unmute", console.Mute, "channel", "user", says="Let him speak again.").set_defaults(
        on=False
    )
    operator = console.Operator
    add("op", operator, "channel", "user", says="Make a member an operator.")
    add("deop", operator, "channel", "user", says="Make him none any more.").set_defaults(on=False)
    add("owner", operator, "channel", "user", says="Let a member own the channel.").set_defaults(
        owner=True
    )
    access = add("access", console.Access, "channel")
    access.add_argument("access", choices=get_args(ChannelAccess))
    add("slow", console.Slow, "channel").add_argument("seconds", type=int)


def _add_span(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--for", dest="seconds", type=_span, default=0, metavar="TIME", help="30m, 12h, 7d"
    )
    parser.add_argument("--reason", default="")


def _span(text: str) -> int:
    match = re.fullmatch(r"(\d{1,6})([smhdw])", text)
    if match is None:
        raise argparse.ArgumentTypeError("a time is a number and one of s, m, h, d, w: 30m")
    return int(match.group(1)) * _SPANS[match.group(2)]


def _password() -> str:
    """Ask for one twice, or read it from a pipe: never from the command line, which all can see."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("The new password: ")
    if getpass.getpass("Again: ") != first:
        raise ConsoleError("The two are not the same: nothing was changed.")
    return first


def _printable(line: str) -> str:
    # Names and reasons are others'.
    return "".join(c if c.isprintable() else "?" for c in line)
