"""The server's config file: TOML, and nothing in it that the server does not know."""

from __future__ import annotations

import difflib
import tomllib
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, get_args

import msgspec
import platformdirs
from msgspec import Meta, Struct

from rchat_protocol.limits import (
    DEFAULT_HOST,
    DEFAULT_PATH,
    DEFAULT_PORT,
    MESSAGE_BYTES,
    OPEN_STREAMS,
    PENDING_REQUESTS,
    REQUEST_FRAME_BYTES,
)
from rchat_protocol.models import ServerMode  # noqa: TC001 - what is decoded needs its types
from rchat_protocol.transport.fragments import MAX_CONCURRENT
from rchat_server.gateway.web import Access  # noqa: TC001 - msgspec reads it

if TYPE_CHECKING:
    from pathlib import Path

LogLevel = Literal["debug", "info", "warning", "error"]
LOG_LEVELS: Final[tuple[str, ...]] = get_args(LogLevel)

LogFormat = Literal["text", "json"]
"""``text``: fields that a person reads; ``json``: an object a line."""
LOG_FORMATS: Final[tuple[str, ...]] = get_args(LogFormat)

Count = Annotated[int, Meta(ge=0)]
Some = Annotated[int, Meta(ge=1)]
Pace = Annotated[float, Meta(ge=0)]


class ConfigFileError(Exception):
    """It cannot be used: ``str(error)`` is a sentence."""


class _Table(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A table of the file: what is not in it is as here."""


class Tls(_Table, frozen=True):
    """``[tls]``: what connections are encrypted with."""

    cert: str = ""
    key: str = ""
    client_ca: str = ""


class Accounts(_Table, frozen=True):
    """``[accounts]``: who may come in."""

    mode: ServerMode = "open"
    """``open``: guests, too; ``accounts``: who has an account, which anybody makes; ``invite``: for
    which one has to be invited (``rchat-server invite``)."""
    most: Count = 10_000
    """Accounts that there may be."""
    absent_guests: Count = 10_000
    """Guests that are remembered while they are away: of more, who is away longest is not."""
    reserved_names: tuple[str, ...] = ()
    """User names that nobody takes, beside those that nobody ever takes (admin, server, …)."""
    passwords_in_the_clear: bool = False
    """Whether passwords come from other machines without TLS, as from a proxy that has it."""


class Limits(_Table, frozen=True):
    """``[limits]``: how much comes from one address, and from one person. 0 is no limit.

    The figures are those of Ergo, an IRC server that stands in the open.
    """

    connections_per_address: Count = 16
    """At a time; of IPv6, of one /64."""
    connections_per_10_minutes: Count = 32
    """New ones; so many may also come at once."""
    messages_burst: Some = 5
    """Messages, edits, reactions and topics of one person at once …"""
    messages_per_second: Pace = 2
    """… and then so many a second."""
    login_seconds: Some = 10
    """In which somebody logs in on a connection, or it is closed."""
    logins_per_minute: Count = 3
    """Of one address, with a password; so many may also come at once."""
    registrations_per_hour: Count = 5
    """Of one address likewise."""
    message_bytes: Annotated[int, Meta(ge=1, le=MESSAGE_BYTES)] = MESSAGE_BYTES
    """Of one message's content."""
    frame_kib: Annotated[int, Meta(ge=4, le=16 * 1024)] = REQUEST_FRAME_BYTES // 1024
    """Of one frame, or one request in fragments: six times a message, and a little, since JSON may
    write a byte as six."""
    fragments: Some = MAX_CONCURRENT
    """Requests in fragments that one connection has under way."""
    streams: Some = OPEN_STREAMS
    """That one connection has open."""
    pending_requests: Some = PENDING_REQUESTS
    """That are being worked on for one connection."""
    output_kib: Annotated[int, Meta(ge=64)] = 1024
    """That one connection has not taken yet: with more, nothing is read from it."""
    channels_burst: Some = 5
    """Channels that one person makes at once …"""
    channels_per_minute: Pace = 6
    """… and then so many a minute."""


class ConfigFile(_Table, frozen=True):
    """All of it."""

    host: str = DEFAULT_HOST
    port: Annotated[int, Meta(ge=0, le=65535)] = DEFAULT_PORT
    data: str = ""
    """Empty: `data_folder`."""
    keep_messages: Some | None = None
    keep_days: Some | None = None
    log_level: LogLevel = "warning"
    log_format: LogFormat = "text"
    ws_port: Annotated[int, Meta(ge=0, le=65535)] | None = None
    """None: WebSocket is not spoken."""
    ws_path: str = DEFAULT_PATH
    ws_origins: tuple[str, ...] = ()
    """Whose pages' browsers may connect."""
    ws_proxies: tuple[str, ...] = ()
    """Addresses and networks of proxies: what counts is for whom they ask (``X-Forwarded-For``)."""
    metrics: Access = "local"
    """Who sees ``/health`` and ``/metrics``."""
    tls: Tls = Tls()
    accounts: Accounts = Accounts()
    limits: Limits = Limits()


def usual_path() -> Path:
    """Return where it is looked for."""
    return platformdirs.user_config_path("rchat", appauthor=False) / "server.toml"


def read(path: Path | None) -> ConfigFile:
    """Return what a file says; without one, the usual one, or what is usual where there is none.

    Raises:
        ConfigFileError: It cannot be read, is no TOML, or says what nobody understands.
    """
    where = path or usual_path()
    try:
        raw = tomllib.loads(where.read_text("utf-8"))
    except FileNotFoundError:
        if path is None:
            return ConfigFile()
        raise ConfigFileError(f"{where} cannot be read: there is no such file.") from None
    except OSError as error:
        raise ConfigFileError(f"{where} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigFileError(f"{where} is no TOML: {error}.") from None
    _check_names(where, raw, ConfigFile, "")
    try:
        return msgspec.convert(raw, ConfigFile)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `$.")
        raise ConfigFileError(f"{where}: {place.rstrip('`')}: {what}.") from None


def _check_names(where: Path, raw: dict[str, Any], table: type[_Table], inside: str) -> None:
    known = {field.encode_name: field.type for field in msgspec.structs.fields(table)}
    for name, value in raw.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
            raise ConfigFileError(f"{where}: there is no setting {inside}{name}: {hint}")
        kind = known[name]
        if isinstance(kind, type) and issubclass(kind, _Table) and isinstance(value, dict):
            _check_names(where, value, kind, f"{name}.")
