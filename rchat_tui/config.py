"""What the user wants, from everywhere he may have said it: defaults < file < environment < flags.

Start-up waits for this module, so it imports what it needs when it needs it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_SERVER: Final = "tcp://localhost:6565"
DEFAULT_THEME: Final = "rchat-dark"

ENVIRONMENT: Final[Mapping[str, str]] = {
    "user": "RCHAT_USER",
    "server": "RCHAT_SERVER",
    "theme": "RCHAT_THEME",
}
"""Setting to the environment variable that sets it."""

_FILE_BYTES: Final = 64 * 1024


class ConfigError(Exception):
    """A setting is wrong: ``str(error)`` is a sentence that names it and where it stands."""


class Origin(enum.Enum):
    """Where a value came from."""

    DEFAULT = "default"
    FILE = "config file"
    ENVIRONMENT = "environment"
    FLAG = "command line"


@dataclass(frozen=True, slots=True)
class Config:
    """The settings, decided."""

    user: str
    """The name to log in with, in its normal form."""
    server: str
    """URL of the server to dial, in its normal form."""
    theme: str
    """Name of the theme."""
    origins: Mapping[str, Origin]
    """Where each of the settings came from."""


def config_path() -> Path:
    """Return where the config file is, or would be."""
    import platformdirs

    return platformdirs.user_config_path("rchat") / "config.toml"


def log_path() -> Path:
    """Return where the details of errors go."""
    import platformdirs

    return platformdirs.user_log_path("rchat") / "rchat-tui.log"


def load(
    flags: Mapping[str, str | None],
    environment: Mapping[str, str],
    path: Path,
    *,
    system_user: str | None,
) -> Config:
    """Return the settings.

    Args:
        flags: What was said on the command line, by setting; None where nothing was.
        environment: The environment variables.
        path: The config file, which need not exist.
        system_user: The name that the operating system has for the user.

    Raises:
        ConfigError: A value is wrong, or the file cannot be read.
    """
    said = [
        (Origin.DEFAULT, {"user": system_user, "server": DEFAULT_SERVER, "theme": DEFAULT_THEME}),
        (Origin.FILE, _read(path)),
        (Origin.ENVIRONMENT, {key: environment.get(name) for key, name in ENVIRONMENT.items()}),
        (Origin.FLAG, flags),
    ]
    values: dict[str, str] = {}
    origins: dict[str, Origin] = {}
    for origin, layer in said:
        for key in ENVIRONMENT:
            value = layer.get(key)
            # An environment variable that is empty is one that was unset by hand.
            if value is not None and (value or origin is not Origin.ENVIRONMENT):
                values[key], origins[key] = value, origin
    if "user" not in values:
        raise ConfigError("Who are you? Say so with --user NAME.")
    return Config(
        user=_user(values["user"], _place("user", origins["user"], path)),
        server=_server(values["server"], _place("server", origins["server"], path)),
        theme=values["theme"],
        origins=origins,
    )


def _read(path: Path) -> Mapping[str, str]:
    """Return the settings in the file; none where there is no file."""
    try:
        with path.open("rb") as file:
            data = file.read(_FILE_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > _FILE_BYTES:
        raise ConfigError(f"{path} is too large for a config file.")
    import tomllib

    try:
        table = tomllib.loads(data.decode())
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is no UTF-8 text.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} is no valid TOML: {error}.") from None
    for key, value in table.items():
        _check_entry(key, value, path)
    return table


def _check_entry(key: str, value: Any, path: Path) -> None:
    if key not in ENVIRONMENT:
        import difflib

        near = difflib.get_close_matches(key, ENVIRONMENT, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(ENVIRONMENT)}."
        raise ConfigError(f"{path}: there is no setting {key!r}: {hint}")
    if not isinstance(value, str):
        raise ConfigError(f'{path}: {key} is a text: write {key} = "…".')


def _place(key: str, origin: Origin, path: Path) -> str:
    """Return where a wrong value is to be changed."""
    match origin:
        case Origin.FILE:
            return f"{path}: {key}"
        case Origin.ENVIRONMENT:
            return ENVIRONMENT[key]
        case Origin.FLAG | Origin.DEFAULT:
            return f"--{key}"


def _user(value: str, place: str) -> str:
    from rchat_protocol import names
    from rchat_protocol.errors import ChatError

    try:
        return names.user_name(value)
    except ChatError as error:
        raise ConfigError(f"{place}: {error.message}") from None


def _server(value: str, place: str) -> str:
    from rchat_tui.client.address import ServerAddress
    from rchat_tui.client.errors import InvalidAddress

    try:
        return str(ServerAddress.parse(value))
    except InvalidAddress as error:
        raise ConfigError(f"{place}: {error}") from None
