"""``rchat-tui``: arguments to settings to the app, with a demo or a server of one's own beside it.

The composition root of this side: it alone knows every part. Whatever is wrong with what it was
told is one sentence and exit code 2; whatever goes wrong in itself is one sentence, exit code 1,
and the details in the log file. First paint waits for what is imported here.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, NoReturn

from rchat_protocol import __version__
from rchat_protocol.limits import DEFAULT_PORT
from rchat_tui import clients, config
from rchat_tui.options import DEFAULT_SERVER, DEFAULT_THEME, OptionError
from rchat_tui.passwords import taken_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from rchat_tui.app.keymap import Keys
    from rchat_tui.app.settings import AppSettings
    from rchat_tui.client.address import ServerAddress
    from rchat_tui.client.events import Remembered
    from rchat_tui.config import Config
    from rchat_tui.demo import Demo
    from rchat_tui.options import Option
    from rchat_tui.serve import Hosting

BAD_INPUT: Final = 2
FAULT: Final = 1

_LOG_BYTES: Final = 1024 * 1024
"""A log file that has grown beyond this makes room for a new one; one old one is kept."""
_SWITCH_INTERVAL: Final = 0.0005
"""Seconds that a thread keeps Python's lock while others want it."""
_DEMO_NOTICE: Final = "A demo: everybody in here is a small script. It ends when you quit."


class UsageError(Exception):
    """What was asked for cannot be: ``str(error)`` is the sentence."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``rchat-tui``; return the exit code."""
    # Nothing of what is imported is garbage: looking for some would be a seventh of the time to the
    # first paint, after which the app enables it again.
    gc.disable()
    log = config.log_path()
    try:
        parser = _parser(log)
        options = parser.parse_args(arguments)
        if options.command == "man":
            from rchat_tui.manual import page

            return _print(page(parser).splitlines())
        settings = config.load(
            {"user": options.user, "server": options.server, "theme": options.theme},
            os.environ,
            config.config_path(),
            system_user=_system_user(),
        )
        if options.command == "config":
            return _report(settings)
        hosted = _hosted(options.serve)
        plain = options.plain or os.environ.get("TERM") == "dumb"
        if not plain:
            _check_terminal()
    except (UsageError, config.ConfigError) as error:
        _say(str(error))
        return BAD_INPUT
    _log_to(log)
    try:
        return run(settings, demo=options.demo, hosted=hosted, plain=plain, log=log)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - it is logged, and told in a sentence
        return _failed(error, log)


def run(
    settings: Config, *, demo: bool, hosted: ServerAddress | None, plain: bool, log: Path
) -> int:
    """Run the app, and beside it what was asked for; return the exit code.

    Args:
        settings: Who, where to, and how it looks.
        demo: Whether to start the demo.
        hosted: Where to start a server for others.
        plain: Whether to write lines instead of drawing a screen.
        log: Where the details of errors go.

    Raises:
        RchatError: The demo or the server does not start.
        UsageError: There is no such theme.
    """
    password = taken_from(os.environ)  # before anything is started that would inherit it
    with ExitStack() as stack:
        town = stack.enter_context(_demo()) if demo else None
        servers = _Servers(stack)
        url, shared = servers.host(hosted) if hosted else (settings.server, None)
        # While we import this, the demo's residents come in.
        from msgspec.structs import replace

        # A demo ends with all that was said in it.
        client = clients.forgetful if demo else clients.kept(settings.values, password)
        decided = replace(
            _decided(settings, log),
            url=town.wait() if town else url,
            auto_join=town.channels if town else (),
            hosting=shared,
            notice=_notice(demo=demo, hosted=hosted),
            glimpse=lambda: None if demo else _glimpse(url, settings.user),
        )
        if plain:
            from rchat_tui.plain.keyboard import run as run_plain

            return run_plain(decided, client)
        from rchat_tui.app.app import ChatApp

        # Keys, frames and the disk have a thread each: none is to wait 5 ms for Python's lock.
        sys.setswitchinterval(_SWITCH_INTERVAL)
        app = ChatApp(decided, client, start_server=servers.start)
        _check_theme(settings.theme, app.available_themes, app.theme_problems)
        app.run()
        _flush()
        return app.return_code or 0


def _decided(settings: Config, log: Path) -> AppSettings:
    """Return what the app is to know of the settings."""
    from rchat_tui.app.browser import can_open
    from rchat_tui.app.settings import AppSettings

    values = settings.values
    return AppSettings(
        user=settings.user,
        url=settings.server,
        theme=settings.theme,
        themes=config.config_path().parent / "themes",
        browser=can_open(os.environ, sys.platform),
        log_file=log,
        keys=_keys(settings),
        keep=_keep,
        preset=values["preset"],
        keywords=values["keywords"],
        notify=values["notify"],
        typing=values["typing"],
        text_emoji=values["text-emoji"],
        others={name: value for name, value in values.items() if name.startswith("tls-")},
    )


def _flush() -> None:
    """Write what is left to the terminal; where that is gone, leave with our own exit code.

    Python does the same at its end, and exits with 120 where it cannot.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Servers:
    """The servers that are started from here, and end with us. Imported when there are any."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def host(self, address: ServerAddress) -> tuple[str, str]:
        """Start a server for others; return the URL for us, and the one for them."""
        from rchat_tui.serve import urls_of

        return urls_of(self._owner().start_now(address))

    async def start(self) -> str:
        """Start a server for this machine, as the connect screen offers; return its URL."""
        return await self._owner().start()

    def _owner(self) -> Hosting:
        from rchat_tui.serve import Hosting

        return self._stack.enter_context(Hosting())


