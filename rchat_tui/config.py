"""What the user wants, from everywhere he may have said it: defaults < file < environment < flags.

Start-up waits for this module, so it imports what it needs when it needs it.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from rchat_tui.options import BY_NAME, OPTIONS, OptionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_FILE_BYTES: Final = 64 * 1024

KEYS: Final = "keys"
"""The table of the file that binds keys."""


class ConfigError(Exception):
    """A setting is wrong: ``str(error)`` is a sentence that names it and where it stands."""


class Origin(enum.Enum):
    """Where a value came from."""

    DEFAULT = "default"
    FILE = "config file"
    ENVIRONMENT = "environment"
    FLAG = "command line"


class Config(Struct, frozen=True):
    """The settings, decided."""

    values: Mapping[str, Any]
    """By the name of each of `OPTIONS`; user and server in their normal form."""
    keys: Mapping[str, tuple[str, ...]]
    """Keys that the file binds, as they were written: by a command's id. They are not checked."""
    origins: Mapping[str, Origin]
    """Where each of the settings came from."""

    @property
    def user(self) -> str:
        """The name to log in with."""
        return str(self.values["user"])

    @property
    def server(self) -> str:
        """URL of the server to dial."""
        return str(self.values["server"])

    @property
    def theme(self) -> str:
        """Name of the theme."""
        return str(self.values["theme"])


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
    defaults = {option.name: option.default for option in OPTIONS}
    file = _read(path)
    said: list[tuple[Origin, Mapping[str, Any]]] = [
        (Origin.DEFAULT, {**defaults, "user": system_user}),
        (Origin.FILE, file),
        (Origin.ENVIRONMENT, _of_environment(environment)),
        (Origin.FLAG, flags),
    ]
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for origin, layer in said:
        for name in BY_NAME:
            if (value := layer.get(name)) is not None:
                values[name], origins[name] = value, origin
    if "user" not in values:
        raise ConfigError("Who are you? Say so with --user NAME.")
    values["user"] = _user(values["user"], _place("user", origins["user"], path))
    values["server"] = _server(values["server"], _place("server", origins["server"], path))
    return Config(values, file.get(KEYS, {}), origins)


def _of_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values = {}
    for option in OPTIONS:
        text = environment.get(option.variable)
        if text:  # one that is empty was unset by hand
            try:
                values[option.name] = option.parse(text)
            except OptionError as error:
                raise ConfigError(f"{option.variable}: {error}") from None
    return values


def _read(path: Path) -> Mapping[str, Any]:
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
    return {name: _entry(name, value, path) for name, value in table.items()}


def _entry(name: str, value: Any, path: Path) -> Any:
    if name == KEYS:
        return _keys(value, path)
    option = BY_NAME.get(name)
    if option is None:
        raise ConfigError(f"{path}: there is no setting {name!r}: {near(name, [*BY_NAME, KEYS])}")
    try:
        return option.check(value)
    except OptionError as error:
        raise ConfigError(f"{path}: {error}") from None


def _keys(table: Any, path: Path) -> Mapping[str, tuple[str, ...]]:
    """Return which keys the file binds to what. An empty text or list: none."""
    form = f'{path}: [keys] binds commands to keys: write switcher = "ctrl+g", or a list of keys.'
    if not isinstance(table, dict):
        raise ConfigError(form)
    bound = {}
    for command, keys in table.items():
        listed = [keys] if isinstance(keys, str) else keys
        if not isinstance(listed, list) or not all(isinstance(key, str) for key in listed):
            raise ConfigError(form)
        bound[command] = tuple(key for key in listed if key.strip())
    return bound


def near(name: str, known: Iterable[str]) -> str:
    """Return which of the known names somebody may have meant, as the end of a sentence."""
    import difflib

    known = list(known)
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {found[0]}?" if found else f"there are {', '.join(known)}."


def checked(name: str, value: Any) -> Any:
    """Return a value that was parsed, in its normal form.

    Raises:
        ConfigError: It cannot be that.
    """
    if name == "user":
        return _user(value, name)
    return _server(value, name) if name == "server" else value


def _place(name: str, origin: Origin, path: Path) -> str:
    """Return where a wrong value is to be changed."""
    match origin:
        case Origin.FILE:
            return f"{path}: {name}"
        case Origin.ENVIRONMENT:
            return BY_NAME[name].variable
        case Origin.FLAG | Origin.DEFAULT:
            return f"--{name}"


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