def _glimpse(url: str, user: str) -> Remembered | None:
    from rchat_tui.profile import glimpse

    return glimpse(url, user)


def _demo() -> Demo:
    from rchat_tui.demo import Demo

    return Demo()


def _notice(*, demo: bool, hosted: ServerAddress | None) -> str | None:
    if demo:
        return _DEMO_NOTICE
    if hosted is not None and not hosted.is_loopback:
        from rchat_tui.serve import EXPOSED

        return EXPOSED
    return None


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, instead of after the whole usage."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}: see {self.prog} --help.")


def _parser(log: Path) -> argparse.ArgumentParser:
    epilog = (
        f"rchat-tui config tells all settings, those of {config.config_path()} among them."
        f" Details of errors: {log}"
    )
    parser = _Parser(
        prog="rchat-tui",
        description="Chat in the terminal.",
        epilog=epilog.replace("%", "%%"),
        allow_abbrev=False,
    )
    parser.add_argument(
        "command",
        nargs="?",
        choices=("config", "man"),
        metavar="COMMAND",
        help="config tells every setting and where it came from; man prints the manual page",
    )
    parser.add_argument("--user", metavar="NAME", help="your name; else that of your account here")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--server", metavar="URL", help=f"the server to talk to; else {DEFAULT_SERVER}"
    )
    where.add_argument(
        "--demo", action="store_true", help="try it out, with residents who talk; needs no server"
    )
    where.add_argument(
        "--serve",
        metavar="HOST:PORT",
        nargs="?",
        const="",
        help="start a server for others, until you quit; else at 127.0.0.1:6565",
    )
    parser.add_argument("--theme", metavar="NAME", help=f"colours; else {DEFAULT_THEME}")
    parser.add_argument(
        "--plain",
        action="store_true",
        help="lines instead of a screen, for screen readers and terminals that only write",
    )
    parser.add_argument("--version", action="version", version=f"rchat {__version__}")
    return parser


def _hosted(text: str | None) -> ServerAddress | None:
    """Return where to serve; None where that was not asked for."""
    if text is None:
        return None
    from rchat_tui.client.address import ServerAddress
    from rchat_tui.client.errors import InvalidAddress

    if not text or text.isdecimal():
        text = f"127.0.0.1:{text or DEFAULT_PORT}"
    try:
        address = ServerAddress.parse(text, to_listen=True)
    except InvalidAddress as error:
        raise UsageError(f"--serve: {error}") from None
    if address.tls:
        raise UsageError("--serve does not encrypt: rchat-server does, with --cert and --key.")
    return address


def _system_user() -> str | None:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):  # nobody in the table of users, as in some containers
        return None


def _keep(option: Option, value: Any) -> None:
    from rchat_tui.configfile import keep  # with a library that start-up does not wait for

    keep(config.config_path(), option, value)
    if os.environ.get(option.variable):
        raise OptionError(
            f"{option.name} is kept in the config file, but {option.variable} comes before that:"
            " unset it for the next start."
        )


def _report(settings: Config) -> int:
    from rchat_tui.app.keymap import Keys
    from rchat_tui.report import lines

    keys = _keys(settings) or Keys()
    return _print(lines(settings, keys, config.config_path(), log=config.log_path()))


def _print(lines: Iterable[str]) -> int:
    try:
        for line in lines:
            print(line)  # noqa: T201 - a command's output
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _keys(settings: Config) -> Keys | None:
    """Return which keys do what; None: the default ones, which need no checking."""
    preset = settings.values["preset"]
    if preset == "default" and not settings.keys:
        return None
    from rchat_tui.app.keychoice import choose
    from rchat_tui.app.keynames import KeyProblem

    try:
        return choose(preset, settings.keys)
    except KeyProblem as error:
        raise UsageError(f"{config.config_path()}, [keys]: {error}") from None


def _check_terminal() -> None:
    # Textual reads keys from standard input and draws on standard error.
    for stream, name in ((sys.stdin, "input"), (sys.stdout, "output"), (sys.stderr, "error")):
        if stream is None or not stream.isatty():
            raise UsageError(f"this needs a terminal, and standard {name} is none.")


def _check_theme(theme: str, available: Iterable[str], problems: Iterable[str]) -> None:
    names = sorted(available)
    if theme not in names:
        for problem in problems:
            if f"{theme}.toml: " in problem:
                raise UsageError(problem)
        raise UsageError(f"There is no theme {theme!r}: there are {', '.join(names)}.")


def _log_to(path: Path) -> None:
    import contextlib
    import logging

    handler: logging.Handler = logging.NullHandler()
    with contextlib.suppress(OSError):  # a home that cannot be written to is no reason not to chat
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > _LOG_BYTES:
            path.replace(path.with_suffix(".old.log"))
        handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # It logs every frame and stream.
    logging.getLogger("pyrsocket").setLevel(logging.WARNING)


def _failed(error: Exception, log: Path) -> int:
    from rchat_tui.client.errors import RchatError

    if isinstance(error, (RchatError, UsageError)):
        _say(str(error))
        return BAD_INPUT
    import logging

    logging.getLogger(__name__).error("rchat-tui failed", exc_info=error)
    _say(f"rchat-tui failed; the details are in {log}")
    return FAULT


def _say(sentence: str) -> None:
    print(f"rchat-tui: {sentence}", file=sys.stderr)  # noqa: T201 - a command's output
